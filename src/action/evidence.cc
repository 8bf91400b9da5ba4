#include "action/evidence.h"

#include "account/rows.h"
#include "credential/tables.h"

namespace sallyport::action {
namespace {

Result<seal::VerifiedRow> readEnrolment(const Approvals::Parts& parts,
                                        const CredentialId& credential,
                                        Deadline deadline) {
    SALLYPORT_TRY(auto row, parts.database.read(deadline, [&](storage::Transaction& transaction) {
        return account::readRow(
            transaction, credential::attestationsTable(), "credential_id = $1", {credential});
    }));
    if (!row.has_value())
        return fail(ErrorCode::kIntegrity, "the enrolment of a security key is missing");
    std::vector<seal::UnverifiedRow> rows;
    rows.push_back(std::move(*row));
    SALLYPORT_TRY(auto verified, parts.sealer.verify(std::move(rows), deadline));
    return std::move(verified.front());
}

Result<Json> entryOf(storage::Transaction& transaction, const EventId& id) {
    SALLYPORT_TRY(const auto row,
                  transaction.first("SELECT entry FROM events WHERE id = $1", {id}));
    if (!row.has_value()) return fail(ErrorCode::kIntegrity, "evidence without its event");
    SALLYPORT_TRY(const std::string entry, row->text("entry"));
    auto parsed = Json::parse(entry);
    if (!parsed) return fail(ErrorCode::kIntegrity, "an event that is no JSON");
    return parsed;
}

Result<Json> pieceOf(storage::Transaction& transaction, const storage::Row& row) {
    SALLYPORT_TRY(const std::string text, row.text("document"));
    SALLYPORT_TRY(const auto event_id, row.id<EventId>("event_id"));
    SALLYPORT_TRY(Json event, entryOf(transaction, event_id));
    auto document = Json::parse(text);
    const Json* data = event.find("data");
    const Json* hash = data == nullptr ? nullptr : data->find("evidence_hash");
    const std::string expected = base64url::encode(sha256(asBytes(text)));
    if (!document || hash == nullptr || !(*hash == Json(expected)))
        return fail(ErrorCode::kIntegrity, "evidence that is not what its event names");
    return Json(Json::Object{{"document", std::move(*document)}, {"event", std::move(event)}});
}

}  // namespace

Result<PreparedEvidence> makeEvidence(const Approvals::Parts& parts,
                                      const Standing& standing,
                                      const ApprovalRow& approval,
                                      const credential::Credential& credential,
                                      Deadline deadline) {
    SALLYPORT_TRY(const auto enrolment, readEnrolment(parts, credential.id, deadline));
    Evidence evidence;
    evidence.id = approval.evidence;
    evidence.at = approval.created;
    evidence.transcript = approval.transcript(standing.action.action);
    evidence.policy = standing.type->policy.json();
    evidence.rp_id = parts.webauthn.rp_id;
    evidence.origins = parts.webauthn.originsOf(approval.channel);
    evidence.key = Evidence::Key{credential.id,
                                 credential.webauthn_id,
                                 credential.public_key,
                                 static_cast<std::int64_t>(credential.algorithm),
                                 credential.aaguid,
                                 std::string(fido::name(credential.attestation)),
                                 credential.backup_eligible};
    SALLYPORT_TRY(evidence.attestation_object, enrolment.row().bytes("attestation_object"));
    SALLYPORT_TRY(evidence.enrolment_client_data_json, enrolment.row().bytes("client_data_json"));
    evidence.client_data_json = approval.client_data_json;
    evidence.authenticator_data = approval.authenticator_data;
    evidence.signature = approval.signature;
    SALLYPORT_TRY(const Json document, evidence.json());
    SALLYPORT_TRY(std::string canonical, document.canonical());
    const Digest hash = sha256(asBytes(canonical));
    return PreparedEvidence{evidence.id, hash, std::move(canonical)};
}

Status insertEvidence(storage::Transaction& transaction,
                      const PreparedEvidence& evidence,
                      const ActionId& action,
                      const EventId& event,
                      Time at) {
    SALLYPORT_CHECK(
        transaction.execute("INSERT INTO evidence (id, action_id, event_id, document, "
                            "created_at) VALUES ($1, $2, $3, $4, $5)",
                            {evidence.id, action, event, evidence.document, at}));
    return {};
}

Result<Json> bundleOf(storage::Database& database, const ActionRow& action, Deadline deadline) {
    SALLYPORT_TRY(
        auto pieces,
        database.read(deadline, [&](storage::Transaction& transaction) -> Result<Json::Array> {
            SALLYPORT_TRY(const auto rows,
                          transaction.query("SELECT * FROM evidence WHERE action_id = $1 "
                                            "ORDER BY created_at, id",
                                            {action.id}));
            Json::Array read;
            for (const storage::Row& row : rows) {
                SALLYPORT_TRY(Json piece, pieceOf(transaction, row));
                read.push_back(std::move(piece));
            }
            return read;
        }));
    return Json(Json::Object{{"v", 1},
                             {"id", action.id.text()},
                             {"action", action.action.json()},
                             {"digest", base64url::encode(action.digest)},
                             {"state", name(action.state)},
                             {"evidence", std::move(pieces)}});
}

}  // namespace sallyport::action
