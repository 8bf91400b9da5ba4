#include "mint/encoding.h"

#include "base/canonical.h"
#include "mint/names.h"

#include <algorithm>
#include <initializer_list>

namespace sallyport::mint::encoding {

namespace {

constexpr std::size_t kMostInput = std::size_t{64} * 1024;  // hsm::MacRequest
constexpr std::size_t kMostTableName = 40;

constexpr Names<LookupUse, 4> kLookupUses = {{{LookupUse::kAccountIndex, "account-index"},
                                              {LookupUse::kLimit, "limit"},
                                              {LookupUse::kLogPseudonym, "log-pseudonym"},
                                              {LookupUse::kDummy, "dummy"}}};

constexpr Names<PiiUse, 1> kPiiUses = {{{PiiUse::kAddress, "address"}}};

bool encodable(std::initializer_list<Time> times) {
    return std::all_of(times.begin(), times.end(), [](Time time) { return micros(time) >= 0; });
}

/// A set is sorted and joined by a space, so no member may be empty or hold one.
bool encodable(const std::set<std::string>& members) {
    return std::all_of(members.begin(), members.end(), [](const std::string& member) {
        return !member.empty() && member.find(' ') == std::string::npos;
    });
}

std::string joined(const std::set<std::string>& members) {
    std::string text;
    for (const std::string& member : members) {
        if (!text.empty()) text += ' ';
        text += member;
    }
    return text;
}

template <class Tag>
void addId(Canonical& encoding, const std::optional<Id<Tag>>& id) {
    if (id.has_value()) {
        encoding.add(id->bytes);
    } else {
        encoding.addAbsent();
    }
}

std::optional<Bytes> bounded(const Canonical& encoding) {
    Bytes input = encoding.finish();
    if (input.size() > kMostInput) return std::nullopt;
    return input;
}

Canonical begin(std::string_view domain, Generation generation, const TokenId& id) {
    Canonical encoding(domain);
    encoding.add(std::uint64_t{generation}).add(id.bytes);
    return encoding;
}

std::optional<Bytes> finish(Canonical encoding, const LinkFields& fields) {
    if (!encodable({fields.issued, fields.expires})) return std::nullopt;
    encoding.add(name(fields.purpose));
    addId(encoding, fields.account);
    addId(encoding, fields.address);
    encoding.add(fields.binding);
    addId(encoding, fields.request);
    encoding.add(fields.issued).add(fields.expires);
    return bounded(encoding);
}

std::optional<Bytes> finish(Canonical encoding, const SessionFields& fields) {
    if (!encodable({fields.auth_time, fields.issued, fields.expires})) return std::nullopt;
    if (!encodable(fields.amr)) return std::nullopt;
    encoding.add(fields.account.bytes).add(fields.account_epoch).add(name(fields.kind));
    encoding.add(fields.acr).add(joined(fields.amr)).add(fields.auth_time);
    addId(encoding, fields.credential);
    encoding.add(fields.issued).add(fields.expires);
    addId(encoding, fields.predecessor);
    encoding.add(name(fields.channel));
    return bounded(encoding);
}

std::optional<Bytes> finish(Canonical encoding, const KnownBrowserFields& fields) {
    if (!encodable({fields.issued, fields.expires})) return std::nullopt;
    encoding.add(fields.account.bytes).add(fields.issued).add(fields.expires);
    return bounded(encoding);
}

std::optional<Bytes> finish(Canonical encoding, const TicketFields& fields) {
    if (!encodable({fields.expires})) return std::nullopt;
    encoding.add(fields.account.bytes);
    addId(encoding, fields.action);
    encoding.add(fields.policy_digest).add(fields.expires);
    return bounded(encoding);
}

struct Kind {
    std::string_view domain;
    hsm::KeyPurpose purpose;
};

Kind kindOf(const LinkFields&) {
    return {"sallyport/link/v1", hsm::KeyPurpose::kLinkMac};
}

Kind kindOf(const SessionFields&) {
    return {"sallyport/session/v1", hsm::KeyPurpose::kSessionMac};
}

Kind kindOf(const KnownBrowserFields&) {
    return {"sallyport/known-browser/v1", hsm::KeyPurpose::kSessionMac};
}

Kind kindOf(const TicketFields&) {
    return {"sallyport/ticket/v1", hsm::KeyPurpose::kTicketMac};
}

bool isTableName(std::string_view name) {
    return !name.empty() && name.size() <= kMostTableName &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
           });
}

bool addValue(Canonical& encoding, const storage::Value& value) {
    if (const auto* number = value.asInteger()) {
        if (*number < 0) return false;
        encoding.add(static_cast<std::uint64_t>(*number));
    } else if (const auto* text = value.asText()) {
        encoding.add(std::string_view(*text));
    } else if (const auto* bytes = value.asBytes()) {
        encoding.add(ByteView(*bytes));
    } else {
        encoding.addAbsent();
    }
    return true;
}

}  // namespace

hsm::KeyPurpose purposeOf(const TokenFields& fields) {
    return std::visit([](const auto& kind) { return kindOf(kind).purpose; }, fields);
}

std::optional<Bytes> token(Generation generation, const TokenId& id, const TokenFields& fields) {
    return std::visit(
        [&](const auto& kind) { return finish(begin(kindOf(kind).domain, generation, id), kind); },
        fields);
}

std::optional<Bytes> relay(Generation generation, const TokenId& id, const LinkFields& fields) {
    return finish(begin("sallyport/relay/v1", generation, id), fields);
}

std::optional<Bytes> seal(const SealedContent& content) {
    if (!isTableName(content.table)) return std::nullopt;
    Canonical encoding("sallyport/seal/" + content.table + "/v1");
    encoding.add(ByteView(content.key)).add(content.version);
    for (const storage::Value& column : content.columns) {
        if (!addValue(encoding, column)) return std::nullopt;
    }
    return bounded(encoding);
}

std::optional<Bytes> lookup(const Lookup& lookup) {
    Canonical encoding("sallyport/lookup/" + std::string(nameIn(kLookupUses, lookup.use)) + "/v1");
    encoding.add(lookup.bytes.expose());
    return bounded(encoding);
}

Bytes pii(PiiUse use, const FixedBytes<16>& owner) {
    return Canonical("sallyport/pii/v1").add(nameIn(kPiiUses, use)).add(owner).finish();
}

}  // namespace sallyport::mint::encoding
