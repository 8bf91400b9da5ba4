#include "mint/relay_code.h"
#include "mint/relay_guard.h"
#include "mint/token_text.h"
#include "tests/support/matchers.h"
#include "tests/support/mint_fixture.h"

#include <atomic>
#include <thread>

namespace sallyport::mint {
namespace {

using test::idFrom;
using test::isOk;
using test::isOkAndHolds;
using test::MintFixture;

class MintRelay : public testing::Test {
  protected:
    void SetUp() override {
        const auto minted =
            mint::ask<MintedToken>(fixture_.mint(), MintToken{id_, fields_}, MintFixture::soon());
        ASSERT_THAT(minted, isOk());
        check_ = minted->check;
        const auto emitted =
            mint::ask<EmittedLink>(fixture_.mint(),
                                   EmitLink{id_, minted->generation, fields_, check_},
                                   MintFixture::soon());
        ASSERT_THAT(emitted, isOk());
        auto code = parseRelayCode(emitted->relay_code.exposeText());
        ASSERT_THAT(code, isOk());
        right_ = std::move(*code);
    }

    Result<Verdict> check(const Secret& code) { return check(code, fields_, check_); }

    Result<Verdict> check(const Secret& code, const LinkFields& fields, const Check& row_check) {
        return mint::ask<Verdict>(
            fixture_.mint(),
            CheckRelay{id_, MintFixture::kGeneration, fields, row_check, code.duplicate()},
            MintFixture::soon());
    }

    MintFixture fixture_;
    TokenId id_ = idFrom<TokenId>(0);
    LinkFields fields_ = test::linkFields();
    Check check_{};
    Secret right_;
    Secret wrong_{"22222222"};
};

TEST_F(MintRelay, theRightCodeIsValidAlsoAfterFourWrongOnes) {
    RecordProperty("requirement", "L-09");
    for (int i = 0; i < 4; ++i) EXPECT_THAT(check(wrong_), isOkAndHolds(Verdict::kWrongToken));
    EXPECT_THAT(check(right_), isOkAndHolds(Verdict::kValid));
    EXPECT_THAT(check(right_), isOkAndHolds(Verdict::kValid));
}

TEST_F(MintRelay, fiveWrongCodesExhaustTheLink) {
    RecordProperty("requirement", "L-12");
    for (int i = 0; i < 5; ++i) EXPECT_THAT(check(wrong_), isOkAndHolds(Verdict::kWrongToken));
    EXPECT_THAT(check(wrong_), isOkAndHolds(Verdict::kExhausted));
    EXPECT_THAT(check(right_), isOkAndHolds(Verdict::kExhausted));
}

TEST_F(MintRelay, aCodeCannotBeMovedToAnotherRow) {
    LinkFields other = fields_;
    other.account = idFrom<AccountId>(0x99);
    EXPECT_THAT(check(right_, other, check_), isOkAndHolds(Verdict::kBadRow));
    const auto minted =
        mint::ask<MintedToken>(fixture_.mint(), MintToken{id_, other}, MintFixture::soon());
    ASSERT_THAT(minted, isOk());
    EXPECT_THAT(check(right_, other, minted->check), isOkAndHolds(Verdict::kWrongToken));
}

TEST_F(MintRelay, aBadRowSpendsNoAttempt) {
    Check bad = check_;
    bad[0] ^= 1;
    for (int i = 0; i < 20; ++i) {
        EXPECT_THAT(check(right_, fields_, bad), isOkAndHolds(Verdict::kBadRow));
    }
    EXPECT_THAT(check(right_), isOkAndHolds(Verdict::kValid));
}

TEST_F(MintRelay, codesOfOtherLengthsAreWrong) {
    EXPECT_THAT(check(Secret()), isOkAndHolds(Verdict::kWrongToken));
    EXPECT_THAT(check(Secret(right_.exposeText().substr(0, 7))),
                isOkAndHolds(Verdict::kWrongToken));
}

TEST_F(MintRelay, anExpiredLinkTakesNoCode) {
    fixture_.clock.set(fields_.expires - Duration(1));
    EXPECT_THAT(check(right_), isOkAndHolds(Verdict::kValid));
    fixture_.clock.set(fields_.expires);
    EXPECT_THAT(check(right_), isOkAndHolds(Verdict::kExhausted));
}

TEST(RelayGuard, neverComparesMoreThanFiveWrongCodesOfManyAtOnce) {
    const test::TestClock clock;
    RelayGuard guard(clock);
    const Time expires = clock.now() + std::chrono::minutes(10);
    std::atomic<int> compared{0};
    std::vector<std::thread> guessers;
    for (int i = 0; i < 16; ++i) {
        guessers.emplace_back([&] {
            const Secret right("ABCD2345");
            const Secret wrong("22222222");
            for (int j = 0; j < 50; ++j) {
                const Verdict verdict = guard.compare(idFrom<TokenId>(1), expires, right, wrong);
                if (verdict == Verdict::kWrongToken) ++compared;
            }
        });
    }
    for (auto& guesser : guessers) guesser.join();
    EXPECT_EQ(compared.load(), 5);
}

TEST(RelayGuard, refusesWhatItHasNoRoomToCountAndForgetsWhatExpired) {
    test::TestClock clock;
    RelayGuard guard(clock, 2);
    const Secret right("ABCD2345");
    const Secret wrong("22222222");
    const Time soon = clock.now() + std::chrono::minutes(1);
    const Time later = clock.now() + std::chrono::minutes(2);
    EXPECT_EQ(guard.compare(idFrom<TokenId>(1), soon, right, wrong), Verdict::kWrongToken);
    EXPECT_EQ(guard.compare(idFrom<TokenId>(2), later, right, wrong), Verdict::kWrongToken);
    EXPECT_EQ(guard.compare(idFrom<TokenId>(3), later, right, wrong), Verdict::kExhausted);
    EXPECT_EQ(guard.compare(idFrom<TokenId>(3), later, right, right), Verdict::kExhausted);
    EXPECT_EQ(guard.compare(idFrom<TokenId>(2), later, right, right), Verdict::kValid);
    clock.set(soon);
    EXPECT_EQ(guard.compare(idFrom<TokenId>(1), soon, right, right), Verdict::kExhausted);
    EXPECT_EQ(guard.compare(idFrom<TokenId>(3), later, right, right), Verdict::kValid);
}

TEST(RelayCode, isWrittenWithTheMostSignificantSymbolFirst) {
    // 30^8 - 1 and 30^8 as big-endian integers.
    const std::uint64_t modulus = 656'100'000'000;
    const auto mac_of = [](std::uint64_t number) {
        Digest mac{};
        for (std::size_t i = 0; i < 8; ++i) {
            mac[7 - i] = static_cast<std::uint8_t>(number >> (8 * i) & 0xffU);
        }
        return mac;
    };
    EXPECT_EQ(relayCodeOf(mac_of(modulus - 1)).exposeText(), "ZZZZZZZZ");
    EXPECT_EQ(relayCodeOf(mac_of(modulus)).exposeText(), "22222222");
    EXPECT_EQ(relayCodeOf(mac_of(1)).exposeText(), "22222223");
    EXPECT_EQ(relayCodeOf(mac_of(30)).exposeText(), "22222232");
    EXPECT_EQ(shownRelayCode(Secret("ABCD2345")).exposeText(), "ABCD-2345");
}

}  // namespace
}  // namespace sallyport::mint
