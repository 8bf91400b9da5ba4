#include "mint/local_mint.h"
#include "tests/support/fake_device.h"
#include "tests/support/fakes.h"
#include "tests/support/matchers.h"
#include "tests/support/mint_fixture.h"

#include <functional>

namespace sallyport::mint {
namespace {

using hsm::KeyAlgorithm;
using hsm::KeyPurpose;
using test::failsWith;
using test::idFrom;
using test::isOk;
using test::isOkAndHolds;

/// A device with keys, and their rows as the first provisioning seals them.
class MintRing : public testing::Test {
  protected:
    static Deadline soon() { return Deadline::after(std::chrono::seconds(30)); }

    void SetUp() override {
        std::vector<KeyRecord> records;
        for (const KeyPurpose purpose :
             {KeyPurpose::kSealMac, KeyPurpose::kLinkMac, KeyPurpose::kSessionMac}) {
            records.push_back({generate({purpose, 1}), KeyState::kActive});
        }
        ASSERT_THAT(sealer_.adopt(records), isOk());
        for (const KeyRecord& record : records) rows_.push_back(row(record));
    }

    hsm::KeyIdentity generate(const hsm::KeyName& key) {
        auto made = device_.generate(key, KeyAlgorithm::kHmacSha256, soon());
        EXPECT_THAT(made, isOk());
        return made ? *made : hsm::KeyIdentity{};
    }

    /// A row sealed by the mint that provisions.
    KeyRow row(const KeyRecord& record, std::uint64_t version = 1) {
        KeyRow made{record, clock_.now(), clock_.now(), version, {}};
        reseal(made);
        return made;
    }

    void reseal(KeyRow& row) {
        auto seal = mint::ask<Seal>(sealer_, SealRow{sealedContent(row)}, soon());
        EXPECT_THAT(seal, isOk());
        if (seal) row.seal = *seal;
    }

    Result<MintedToken> mintLink(Mint& mint) {
        return mint::ask<MintedToken>(mint, MintToken{id_, test::linkFields()}, soon());
    }

    Result<Verdict> verifyLink(Mint& mint, const MintedToken& link) {
        return mint::ask<Verdict>(
            mint, VerifyRow{id_, link.generation, test::linkFields(), link.check}, soon());
    }

    test::TestClock clock_;
    test::SequenceRandom random_;
    NoMetrics metrics_;
    test::FakeDevice device_;
    LocalMint sealer_{device_, clock_, random_, metrics_};
    LocalMint mint_{device_, clock_, random_, metrics_};
    std::vector<KeyRow> rows_;
    TokenId id_ = idFrom<TokenId>(0);
};

TEST_F(MintRing, standsOnSealedRows) {
    EXPECT_THAT(mintLink(mint_), failsWith(ErrorCode::kUnavailable));
    ASSERT_THAT(mint_.loadRing(rows_, soon()), isOk());
    EXPECT_THAT(mintLink(mint_), isOk());
    EXPECT_THAT(mint_.loadRing(rows_, soon()), isOk()) << "again";
}

TEST_F(MintRing, everyColumnOfAKeyStateRowIsSealed) {
    struct Change {
        std::string name;
        std::function<void(KeyRow&)> apply;
    };

    const std::vector<Change> changes = {
        {"state", [](KeyRow& row) { row.record.state = KeyState::kVerifyOnly; }},
        {"destroyed", [](KeyRow& row) { row.record.state = KeyState::kDestroyed; }},
        {"purpose", [](KeyRow& row) { row.record.identity.key.purpose = KeyPurpose::kCodeMac; }},
        {"generation", [](KeyRow& row) { row.record.identity.key.generation = 2; }},
        {"algorithm", [](KeyRow& row) { row.record.identity.algorithm = KeyAlgorithm::kEs256; }},
        {"fingerprint", [](KeyRow& row) { row.record.identity.fingerprint[0] ^= 1; }},
        {"id", [](KeyRow& row) { row.record.identity.cka_id[0] ^= 1; }},
        {"created", [](KeyRow& row) { row.created_at += Duration(1); }},
        {"changed", [](KeyRow& row) { row.changed_at += Duration(1); }},
        {"changed before 1970", [](KeyRow& row) { row.changed_at = timeFromMicros(-1); }},
        {"version", [](KeyRow& row) { ++row.version; }},
        {"seal", [](KeyRow& row) { row.seal.tag[31] ^= 1; }},
        {"no seal", [](KeyRow& row) { row.seal = {}; }},
        {"seal generation", [](KeyRow& row) { row.seal.generation = 2; }}};
    for (const Change& change : changes) {
        auto rows = rows_;
        change.apply(rows[1]);
        EXPECT_THAT(mint_.loadRing(rows, soon()), failsWith(ErrorCode::kIntegrity)) << change.name;
        EXPECT_THAT(mintLink(mint_), failsWith(ErrorCode::kUnavailable)) << change.name;
    }
}

TEST_F(MintRing, namesTheRowsWhoseSealDoesNotHold) {
    auto rows = rows_;
    rows[1].changed_at += Duration(1);
    const Status loaded = mint_.loadRing(rows, soon());
    ASSERT_THAT(loaded, failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(loaded.error().detail, testing::HasSubstr("link-mac:1"));
    EXPECT_THAT(loaded.error().detail, testing::Not(testing::HasSubstr("session-mac")));
}

TEST_F(MintRing, aRingThatFailsLeavesTheOneBefore) {
    ASSERT_THAT(mint_.loadRing(rows_, soon()), isOk());
    const auto link = mintLink(mint_);
    ASSERT_THAT(link, isOk());
    // The device has let go of the key before the seals are judged.
    auto forged = rows_;
    forged[1].record.state = KeyState::kDestroyed;
    ++forged[1].version;
    EXPECT_THAT(mint_.loadRing(forged, soon()), failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(verifyLink(mint_, *link), isOkAndHolds(Verdict::kValid));
}

TEST_F(MintRing, neverGoesBack) {
    auto rotated = rows_;
    rotated[1] = row({rows_[1].record.identity, KeyState::kVerifyOnly}, 2);
    ASSERT_THAT(mint_.loadRing(rotated, soon()), isOk());
    EXPECT_THAT(mint_.loadRing(rows_, soon()), failsWith(ErrorCode::kIntegrity)) << "older row";
    rotated.erase(rotated.begin() + 2);
    EXPECT_THAT(mint_.loadRing(rotated, soon()), failsWith(ErrorCode::kIntegrity)) << "row gone";
}

TEST_F(MintRing, aVerifyOnlyKeyChecksAndDoesNotMint) {
    ASSERT_THAT(mint_.loadRing(rows_, soon()), isOk());
    const auto link = mintLink(mint_);
    ASSERT_THAT(link, isOk());
    auto rotated = rows_;
    rotated[1] = row({rows_[1].record.identity, KeyState::kVerifyOnly}, 2);
    ASSERT_THAT(mint_.loadRing(rotated, soon()), isOk());
    EXPECT_THAT(mintLink(mint_), failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(verifyLink(mint_, *link), isOkAndHolds(Verdict::kValid));

    rotated.push_back(row({generate({KeyPurpose::kLinkMac, 2}), KeyState::kActive}));
    ASSERT_THAT(mint_.loadRing(rotated, soon()), isOk());
    const auto next = mintLink(mint_);
    ASSERT_THAT(next, isOk());
    EXPECT_EQ(next->generation, 2U);
    EXPECT_THAT(verifyLink(mint_, *link), isOkAndHolds(Verdict::kValid));
}

TEST_F(MintRing, onlyActiveAndVerifyOnlyKeysCheck) {
    ASSERT_THAT(mint_.loadRing(rows_, soon()), isOk());
    const auto link = mintLink(mint_);
    ASSERT_THAT(link, isOk());
    std::uint64_t version = 2;
    for (const KeyState state : {KeyState::kPreActive, KeyState::kRetired, KeyState::kDestroyed}) {
        auto rows = rows_;
        rows[1] = row({rows_[1].record.identity, state}, version++);
        ASSERT_THAT(mint_.loadRing(rows, soon()), isOk()) << name(state);
        EXPECT_THAT(verifyLink(mint_, *link), isOkAndHolds(Verdict::kBadRow)) << name(state);
        EXPECT_THAT(mintLink(mint_), failsWith(ErrorCode::kIntegrity)) << name(state);
    }
}

TEST_F(MintRing, aDestroyedKeyNeedNotBeInTheDevice) {
    auto rows = rows_;
    rows[1] = row({rows_[1].record.identity, KeyState::kDestroyed}, 2);
    ASSERT_THAT(device_.destroy(rows_[1].record.identity, soon()), isOk());
    EXPECT_THAT(mint_.loadRing(rows, soon()), isOk());
    LocalMint other(device_, clock_, random_, metrics_);
    EXPECT_THAT(other.loadRing(rows_, soon()), failsWith(ErrorCode::kIntegrity));
}

TEST_F(MintRing, hasOneActiveKeyOfAPurposeAndNoNameTwice) {
    auto two = rows_;
    two.push_back(row({generate({KeyPurpose::kLinkMac, 2}), KeyState::kActive}));
    EXPECT_THAT(mint_.loadRing(two, soon()), failsWith(ErrorCode::kIntegrity));
    auto twice = rows_;
    twice.push_back(rows_[1]);
    EXPECT_THAT(mint_.loadRing(twice, soon()), failsWith(ErrorCode::kIntegrity));
}

TEST_F(MintRing, isNothingWithoutAKeyThatSeals) {
    EXPECT_THAT(mint_.loadRing({}, soon()), failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(mint_.loadRing({rows_[1], rows_[2]}, soon()), failsWith(ErrorCode::kIntegrity));
}

TEST_F(MintRing, isAdoptedOnlyWhereNoneStands) {
    std::vector<KeyRecord> records;
    for (const KeyRow& row : rows_) records.push_back(row.record);
    EXPECT_THAT(sealer_.adopt(records), failsWith(ErrorCode::kConflict));
    ASSERT_THAT(mint_.loadRing(rows_, soon()), isOk());
    EXPECT_THAT(mint_.adopt(records), failsWith(ErrorCode::kConflict));
    ASSERT_THAT(sealer_.loadRing(rows_, soon()), isOk()) << "the rows follow what was adopted";
    LocalMint other(device_, clock_, random_, metrics_);
    records.push_back(records.back());
    EXPECT_THAT(other.adopt(records), failsWith(ErrorCode::kIntegrity));
}

TEST_F(MintRing, aDeviceThatIsGoneIsNoBadRing) {
    device_.failWith(fail(ErrorCode::kUnavailable, "gone"));
    EXPECT_THAT(mint_.loadRing(rows_, soon()), failsWith(ErrorCode::kUnavailable));
    device_.failWith(std::nullopt);
    EXPECT_THAT(mint_.loadRing(rows_, soon()), isOk());
}

TEST(KeyStates, haveStableNames) {
    for (const auto& [state, text] : {std::pair{KeyState::kPreActive, "pre-active"},
                                      std::pair{KeyState::kActive, "active"},
                                      std::pair{KeyState::kVerifyOnly, "verify-only"},
                                      std::pair{KeyState::kRetired, "retired"},
                                      std::pair{KeyState::kDestroyed, "destroyed"}}) {
        EXPECT_EQ(name(state), text);
        EXPECT_EQ(keyStateFromName(text), state);
    }
    EXPECT_EQ(keyStateFromName("Active"), std::nullopt);
}

TEST(FieldNames, areStable) {
    for (const auto& [purpose, text] : {std::pair{LinkPurpose::kSignIn, "sign-in"},
                                        std::pair{LinkPurpose::kConfirmAddress, "confirm-address"},
                                        std::pair{LinkPurpose::kRecovery, "recovery"}}) {
        EXPECT_EQ(name(purpose), text);
        EXPECT_EQ(linkPurposeFromName(text), purpose);
    }
    for (const auto& [kind, text] : {std::pair{SessionKind::kPending, "pending"},
                                     std::pair{SessionKind::kInbox, "inbox"},
                                     std::pair{SessionKind::kKey, "key"},
                                     std::pair{SessionKind::kRecovery, "recovery"}}) {
        EXPECT_EQ(name(kind), text);
        EXPECT_EQ(sessionKindFromName(text), kind);
    }
    EXPECT_EQ(linkPurposeFromName("signin"), std::nullopt);
    EXPECT_EQ(sessionKindFromName(""), std::nullopt);
}

}  // namespace
}  // namespace sallyport::mint
