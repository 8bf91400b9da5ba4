#include "base/texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

namespace sallyport {
namespace {

using ::testing::Contains;

TEST(Texts, areFoundByKey) {
    EXPECT_EQ(text("en", "site.name"), "Sallyport");
    EXPECT_THAT(textKeys(), Contains("mail.sign_in.subject"));
}

TEST(Texts, fallBackToEnglish) {
    EXPECT_EQ(text("xx", "language"), "en");
}

TEST(Texts, takeValuesAsTheyAre) {
    EXPECT_EQ(text("en", "mail.sign_in.safe", {{"site", "{site} & <b>"}}),
              "Nobody else can use the link or the code, and nobody from {site} & <b> will ask you "
              "for them.");
}

TEST(TextsDeathTest, endTheProcessForAKeyOrAValueThatIsMissing) {
    EXPECT_DEATH(static_cast<void>(text("en", "no.such.key")), "");
    EXPECT_DEATH(static_cast<void>(text("en", "mail.sign_in.safe", {{"other", "a"}})), "");
}

TEST(Texts, ofMailsAreAscii) {
    for (const auto key : textKeys()) {
        if (!key.starts_with("mail.")) continue;
        for (const char character : text("en", key))
            EXPECT_TRUE(character >= ' ' && character <= '~') << key;
    }
}

TEST(Texts, haveWellFormedPlaceholders) {
    const std::regex form("(?:[^{}]|\\{[a-z_]+\\})*");
    for (const auto key : textKeys()) {
        const std::string value(text("en", key));
        EXPECT_TRUE(std::regex_match(value, form)) << key;
        EXPECT_FALSE(value.empty()) << key;
    }
}

}  // namespace
}  // namespace sallyport
