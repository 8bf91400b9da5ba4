#pragma once

#include "hsm/pkcs11_device.h"
#include "tests/support/matchers.h"
#include "tests/support/softhsm.h"

#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <vector>

namespace sallyport::hsm {

inline Deadline soon() {
    return Deadline::after(std::chrono::seconds(60));
}

inline KeyUse useOf(const KeyIdentity& identity) {
    return {identity.key, identity.fingerprint};
}

inline constexpr KeyName kLinkMac1{KeyPurpose::kLinkMac, 1};
inline constexpr KeyName kPiiWrap1{KeyPurpose::kPiiWrap, 1};
inline constexpr KeyName kTokenSign1{KeyPurpose::kTokenSign, 1};

/// A token of its own and whatever opens it.
class HsmTest : public testing::Test {
  protected:
    Result<std::unique_ptr<Pkcs11Device>> tryOpen(Pkcs11Options options) {
        return Pkcs11Device::open(std::move(options), log_, metrics_, random_);
    }

    std::unique_ptr<Pkcs11Device> open(Pkcs11Options options) {
        auto device = tryOpen(std::move(options));
        EXPECT_THAT(device, test::isOk());
        return device.has_value() ? std::move(*device) : nullptr;
    }

    std::unique_ptr<Pkcs11Device> open() { return open(token_.options()); }

    KeyIdentity generate(Pkcs11Device& device, const KeyName& name, KeyAlgorithm algorithm) {
        auto made = device.generate(name, algorithm, soon());
        EXPECT_THAT(made, test::isOk());
        return made.has_value() ? *made : KeyIdentity{};
    }

    std::vector<std::string> logLines() {
        const std::lock_guard lock(lines_mutex_);
        return lines_;
    }

    test::SoftHsmToken token_;
    SystemClock clock_;
    SystemRandom random_;
    NoMetrics metrics_;
    std::mutex lines_mutex_;
    std::vector<std::string> lines_;
    Log log_{clock_, [this](std::string_view line) {
                 const std::lock_guard lock(lines_mutex_);
                 lines_.emplace_back(line);
             }};
};

}  // namespace sallyport::hsm
