#include "tests/support/matchers.h"
#include "token/pkce.h"

#include <gtest/gtest.h>

namespace sallyport::token {
namespace {

using test::failsWith;
using test::isOk;

// RFC 7636 appendix B.
const std::string kVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const std::string kChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

TEST(Pkce, takesTheExampleOfTheStandard) {
    EXPECT_THAT(checkPkce(kVerifier, kChallenge), isOk());
    EXPECT_TRUE(isPkceChallenge(kChallenge));
}

TEST(Pkce, refusesEveryOtherVerifier) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"none", ""},
        {"another", "x" + kVerifier.substr(1)},
        {"the challenge, as with plain", kChallenge},
        {"shorter than 43", kVerifier.substr(1)},
        {"longer than 128", std::string(129, 'a')},
        {"with a trailing space", kVerifier + " "},
        {"with a NUL", kVerifier + std::string(1, '\0')}};
    for (const auto& [name, verifier] : cases)
        EXPECT_THAT(checkPkce(verifier, kChallenge), failsWith(ErrorCode::kUnauthenticated))
            << name;
}

TEST(Pkce, refusesAVerifierOfTheWrongFormWhateverTheChallenge) {
    // Challenges that are right for these verifiers, by sha256sum and basenc.
    EXPECT_THAT(checkPkce(std::string(42, 'a'), "elOGB_2quSlplZKfRRVlu7gULhhEEXMiqv0rPXawGv8"),
                failsWith(ErrorCode::kUnauthenticated));
    EXPECT_THAT(checkPkce(std::string(43, '/'), "hPtpayQa6YTipCuMhOlsP4BcbbMX9dMjjeGvGoIa9pQ"),
                failsWith(ErrorCode::kUnauthenticated));
}

TEST(Pkce, takesVerifiersOf43To128Characters) {
    EXPECT_THAT(checkPkce(std::string(43, 'a'), "ZtNPunH49FD35FWYhT5Tv8I7vRKQJ8uxMaL0_9eHjNA"),
                isOk());
    EXPECT_THAT(checkPkce(std::string(128, 'a'), "aDbPE7rEAOkQUHHNavRwhN-srU5eMCyUv-0k4BOvtz4"),
                isOk());
}

TEST(Pkce, challengesAreBase64UrlOf32Bytes) {
    for (const std::string& challenge : {std::string(),
                                         kChallenge.substr(1),
                                         kChallenge + "A",
                                         kChallenge + "=",
                                         kChallenge.substr(1) + "N",
                                         kVerifier.substr(1) + "+",
                                         std::string(43, '~')})
        EXPECT_FALSE(isPkceChallenge(challenge)) << challenge;
}

}  // namespace
}  // namespace sallyport::token
