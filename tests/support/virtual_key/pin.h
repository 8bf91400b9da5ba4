#pragma once

#include "tests/support/virtual_key/cbor.h"
#include "tests/support/virtual_key/outcome.h"

/// authenticatorClientPIN: PIN/UV auth protocols one and two (CTAP 2.1 section 6.5).
namespace sallyport::test {

/// What a token allows (CTAP 2.1 section 6.5.5.7).
inline constexpr std::uint8_t kMayMakeCredential = 0x01;
inline constexpr std::uint8_t kMayGetAssertion = 0x02;

class PinCommands {
  public:
    explicit PinCommands(VirtualKey& key) : key_(key) {}

    Outcome handle(const cbor::Value& request);

    /// Whether `parameter` is the token's MAC over `message`, the token has the permission and is
    /// for this relying party (or is bound to it now).
    CtapStatus check(const Bytes& message,
                     const Bytes& parameter,
                     std::int64_t protocol,
                     std::uint8_t permission,
                     const std::string& rp_id);
    /// A token serves one touch.
    void used();

  private:
    Outcome agreement() const;
    Outcome setPin(const cbor::Value& request, const Bytes& shared, std::int64_t protocol);
    Outcome changePin(const cbor::Value& request, const Bytes& shared, std::int64_t protocol);
    Outcome tokenByPin(const cbor::Value& request,
                       const Bytes& shared,
                       std::int64_t protocol,
                       bool with_permissions);
    Outcome tokenByFinger(const cbor::Value& request, const Bytes& shared, std::int64_t protocol);
    Outcome token(const Bytes& shared, std::int64_t protocol, std::uint8_t permissions);
    CtapStatus tryPin(const Bytes& encrypted_hash, const Bytes& shared, std::int64_t protocol);
    CtapStatus storeNewPin(const Bytes& encrypted, const Bytes& shared, std::int64_t protocol);
    Bytes sharedSecret(const cbor::Value* peer, std::int64_t protocol) const;

    VirtualKey& key_;
};

}  // namespace sallyport::test
