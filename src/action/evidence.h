#pragma once

#include "action/approvals.h"
#include "action/transcript_evidence.h"

namespace sallyport::action {

/// One approval's document, to be stored in the transaction of the approval.
struct PreparedEvidence {
    EvidenceId id;
    Digest hash{};
    std::string document;  ///< canonical JSON
};

/// Reads the enrolment of the key and puts everything together. Errors: kIntegrity if the
/// enrolment is missing or damaged.
Result<PreparedEvidence> makeEvidence(const Approvals::Parts& parts,
                                      const Standing& standing,
                                      const ApprovalRow& approval,
                                      const credential::Credential& credential,
                                      Deadline deadline);

/// `event` is the event that holds the hash.
Status insertEvidence(storage::Transaction& transaction,
                      const PreparedEvidence& evidence,
                      const ActionId& action,
                      const EventId& event,
                      Time at);

/// Everything about the approvals of an action: `{"v":1,"id","digest","action","state","evidence":
/// [{"document","event"}]}`; `event` is the entry of the log. Errors: kIntegrity when a document is
/// not the one that its event names.
Result<Json> bundleOf(storage::Database& database, const ActionRow& action, Deadline deadline);

}  // namespace sallyport::action
