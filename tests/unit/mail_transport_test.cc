#include "mail/file_transport.h"
#include "mail/smtp_transport.h"
#include "tests/support/matchers.h"
#include "tests/support/temporary_directory.h"

#include <gtest/gtest.h>

#include <fstream>

namespace sallyport::mail {
namespace {

using test::failsWith;
using test::isOk;
using test::TemporaryDirectory;

Deadline soon() {
    return Deadline::after(std::chrono::seconds(30));
}

Outcome deliver(Transport& transport, const std::string& message_id, std::string_view text) {
    return transport.deliver(
        {"from@example.test", Secret("to@example.test"), message_id}, Secret(text), soon());
}

std::string contents(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST(FileTransport, writesOneFileAMessageForItsOwnerOnly) {
    const TemporaryDirectory directory;
    FileTransport transport(directory.file("outbox"));
    EXPECT_EQ(deliver(transport, "<one@example.test>", "first").reply, Outcome::Class::kDelivered);
    EXPECT_EQ(deliver(transport, "<two@example.test>", "second").reply, Outcome::Class::kDelivered);
    EXPECT_EQ(deliver(transport, "<one@example.test>", "first").reply, Outcome::Class::kDelivered);
    EXPECT_EQ(contents(directory.file("outbox/one.eml")), "first");
    EXPECT_EQ(contents(directory.file("outbox/two.eml")), "second");

    using std::filesystem::perms;
    int files = 0;
    for (const auto& file : std::filesystem::directory_iterator(directory.file("outbox"))) {
        EXPECT_EQ(file.status().permissions(), perms::owner_read | perms::owner_write);
        ++files;
    }
    EXPECT_EQ(files, 2);
    EXPECT_EQ(std::filesystem::status(directory.file("outbox")).permissions(), perms::owner_all);
}

TEST(FileTransport, refusesANameThatLeadsElsewhere) {
    const TemporaryDirectory directory;
    FileTransport transport(directory.file("outbox"));
    for (const char* id :
         {"<../../x@example.test>", "<a/b@example.test>", "<@example.test>", "", "x"}) {
        EXPECT_EQ(deliver(transport, id, "text").reply, Outcome::Class::kPermanent) << id;
    }
    EXPECT_FALSE(std::filesystem::exists(directory.file("outbox")));
}

TEST(FileTransport, triesAgainWhenTheFolderCannotBeWritten) {
    const TemporaryDirectory directory;
    FileTransport transport(directory.file("missing/outbox"));
    EXPECT_EQ(deliver(transport, "<one@example.test>", "text").reply, Outcome::Class::kTemporary);
}

TEST(DotStuffing, doublesDotsAtTheBeginningOfLinesAndEndsTheMail) {
    const std::pair<const char*, const char*> cases[] = {
        {"a\r\n", "a\r\n.\r\n"},
        {".\r\n", "..\r\n.\r\n"},
        {"..\r\na.b\r\n.c\r\n", "...\r\na.b\r\n..c\r\n.\r\n"},
        {"no end", "no end\r\n.\r\n"},
        {"", ".\r\n"},
    };
    for (const auto& [text, stuffed] : cases) {
        const auto result = dotStuffed(Secret(text));
        ASSERT_THAT(result, isOk());
        EXPECT_EQ(result->exposeText(), stuffed);
    }
}

TEST(DotStuffing, refusesALoneCrOrLf) {
    for (const char* text : {"a\n.\nb\r\n", "a\rb\r\n", "\n", "a\r", "a\r\r\n", "a\n\r\n"}) {
        EXPECT_THAT(dotStuffed(Secret(text)), failsWith(ErrorCode::kInvalidRequest)) << text;
    }
}

class SmtpOptionsTest : public testing::Test {
  protected:
    SmtpOptionsTest() {
        options_.server = {"mail.example.test", 25, ""};
        options_.ehlo_name = "example.test";
    }

    void writePassword(std::string_view text, std::filesystem::perms mode) {
        options_.user = "user";
        options_.password_file = directory_.file("password");
        std::ofstream(options_.password_file) << text;
        std::filesystem::permissions(options_.password_file, mode);
    }

    static constexpr auto kOwner =
        std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
    TemporaryDirectory directory_;
    SmtpOptions options_;
};

TEST_F(SmtpOptionsTest, aServerWithTlsIsAccepted) {
    EXPECT_THAT(SmtpTransport::open(options_), isOk());
    writePassword("secret\n", kOwner);
    EXPECT_THAT(SmtpTransport::open(options_), isOk());
}

TEST_F(SmtpOptionsTest, withoutTlsOnlyLoopbackAndNoPassword) {
    options_.tls = SmtpOptions::Tls::kNone;
    EXPECT_THAT(SmtpTransport::open(options_), failsWith(ErrorCode::kInvalidRequest));
    for (const char* host : {"localhost", "127.0.0.1", "::1"}) {
        options_.server.host = host;
        EXPECT_THAT(SmtpTransport::open(options_), isOk()) << host;
    }
    writePassword("secret\n", kOwner);
    EXPECT_THAT(SmtpTransport::open(options_), failsWith(ErrorCode::kInvalidRequest));
}

TEST_F(SmtpOptionsTest, thePasswordFileHoldsOneLineForItsOwnerOnly) {
    options_.user = "user";
    EXPECT_THAT(SmtpTransport::open(options_), failsWith(ErrorCode::kInvalidRequest));
    writePassword("secret\n", kOwner | std::filesystem::perms::group_read);
    EXPECT_THAT(SmtpTransport::open(options_), failsWith(ErrorCode::kInvalidRequest));
    for (const std::string& text :
         {std::string(), std::string("\n"), std::string("a\nb\n"), std::string(2000, 'x')}) {
        writePassword(text, kOwner);
        const auto refused = SmtpTransport::open(options_);
        EXPECT_THAT(refused, failsWith(ErrorCode::kInvalidRequest)) << text;
    }
}

TEST_F(SmtpOptionsTest, theTrustedRootsCanBeRead) {
    options_.server.ca_file = directory_.file("missing.pem");
    EXPECT_THAT(SmtpTransport::open(options_), failsWith(ErrorCode::kInvalidRequest));
    options_.server.ca_file = directory_.file("empty.pem");
    std::ofstream(options_.server.ca_file).close();
    EXPECT_THAT(SmtpTransport::open(options_), failsWith(ErrorCode::kInvalidRequest));
}

TEST_F(SmtpOptionsTest, theNameForEhloIsOneWord) {
    for (const char* name : {"", "a b", "a\r\nMAIL", "\xC3\xA9"}) {
        options_.ehlo_name = name;
        EXPECT_THAT(SmtpTransport::open(options_), failsWith(ErrorCode::kInvalidRequest)) << name;
    }
}

}  // namespace
}  // namespace sallyport::mail
