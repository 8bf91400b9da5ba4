#include "credential/tables.h"

namespace sallyport::credential {

const seal::Table& credentialsTable() {
    using enum seal::ColumnClass;
    static const seal::Table table{"credentials",
                                   seal::Binding::kSealed,
                                   {{"id", kKey},
                                    {"account_id", kBound},
                                    {"webauthn_id", kBound},
                                    {"public_key", kBound},
                                    {"algorithm", kBound},
                                    {"aaguid", kBound},
                                    {"attestation", kBound},
                                    {"backup_eligible", kBound},
                                    {"transports", kBound},
                                    {"label", kBound},
                                    {"status", kBound},
                                    {"channel", kBound},
                                    {"authorized_by", kBound},
                                    {"created_at", kBound},
                                    {"version", kSeal},
                                    {"seal_gen", kSeal},
                                    {"seal", kSeal}}};
    return table;
}

const seal::Table& countersTable() {
    using enum seal::ColumnClass;
    static const seal::Table table{"credential_counters",
                                   seal::Binding::kSealed,
                                   {{"credential_id", kKey},
                                    {"sign_count", kBound},
                                    {"backed_up", kBound},
                                    {"last_used_at", kBound},
                                    {"version", kSeal},
                                    {"seal_gen", kSeal},
                                    {"seal", kSeal}}};
    return table;
}

const seal::Table& attestationsTable() {
    using enum seal::ColumnClass;
    static const seal::Table table{"attestations",
                                   seal::Binding::kSealed,
                                   {{"credential_id", kKey},
                                    {"attestation_object", kBound},
                                    {"client_data_json", kBound},
                                    {"version", kSeal},
                                    {"seal_gen", kSeal},
                                    {"seal", kSeal}}};
    return table;
}

const seal::Table& ticketsTable() {
    using enum seal::ColumnClass;
    static const seal::Table table{"tickets",
                                   seal::Binding::kToken,
                                   {{"id", kKey},
                                    {"gen", kSeal},
                                    {"account_id", kBound},
                                    {"action_id", kBound},
                                    {"policy_digest", kBound},
                                    {"expires_at", kBound},
                                    {"check_value", kSeal},
                                    {"consumed_at", kState},
                                    {"revoked_at", kState}}};
    return table;
}

const seal::Table& ceremoniesTable() {
    using enum seal::ColumnClass;
    static const seal::Table table{"ceremonies",
                                   seal::Binding::kSealed,
                                   {{"id", kKey},
                                    {"purpose", kBound},
                                    {"nonce", kBound},
                                    {"account_id", kBound},
                                    {"session_id", kBound},
                                    {"binding", kBound},
                                    {"channel", kBound},
                                    {"authority_kind", kBound},
                                    {"authorized_by", kBound},
                                    {"policy_digest", kBound},
                                    {"label", kBound},
                                    {"listed", kBound},
                                    {"issued_at", kBound},
                                    {"expires_at", kBound},
                                    {"version", kSeal},
                                    {"seal_gen", kSeal},
                                    {"seal", kSeal}}};
    return table;
}

}  // namespace sallyport::credential
