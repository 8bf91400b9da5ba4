#pragma once

#include "mint/local_mint.h"
#include "tests/support/counting_device.h"
#include "tests/support/fake_device.h"
#include "tests/support/fakes.h"

#include <gtest/gtest.h>

namespace sallyport::test {

/// A local mint over a device in memory, with one active key of every purpose in use.
class MintFixture {
  public:
    MintFixture() {
        const Status adopted = mint_.adopt(records());
        EXPECT_TRUE(adopted.has_value());
    }

    static Deadline soon() { return Deadline::after(std::chrono::seconds(30)); }

    static constexpr mint::Generation kGeneration = 7;

    /// Made once; keys of the vectors (tests/vectors/mint).
    std::vector<mint::KeyRecord> records() {
        using hsm::KeyAlgorithm;
        using hsm::KeyPurpose;
        if (!records_.empty()) return records_;
        put(KeyPurpose::kLinkMac, KeyAlgorithm::kHmacSha256, 0x11);
        put(KeyPurpose::kSessionMac, KeyAlgorithm::kHmacSha256, 0x22);
        put(KeyPurpose::kSealMac, KeyAlgorithm::kHmacSha256, 0x33);
        put(KeyPurpose::kLookupMac, KeyAlgorithm::kHmacSha256, 0x44);
        put(KeyPurpose::kPiiWrap, KeyAlgorithm::kAes256Gcm, 0x55);
        put(KeyPurpose::kTicketMac, KeyAlgorithm::kHmacSha256, 0x66);
        generate({KeyPurpose::kTokenSign, kGeneration}, KeyAlgorithm::kEs256);
        return records_;
    }

    TestClock clock;
    SequenceRandom random;
    NoMetrics metrics;
    FakeDevice fake;
    CountingDevice device{fake};

    mint::LocalMint& mint() { return mint_; }

  private:
    void put(hsm::KeyPurpose purpose, hsm::KeyAlgorithm algorithm, std::uint8_t byte) {
        const Digest bytes = filled(byte);
        records_.push_back(
            {fake.put({purpose, kGeneration}, algorithm, bytes), mint::KeyState::kActive});
    }

    void generate(const hsm::KeyName& key, hsm::KeyAlgorithm algorithm) {
        const auto made = fake.generate(key, algorithm, soon());
        EXPECT_TRUE(made.has_value());
        if (made) records_.push_back({*made, mint::KeyState::kActive});
    }

    static Digest filled(std::uint8_t byte) {
        Digest bytes{};
        bytes.fill(byte);
        return bytes;
    }

    mint::LocalMint mint_{device, clock, random, metrics};
    std::vector<mint::KeyRecord> records_;
};

/// 16 bytes, counting up from `first`.
template <class AnyId>
AnyId idFrom(std::uint8_t first) {
    AnyId id;
    for (auto& byte : id.bytes) byte = first++;
    return id;
}

inline Digest digestOf(std::uint8_t byte) {
    Digest digest{};
    digest.fill(byte);
    return digest;
}

/// The fields of the vectors.
inline mint::LinkFields linkFields() {
    const Time issued = timeFromMicros(1'795'428'000'000'000);
    return {mint::LinkPurpose::kSignIn,
            idFrom<AccountId>(0x10),
            idFrom<AddressId>(0x20),
            digestOf(0xb1),
            idFrom<RequestId>(0x30),
            issued,
            issued + std::chrono::minutes(10)};
}

inline mint::SessionFields sessionFields() {
    const Time issued = timeFromMicros(1'795'428'000'000'000);
    return {idFrom<AccountId>(0x10),
            3,
            mint::SessionKind::kKey,
            "phrh",
            {"user", "pop", "mfa", "hwk"},
            issued - Duration(5),
            idFrom<CredentialId>(0x40),
            issued,
            issued + std::chrono::minutes(10),
            idFrom<SessionId>(0x50),
            Channel::kCli};
}

inline mint::KnownBrowserFields knownBrowserFields() {
    const Time issued = timeFromMicros(1'795'428'000'000'000);
    return {idFrom<AccountId>(0x10), issued, issued + std::chrono::minutes(10)};
}

inline mint::TicketFields ticketFields() {
    const Time issued = timeFromMicros(1'795'428'000'000'000);
    return {idFrom<AccountId>(0x10),
            idFrom<ActionId>(0x60),
            digestOf(0xb3),
            issued + std::chrono::minutes(10)};
}

}  // namespace sallyport::test
