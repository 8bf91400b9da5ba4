#pragma once

#include "tests/support/virtual_key/pin.h"

/// The authenticator API (CTAP 2.1 section 6): CBOR in, CBOR out.
namespace sallyport::test {

class Commands {
  public:
    explicit Commands(VirtualKey& key) : key_(key), pin_(key) {}

    /// `message` is a command byte and its CBOR.
    Outcome handle(const Bytes& message);

  private:
    Outcome getInfo() const;
    Outcome makeCredential(const cbor::Value& request);
    Outcome getAssertion(const cbor::Value& request);
    Outcome getNextAssertion();
    Outcome reset();

    /// User verification for one command: by token, by the key's own sensor, or none.
    struct Verification {
        CtapStatus status = CtapStatus::kOk;
        bool verified = false;
    };

    struct Parameters {
        std::int64_t parameter;  ///< where pinUvAuthParam is; the protocol is the next
        std::int64_t options;
        std::uint8_t permission;
    };

    Verification verification(const cbor::Value& request,
                              const Parameters& where,
                              const Bytes& client_data_hash,
                              const std::string& rp_id);
    Outcome assertionAnswer(const MadeAssertion& made, std::size_t total) const;

    VirtualKey& key_;
    PinCommands pin_;
    std::vector<MadeAssertion> remaining_;  ///< for getNextAssertion, the next one last
};

}  // namespace sallyport::test
