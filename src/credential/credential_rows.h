#pragma once

#include "credential/credentials.h"

/// Rows that this room writes; the seal is the caller's.
namespace sallyport::credential {

/// Sorted words joined by a space.
std::string transportsText(const std::vector<std::string>& transports);

/// What enrolment knows of a new key.
struct NewCredential {
    CredentialId id;
    AccountId account;
    const fido::VerifiedRegistration& registration;
    std::string label;
    CredentialStatus status;
    Channel channel;
    std::optional<FixedBytes<16>> authorized_by;
    Time now;
};

storage::Row credentialRow(const NewCredential& made);

storage::Row counterRow(const CredentialId& credential,
                        std::uint32_t sign_count,
                        bool backed_up,
                        std::optional<Time> last_used);

/// The raw registration, for whoever judges it again (F-05).
storage::Row attestationRow(const CredentialId& credential,
                            const fido::RegistrationResponse& response);

/// Every column of the first or of all rows of a table, as it is.
Result<std::vector<seal::UnverifiedRow>> readRows(storage::Transaction& transaction,
                                                  const seal::Table& table,
                                                  std::string_view where,
                                                  const std::vector<storage::Value>& values);

}  // namespace sallyport::credential
