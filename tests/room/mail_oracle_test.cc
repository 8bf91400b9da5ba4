#include "mail/message.h"
#include "tests/support/child_process.h"
#include "tests/support/matchers.h"
#include "tests/support/sample_letter.h"
#include "tests/support/temporary_directory.h"

#include <fstream>

namespace sallyport::mail {
namespace {

using test::sampleLetter;
using test::sampleOutboxRow;
using test::sampleSender;

// Python's reader of mail judges what we compose. The last line end of a part belongs to its
// boundary (RFC 2046 5.1.1).
constexpr const char* kReader = R"python(
import sys, email, email.policy
message = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.SMTP)
def show(part):
    if part.defects: print("defects", part.defects)
    return part
show(message)
for header in message.values():
    if getattr(header, "defects", ()): print("defects", header.defects)
print("subject", message["subject"])
print("from", message["from"].addresses[0].display_name, message["from"].addresses[0].addr_spec)
print("to", message["to"].addresses[0].addr_spec, len(message["to"].addresses))
print("date", message["date"].datetime.isoformat())
print("id", message["message-id"])
print("auto", message["auto-submitted"])
print("headers", len(message.keys()))
print("type", message.get_content_type())
for part in message.iter_parts():
    print("part", show(part).get_content_type(), part.get_content_charset(), repr(part.get_content()))
)python";

std::string read(const Sender& sender, const Letter& letter) {
    const test::TemporaryDirectory directory;
    const auto message = compose(sender, sampleOutboxRow(), letter);
    EXPECT_THAT(message, test::isOk());
    std::ofstream(directory.file("mail.eml"), std::ios::binary) << message->exposeText();
    return test::outputOf({"python3", "-X", "utf8", "-c", kReader, directory.file("mail.eml")})
        .value_or("python3 failed");
}

std::string expected(const std::string& subject,
                     const std::string& from,
                     const std::string& text,
                     const std::string& html) {
    return "subject " + subject + "\nfrom " + from +
           " no-reply@example.test\nto user@example.test 1\n" +
           "date 2026-11-23T10:02:00+00:00\nid <abc-_123@example.test>\nauto "
           "auto-generated\nheaders 8\n" +
           "type multipart/alternative\npart text/plain utf-8 '" + text +
           "'\npart text/html utf-8 '" + html + "'\n";
}

TEST(MailOracle, readsWhatWasMeant) {
    EXPECT_EQ(read(sampleSender(), sampleLetter()),
              expected("Sign in to example.test",
                       "Sallyport",
                       "Hello\\n\\nhttps://example.test/link#token",
                       "<p>Hello</p>"));
}

TEST(MailOracle, readsEveryLanguageAndLength) {
    const std::string long_line = "https://example.test/link#" + std::string(300, 'x') + "=x";
    Sender sender = sampleSender();
    sender.name = "B\xC3\xBCro \"Nord\"";
    Letter letter = sampleLetter();
    letter.subject =
        "\xC3\x84nderung: " + std::string(60, 'a') + "\xE2\x82\xAC" + std::string(60, 'b');
    letter.text = Secret("caf\xC3\xA9 \n.\n..\n" + long_line + "\nFrom here\n\xF0\x9F\x94\x91\t\n");
    letter.html = Secret("<a href=\"" + long_line + "\">x</a>\n");
    EXPECT_EQ(
        read(sender, letter),
        expected(letter.subject,
                 sender.name,
                 "caf\xC3\xA9 \\n.\\n..\\n" + long_line + "\\nFrom here\\n\xF0\x9F\x94\x91\\t",
                 "<a href=\"" + long_line + "\">x</a>"));
}

}  // namespace
}  // namespace sallyport::mail
