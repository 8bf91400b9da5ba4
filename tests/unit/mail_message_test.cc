#include "mail/message.h"
#include "tests/support/matchers.h"
#include "tests/support/sample_letter.h"

#include <gtest/gtest.h>

namespace sallyport::mail {
namespace {

using test::failsWith;
using test::isOk;
using test::sampleLetter;
using test::sampleOutboxRow;
using test::sampleSender;
using testing::HasSubstr;
using testing::Not;

std::string composed(const Sender& sender, const OutboxRow& row, const Letter& letter) {
    const auto message = compose(sender, row, letter);
    EXPECT_THAT(message, isOk());
    return message ? std::string(message->exposeText()) : std::string();
}

std::string withText(std::string text) {
    Letter letter = sampleLetter();
    letter.text = Secret::take(std::move(text));
    return composed(sampleSender(), sampleOutboxRow(), letter);
}

std::string withSubject(std::string subject) {
    Letter letter = sampleLetter();
    letter.subject = std::move(subject);
    return composed(sampleSender(), sampleOutboxRow(), letter);
}

TEST(MailMessage, isExactlyThis) {
    EXPECT_EQ(composed(sampleSender(), sampleOutboxRow(), sampleLetter()),
              "Date: Mon, 23 Nov 2026 10:02:00 +0000\r\n"
              "From: \"Sallyport\"\r\n <no-reply@example.test>\r\n"
              "To: <user@example.test>\r\n"
              "Subject: Sign in to example.test\r\n"
              "Message-ID: <abc-_123@example.test>\r\n"
              "MIME-Version: 1.0\r\n"
              "Auto-Submitted: auto-generated\r\n"
              "Content-Type: multipart/alternative;\r\n boundary=\"=_boundary\"\r\n\r\n"
              "--=_boundary\r\nContent-Type: text/plain; charset=utf-8\r\n"
              "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
              "Hello\r\n\r\nhttps://example.test/link#token\r\n"
              "--=_boundary\r\nContent-Type: text/html; charset=utf-8\r\n"
              "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
              "<p>Hello</p>\r\n"
              "--=_boundary--\r\n");
}

TEST(MailMessage, theSameInputsGiveTheSameBytes) {
    EXPECT_EQ(composed(sampleSender(), sampleOutboxRow(), sampleLetter()),
              composed(sampleSender(), sampleOutboxRow(), sampleLetter()));
}

TEST(MailMessage, datesAreThoseOfRfc5322) {
    EXPECT_EQ(rfc5322Date(timeFromMicros(0)), "Thu, 1 Jan 1970 00:00:00 +0000");
    EXPECT_EQ(rfc5322Date(timeFromMicros(951'868'799'999'999)), "Tue, 29 Feb 2000 23:59:59 +0000");
    EXPECT_EQ(rfc5322Date(timeFromMicros(1'798'761'599'000'000)),
              "Thu, 31 Dec 2026 23:59:59 +0000");
}

TEST(MailMessage, encodesWhatQuotedPrintableMust) {
    EXPECT_THAT(withText("a=b\n"), HasSubstr("\r\na=3Db\r\n"));
    EXPECT_THAT(withText("caf\xC3\xA9\n"), HasSubstr("\r\ncaf=C3=A9\r\n"));
    EXPECT_THAT(withText("end \nend\t\n"), HasSubstr("\r\nend=20\r\nend=09\r\n"));
    EXPECT_THAT(withText("a\r\nb\rc\n"), HasSubstr("\r\na\r\nb=0Dc\r\n"));
    EXPECT_THAT(withText("no end"), HasSubstr("\r\nno end\r\n--=_boundary"));
    EXPECT_THAT(withText("--=_boundary--\n"), HasSubstr("\r\n--=3D_boundary--\r\n"));
}

TEST(MailMessage, noLineIsLongerThanItMayBe) {
    for (const std::size_t size : {74U, 75U, 76U, 77U, 78U, 150U, 152U, 1000U}) {
        for (const char* piece : {"x", "=", "\xC3\xA9", " "}) {
            std::string text;
            while (text.size() < size) text += piece;
            const std::string message = withText(text);
            std::size_t begin = 0;
            while (begin < message.size()) {
                const auto end = message.find("\r\n", begin);
                ASSERT_NE(end, std::string::npos);
                EXPECT_LE(end - begin, 78U);
                begin = end + 2;
            }
        }
    }
    EXPECT_THAT(withText(std::string(76, 'x')), HasSubstr("\r\n" + std::string(76, 'x') + "\r\n"));
}

TEST(MailMessage, encodesASubjectThatIsNotPlain) {
    EXPECT_THAT(withSubject("Anmelden f\xC3\xBCr heute"),
                HasSubstr("\r\nSubject: =?utf-8?B?QW5tZWxkZW4gZsO8ciBoZXV0ZQ==?=\r\n"));
    for (const char* subject : {"=?utf-8?B?eA==?=", "two  spaces", " first", "last "}) {
        EXPECT_THAT(withSubject(subject), HasSubstr("\r\nSubject: =?utf-8?B?")) << subject;
    }
    std::string folded = withSubject(std::string(50, 'a') + "\xC3\xA9" + std::string(50, 'b'));
    EXPECT_THAT(folded, HasSubstr("?=\r\n =?utf-8?B?"));
}

TEST(MailMessage, quotesTheNameOfTheSender) {
    Sender sender = sampleSender();
    sender.name = "A \"B\" \\ C";
    EXPECT_THAT(composed(sender, sampleOutboxRow(), sampleLetter()),
                HasSubstr("From: \"A \\\"B\\\" \\\\ C\"\r\n <no-reply@"));
    sender.name = "";
    EXPECT_THAT(composed(sender, sampleOutboxRow(), sampleLetter()),
                HasSubstr("From: <no-reply@example.test>\r\n"));
    sender.name = "M\xC3\xBCller";
    EXPECT_THAT(composed(sender, sampleOutboxRow(), sampleLetter()),
                HasSubstr("From: =?utf-8?B?TcO8bGxlcg==?=\r\n <no-reply@"));
}

struct Hostile {
    const char* name;
    std::function<void(Sender&, OutboxRow&, Letter&)> edit;
};

TEST(MailMessage, nothingCanBecomeAHeaderOfItsOwn) {
    const std::vector<Hostile> cases = {
        {"CRLF in the subject",
         [](Sender&, OutboxRow&, Letter& l) { l.subject = "a\r\nBcc: b@example.test"; }},
        {"LF in the subject", [](Sender&, OutboxRow&, Letter& l) { l.subject = "a\nb"; }},
        {"CR in the subject", [](Sender&, OutboxRow&, Letter& l) { l.subject = "a\rb"; }},
        {"NUL in the subject",
         [](Sender&, OutboxRow&, Letter& l) { l.subject = std::string("a\0b", 3); }},
        {"a subject that is not UTF-8", [](Sender&, OutboxRow&, Letter& l) { l.subject = "\xFF"; }},
        {"CRLF in the name", [](Sender& s, OutboxRow&, Letter&) { s.name = "a\r\nb"; }},
        {"no sender", [](Sender& s, OutboxRow&, Letter&) { s.mailbox = ""; }},
        {"two senders", [](Sender& s, OutboxRow&, Letter&) { s.mailbox = "a@b.test,c@d.test"; }},
        {"CRLF in the recipient",
         [](Sender&, OutboxRow&, Letter& l) { l.recipient = Secret("a@b\r\nBcc:c@d"); }},
        {"two recipients",
         [](Sender&, OutboxRow&, Letter& l) { l.recipient = Secret("a@b.test,c@d.test"); }},
        {"a space in the recipient",
         [](Sender&, OutboxRow&, Letter& l) { l.recipient = Secret("a b@c.test"); }},
        {"brackets in the recipient",
         [](Sender&, OutboxRow&, Letter& l) { l.recipient = Secret("a>b@c.test"); }},
        {"a quoted recipient",
         [](Sender&, OutboxRow&, Letter& l) { l.recipient = Secret("\"a\"@c.test"); }},
        {"a recipient beyond ASCII",
         [](Sender&, OutboxRow&, Letter& l) { l.recipient = Secret("\xC3\xA9@c.test"); }},
        {"a recipient without a host",
         [](Sender&, OutboxRow&, Letter& l) { l.recipient = Secret("a@"); }},
        {"no recipient", [](Sender&, OutboxRow&, Letter& l) { l.recipient = Secret(); }},
        {"CRLF in the Message-ID",
         [](Sender&, OutboxRow& r, Letter&) { r.message_id = "<a@b>\r\nX: y"; }},
        {"no brackets", [](Sender&, OutboxRow& r, Letter&) { r.message_id = "a@b"; }},
        {"no Message-ID", [](Sender&, OutboxRow& r, Letter&) { r.message_id = ""; }},
        {"CRLF in the boundary", [](Sender&, OutboxRow& r, Letter&) { r.boundary = "=_a\r\nb"; }},
        {"a quote in the boundary", [](Sender&, OutboxRow& r, Letter&) { r.boundary = "=_a\"b"; }},
        {"a boundary that a text can hold",
         [](Sender&, OutboxRow& r, Letter&) { r.boundary = "boundary"; }},
        {"a long boundary",
         [](Sender&, OutboxRow& r, Letter&) { r.boundary = "=_" + std::string(69, 'x'); }},
        {"a text that is not UTF-8",
         [](Sender&, OutboxRow&, Letter& l) { l.text = Secret("\xFF"); }},
        {"HTML that is not UTF-8", [](Sender&, OutboxRow&, Letter& l) { l.html = Secret("\xFF"); }},
    };
    for (const Hostile& hostile : cases) {
        SCOPED_TRACE(hostile.name);
        Sender sender = sampleSender();
        OutboxRow row = sampleOutboxRow();
        Letter letter = sampleLetter();
        hostile.edit(sender, row, letter);
        const auto refused = compose(sender, row, letter);
        EXPECT_THAT(refused, failsWith(ErrorCode::kInvalidRequest));
        if (!refused) {
            EXPECT_THAT(refused.error().detail, Not(HasSubstr("@")));
        }
    }
}

TEST(MailMessage, namesAMessageByItsRandomPart) {
    EXPECT_EQ(nameOf("<abc-_123@example.test>"), "abc-_123");
    for (const char* id :
         {"", "<", "<@b>", "abc@b", "<a/b@c>", "<..@c>", "<a b@c>", "<a\r\n@c>", "<abc>"}) {
        EXPECT_EQ(nameOf(id), "") << id;
    }
}

}  // namespace
}  // namespace sallyport::mail
