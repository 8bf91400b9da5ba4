#include "mail/smtp_transport.h"
#include "mail/worker.h"
#include "tests/support/matchers.h"
#include "tests/support/postfix.h"
#include "tests/support/sample_letter.h"
#include "tests/support/test_database.h"

namespace sallyport::mail {
namespace {

using test::Certificates;
using test::Postfix;
using test::sampleLetter;
using test::sampleOutboxRow;
using test::sampleSender;
using testing::HasSubstr;

Deadline soon() {
    return Deadline::after(std::chrono::seconds(60));
}

class MailPostfix : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        certificates_ = new Certificates;
        postfix_ = new Postfix(*certificates_);
    }

    static void TearDownTestSuite() {
        delete postfix_;
        delete certificates_;
    }

    static SmtpOptions options(std::uint16_t port) {
        SmtpOptions options;
        options.server = {"localhost", port, certificates_->caFile()};
        options.ehlo_name = "sallyport.example.test";
        options.step = std::chrono::seconds(20);  // for slow machines
        return options;
    }

    static Outcome deliver(const SmtpOptions& options,
                           std::string_view recipient = "user@example.test") {
        auto transport = SmtpTransport::open(options);
        if (!transport) return {Outcome::Class::kPermanent, transport.error().detail};
        const auto message = compose(sampleSender(), sampleOutboxRow(), sampleLetter());
        return (*transport)
            ->deliver({sampleSender().mailbox, Secret(recipient), sampleOutboxRow().message_id},
                      *message,
                      soon());
    }

    static std::size_t arrived() { return postfix_->mails(0).size(); }

    // Nothing went out, and the reason says why.
    static void refuses(const SmtpOptions& options, std::string_view why) {
        const std::size_t before = arrived();
        const Outcome outcome = deliver(options);
        EXPECT_EQ(outcome.reply, Outcome::Class::kTemporary);
        EXPECT_THAT(outcome.reason, HasSubstr(why));
        EXPECT_EQ(arrived(), before);
    }

    static Certificates* certificates_;
    static Postfix* postfix_;
};

Certificates* MailPostfix::certificates_ = nullptr;
Postfix* MailPostfix::postfix_ = nullptr;

TEST_F(MailPostfix, receivesOverStartTls) {
    RecordProperty("requirement", "M-05");
    const std::size_t before = arrived();
    const Outcome outcome = deliver(options(postfix_->port()));
    EXPECT_EQ(outcome.reply, Outcome::Class::kDelivered) << outcome.reason;
    const auto mails = postfix_->mails(before + 1);
    ASSERT_EQ(mails.size(), before + 1);
    EXPECT_THAT(mails.back(), HasSubstr("using TLSv1.3"));
    EXPECT_THAT(mails.back(), HasSubstr("with ESMTPS"));
    EXPECT_THAT(mails.back(), HasSubstr("Message-ID: <abc-_123@example.test>"));
    EXPECT_THAT(mails.back(), HasSubstr("https://example.test/link#token"));
}

TEST_F(MailPostfix, aCertificateForAnotherNameIsRefused) {
    refuses(options(postfix_->portOfOtherName()), "hostname mismatch");
    // The name is the one that was configured, not the one that answers.
    SmtpOptions by_address = options(postfix_->port());
    by_address.server.host = "127.0.0.1";
    refuses(by_address, "IP address mismatch");
}

TEST_F(MailPostfix, aCertificateByAnUnknownAuthorityIsRefused) {
    refuses(options(postfix_->portOfUntrusted()), "certificate");
    SmtpOptions by_system_roots = options(postfix_->port());
    by_system_roots.server.ca_file = "";
    refuses(by_system_roots, "certificate");
}

TEST_F(MailPostfix, aServerWithoutStartTlsIsRefused) {
    RecordProperty("requirement", "M-03");
    refuses(options(postfix_->portWithoutTls()), "does not offer STARTTLS");
}

TEST_F(MailPostfix, withoutTlsTheServerOnLoopbackIsUsedWhereConfigured) {
    SmtpOptions plain = options(postfix_->portWithoutTls());
    plain.tls = SmtpOptions::Tls::kNone;
    const std::size_t before = arrived();
    EXPECT_EQ(deliver(plain).reply, Outcome::Class::kDelivered);
    EXPECT_EQ(postfix_->mails(before + 1).size(), before + 1);
}

TEST_F(MailPostfix, anUnknownRecipientIsFinalAndNotNamed) {
    const Outcome outcome = deliver(options(postfix_->port()), "nobody-here@example.test");
    EXPECT_EQ(outcome.reply, Outcome::Class::kPermanent);
    EXPECT_THAT(outcome.reason, HasSubstr("550 5.1.1"));
    EXPECT_THAT(outcome.reason, testing::Not(HasSubstr("nobody")));
}

TEST_F(MailPostfix, aServerThatWasDownGetsTheMailOnceWhenItReturns) {
    test::TestDatabase database;
    test::TestClock clock(sampleOutboxRow().date);
    test::SequenceRandom random;
    auto transport = SmtpTransport::open(options(postfix_->port()));
    ASSERT_THAT(transport, test::isOk());
    Worker worker({database.get(), **transport, clock, random, database.log(), database.metrics()},
                  sampleSender(),
                  {{"sign-in",
                    [](const OutboxRow&, Deadline) -> Result<std::optional<Letter>> {
                        return std::optional<Letter>(sampleLetter());
                    },
                    nullptr}});
    OutboxRow row = sampleOutboxRow();
    row.id = OutboxId::random(random);
    ASSERT_THAT(
        database->write(soon(), [&row](storage::Transaction& t) { return enqueue(t, row, false); }),
        test::isOk());

    const std::size_t before = arrived();
    postfix_->stop();
    EXPECT_THAT(worker.runDue(), test::isOkAndHolds(1U));
    clock.advance(std::chrono::seconds(7));
    EXPECT_THAT(worker.runDue(), test::isOkAndHolds(1U));
    EXPECT_EQ(arrived(), before);

    postfix_->start();
    clock.advance(std::chrono::seconds(13));
    EXPECT_THAT(worker.runDue(), test::isOkAndHolds(1U));
    clock.advance(std::chrono::minutes(5));
    EXPECT_THAT(worker.runDue(), test::isOkAndHolds(0U));
    EXPECT_EQ(postfix_->mails(before + 1).size(), before + 1);
    EXPECT_EQ(database.number("SELECT attempts FROM outbox WHERE outcome = 'sent'", "attempts"), 3);
    EXPECT_THAT(database.logged(), testing::Not(HasSubstr("user@example.test")));
}

}  // namespace
}  // namespace sallyport::mail
