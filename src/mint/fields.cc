#include "mint/fields.h"

#include "mint/names.h"

namespace sallyport::mint {

namespace {

constexpr Names<LinkPurpose, 3> kPurposes = {{{LinkPurpose::kSignIn, "sign-in"},
                                              {LinkPurpose::kConfirmAddress, "confirm-address"},
                                              {LinkPurpose::kRecovery, "recovery"}}};

constexpr Names<SessionKind, 4> kKinds = {{{SessionKind::kPending, "pending"},
                                           {SessionKind::kInbox, "inbox"},
                                           {SessionKind::kKey, "key"},
                                           {SessionKind::kRecovery, "recovery"}}};

}  // namespace

std::string_view name(LinkPurpose purpose) {
    return nameIn(kPurposes, purpose);
}

std::optional<LinkPurpose> linkPurposeFromName(std::string_view name) {
    return valueIn(kPurposes, name);
}

std::string_view name(SessionKind kind) {
    return nameIn(kKinds, kind);
}

std::optional<SessionKind> sessionKindFromName(std::string_view name) {
    return valueIn(kKinds, name);
}

}  // namespace sallyport::mint
