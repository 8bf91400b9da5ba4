#include "mint/jwt.h"

#include "base/base64url.h"
#include "mint/key_id.h"

#include <algorithm>
#include <array>

namespace sallyport::mint {

namespace {

constexpr std::size_t kMostClaims = std::size_t{16} * 1024;

/// What may be signed, and for how long it may be valid (`defaults.md`).
struct Type {
    std::string_view typ;
    std::chrono::seconds longest;
};

constexpr std::array<Type, 1> kTypes = {{{"sallyport-grant+jwt", std::chrono::seconds(60)}}};

Error refused(std::string_view why) {
    return fail(ErrorCode::kInvalidRequest, "a token that is not signed: " + std::string(why));
}

/// A time claim in whole seconds (RFC 7519 2, NumericDate).
std::optional<std::int64_t> secondsIn(const Json::Object& claims, std::string_view member) {
    const auto found = claims.find(member);
    const auto* number = found == claims.end() ? nullptr : found->second.asInteger();
    if (number == nullptr || *number < 0) return std::nullopt;
    return *number;
}

/// A token that begins in the future would outlive the bound of its type.
Status judgeTimes(const Json::Object& claims, std::chrono::seconds longest, Time now) {
    const auto issued = secondsIn(claims, "iat");
    const auto expires = secondsIn(claims, "exp");
    if (!issued.has_value() || !expires.has_value()) return refused("times");
    if (*issued > micros(now) / 1'000'000) return refused("issued in the future");
    if (*expires <= *issued) return refused("it ends before it begins");
    if (*expires - *issued > longest.count()) return refused("valid for too long");
    return {};
}

Status judge(const SignJwt& request, Time now) {
    const auto* const type = std::find_if(
        kTypes.begin(), kTypes.end(), [&](const Type& known) { return known.typ == request.typ; });
    if (type == kTypes.end()) return refused("typ");
    if (request.claims.contains("iss")) return refused("iss is the mint's");
    return judgeTimes(request.claims, type->longest, now);
}

Result<std::string> encoded(Json::Object members) {
    SALLYPORT_TRY(const std::string text, Json(std::move(members)).canonical());
    if (text.size() > kMostClaims) return refused("claims are too large");
    return base64url::encode(asBytes(text));
}

/// The public key that the ring's fingerprint names; of key pairs that is SHA-256 of the SPKI.
Result<PublicKey> publicKeyOf(const KeyRecord& record, const std::vector<hsm::PublicKey>& keys) {
    const hsm::KeyIdentity& identity = record.identity;
    for (const hsm::PublicKey& key : keys) {
        if (key.key != identity.key) continue;
        if (sha256(key.spki) != identity.fingerprint) break;
        SALLYPORT_TRY(std::string kid, keyIdOf(identity.algorithm, key.spki));
        return PublicKey{identity.key, record.state, identity.algorithm, key.spki, std::move(kid)};
    }
    return fail(ErrorCode::kIntegrity,
                "the device has no public key for " + hsm::text(identity.key));
}

bool isPair(hsm::KeyAlgorithm algorithm) {
    return algorithm != hsm::KeyAlgorithm::kHmacSha256 &&
           algorithm != hsm::KeyAlgorithm::kAes256Gcm;
}

/// The `kid` of a key in use.
Result<std::string> keyIdIn(const PublicKeyList& list, const hsm::KeyName& name) {
    for (const PublicKey& key : list.keys) {
        if (key.key == name) return key.kid;
    }
    return fail(ErrorCode::kIntegrity, "the device has no public key for " + hsm::text(name));
}

}  // namespace

Result<PublicKeyList> publicKeysOf(const KeyRing& ring, hsm::Device& device, Deadline deadline) {
    SALLYPORT_TRY(const auto keys, device.publicKeys(deadline));
    PublicKeyList list;
    for (const KeyRecord& record : ring.presentRecords()) {
        if (!isPair(record.identity.algorithm)) continue;
        SALLYPORT_TRY(PublicKey key, publicKeyOf(record, keys));
        list.keys.push_back(std::move(key));
    }
    return list;
}

Result<SignedJwt> signJwt(const SignJwt& request,
                          std::string_view issuer,
                          Time now,
                          const KeyRing& ring,
                          hsm::Device& device,
                          Deadline deadline) {
    if (issuer.empty()) return fail(ErrorCode::kUnavailable, "the mint has no issuer yet");
    SALLYPORT_CHECK(judge(request, now));
    SALLYPORT_TRY(const hsm::KeyUse key,
                  ring.active(hsm::KeyPurpose::kTokenSign, hsm::KeyAlgorithm::kEs256));
    SALLYPORT_TRY(const PublicKeyList known, publicKeysOf(ring, device, deadline));
    SALLYPORT_TRY(std::string kid, keyIdIn(known, key.key));
    SALLYPORT_TRY(const std::string header,
                  encoded({{"alg", "ES256"}, {"kid", std::move(kid)}, {"typ", request.typ}}));
    Json::Object claims = request.claims;
    claims.emplace("iss", issuer);
    SALLYPORT_TRY(const std::string payload, encoded(std::move(claims)));
    std::string text = header + "." + payload;
    // r‖s as RFC 7518 3.4 wants it is what the device answers.
    SALLYPORT_TRY(const Bytes signature, device.sign(key, asBytes(text), deadline));
    text += "." + base64url::encode(signature);
    return SignedJwt{Secret::take(std::move(text))};
}

}  // namespace sallyport::mint
