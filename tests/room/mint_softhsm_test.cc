// The port on a real token under the suite that the device in memory passes, and the mint on it.

#include "hsm/pkcs11_device.h"
#include "mint/local_mint.h"
#include "mint/token_text.h"
#include "tests/support/device_conformance.h"
#include "tests/support/fakes.h"
#include "tests/support/mint_fixture.h"
#include "tests/support/softhsm.h"

namespace sallyport::test {
namespace {

/// A token and the device that has it open.
struct OpenToken {
    OpenToken() : log(clock, [](std::string_view) {}) {
        auto opened = hsm::Pkcs11Device::open(token.options(), log, metrics, random);
        EXPECT_THAT(opened, isOk());
        if (opened) device = std::move(*opened);
    }

    SoftHsmToken token;
    SystemClock clock;
    SystemRandom random;
    NoMetrics metrics;
    Log log;
    std::unique_ptr<hsm::Device> device;
};

std::shared_ptr<hsm::Device> openToken() {
    auto open = std::make_shared<OpenToken>();
    hsm::Device* const device = open->device.get();
    return {std::move(open), device};
}

INSTANTIATE_TEST_SUITE_P(SoftHsm,
                         DeviceConformance,
                         testing::Values(DeviceFactory{"softhsm", openToken}));

using mint::CheckToken;
using mint::DecryptedPii;
using mint::DecryptPii;
using mint::EmitLink;
using mint::EmittedLink;
using mint::EncryptedPii;
using mint::EncryptPii;
using mint::KeyRecord;
using mint::KeyRow;
using mint::KeyState;
using mint::MintedToken;
using mint::MintToken;
using mint::Seal;
using mint::SealRow;
using mint::Verdict;

/// A mint whose ring is loaded from rows that the first provisioning sealed.
class MintOnToken : public testing::Test {
  protected:
    static Deadline soon() { return MintFixture::soon(); }

    void SetUp() override {
        using enum hsm::KeyPurpose;
        ASSERT_NE(open_.device, nullptr);
        std::vector<KeyRecord> records;
        for (const auto purpose : {kSealMac, kLinkMac, kSessionMac, kPiiWrap}) {
            const auto algorithm = purpose == kPiiWrap ? hsm::KeyAlgorithm::kAes256Gcm
                                                       : hsm::KeyAlgorithm::kHmacSha256;
            const auto made = open_.device->generate({purpose, 1}, algorithm, soon());
            ASSERT_THAT(made, isOk());
            records.push_back({*made, KeyState::kActive});
        }
        mint::LocalMint first(*open_.device, clock_, open_.random, open_.metrics);
        ASSERT_THAT(first.adopt(records), isOk());
        for (const KeyRecord& record : records) {
            KeyRow row{record, clock_.now(), clock_.now(), 1, {}};
            const auto seal = mint::ask<Seal>(first, SealRow{sealedContent(row)}, soon());
            ASSERT_THAT(seal, isOk());
            row.seal = *seal;
            rows_.push_back(row);
        }
        ASSERT_THAT(mint_.loadRing(rows_, soon()), isOk());
    }

    OpenToken open_;
    TestClock clock_;
    mint::LocalMint mint_{*open_.device, clock_, open_.random, open_.metrics};
    std::vector<KeyRow> rows_;
    TokenId id_ = idFrom<TokenId>(0);
};

TEST_F(MintOnToken, linksAndSessionsAreMadeAndCheckedInTheDevice) {
    RecordProperty("requirement", "L-08,L-09,S-01");
    const auto link = mint::ask<MintedToken>(mint_, MintToken{id_, linkFields()}, soon());
    ASSERT_THAT(link, isOk());
    const auto emitted =
        mint::ask<EmittedLink>(mint_, EmitLink{id_, 1, linkFields(), link->check}, soon());
    ASSERT_THAT(emitted, isOk());
    ASSERT_TRUE(emitted->row_is_good);
    const auto token = mint::parseToken(mint::kLinkPrefix, emitted->token.exposeText());
    ASSERT_THAT(token, isOk());
    const auto check = [&](Secret tag) {
        return mint::ask<Verdict>(
            mint_, CheckToken{id_, 1, linkFields(), std::move(tag), link->check}, soon());
    };
    EXPECT_THAT(check(token->tag.duplicate()), isOkAndHolds(Verdict::kValid));
    Bytes wrong = copyBytes(token->tag.expose());
    wrong[0] ^= 1;
    EXPECT_THAT(check(Secret(ByteView(wrong))), isOkAndHolds(Verdict::kWrongToken));
    const auto session = mint::ask<MintedToken>(mint_, MintToken{id_, sessionFields()}, soon());
    ASSERT_THAT(session, isOk());
    EXPECT_NE(session->check, link->check);
}

TEST_F(MintOnToken, personalDataNeedsDeviceAndPart) {
    const auto part = [](std::uint8_t byte) { return Secret(ByteView(digestOf(byte))); };
    const FixedBytes<16> owner{1};
    const auto encrypted = mint::ask<EncryptedPii>(
        mint_,
        EncryptPii{mint::PiiUse::kAddress, owner, part(1), Secret("ada@example.test")},
        soon());
    ASSERT_THAT(encrypted, isOk());
    const auto decrypt = [&](std::uint8_t byte, const Bytes& ciphertext) {
        const auto answer = mint::ask<DecryptedPii>(
            mint_, DecryptPii{mint::PiiUse::kAddress, owner, part(byte), 1, ciphertext}, soon());
        if (!answer) return std::string(name(answer.error().code));
        return answer->plaintext ? std::string(answer->plaintext->exposeText()) : "refused";
    };
    EXPECT_EQ(decrypt(1, encrypted->ciphertext), "ada@example.test");
    EXPECT_EQ(decrypt(2, encrypted->ciphertext), "refused");
    Bytes flipped = encrypted->ciphertext;
    flipped.back() ^= 1;
    EXPECT_EQ(decrypt(1, flipped), "refused");
}

TEST_F(MintOnToken, aForgedRowMakesNoRing) {
    auto forged = rows_;
    forged[1].record.state = KeyState::kVerifyOnly;
    EXPECT_THAT(mint_.loadRing(forged, soon()), failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(mint::ask<MintedToken>(mint_, MintToken{id_, linkFields()}, soon()), isOk())
        << "the ring before stays";
    ASSERT_THAT(open_.device->destroy(rows_[1].record.identity, soon()), isOk());
    EXPECT_THAT(mint_.loadRing(rows_, soon()), failsWith(ErrorCode::kIntegrity));
}

}  // namespace
}  // namespace sallyport::test
