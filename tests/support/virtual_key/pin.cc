#include "tests/support/virtual_key/pin.h"

#include <algorithm>

namespace sallyport::test {

namespace {

constexpr int kRetries = 8;
constexpr int kWrongInARow = 3;

const Bytes* bytesAt(const cbor::Value& map, std::int64_t key) {
    const cbor::Value* found = map.at(key);
    return found != nullptr && found->kind == cbor::Value::Kind::kBytes ? &found->bytes : nullptr;
}

Bytes part(const Bytes& bytes, std::size_t from, std::size_t size) {
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(from);
    return {begin, begin + static_cast<std::ptrdiff_t>(size)};
}

/// Protocol two has two keys in its shared secret (CTAP 2.1 section 6.5.7).
Bytes macKey(const Bytes& shared, std::int64_t protocol) {
    return protocol == 2 && shared.size() == 64 ? part(shared, 0, 32) : shared;
}

Bytes cipherKey(const Bytes& shared, std::int64_t protocol) {
    return protocol == 2 ? part(shared, 32, 32) : shared;
}

bool authentic(const Bytes& key,
               const Bytes& message,
               const Bytes& parameter,
               std::int64_t protocol) {
    Bytes mac = crypto::hmacSha256(macKey(key, protocol), message);
    if (protocol == 1) mac.resize(16);
    return mac == parameter;
}

Bytes encrypt(const Bytes& shared, std::int64_t protocol, const Bytes& plain) {
    const Bytes key = cipherKey(shared, protocol);
    if (protocol == 1) return crypto::aesEncrypt(key, Bytes(16), plain);
    Bytes out = crypto::random(16);
    const Bytes cipher = crypto::aesEncrypt(key, out, plain);
    out.insert(out.end(), cipher.begin(), cipher.end());
    return out;
}

/// Empty if the length cannot be.
Bytes decrypt(const Bytes& shared, std::int64_t protocol, const Bytes& in) {
    if (in.size() % 16 != 0 || in.size() < (protocol == 1 ? 16u : 32u)) return {};
    const Bytes key = cipherKey(shared, protocol);
    if (protocol == 1) return crypto::aesDecrypt(key, Bytes(16), in);
    return crypto::aesDecrypt(key, part(in, 0, 16), part(in, 16, in.size() - 16));
}

std::size_t codePoints(const Bytes& utf8) {
    return static_cast<std::size_t>(std::count_if(
        utf8.begin(), utf8.end(), [](std::uint8_t byte) { return (byte & 0xc0u) != 0x80u; }));
}

}  // namespace

Outcome PinCommands::handle(const cbor::Value& request) {
    const cbor::Value* command = request.at(2);
    if (command == nullptr) return answer(CtapStatus::kMissingParameter);
    if (!key_.model().supports_pin && !key_.model().built_in_uv) {
        return answer(CtapStatus::kInvalidCommand);
    }
    if (command->number == 1) {
        return answer(cbor::Writer().map(1).integer(3).integer(key_.pin().retries).done());
    }
    if (command->number == 7) return answer(cbor::Writer().map(1).integer(5).integer(8).done());
    const cbor::Value* named = request.at(1);
    if (named == nullptr) return answer(CtapStatus::kMissingParameter);
    const std::int64_t protocol = named->number;
    const auto& known = key_.model().pin_protocols;
    if (std::find(known.begin(), known.end(), protocol) == known.end()) {
        return answer(CtapStatus::kInvalidParameter);
    }
    if (command->number == 2) return agreement();
    const Bytes shared = sharedSecret(request.at(3), protocol);
    if (shared.empty()) return answer(CtapStatus::kInvalidParameter);
    const bool permissions = key_.model().supports_permissions;
    if (command->number == 6 && key_.model().built_in_uv && permissions) {
        return tokenByFinger(request, shared, protocol);
    }
    if (!key_.model().supports_pin) return answer(CtapStatus::kInvalidCommand);
    switch (command->number) {
        case 3:
            return setPin(request, shared, protocol);
        case 4:
            return changePin(request, shared, protocol);
        case 5:
            return tokenByPin(request, shared, protocol, false);
        case 9:
            return tokenByPin(request, shared, protocol, permissions);
        default:
            return answer(CtapStatus::kInvalidParameter);
    }
}

Outcome PinCommands::agreement() const {
    const crypto::Point point = crypto::pointOf(key_.pin().agreement);
    cbor::Writer out;
    out.map(1).integer(1).map(5).integer(1).integer(2).integer(3).integer(-25);
    out.integer(-1).integer(1).integer(-2).bytes(point.x).integer(-3).bytes(point.y);
    return answer(out.done());
}

Bytes PinCommands::sharedSecret(const cbor::Value* peer, std::int64_t protocol) const {
    if (peer == nullptr) return {};
    const Bytes* x = bytesAt(*peer, -2);
    const Bytes* y = bytesAt(*peer, -3);
    if (x == nullptr || y == nullptr || x->size() != 32 || y->size() != 32) return {};
    const Bytes z = crypto::ecdh(key_.pin().agreement, {*x, *y});
    if (z.empty()) return {};
    if (protocol == 1) return crypto::sha256(z);
    Bytes out = crypto::hkdfSha256(z, "CTAP2 HMAC key");
    const Bytes aes = crypto::hkdfSha256(z, "CTAP2 AES key");
    out.insert(out.end(), aes.begin(), aes.end());
    return out;
}

CtapStatus PinCommands::storeNewPin(const Bytes& encrypted,
                                    const Bytes& shared,
                                    std::int64_t protocol) {
    Bytes pin = decrypt(shared, protocol, encrypted);
    if (pin.size() != 64) return CtapStatus::kInvalidParameter;
    pin.erase(std::find(pin.begin(), pin.end(), std::uint8_t{0}), pin.end());
    if (codePoints(pin) < key_.model().min_pin_length || pin.size() > 63) {
        return CtapStatus::kPinPolicyViolation;
    }
    key_.setPin(std::string(pin.begin(), pin.end()));
    key_.changeModel().force_pin_change = false;
    key_.pin().token.clear();
    return CtapStatus::kOk;
}

Outcome PinCommands::setPin(const cbor::Value& request,
                            const Bytes& shared,
                            std::int64_t protocol) {
    const Bytes* parameter = bytesAt(request, 4);
    const Bytes* encrypted = bytesAt(request, 5);
    if (parameter == nullptr || encrypted == nullptr) {
        return answer(CtapStatus::kMissingParameter);
    }
    if (!key_.pin().hash.empty() || !authentic(shared, *encrypted, *parameter, protocol)) {
        return answer(CtapStatus::kPinAuthInvalid);
    }
    return answer(storeNewPin(*encrypted, shared, protocol));
}

Outcome PinCommands::changePin(const cbor::Value& request,
                               const Bytes& shared,
                               std::int64_t protocol) {
    const Bytes* parameter = bytesAt(request, 4);
    const Bytes* encrypted = bytesAt(request, 5);
    const Bytes* old = bytesAt(request, 6);
    if (parameter == nullptr || encrypted == nullptr || old == nullptr) {
        return answer(CtapStatus::kMissingParameter);
    }
    if (key_.pin().hash.empty()) return answer(CtapStatus::kPinNotSet);
    Bytes message = *encrypted;
    message.insert(message.end(), old->begin(), old->end());
    if (!authentic(shared, message, *parameter, protocol)) {
        return answer(CtapStatus::kPinAuthInvalid);
    }
    const CtapStatus right = tryPin(*old, shared, protocol);
    if (right != CtapStatus::kOk) return answer(right);
    return answer(storeNewPin(*encrypted, shared, protocol));
}

CtapStatus PinCommands::tryPin(const Bytes& encrypted_hash,
                               const Bytes& shared,
                               std::int64_t protocol) {
    auto& pin = key_.pin();
    if (pin.retries == 0) return CtapStatus::kPinBlocked;
    if (pin.wrong_in_a_row >= kWrongInARow) return CtapStatus::kPinAuthBlocked;
    --pin.retries;  // before the comparison: pulling the key out does not win an attempt
    if (decrypt(shared, protocol, encrypted_hash) == pin.hash) {
        pin.retries = kRetries;
        pin.wrong_in_a_row = 0;
        return CtapStatus::kOk;
    }
    pin.agreement = crypto::generate(crypto::kEs256);
    ++pin.wrong_in_a_row;
    if (pin.retries == 0) return CtapStatus::kPinBlocked;
    return pin.wrong_in_a_row >= kWrongInARow ? CtapStatus::kPinAuthBlocked
                                              : CtapStatus::kPinInvalid;
}

Outcome PinCommands::tokenByPin(const cbor::Value& request,
                                const Bytes& shared,
                                std::int64_t protocol,
                                bool with_permissions) {
    const Bytes* hash = bytesAt(request, 6);
    const cbor::Value* wanted = request.at(9);
    if (hash == nullptr || (with_permissions && wanted == nullptr)) {
        return answer(CtapStatus::kMissingParameter);
    }
    if (key_.pin().hash.empty()) return answer(CtapStatus::kPinNotSet);
    const CtapStatus right = tryPin(*hash, shared, protocol);
    if (right != CtapStatus::kOk) return answer(right);
    if (key_.model().force_pin_change) return answer(CtapStatus::kPinPolicyViolation);
    const cbor::Value* rp_id = request.at(10);
    key_.pin().permission_rp_id = with_permissions && rp_id != nullptr ? rp_id->text : "";
    const auto permissions = with_permissions ? static_cast<std::uint8_t>(wanted->number)
                                              : kMayMakeCredential | kMayGetAssertion;
    return token(shared, protocol, static_cast<std::uint8_t>(permissions));
}

Outcome PinCommands::tokenByFinger(const cbor::Value& request,
                                   const Bytes& shared,
                                   std::int64_t protocol) {
    const cbor::Value* wanted = request.at(9);
    if (wanted == nullptr) return answer(CtapStatus::kMissingParameter);
    const cbor::Value* rp_id = request.at(10);
    const std::string bound = rp_id != nullptr ? rp_id->text : "";
    const auto permissions = static_cast<std::uint8_t>(wanted->number);
    return afterTouch([this, shared, protocol, bound, permissions] {
        if (key_.faults().finger_not_recognized) return answer(CtapStatus::kUvInvalid);
        key_.pin().permission_rp_id = bound;
        return token(shared, protocol, permissions);
    });
}

Outcome PinCommands::token(const Bytes& shared, std::int64_t protocol, std::uint8_t permissions) {
    key_.pin().token = crypto::random(32);
    key_.pin().permissions = permissions;
    const Bytes encrypted = encrypt(shared, protocol, key_.pin().token);
    return answer(cbor::Writer().map(1).integer(2).bytes(encrypted).done());
}

CtapStatus PinCommands::check(const Bytes& message,
                              const Bytes& parameter,
                              std::int64_t protocol,
                              std::uint8_t permission,
                              const std::string& rp_id) {
    auto& pin = key_.pin();
    if (pin.token.empty() || !authentic(pin.token, message, parameter, protocol)) {
        return CtapStatus::kPinAuthInvalid;
    }
    if ((pin.permissions & permission) == 0) return CtapStatus::kPinAuthInvalid;
    if (pin.permission_rp_id.empty()) pin.permission_rp_id = rp_id;
    return pin.permission_rp_id == rp_id ? CtapStatus::kOk : CtapStatus::kPinAuthInvalid;
}

void PinCommands::used() {
    key_.pin().permissions = 0;
}

}  // namespace sallyport::test
