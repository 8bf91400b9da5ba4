#include "action/tables.h"

namespace sallyport::action {

const seal::Table& actionsTable() {
    using enum seal::ColumnClass;
    static const seal::Table table{"actions",
                                   seal::Binding::kSealed,
                                   {{"id", kKey},
                                    {"type", kBound},
                                    {"schema_version", kBound},
                                    {"parameters", kBound},
                                    {"resource", kBound},
                                    {"subject", kBound},
                                    {"proposer_id", kBound},
                                    {"proposer_session", kBound},
                                    {"client", kBound},
                                    {"policy_digest", kBound},
                                    {"digest", kBound},
                                    {"state", kBound},
                                    {"required", kBound},
                                    {"redirect_uri", kBound},
                                    {"client_state", kBound},
                                    {"created_at", kBound},
                                    {"not_before", kBound},
                                    {"expires_at", kBound},
                                    {"settled_at", kBound},
                                    {"result", kBound},
                                    {"version", kSeal},
                                    {"seal_gen", kSeal},
                                    {"seal", kSeal}}};
    return table;
}

const seal::Table& challengesTable() {
    using enum seal::ColumnClass;
    static const seal::Table table{"approval_challenges",
                                   seal::Binding::kSealed,
                                   {{"id", kKey},
                                    {"action_id", kBound},
                                    {"account_id", kBound},
                                    {"session_id", kBound},
                                    {"nonce", kBound},
                                    {"locale", kBound},
                                    {"template_version", kBound},
                                    {"text_hash", kBound},
                                    {"channel", kBound},
                                    {"acr", kBound},
                                    {"issued_at", kBound},
                                    {"expires_at", kBound},
                                    {"version", kSeal},
                                    {"seal_gen", kSeal},
                                    {"seal", kSeal}}};
    return table;
}

const seal::Table& approvalsTable() {
    using enum seal::ColumnClass;
    static const seal::Table table{"approvals",
                                   seal::Binding::kSealed,
                                   {{"id", kKey},
                                    {"action_id", kBound},
                                    {"account_id", kBound},
                                    {"account_epoch", kBound},
                                    {"person_id", kBound},
                                    {"credential_id", kBound},
                                    {"session_hash", kBound},
                                    {"nonce", kBound},
                                    {"locale", kBound},
                                    {"template_version", kBound},
                                    {"text", kBound},
                                    {"channel", kBound},
                                    {"acr", kBound},
                                    {"issued_at", kBound},
                                    {"expires_at", kBound},
                                    {"client_data_json", kBound},
                                    {"authenticator_data", kBound},
                                    {"signature", kBound},
                                    {"evidence_id", kBound},
                                    {"created_at", kBound},
                                    {"version", kSeal},
                                    {"seal_gen", kSeal},
                                    {"seal", kSeal}}};
    return table;
}

const seal::Table& evidenceTable() {
    using enum seal::ColumnClass;
    static const seal::Table table{"evidence",
                                   seal::Binding::kState,
                                   {{"id", kKey},
                                    {"action_id", kState},
                                    {"event_id", kState},
                                    {"document", kState},
                                    {"created_at", kState}}};
    return table;
}

const seal::Table& grantsTable() {
    using enum seal::ColumnClass;
    static const seal::Table table{"grants",
                                   seal::Binding::kSealed,
                                   {{"id", kKey},
                                    {"action_id", kBound},
                                    {"audience", kBound},
                                    {"issued_at", kBound},
                                    {"expires_at", kBound},
                                    {"redeemed_at", kBound},
                                    {"idempotency_hash", kBound},
                                    {"version", kSeal},
                                    {"seal_gen", kSeal},
                                    {"seal", kSeal}}};
    return table;
}

}  // namespace sallyport::action
