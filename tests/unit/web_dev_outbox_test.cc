#include "tests/support/temporary_directory.h"
#include "web/dev_outbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include <fstream>

namespace sallyport::web {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct MailCase {
    const char* name;
    std::string message;
    std::string text;
};

class ReadOutboxMail : public ::testing::TestWithParam<MailCase> {};

TEST_P(ReadOutboxMail, findsThePlainText) {
    EXPECT_EQ(readOutboxMail(GetParam().message).text, GetParam().text);
}

const MailCase kMails[] = {
    {"plain", "Subject: a\r\n\r\none\r\ntwo\r\n", "one\ntwo\n"},
    {"quoted_printable",
     "Content-Transfer-Encoding: quoted-printable\n\nhttps://a.test/link#spl.1=\n.x =3D =zz\n",
     "https://a.test/link#spl.1.x = =zz\n"},
    {"base64", "Content-Transfer-Encoding: BASE64\n\naGVs\nbG8=\n", "hello"},
    {"first_plain_part_of_alternatives",
     "Content-Type: multipart/alternative;\n boundary=\"b\"\n\npreamble\n--b\nContent-Type: "
     "text/html\n\n<p>no</p>\n--b\nContent-Type: text/plain\n\nyes\n--b--\n",
     "yes"},
    {"boundary_without_quotes",
     "Content-Type: multipart/mixed; boundary=b; x=y\n\n--b\n\nyes\n--b--\n",
     "yes"},
    {"empty_part_before",
     "Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\n\nyes\n--b--\n",
     "yes"},
    {"no_plain_part", "Content-Type: text/html\n\n<p>no</p>\n", ""},
    {"no_boundary", "Content-Type: multipart/mixed\n\n--b\n\nno\n--b--\n", ""},
    {"nothing", "", ""},
};

INSTANTIATE_TEST_SUITE_P(Forms,
                         ReadOutboxMail,
                         ::testing::ValuesIn(kMails),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(OutboxMailHtml, escapesEverything) {
    const std::string html = outboxMailHtml({"<s>", "\"a\"&", "<d>", "<script>x</script>\n"});
    EXPECT_THAT(html, HasSubstr("&lt;s&gt;"));
    EXPECT_THAT(html, HasSubstr("&quot;a&quot;&amp;"));
    EXPECT_THAT(html, HasSubstr("&lt;script&gt;"));
    EXPECT_THAT(html, Not(HasSubstr("<script")));
}

TEST(OutboxMailHtml, linksLinesThatAreAddressesOnly) {
    const std::string html =
        outboxMailHtml({"", "", "", "http://localhost/link#a\njavascript:x\nsee http://b.test\n"});
    EXPECT_THAT(html, HasSubstr("<a href=\"http://localhost/link#a\">http://localhost/link#a</a>"));
    EXPECT_THAT(html, Not(HasSubstr("href=\"javascript")));
    EXPECT_THAT(html, Not(HasSubstr("<a href=\"http://b.test")));
}

std::string shown(const std::filesystem::path& directory) {
    http::Router router;
    registerDevOutbox(router, directory);
    const auto match = router.find("GET", "/dev/outbox");
    EXPECT_NE(match.endpoint, nullptr);
    const http::Request request;
    const Json body;
    const http::CookiePolicy policy(http::PublicUrl::parse("http://localhost").value(), true);
    auto response = match.endpoint->handler(http::Call{request, body, policy});
    EXPECT_TRUE(response.has_value());
    return response.has_value() ? response->body : std::string();
}

TEST(DevOutbox, showsTheNewestFirstAndOnlyMails) {
    const test::TemporaryDirectory directory;
    const auto now = std::filesystem::file_time_type::clock::now();
    int age = 0;
    for (const auto* name : {"new.eml", "old.eml", "half.tmp"}) {
        std::ofstream(directory.file(name)) << "Subject: " << name << "\n\ntext\n";
        std::filesystem::last_write_time(directory.file(name), now - std::chrono::hours(age++));
    }
    const std::string page = shown(directory.path());
    EXPECT_LT(page.find("new.eml"), page.find("old.eml"));
    EXPECT_THAT(page, HasSubstr("old.eml"));
    EXPECT_THAT(page, Not(HasSubstr("half.tmp")));
}

TEST(DevOutbox, saysThatThereIsNoMailYet) {
    EXPECT_THAT(shown("/no/such/directory"), HasSubstr("No mail yet"));
}

}  // namespace
}  // namespace sallyport::web
