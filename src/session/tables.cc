#include "session/tables.h"

namespace sallyport::session {

const seal::Table& sessionsTable() {
    using enum seal::ColumnClass;
    static const seal::Table table{"sessions",
                                   seal::Binding::kToken,
                                   {{"id", kKey},
                                    {"gen", kSeal},
                                    {"account_id", kBound},
                                    {"account_epoch", kBound},
                                    {"kind", kBound},
                                    {"acr", kBound},
                                    {"amr", kBound},
                                    {"auth_time", kBound},
                                    {"credential_id", kBound},
                                    {"issued_at", kBound},
                                    {"expires_at", kBound},
                                    {"predecessor", kBound},
                                    {"check_value", kSeal},
                                    {"last_seen_at", kState},
                                    {"refused_at", kState},
                                    {"revoked_at", kState},
                                    {"replaced_by", kState},
                                    {"browser", kFree},
                                    {"channel", kBound}}};
    return table;
}

}  // namespace sallyport::session
