#pragma once

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "base/secret.h"
#include "hsm/device.h"
#include "mint/fields.h"
#include "storage/database.h"

#include <map>
#include <variant>
#include <vector>

/// THE MINT: the only user of the device. Typed requests in batches; formats and domains are built
/// inside it (`protocols.md` 2).
namespace sallyport::mint {

/// What a row keeps of a token: SHA-256 of its tag.
using Check = Digest;

/// Makes a token of the active generation.
struct MintToken {
    TokenId id;
    TokenFields fields;
};

struct MintedToken {
    Generation generation;
    Check check;
    std::optional<Secret> tag;  ///< absent for magic links: only emitLink gives theirs
};

enum class Verdict {
    kValid,
    kWrongToken,  ///< the presented tag is not the right one
    kBadRow,     ///< the row is not one that the mint made; so is one of a generation that the ring
                 ///< does not have, or has destroyed
    kExhausted,  ///< relay codes only: five wrong codes for this link, or no room to count them
};

/// Is this token the right one for this row? `check` is absent for kinds without a row (known
/// browser); there an unknown generation is a kWrongToken, since nobody but the bearer named it.
struct CheckToken {
    TokenId id;
    Generation generation;
    TokenFields fields;
    Secret presented_tag;
    std::optional<Check> check;
};

/// The same for a relay code, as typed (8 symbols, upper case, no hyphen). At most 5 wrong codes a
/// link until it expires, and kExhausted for every code after that.
struct CheckRelay {
    TokenId id;
    Generation generation;
    LinkFields fields;
    Check check;
    Secret code;
};

/// Is this row one that the mint made? Answers kValid or kBadRow.
struct VerifyRow {
    TokenId id;
    Generation generation;
    TokenFields fields;
    Check check;
};

/// For the mail worker: the link's text and relay code, only if the row verifies.
struct EmitLink {
    TokenId id;
    Generation generation;
    LinkFields fields;
    Check check;
};

struct EmittedLink {
    bool row_is_good = false;
    Secret token;       ///< `spl.<gen>.<id>.<tag>`
    Secret relay_code;  ///< `XXXX-XXXX`
};

/// A row that no token binds. `columns` are all but the free ones and the seal, in the order of the
/// table's declaration.
struct SealedContent {
    std::string table;
    Bytes key;
    std::uint64_t version;
    std::vector<storage::Value> columns;
};

struct SealRow {
    SealedContent content;
};

struct Seal {
    Generation generation = 0;
    Digest tag{};

    friend bool operator==(const Seal&, const Seal&) = default;
};

/// Answers kValid or kBadRow.
struct CheckSeal {
    SealedContent content;
    Seal seal;
};

/// Each use has a domain of its own, so that tables do not join (`protocols.md` 8).
enum class LookupUse { kAccountIndex, kLimit, kLogPseudonym, kDummy };

/// Without a generation the active one is used.
struct Lookup {
    LookupUse use;
    Secret bytes;
    std::optional<Generation> generation;
};

struct LookupAnswer {
    Generation generation = 0;
    Digest value{};
};

enum class PiiUse { kAddress };

/// Personal data under the device's key and the owner's erasable part: without either it is noise.
struct EncryptPii {
    PiiUse use;
    FixedBytes<16> owner;
    Secret part;  ///< 32 bytes from the owner's row
    Secret plaintext;
};

struct EncryptedPii {
    Generation generation = 0;
    Bytes ciphertext;  ///< iv ‖ ciphertext ‖ tag
};

struct DecryptPii {
    PiiUse use;
    FixedBytes<16> owner;
    Secret part;
    Generation generation;
    Bytes ciphertext;
};

/// Empty when the ciphertext is not one that the mint made for this owner and part, or its
/// generation is not in the ring.
struct DecryptedPii {
    std::optional<Secret> plaintext;
};

enum class KeyState { kPreActive, kActive, kVerifyOnly, kRetired, kDestroyed };

std::string_view name(KeyState state);
std::optional<KeyState> keyStateFromName(std::string_view name);

/// Signs the claims of a token for others (`protocols.md` 2). The mint sets the header, with the
/// active ES256 key of `token-sign`, and `iss`; `typ` is one of its table, which also bounds
/// `exp - iat`. Errors: kInvalidRequest for another `typ`, an `iss` of the caller's, times that are
/// no integers, in the future (`iat`) or too far apart, or claims that are not canonical JSON of at
/// most 16 KiB; kUnavailable before the mint was told its issuer.
struct SignJwt {
    std::string typ;
    Json::Object claims;
};

struct SignedJwt {
    Secret compact;  ///< compact JWS (RFC 7515 3.1)
};

/// The public halves of the key pairs of the ring, pre-active and retired ones too.
struct PublicKeys {};

struct PublicKey {
    hsm::KeyName key;
    KeyState state;
    hsm::KeyAlgorithm algorithm;
    Bytes spki;       ///< DER SubjectPublicKeyInfo, the one that the ring's fingerprint names
    std::string kid;  ///< base64url of the RFC 7638 thumbprint
};

struct PublicKeyList {
    std::vector<PublicKey> keys;
};

using Request = std::variant<MintToken,
                             CheckToken,
                             CheckRelay,
                             VerifyRow,
                             EmitLink,
                             SealRow,
                             CheckSeal,
                             Lookup,
                             EncryptPii,
                             DecryptPii,
                             SignJwt,
                             PublicKeys>;
using Answer = std::variant<MintedToken,
                            Verdict,
                            EmittedLink,
                            Seal,
                            LookupAnswer,
                            EncryptedPii,
                            DecryptedPii,
                            SignedJwt,
                            PublicKeyList>;

/// A key-state row as the service presents it; the mint verifies its seal.
struct KeyRecord {
    hsm::KeyIdentity identity;
    KeyState state;
};

/// One row of `key_states` whole. Its primary key is the CKA_ID.
struct KeyRow {
    KeyRecord record;
    Time created_at;
    Time changed_at;
    std::uint64_t version;
    Seal seal;
};

/// What the seal of a key-state row covers: `purpose`, `generation`, `algorithm`, `state`,
/// `fingerprint`, `created_at`, `changed_at`.
SealedContent sealedContent(const KeyRow& row);

/// Thread-safe. Errors: kUnavailable (device busy, gone, deadline), kIntegrity (key missing, weak
/// or changed; no active generation; the generation of a lookup not in the ring), kInvalidRequest
/// (what cannot be minted: sizes, times before 1970, negative integers). An error is of the whole
/// batch; a wrong token or row is an answer, not an error, and so is one that cannot be encoded.
class Mint {
  public:
    virtual ~Mint() = default;

    /// Answers in the order of the requests.
    virtual Result<std::vector<Answer>> perform(std::vector<Request> requests,
                                                Deadline deadline) = 0;

    /// How often each `<request>:<purpose>` was answered: mint, emit, seal and sign. Goes into
    /// checkpoints.
    virtual std::map<std::string, std::uint64_t> counters() const = 0;

    /// State of the device, for `/readyz`.
    virtual hsm::Health health() const = 0;
};

/// One request, one answer: `ask<MintedToken>(mint, MintToken{…}, deadline)`.
template <class Wanted>
Result<Wanted> ask(Mint& mint, Request request, Deadline deadline) {
    std::vector<Request> requests;
    requests.push_back(std::move(request));
    SALLYPORT_TRY(auto answers, mint.perform(std::move(requests), deadline));
    auto* answer = answers.size() == 1 ? std::get_if<Wanted>(&answers.front()) : nullptr;
    if (answer == nullptr) return fail(ErrorCode::kInternal, "the mint answered another request");
    return std::move(*answer);
}

/// Takes answer `index` of a batch out by type.
template <class Wanted>
Result<Wanted> take(std::vector<Answer>& answers, std::size_t index) {
    auto* answer = index < answers.size() ? std::get_if<Wanted>(&answers[index]) : nullptr;
    if (answer == nullptr) return fail(ErrorCode::kInternal, "the mint answered another request");
    return std::move(*answer);
}

}  // namespace sallyport::mint
