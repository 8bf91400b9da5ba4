#include "tests/support/virtual_key/virtual_key.h"

#include "tests/support/virtual_key/cbor.h"

#include <algorithm>

namespace sallyport::test {

namespace {

using Attestation = KeyModel::Attestation;

constexpr std::uint8_t kUserPresent = 0x01;
constexpr std::uint8_t kUserVerified = 0x04;
constexpr std::uint8_t kBackupEligible = 0x08;
constexpr std::uint8_t kBackupState = 0x10;
constexpr std::uint8_t kAttested = 0x40;
constexpr std::uint8_t kExtensions = 0x80;

Bytes bytesOf(std::string_view text) {
    return {text.begin(), text.end()};
}

void append(Bytes& to, const Bytes& what) {
    to.insert(to.end(), what.begin(), what.end());
}

AttestationLeaf leafOf(const KeyModel& model, bool wrong_aaguid) {
    if (model.attestation != Attestation::kPacked) return {};
    LeafShape shape = model.leaf.value_or(LeafShape{});
    if (!model.leaf) shape.aaguid = model.aaguid;
    if (wrong_aaguid && shape.aaguid) (*shape.aaguid)[0] ^= 0xffu;
    return model.authority->issue(shape);
}

/// CTAP 2.1 12.1 and 12.5: credProtect and minPinLength, in canonical order.
Bytes extensionOutputs(const MakeCredential& request, const KeyModel& model, bool unknown) {
    const bool protect = request.cred_protect.has_value();
    const std::size_t count =
        (protect ? 1u : 0u) + (request.min_pin_length ? 1u : 0u) + (unknown ? 1u : 0u);
    if (count == 0) return {};
    cbor::Writer out;
    out.map(count);
    if (protect) out.text("credProtect").integer(*request.cred_protect);
    if (request.min_pin_length) {
        out.text("minPinLength").integer(static_cast<std::int64_t>(model.min_pin_length));
    }
    if (unknown) out.text("unheardOfExtension").boolean(true);
    return out.done();
}

}  // namespace

VirtualKey::VirtualKey(KeyModel model) : model_(std::move(model)) {
    if (!model_.authority) model_.authority = std::make_shared<AttestationAuthority>();
    leaf_ = leafOf(model_, false);
    powerCycle();
}

void VirtualKey::powerCycle() {
    pin_.wrong_in_a_row = 0;
    pin_.agreement = crypto::generate(crypto::kEs256);
    pin_.token.clear();
    pin_.permissions = 0;
    pin_.permission_rp_id.clear();
}

void VirtualKey::reset() {
    credentials_.clear();
    pin_ = {};
    powerCycle();
}

void VirtualKey::setPin(std::string_view pin) {
    pin_.hash = crypto::sha256(bytesOf(pin));
    pin_.hash.resize(16);
    pin_.length = pin.size();
    pin_.retries = 8;
    pin_.wrong_in_a_row = 0;
}

const VirtualKey::Credential* VirtualKey::find(const std::string& rp_id, const Bytes& id) const {
    const auto found =
        std::find_if(credentials_.begin(), credentials_.end(), [&](const Credential& candidate) {
            return candidate.id == id && candidate.rp_id == rp_id;
        });
    return found == credentials_.end() ? nullptr : &*found;
}

std::optional<int> VirtualKey::firstKnown(const std::vector<int>& algorithms) const {
    const auto found = std::find_first_of(
        algorithms.begin(), algorithms.end(), model_.algorithms.begin(), model_.algorithms.end());
    return found == algorithms.end() ? std::nullopt : std::optional(*found);
}

CtapStatus VirtualKey::make(const MakeCredential& request, MadeCredential& made) {
    for (const Bytes& id : request.exclude) {
        const Credential* found = find(request.rp_id, id);
        if (found != nullptr && (found->protection < 3 || request.verified)) {
            return CtapStatus::kCredentialExcluded;
        }
    }
    const auto algorithm = firstKnown(request.algorithms);
    if (!algorithm) return CtapStatus::kUnsupportedAlgorithm;
    const auto residents = std::count_if(credentials_.begin(),
                                         credentials_.end(),
                                         [](const Credential& each) { return each.resident; });
    if (request.resident && static_cast<std::size_t>(residents) >= model_.resident_capacity) {
        return CtapStatus::kKeyStoreFull;
    }
    Credential credential{crypto::random(model_.credential_id_size),
                          request.rp_id,
                          request.user_id,
                          request.user_name,
                          *algorithm,
                          request.resident,
                          request.cred_protect.value_or(1),
                          crypto::generate(*algorithm)};
    const Bytes extensions = extensionOutputs(request, model_, faults_.unknown_extension);
    const auto flags = static_cast<std::uint8_t>(kAttested | kUserPresent |
                                                 (request.verified ? kUserVerified : 0u));
    made.auth_data = authData(request.rp_id, flags, attestedData(credential), extensions);
    Bytes signed_bytes = made.auth_data;
    append(signed_bytes, request.client_data_hash);
    made.statement = statement(credential, signed_bytes);
    made.format =
        faults_.format.value_or(model_.attestation == Attestation::kNone ? "none" : "packed");
    made.id = credential.id;
    made.algorithm = credential.algorithm;
    made.public_key_info = crypto::publicKeyInfo(credential.key);
    // A resident credential replaces the one of the same account at the same relying party.
    if (credential.resident) {
        credentials_.erase(std::remove_if(credentials_.begin(),
                                          credentials_.end(),
                                          [&](const Credential& each) {
                                              return each.resident && each.rp_id == request.rp_id &&
                                                     each.user_id == request.user_id;
                                          }),
                           credentials_.end());
    }
    credentials_.push_back(std::move(credential));
    return CtapStatus::kOk;
}

std::vector<const VirtualKey::Credential*> VirtualKey::matching(const GetAssertion& request) const {
    std::vector<const Credential*> found;
    for (const Bytes& id : request.allow) {
        const Credential* one = find(request.rp_id, id);
        const bool shown = one != nullptr && (one->protection < 3 || request.verified);
        if (shown && found.empty()) found.push_back(one);
    }
    if (!request.allow.empty()) return found;
    for (auto each = credentials_.rbegin(); each != credentials_.rend(); ++each) {
        const bool shown = each->protection < 2 || request.verified;
        if (each->resident && each->rp_id == request.rp_id && shown) found.push_back(&*each);
    }
    return found;
}

CtapStatus VirtualKey::assertWith(const GetAssertion& request, std::vector<MadeAssertion>& made) {
    const auto found = matching(request);
    if (found.empty()) return CtapStatus::kNoCredentials;
    const auto flags = static_cast<std::uint8_t>((request.present ? kUserPresent : 0u) |
                                                 (request.verified ? kUserVerified : 0u));
    Bytes extensions;
    if (faults_.unknown_extension) {
        extensions = cbor::Writer().map(1).text("unheardOfExtension").boolean(true).done();
    }
    for (const Credential* credential : found) {
        MadeAssertion one;
        one.credential_id = credential->id;
        one.auth_data = authData(request.rp_id, flags, {}, extensions);
        Bytes signed_bytes = one.auth_data;
        append(signed_bytes, request.client_data_hash);
        one.signature =
            signatureOver(credential->key, credential->algorithm, std::move(signed_bytes));
        if (credential->resident) one.user_id = credential->user_id;
        made.push_back(std::move(one));
    }
    return CtapStatus::kOk;
}

/// WebAuthn L3 6.1.
Bytes VirtualKey::authData(const std::string& rp_id,
                           std::uint8_t flags,
                           const Bytes& attested,
                           const Bytes& extensions) {
    if (faults_.strip_user_present) flags &= static_cast<std::uint8_t>(~kUserPresent);
    if (faults_.strip_user_verified) flags &= static_cast<std::uint8_t>(~kUserVerified);
    if (faults_.backup_eligible) flags |= kBackupEligible;
    if (faults_.backup_state) flags |= kBackupState;
    if (!extensions.empty()) flags |= kExtensions;
    flags |= faults_.more_flags;
    ++counter_;
    const std::uint32_t counter = faults_.counter.value_or(counter_);
    Bytes out = crypto::sha256(bytesOf(rp_id));
    if (faults_.wrong_rp_id_hash) out[0] ^= 0x01u;
    out.push_back(flags);
    for (const unsigned shift : {24u, 16u, 8u, 0u}) {
        out.push_back(static_cast<std::uint8_t>(counter >> shift));
    }
    append(out, attested);
    append(out, extensions);
    append(out, faults_.trailing);
    if (faults_.bend_auth_data) faults_.bend_auth_data(out);
    return out;
}

/// WebAuthn L3 6.5.1.
Bytes VirtualKey::attestedData(const Credential& credential) const {
    Bytes out(model_.aaguid.begin(), model_.aaguid.end());
    out.push_back(static_cast<std::uint8_t>(credential.id.size() >> 8u));
    out.push_back(static_cast<std::uint8_t>(credential.id.size()));
    append(out, credential.id);
    Bytes key = crypto::coseKey(credential.key, credential.algorithm);
    if (faults_.bend_cose_key) faults_.bend_cose_key(key);
    append(out, key);
    return out;
}

/// WebAuthn L3 8.2, 8.7.
Bytes VirtualKey::statement(const Credential& credential, const Bytes& signed_bytes) const {
    if (model_.attestation == Attestation::kNone) return cbor::Writer().map(0).done();
    const bool self = model_.attestation == Attestation::kSelf;
    const AttestationLeaf leaf = faults_.wrong_certificate_aaguid ? leafOf(model_, true) : leaf_;
    const int algorithm = self ? credential.algorithm : crypto::kEs256;
    const bool with_algorithm = !faults_.statement_without_algorithm;
    cbor::Writer out;
    out.map((self ? 1u : 2u) + (with_algorithm ? 1u : 0u));
    if (with_algorithm) {
        out.text("alg").integer(faults_.statement_algorithm.value_or(algorithm));
    }
    out.text("sig").bytes(signatureOver(self ? credential.key : leaf.key, algorithm, signed_bytes));
    if (self) return out.done();
    std::vector<Bytes> x5c = leaf.x5c;
    if (faults_.bend_x5c) faults_.bend_x5c(x5c);
    out.text("x5c").array(x5c.size());
    for (const Bytes& certificate : x5c) out.bytes(certificate);
    return out.done();
}

Bytes VirtualKey::signatureOver(const crypto::PrivateKey& key, int algorithm, Bytes message) const {
    if (faults_.junk_signature) message.push_back(0x00);
    return crypto::sign(key, algorithm, message);
}

}  // namespace sallyport::test
