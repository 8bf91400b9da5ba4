#include "mail/smtp_reply.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>

namespace sallyport::mail {
namespace {

using test::failsWith;
using test::isOk;

SmtpReply taken(std::string buffer) {
    auto reply = takeReply(buffer);
    EXPECT_THAT(reply, isOk());
    EXPECT_EQ(buffer, "");
    return reply && *reply ? **reply : SmtpReply{};
}

TEST(SmtpReply, readsOneLineAndMany) {
    EXPECT_EQ(taken("220 ready\r\n").code, 220);
    EXPECT_EQ(taken("250\r\n").code, 250);
    EXPECT_THAT(taken("250-a\r\n250-b c\r\n250 d\r\n").lines,
                testing::ElementsAre("a", "b c", "d"));
    EXPECT_THAT(taken("250-\r\n250\r\n").lines, testing::ElementsAre("", ""));
}

TEST(SmtpReply, waitsForTheWholeReplyAndLeavesTheRest) {
    std::string buffer;
    for (const char c : std::string("250-a\r\n250 b\r")) {
        buffer += c;
        const auto reply = takeReply(buffer);
        ASSERT_THAT(reply, isOk());
        EXPECT_FALSE(*reply);
    }
    buffer += "\n354 go\r\n";
    EXPECT_EQ(takeReply(buffer).value().value().code, 250);
    EXPECT_EQ(buffer, "354 go\r\n");
}

TEST(SmtpReply, refusesWhatIsNoReply) {
    const std::vector<std::pair<const char*, std::string>> cases = {
        {"no digits", "hello\r\n"},
        {"two digits", "25\r\n"},
        {"an empty line", "\r\n"},
        {"a class below 2", "150 x\r\n"},
        {"a class above 5", "650 x\r\n"},
        {"a second digit above 5", "260 x\r\n"},
        {"four digits", "2500 x\r\n"},
        {"another separator", "250+x\r\n"},
        {"a tab for a space", "250\tx\r\n"},
        {"white space before", " 250 x\r\n"},
        {"two codes", "250-a\r\n251 b\r\n"},
        {"a bare LF", "250 a\nb\r\n"},
        {"a bare CR", "250 a\rb\r\n"},
        {"NUL", std::string("250 a\0b\r\n", 9)},
        {"a long line", "250 " + std::string(1000, 'x') + "\r\n"},
        {"a long line without its end", "250 " + std::string(1000, 'x')},
    };
    for (const auto& [name, text] : cases) {
        SCOPED_TRACE(name);
        std::string buffer = text;
        EXPECT_THAT(takeReply(buffer), failsWith(ErrorCode::kInvalidRequest));
    }
}

TEST(SmtpReply, boundsTheNumberOfLines) {
    std::string lines;
    for (int i = 0; i < 63; ++i) lines += "250-x\r\n";
    EXPECT_EQ(taken(lines + "250 x\r\n").lines.size(), 64U);
    std::string too_many = lines + "250-x\r\n250 x\r\n";
    EXPECT_THAT(takeReply(too_many), failsWith(ErrorCode::kInvalidRequest));
}

TEST(SmtpReply, findsTheEnhancedStatusAndNothingElse) {
    EXPECT_EQ(taken("550 5.1.1 <a@example.test>: unknown\r\n").enhancedStatus(), "5.1.1");
    EXPECT_EQ(taken("250-2.0.0 a\r\n250 2.1.5\r\n").enhancedStatus(), "2.1.5");
    for (const char* text : {"550 unknown\r\n",
                             "550 5.1\r\n",
                             "550 5.1.x\r\n",
                             "550 5.1.1a\r\n",
                             "550 5.1.1111 a\r\n",
                             "550 a@5.1.1\r\n",
                             "550\r\n"}) {
        EXPECT_EQ(taken(text).enhancedStatus(), "") << text;
    }
}

}  // namespace
}  // namespace sallyport::mail
