#include "base/canonical.h"
#include "base/ids.h"
#include "tests/support/canonical_reader.h"
#include "tests/support/fakes.h"

#include <gtest/gtest.h>

#include <set>

namespace sallyport {
namespace {

constexpr const char* kDomain = "sallyport/test/v1";

// lp(kDomain); expected values were made with Python's struct.pack('>I') and '>Q'.
const std::string kHead = "0000001173616c6c79706f72742f746573742f7631";

TEST(Canonical, writesDomainAndCount) {
    RecordProperty("requirement", "L-09");
    EXPECT_EQ(toHex(Canonical(kDomain).finish()), kHead + "00000000");
}

TEST(Canonical, writesAPresenceByteBeforeEachField) {
    EXPECT_EQ(toHex(Canonical(kDomain).addAbsent().finish()), kHead + "000000010000000000");
    EXPECT_EQ(toHex(Canonical(kDomain).add("").finish()), kHead + "000000010100000000");
    EXPECT_EQ(toHex(Canonical(kDomain).add("ab").add("c").finish()),
              kHead + "0000000201000000026162010000000163");
}

TEST(Canonical, writesIntegersAsEightBytes) {
    EXPECT_EQ(toHex(Canonical(kDomain)
                        .add(std::uint64_t{0})
                        .add(std::uint64_t{1})
                        .add(~std::uint64_t{0})
                        .finish()),
              kHead +
                  "0000000301000000080000000000000000010000000800000000000000010100000008"
                  "ffffffffffffffff");
}

TEST(Canonical, writesARowOfEveryType) {
    AccountId id;
    for (std::size_t i = 0; i < id.bytes.size(); ++i) id.bytes[i] = static_cast<std::uint8_t>(i);
    const Bytes encoding = Canonical(kDomain)
                               .add(id.bytes)
                               .add("sign-in")
                               .addAbsent()
                               .add(timeFromMicros(1'795'428'120'000'000))
                               .add(std::string("gr\xc3\xbc\xc3\x9f"))
                               .finish();
    EXPECT_EQ(toHex(encoding),
              kHead +
                  "000000050100000010000102030405060708090a0b0c0d0e0f01000000077369676e2d696e"
                  "00000000000100000008000660eeaf4ff60001000000066772c3bcc39f");
}

TEST(Canonical, writesAnOptionalAsItsValueOrAbsent) {
    const std::optional<std::string> nothing;
    const std::optional<std::string> text = "ab";
    const std::optional<Time> time = timeFromMicros(1);
    EXPECT_EQ(Canonical(kDomain).addOptional(nothing).finish(),
              Canonical(kDomain).addAbsent().finish());
    EXPECT_EQ(Canonical(kDomain).addOptional(text).addOptional(time).finish(),
              Canonical(kDomain).add("ab").add(std::uint64_t{1}).finish());
}

TEST(Canonical, takesBytesAsTheyAre) {
    const Bytes bytes = {0x00, 0xff, 0x0a};
    EXPECT_EQ(toHex(Canonical(kDomain).add(bytes).finish()), kHead + "00000001010000000300ff0a");
}

TEST(Canonical, canBeFinishedAgain) {
    Canonical canonical(kDomain);
    canonical.add("a");
    EXPECT_EQ(canonical.finish(), canonical.finish());
    const Bytes before = canonical.finish();
    EXPECT_NE(canonical.add("b").finish(), before);
}

TEST(Canonical, tellsLookAlikesApart) {
    const auto with = [](std::string_view domain) { return Canonical(domain); };
    const std::vector<Bytes> encodings = {
        with("a/v1").finish(),
        with("a/v1").add("").finish(),
        with("a/v1").addAbsent().finish(),
        with("a/v1").add("").add("").finish(),
        with("a/v1").addAbsent().add("").finish(),
        with("a/v1").add("").addAbsent().finish(),
        with("a/v1").addAbsent().addAbsent().finish(),
        with("a/v1").add("abc").finish(),
        with("a/v1").add("ab").add("c").finish(),
        with("a/v1").add("a").add("bc").finish(),
        with("a/v1").add("").add("abc").finish(),
        with("a/v1").add("abc").add("").finish(),
        with("a/v1").add("abc").addAbsent().finish(),
        with("a/v1a").add("bc").finish(),
        with("a/v1abc").finish(),
        with("b/v1").add("abc").finish(),
        with("a/v1").add(std::uint64_t{1}).finish(),
        with("a/v1").add("1").finish(),
        with("a/v1").add(Canonical("a/v1").add("").finish()).finish(),
    };
    EXPECT_EQ(std::set(encodings.begin(), encodings.end()).size(), encodings.size());
}

TEST(Canonical, isReadBackAsWhatWasWritten) {
    test::SequenceRandom random;
    const auto below = [&random](std::uint8_t most) { return random.bytes<1>()[0] % most; };
    for (int round = 0; round < 2000; ++round) {
        test::CanonicalFields written;
        written.domain = "sallyport/" + std::string(static_cast<std::size_t>(below(3)), 'x');
        Canonical canonical(written.domain);
        for (int count = below(6); count > 0; --count) {
            if (below(4) == 0) {
                written.fields.emplace_back();
                canonical.addAbsent();
                continue;
            }
            Bytes bytes(static_cast<std::size_t>(below(12)));
            random.fill(bytes);
            canonical.add(bytes);
            written.fields.emplace_back(bytes);
        }
        const Bytes encoding = canonical.finish();
        EXPECT_EQ(test::readCanonical(encoding), written);
        // And no encoding is the beginning of another.
        EXPECT_EQ(test::readCanonical(ByteView(encoding).first(encoding.size() - 1)), std::nullopt);
    }
}

TEST(CanonicalDeathTest, refusesATimeBefore1970) {
    Canonical(kDomain).add(timeFromMicros(0));
    EXPECT_DEATH(Canonical(kDomain).add(timeFromMicros(-1)), "invariant broken");
}

TEST(CanonicalDeathTest, refusesADomainThatIsNotPrintableAscii) {
    for (const std::string_view domain : {"", "sallyport/\xc3\xa9/v1", "a b/v1", "a/v1\n"}) {
        EXPECT_DEATH(static_cast<void>(Canonical(domain)), "invariant broken") << domain;
    }
}

}  // namespace
}  // namespace sallyport
