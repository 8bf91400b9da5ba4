#include "mint/token_text.h"
#include "tests/support/matchers.h"
#include "tests/support/mint_fixture.h"

namespace sallyport::mint {
namespace {

using test::failsWith;
using test::isOk;

const std::string kId = "AAECAwQFBgcICQoLDA0ODw";
const std::string kTag = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

TEST(TokenText, isReadAsItIsWritten) {
    RecordProperty("requirement", "S-01");
    const std::string text = "sps.4294967295." + kId + "." + kTag;
    const auto token = parseToken(kSessionPrefix, text);
    ASSERT_THAT(token, isOk());
    EXPECT_EQ(token->generation, 4'294'967'295U);
    EXPECT_EQ(token->id, test::idFrom<TokenId>(0));
    EXPECT_EQ(token->tag.size(), 32U);
    EXPECT_EQ(formatToken(kSessionPrefix, *token).exposeText(), text);
}

TEST(TokenText, hasOneSpelling) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"empty", ""},
        {"prefix only", "sps"},
        {"another kind", "spl.1." + kId + "." + kTag},
        {"a ticket", "spt.1." + kId + "." + kTag},
        {"upper-case prefix", "SPS.1." + kId + "." + kTag},
        {"no generation", "sps.." + kId + "." + kTag},
        {"generation 0", "sps.0." + kId + "." + kTag},
        {"leading zero", "sps.01." + kId + "." + kTag},
        {"sign", "sps.+1." + kId + "." + kTag},
        {"negative", "sps.-1." + kId + "." + kTag},
        {"hexadecimal", "sps.0x1." + kId + "." + kTag},
        {"generation too great", "sps.4294967296." + kId + "." + kTag},
        {"space", "sps.1 ." + kId + "." + kTag},
        {"short id", "sps.1." + kId.substr(1) + "." + kTag},
        {"long id", "sps.1." + kId + "A." + kTag},
        {"id with trailing bits", "sps.1.AAECAwQFBgcICQoLDA0ODx." + kTag},
        {"short tag", "sps.1." + kId + "." + kTag.substr(1)},
        {"long tag", "sps.1." + kId + "." + kTag + "A"},
        {"tag with trailing bits", "sps.1." + kId + "." + kTag.substr(1) + "B"},
        {"padded tag", "sps.1." + kId + "." + kTag + "="},
        {"empty tag", "sps.1." + kId + "."},
        {"further part", "sps.1." + kId + "." + kTag + "."},
        {"leading part", ".sps.1." + kId + "." + kTag},
        {"line end", "sps.1." + kId + "." + kTag + "\n"},
        {"autolink letter", "sps.1." + kId + "." + kTag + "x"},
        {"no end", "sps.1." + kId + "." + std::string(100'000, 'A')},
        {"NUL", "sps.1." + kId + "." + kTag + std::string(1, '\0')}};
    for (const auto& [name, text] : cases) {
        const auto token = parseToken(kSessionPrefix, text);
        ASSERT_THAT(token, failsWith(ErrorCode::kInvalidRequest)) << name;
        EXPECT_EQ(token.error().detail, "no token of this kind") << name;
    }
}

TEST(KnownBrowserText, carriesItsTimes) {
    const std::string text = "spb.3." + kId + ".1795428000000000.0." + kTag;
    const auto known = parseKnownBrowser(text);
    ASSERT_THAT(known, isOk());
    EXPECT_EQ(micros(known->issued), 1'795'428'000'000'000);
    EXPECT_EQ(micros(known->expires), 0);
    EXPECT_EQ(formatKnownBrowser(*known).exposeText(), text);
}

TEST(KnownBrowserText, hasOneSpelling) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"no times", "spb.3." + kId + "." + kTag},
        {"one time", "spb.3." + kId + ".1." + kTag},
        {"negative", "spb.3." + kId + ".-1.2." + kTag},
        {"leading zero", "spb.3." + kId + ".01.2." + kTag},
        {"leading zero at the end", "spb.3." + kId + ".1.02." + kTag},
        {"too great", "spb.3." + kId + ".1.9223372036854775808." + kTag},
        {"empty time", "spb.3." + kId + "..2." + kTag},
        {"fraction", "spb.3." + kId + ".1.2.0." + kTag},
        {"another kind", "sps.3." + kId + ".1.2." + kTag},
        {"short tag", "spb.3." + kId + ".1.2." + kTag.substr(2)}};
    for (const auto& [name, text] : cases) {
        EXPECT_THAT(parseKnownBrowser(text), failsWith(ErrorCode::kInvalidRequest)) << name;
    }
}

TEST(RelayCodeText, isReadAsAPersonTypesIt) {
    for (const std::string typed :
         {"ABCD-2345", "abcd-2345", "ABCD2345", " ab cd 23 45 ", "A-B-C-D-2-3-4-5", "ABCD\t2345"}) {
        const auto code = parseRelayCode(typed);
        ASSERT_THAT(code, isOk()) << typed;
        EXPECT_EQ(code->exposeText(), "ABCD2345") << typed;
    }
}

TEST(RelayCodeText, hasEightSymbolsOfTheAlphabet) {
    const std::vector<std::string> cases = {"",
                                            "ABCD-234",
                                            "ABCD-23456",
                                            "ABCD-234O",
                                            "ABCD-2340",
                                            "ABCD-2341",
                                            "ABCD-234I",
                                            "ABCD-234L",
                                            "ABCD-234U",
                                            "ABCD_2345",
                                            "ABCD-234\xc3\x84",
                                            "ABCD-2345" + std::string(60, ' '),
                                            std::string("ABCD-234\0", 9)};
    for (const std::string& typed : cases) {
        EXPECT_THAT(parseRelayCode(typed), failsWith(ErrorCode::kInvalidRequest)) << typed;
    }
}

}  // namespace
}  // namespace sallyport::mint
