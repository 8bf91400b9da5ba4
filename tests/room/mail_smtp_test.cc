#include "mail/smtp_transport.h"
#include "tests/support/certificates.h"
#include "tests/support/matchers.h"
#include "tests/support/sample_letter.h"
#include "tests/support/scripted_server.h"

#include <fstream>
#include <future>

namespace sallyport::mail {
namespace {

using test::Certificates;
using test::sampleLetter;
using test::sampleOutboxRow;
using test::sampleSender;
using test::ScriptedServer;
using testing::HasSubstr;
using Class = Outcome::Class;
using Conversation = ScriptedServer::Conversation;

constexpr std::string_view kGreeting = "220 mail.example.test\r\n";
constexpr std::string_view kOk = "250 ok\r\n";

Deadline soon() {
    return Deadline::after(std::chrono::seconds(60));
}

SmtpOptions plainOptions(std::uint16_t port) {
    SmtpOptions options;
    options.server = {"127.0.0.1", port, ""};
    options.tls = SmtpOptions::Tls::kNone;
    options.ehlo_name = "sallyport.example.test";
    options.step = std::chrono::seconds(20);  // for slow machines
    return options;
}

Outcome deliver(const SmtpOptions& options, const Secret& message, Deadline deadline = soon()) {
    auto transport = SmtpTransport::open(options);
    if (!transport) return {Class::kPermanent, transport.error().detail};
    return (*transport)
        ->deliver(
            {sampleSender().mailbox, Secret("user@example.test"), sampleOutboxRow().message_id},
            message,
            deadline);
}

Outcome deliver(const SmtpOptions& options) {
    const auto message = compose(sampleSender(), sampleOutboxRow(), sampleLetter());
    return deliver(options, *message);
}

// What a server says after the greeting, the last of it perhaps in place of more.
Outcome against(std::vector<std::string_view> replies, std::string_view greeting = kGreeting) {
    ScriptedServer server([&replies, greeting](Conversation& c) {
        if (greeting.empty()) return;
        c.say(greeting);
        for (const auto reply : replies) {
            if (c.hear().empty()) return;
            c.say(reply);
            if (reply.substr(0, 3) == "354") c.hearMail();
            if (reply.substr(0, 3) == "354" && replies.back() != reply) c.say(replies.back());
            if (reply.substr(0, 3) == "354") return;
        }
        c.hear();
    });
    return deliver(plainOptions(server.port()));
}

TEST(MailSmtp, whatAServerSaysIsDeliveredTemporaryOrPermanent) {
    struct Case {
        const char* name;
        std::string_view greeting;
        std::vector<std::string_view> replies;
        Class expected;
        const char* reason;
    };

    const std::vector<Case> cases = {
        {"taken",
         kGreeting,
         {kOk, kOk, kOk, "354 go\r\n", "250 2.0.0 queued\r\n"},
         Class::kDelivered,
         "250 2.0.0"},
        {"taken with another 2xx",
         kGreeting,
         {kOk, kOk, kOk, "354 go\r\n", "202 later\r\n"},
         Class::kDelivered,
         "202"},
        {"251 for the recipient",
         kGreeting,
         {kOk, kOk, "251 forwards\r\n", "354 go\r\n", kOk},
         Class::kDelivered,
         "250"},
        {"busy at the greeting", "421 busy\r\n", {}, Class::kTemporary, "421"},
        {"closed at the greeting", "554 no\r\n", {}, Class::kTemporary, "554"},
        {"no EHLO", kGreeting, {"502 no\r\n"}, Class::kTemporary, "EHLO answered with 502"},
        {"sender refused for now",
         kGreeting,
         {kOk, "451 4.3.0 later\r\n"},
         Class::kTemporary,
         "MAIL answered with 451 4.3.0"},
        {"sender refused",
         kGreeting,
         {kOk, "550 5.7.1 no\r\n"},
         Class::kPermanent,
         "MAIL answered with 550 5.7.1"},
        {"greylisted",
         kGreeting,
         {kOk, kOk, "450 4.2.0 later\r\n"},
         Class::kTemporary,
         "RCPT answered with 450"},
        {"unknown",
         kGreeting,
         {kOk, kOk, "550 5.1.1 user@example.test\r\n"},
         Class::kPermanent,
         "RCPT answered with 550 5.1.1"},
        {"no DATA for now",
         kGreeting,
         {kOk, kOk, kOk, "451 later\r\n"},
         Class::kTemporary,
         "DATA answered with 451"},
        {"no DATA",
         kGreeting,
         {kOk, kOk, kOk, "554 no\r\n"},
         Class::kPermanent,
         "DATA answered with 554"},
        {"250 for DATA",
         kGreeting,
         {kOk, kOk, kOk, kOk},
         Class::kTemporary,
         "DATA answered with 250"},
        {"not taken for now",
         kGreeting,
         {kOk, kOk, kOk, "354 go\r\n", "452 full\r\n"},
         Class::kTemporary,
         "452"},
        {"not taken",
         kGreeting,
         {kOk, kOk, kOk, "354 go\r\n", "554 5.7.1 spam\r\n"},
         Class::kPermanent,
         "554 5.7.1"},
        {"gone before the last reply",
         kGreeting,
         {kOk, kOk, kOk, "354 go\r\n"},
         Class::kTemporary,
         "closed"},
        {"gone at once", "", {}, Class::kTemporary, "closed"},
        {"no SMTP", "HTTP/1.1 400 Bad Request\r\n", {}, Class::kTemporary, "malformed"},
        {"two codes", "220-a\r\n250 b\r\n", {}, Class::kTemporary, "malformed"},
        {"too small", kGreeting, {"250-a\r\n250 SIZE 100\r\n"}, Class::kPermanent, "larger"},
    };
    for (const Case& each : cases) {
        SCOPED_TRACE(each.name);
        const Outcome outcome = against(each.replies, each.greeting);
        EXPECT_EQ(outcome.reply, each.expected) << outcome.reason;
        EXPECT_THAT(outcome.reason, HasSubstr(each.reason));
        EXPECT_THAT(outcome.reason, testing::Not(HasSubstr("user@")));
    }
}

TEST(MailSmtp, nobodyListeningIsTemporary) {
    std::uint16_t port = 0;
    {
        const ScriptedServer gone([](Conversation&) {});
        port = gone.port();
    }
    const Outcome outcome = deliver(plainOptions(port));
    EXPECT_EQ(outcome.reply, Class::kTemporary);
    EXPECT_THAT(outcome.reason, HasSubstr("refused"));
}

TEST(MailSmtp, aServerThatDripsIsLeftAtTheEndOfTheStep) {
    std::promise<void> over;
    ScriptedServer server([&over](Conversation& c) {
        auto ended = over.get_future();
        // A byte now and then, never a line.
        while (ended.wait_for(std::chrono::milliseconds(20)) == std::future_status::timeout)
            c.say("2");
    });
    SmtpOptions options = plainOptions(server.port());
    options.step = std::chrono::milliseconds(300);
    const auto begun = std::chrono::steady_clock::now();
    const Outcome outcome = deliver(options);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(3));
    EXPECT_EQ(outcome.reply, Class::kTemporary);
    over.set_value();
}

TEST(MailSmtp, theDeadlineOfTheAttemptEndsAnyStep) {
    ScriptedServer server([](Conversation& c) { c.hear(); });
    const auto message = compose(sampleSender(), sampleOutboxRow(), sampleLetter());
    const Outcome outcome = deliver(
        plainOptions(server.port()), *message, Deadline::after(std::chrono::milliseconds(100)));
    EXPECT_EQ(outcome.reply, Class::kTemporary);
    EXPECT_THAT(outcome.reason, HasSubstr("too long"));
}

TEST(MailSmtp, dotsArriveAsTheyWereAndParametersAreThoseOffered) {
    RecordProperty("requirement", "M-05");
    for (const bool offered : {true, false}) {
        SCOPED_TRACE(offered);
        std::string commands;
        std::string mail;
        ScriptedServer server([&](Conversation& c) {
            c.say(kGreeting);
            c.answer({offered ? "250-a\r\n250-DSN\r\n250 size 100000\r\n" : kOk,
                      kOk,
                      kOk,
                      "354 go\r\n"});
            commands = c.heard();
            mail = c.hearMail();
            c.say(kOk);
            c.answer({"221 bye\r\n"});
        });
        EXPECT_EQ(deliver(plainOptions(server.port()), Secret(".first\r\n\r\n..second\r\n")).reply,
                  Class::kDelivered);
        server.finish();
        EXPECT_EQ(mail, "..first\n\n...second\n");
        EXPECT_EQ(commands,
                  offered ? "EHLO sallyport.example.test\n"
                            "MAIL FROM:<no-reply@example.test> SIZE=20 RET=HDRS ENVID=abc-_123\n"
                            "RCPT TO:<user@example.test> NOTIFY=FAILURE,DELAY\nDATA\n"
                          : "EHLO sallyport.example.test\nMAIL FROM:<no-reply@example.test>\n"
                            "RCPT TO:<user@example.test>\nDATA\n");
    }
}

class MailSmtpTls : public testing::Test {
  protected:
    static void SetUpTestSuite() { certificates_ = std::make_unique<Certificates>(); }

    static void TearDownTestSuite() { certificates_.reset(); }

    SmtpOptions options(std::uint16_t port) const {
        SmtpOptions options = plainOptions(port);
        options.tls = SmtpOptions::Tls::kRequired;
        options.server = {"localhost", port, certificates_->caFile()};
        return options;
    }

    SmtpOptions withPassword(std::uint16_t port) const {
        SmtpOptions with = options(port);
        with.user = "user";
        with.password_file = directory_.file("password");
        std::ofstream(with.password_file) << "pass\n";
        std::filesystem::permissions(with.password_file, std::filesystem::perms::owner_read);
        return with;
    }

    // The greeting, STARTTLS and the second EHLO.
    void secure(Conversation& c, std::string_view offers) const {
        c.say(kGreeting);
        c.answer({"250-a\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n", "220 go\r\n"});
        EXPECT_TRUE(c.startTls(certificates_->good().certificate, certificates_->good().key));
        c.answer({offers});
    }

    static inline std::unique_ptr<Certificates> certificates_;
    test::TemporaryDirectory directory_;
};

TEST_F(MailSmtpTls, bytesBeforeTheHandshakeAreRefused) {
    std::string heard;
    ScriptedServer server([&heard](Conversation& c) {
        c.say(kGreeting);
        // Whoever sits between adds a reply that the client would take for one under TLS.
        c.answer({"250-a\r\n250 STARTTLS\r\n", "220 go\r\n250 injected\r\n"});
        c.hear();
        heard = c.heard();
    });
    const Outcome outcome = deliver(options(server.port()));
    EXPECT_EQ(outcome.reply, Class::kTemporary);
    EXPECT_THAT(outcome.reason, HasSubstr("STARTTLS injection"));
    server.finish();
    EXPECT_EQ(heard, "EHLO sallyport.example.test\nSTARTTLS\n");
}

TEST_F(MailSmtpTls, aRefusedOrStrippedStartTlsEndsTheAttempt) {
    const std::initializer_list<std::string_view> scripts[] = {
        {"250-a\r\n250 STARTTLS\r\n", "454 no\r\n"},
        {"250-a\r\n250 STARTTLS\r\n", "250 go\r\n"},
        {"250-a\r\n250 XSTARTTLS\r\n"},
        {"250 STARTTLS\r\n"},
    };
    for (const auto& script : scripts) {
        std::string heard;
        ScriptedServer server([&](Conversation& c) {
            c.say(kGreeting);
            c.answer(script);
            c.answer({"221 bye\r\n"});
            heard = c.heard();
        });
        EXPECT_EQ(deliver(options(server.port())).reply, Class::kTemporary);
        server.finish();
        EXPECT_THAT(heard, testing::Not(HasSubstr("MAIL")));
    }
}

TEST_F(MailSmtpTls, theHandshakeEndsWithItsStep) {
    ScriptedServer server([](Conversation& c) {
        c.say(kGreeting);
        c.answer({"250-a\r\n250 STARTTLS\r\n", "220 go\r\n"});
        c.hear();
    });
    SmtpOptions slow = options(server.port());
    slow.step = std::chrono::milliseconds(300);
    EXPECT_EQ(deliver(slow).reply, Class::kTemporary);
}

TEST_F(MailSmtpTls, aPasswordGoesOnlyByWhatIsOfferedUnderTls) {
    struct Case {
        const char* name;
        std::string_view offers;
        std::vector<std::string_view> replies;
        Class expected;
        const char* heard;
    };

    const std::vector<std::string_view> rest = {kOk, kOk, "354 go\r\n"};
    const std::vector<Case> cases = {
        {"PLAIN",
         "250-a\r\n250 AUTH LOGIN PLAIN\r\n",
         {"235 ok\r\n"},
         Class::kDelivered,
         "AUTH PLAIN AHVzZXIAcGFzcw==\n"},
        {"LOGIN",
         "250-a\r\n250 AUTH LOGIN\r\n",
         {"334 VXNlcm5hbWU6\r\n", "334 UGFzc3dvcmQ6\r\n", "235 ok\r\n"},
         Class::kDelivered,
         "AUTH LOGIN\ndXNlcg==\ncGFzcw==\n"},
        {"a wrong password",
         "250-a\r\n250 AUTH PLAIN\r\n",
         {"535 5.7.8 no\r\n"},
         Class::kTemporary,
         "AUTH PLAIN"},
        {"nothing offered under TLS", "250 a\r\n", {}, Class::kTemporary, "EHLO"},
        {"another mechanism",
         "250-a\r\n250 AUTH CRAM-MD5 XPLAIN\r\n",
         {},
         Class::kTemporary,
         "EHLO"},
    };
    for (const Case& each : cases) {
        SCOPED_TRACE(each.name);
        std::string heard;
        ScriptedServer server([&](Conversation& c) {
            secure(c, each.offers);
            for (const auto reply : each.replies) c.answer({reply});
            if (each.expected == Class::kDelivered) {
                for (const auto reply : rest) c.answer({reply});
                c.hearMail();
                c.say(kOk);
            }
            c.answer({"221 bye\r\n"});
            heard = c.heard();
        });
        const Outcome outcome = deliver(withPassword(server.port()));
        EXPECT_EQ(outcome.reply, each.expected) << outcome.reason;
        server.finish();
        EXPECT_THAT(heard, HasSubstr(each.heard));
        if (each.expected != Class::kDelivered) {
            EXPECT_THAT(heard, testing::Not(HasSubstr("MAIL")));
        }
    }
}

}  // namespace
}  // namespace sallyport::mail
