#pragma once

#include "base/clock.h"
#include "hsm/device.h"
#include "seal/sealed_row.h"

#include <vector>

/// What each key of the ring may be used for, as sealed rows (`protocols.md` 9).
namespace sallyport::keyring {

const seal::Table& keyStatesTable();

/// A key of the first provisioning.
struct FirstKey {
    hsm::KeyName key;
    hsm::KeyAlgorithm algorithm;
};

/// Every purpose at once: MAC keys, the wrapping key and the log key of generation 1; `token-sign`
/// ES256 as generation 1 and RS256 as generation 2. All begin active.
const std::vector<FirstKey>& firstKeys();

/// What LocalMint::adopt() takes: all of them active.
std::vector<mint::KeyRecord> firstRecords(const std::vector<hsm::KeyIdentity>& keys);

/// Seals the rows of the first keys: the mint must hold them already. All device work; write with
/// insertFirst().
Result<std::vector<seal::SealedRow>> sealFirst(seal::Sealer& sealer,
                                               const std::vector<hsm::KeyIdentity>& keys,
                                               Time now,
                                               Deadline deadline);

/// Errors: kConflict if the table already names one of them.
Status insertFirst(storage::Transaction& transaction, const std::vector<seal::SealedRow>& rows);

/// Every row as the mint takes it, which verifies the seals itself. Empty before `init`. Errors:
/// kIntegrity for a row that cannot be read; those of the database.
Result<std::vector<mint::KeyRow>> load(storage::Database& database, Deadline deadline);

}  // namespace sallyport::keyring
