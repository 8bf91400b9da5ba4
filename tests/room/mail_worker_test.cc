#include "mail/worker.h"
#include "tests/support/matchers.h"
#include "tests/support/sample_letter.h"
#include "tests/support/test_database.h"

#include <atomic>
#include <future>

namespace sallyport::mail {
namespace {

using std::chrono::seconds;
using storage::Transaction;
using test::isOk;
using test::isOkAndHolds;
using test::sampleLetter;
using test::sampleOutboxRow;
using test::sampleSender;
using test::TestDatabase;
using testing::HasSubstr;
using Class = Outcome::Class;

// Answers what a test says and keeps what it got.
class RecordingTransport final : public Transport {
  public:
    Outcome deliver(const Envelope& envelope,
                    const Secret& message,
                    Deadline /*deadline*/) override {
        const std::lock_guard lock(mutex_);
        recipients.emplace_back(envelope.recipient.exposeText());
        messages.emplace_back(message.exposeText());
        arrived_.notify_all();
        return {answer, "because"};
    }

    void waitFor(std::size_t count) {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(arrived_.wait_for(lock, seconds(20), [&] { return messages.size() >= count; }));
    }

    Class answer = Class::kDelivered;
    std::vector<std::string> recipients;
    std::vector<std::string> messages;

  private:
    std::mutex mutex_;
    std::condition_variable arrived_;
};

class MailWorker : public testing::Test {
  protected:
    std::unique_ptr<Worker> makeWorker() {
        Template sign_in{
            "sign-in",
            [this](const OutboxRow& row, Deadline) { return resolve(row); },
            [this](Transaction& transaction, const OutboxRow&, DeliveryOutcome outcome) {
                return settled(transaction, outcome);
            }};
        std::vector<Template> templates;
        templates.push_back(std::move(sign_in));
        return std::make_unique<Worker>(
            Worker::Parts{
                database_.get(), transport_, clock_, random_, database_.log(), database_.metrics()},
            sampleSender(),
            std::move(templates));
    }

    Result<std::optional<Letter>> resolve(const OutboxRow& row) {
        ++resolved_;
        if (resolve_fails_) return *resolve_fails_;
        if (row.is_void) return std::optional<Letter>();
        return std::optional<Letter>(sampleLetter());
    }

    // Keeps the outcome in a table of the test's own.
    Status settled(Transaction& transaction, DeliveryOutcome outcome) {
        if (settled_fails_) return *settled_fails_;
        SALLYPORT_CHECK(
            transaction.execute("INSERT INTO told (outcome) VALUES ($1)", {name(outcome)}));
        return {};
    }

    void SetUp() override {
        ASSERT_THAT(database_.execute("CREATE TABLE told (outcome TEXT NOT NULL) STRICT"), isOk());
        worker_ = makeWorker();
    }

    OutboxRow put(bool is_void = false) {
        OutboxRow row = sampleOutboxRow();
        row.id = OutboxId::random(random_);
        row.message_id = "<" + row.id.text() + "@example.test>";
        row.date = clock_.now();
        row.expires = row.date + seconds(600);
        EXPECT_THAT(database_->write(TestDatabase::soon(),
                                     [&](Transaction& transaction) {
                                         return enqueue(transaction, row, is_void);
                                     }),
                    isOk());
        return row;
    }

    std::string column(const OutboxRow& row, const char* name) {
        const auto rows = database_.query(
            "SELECT outcome, done_at, attempts, next_at FROM outbox WHERE id = $1", {row.id});
        if (!rows || rows->size() != 1) return "no row";
        const storage::Value value = rows->front().value(name).value();
        if (value.asText() != nullptr) return *value.asText();
        return value.asInteger() != nullptr ? std::to_string(*value.asInteger()) : "none";
    }

    std::int64_t told(const std::string& outcome) {
        return database_.number("SELECT count(*) AS n FROM told WHERE outcome = '" + outcome + "'",
                                "n");
    }

    // How far ahead the row waits, in seconds.
    double pause(const OutboxRow& row) {
        return static_cast<double>(std::stoll(column(row, "next_at")) - micros(clock_.now())) / 1e6;
    }

    TestDatabase database_;
    test::TestClock clock_;
    test::SequenceRandom random_;
    RecordingTransport transport_;
    std::atomic<int> resolved_ = 0;  // two workers may ask at once
    std::optional<Error> resolve_fails_;
    std::optional<Error> settled_fails_;
    std::unique_ptr<Worker> worker_;
};

TEST_F(MailWorker, sendsEachRowOnceAndTellsItsTemplate) {
    const OutboxRow first = put();
    const OutboxRow second = put();
    EXPECT_THAT(worker_->runDue(), isOkAndHolds(2U));
    EXPECT_THAT(worker_->runDue(), isOkAndHolds(0U));
    EXPECT_THAT(transport_.recipients,
                testing::ElementsAre("user@example.test", "user@example.test"));
    EXPECT_EQ(column(first, "outcome"), "sent");
    EXPECT_EQ(column(second, "outcome"), "sent");
    EXPECT_EQ(column(first, "done_at"), std::to_string(micros(clock_.now())));
    EXPECT_EQ(told("sent"), 2);
}

TEST_F(MailWorker, aVoidRowIsResolvedButNothingGoesOut) {
    const OutboxRow row = put(true);
    EXPECT_THAT(worker_->runDue(), isOkAndHolds(1U));
    EXPECT_EQ(resolved_, 1);
    EXPECT_TRUE(transport_.messages.empty());
    EXPECT_EQ(column(row, "outcome"), "void");
    EXPECT_EQ(told("void"), 1);
}

TEST_F(MailWorker, waitsLongerAfterEachFailureAndSendsTheSameBytes) {
    transport_.answer = Class::kTemporary;
    const OutboxRow row = put();
    for (const double expected : {5.0, 10.0, 20.0, 40.0, 40.0}) {
        EXPECT_THAT(worker_->runDue(), isOkAndHolds(1U));
        EXPECT_GE(pause(row), 0.75 * expected);
        EXPECT_LE(pause(row), 1.25 * expected);
        EXPECT_THAT(worker_->runDue(), isOkAndHolds(0U));
        clock_.set(timeFromMicros(std::stoll(column(row, "next_at"))));
    }
    transport_.answer = Class::kDelivered;
    EXPECT_THAT(worker_->runDue(), isOkAndHolds(1U));
    EXPECT_EQ(column(row, "outcome"), "sent");
    EXPECT_EQ(column(row, "attempts"), "6");
    ASSERT_EQ(transport_.messages.size(), 6U);
    for (const std::string& message : transport_.messages)
        EXPECT_EQ(message, transport_.messages.front());
    EXPECT_THAT(transport_.messages.front(), HasSubstr("Message-ID: " + row.message_id + "\r\n"));
}

TEST_F(MailWorker, afterItsLifeARowIsExpiredWithoutWork) {
    transport_.answer = Class::kTemporary;
    const OutboxRow row = put();
    clock_.advance(seconds(595));
    EXPECT_THAT(worker_->runDue(), isOkAndHolds(1U));
    EXPECT_LE(pause(row), 5.0);
    clock_.advance(seconds(5));
    EXPECT_THAT(worker_->runDue(), isOkAndHolds(1U));
    EXPECT_EQ(column(row, "outcome"), "expired");
    EXPECT_EQ(told("expired"), 1);
    EXPECT_EQ(resolved_, 1);
    EXPECT_EQ(transport_.messages.size(), 1U);
}

TEST_F(MailWorker, aFinalRefusalIsNotTriedAgainAndLoggedWithoutAddress) {
    RecordProperty("requirement", "S-13");
    transport_.answer = Class::kPermanent;
    const OutboxRow row = put();
    EXPECT_THAT(worker_->runDue(), isOkAndHolds(1U));
    EXPECT_EQ(column(row, "outcome"), "refused");
    EXPECT_EQ(told("refused"), 1);
    EXPECT_THAT(database_.logged(), HasSubstr("mail_refused"));
    EXPECT_THAT(database_.logged(), testing::Not(HasSubstr("user@example.test")));
    EXPECT_THAT(database_.logged(), testing::Not(HasSubstr("link#")));
}

TEST_F(MailWorker, aTemplateThatCannotAnswerIsAskedAgain) {
    resolve_fails_ = fail(ErrorCode::kUnavailable, "the device is away");
    const OutboxRow row = put();
    EXPECT_THAT(worker_->runDue(), isOkAndHolds(1U));
    EXPECT_EQ(column(row, "outcome"), "none");
    resolve_fails_.reset();
    clock_.advance(seconds(7));
    EXPECT_THAT(worker_->runDue(), isOkAndHolds(1U));
    EXPECT_EQ(column(row, "outcome"), "sent");
}

TEST_F(MailWorker, aRowOfNoTemplateOrThatNobodyWroteDoesNotStandBeforeTheOthers) {
    const OutboxRow unknown = put();
    ASSERT_THAT(database_.execute("UPDATE outbox SET template = 'other', next_at = 0 WHERE id = $1",
                                  {unknown.id}),
                isOk());
    const OutboxRow edited = put();
    ASSERT_THAT(database_.execute("UPDATE outbox SET subject_id = x'00', next_at = 1 WHERE id = $1",
                                  {edited.id}),
                isOk());
    const OutboxRow injected = put();
    ASSERT_THAT(database_.execute("UPDATE outbox SET message_id = $1, next_at = 2 WHERE id = $2",
                                  {"<a@b>\r\nBcc: <c@d.test>", injected.id}),
                isOk());
    const OutboxRow good = put();
    EXPECT_THAT(worker_->runDue(), isOkAndHolds(4U));
    EXPECT_EQ(column(unknown, "outcome"), "refused");
    EXPECT_EQ(column(edited, "outcome"), "refused");
    EXPECT_EQ(column(injected, "outcome"), "refused");
    EXPECT_EQ(column(good, "outcome"), "sent");
    EXPECT_EQ(transport_.messages.size(), 1U);
}

TEST_F(MailWorker, aRowThatAnotherHasIsLeftAloneUntilItsLeaseEnds) {
    const OutboxRow row = put();
    ASSERT_THAT(database_.execute("UPDATE outbox SET lease_owner = x'01', lease_until = $1",
                                  {clock_.now() + seconds(60)}),
                isOk());
    EXPECT_THAT(worker_->runDue(), isOkAndHolds(0U));
    // Its owner was killed between the mail server's answer and the commit: the mail goes again,
    // the same one.
    clock_.advance(seconds(60));
    EXPECT_THAT(worker_->runDue(), isOkAndHolds(1U));
    EXPECT_EQ(column(row, "outcome"), "sent");
}

TEST_F(MailWorker, anAcceptedMailIsNotSentAgainWhenItsCommitFails) {
    settled_fails_ = fail(ErrorCode::kUnavailable, "the disk is full");
    const OutboxRow row = put();
    put();
    EXPECT_THAT(worker_->runDue(), test::failsWith(ErrorCode::kUnavailable));
    clock_.advance(seconds(120));
    EXPECT_THAT(worker_->runDue(), test::failsWith(ErrorCode::kUnavailable));
    EXPECT_EQ(transport_.messages.size(), 1U);
    EXPECT_EQ(column(row, "outcome"), "none");
    settled_fails_.reset();
    EXPECT_THAT(worker_->runDue(), isOkAndHolds(1U));
    EXPECT_EQ(column(row, "outcome"), "sent");
    EXPECT_EQ(transport_.messages.size(), 2U);
    EXPECT_EQ(told("sent"), 2);
}

TEST_F(MailWorker, aTemplateThatFailsToBeToldHoldsNothingUp) {
    settled_fails_ = fail(ErrorCode::kIntegrity, "not ours");
    const OutboxRow row = put();
    EXPECT_THAT(worker_->runDue(), isOkAndHolds(1U));
    EXPECT_EQ(column(row, "outcome"), "sent");
    EXPECT_THAT(database_.logged(), HasSubstr("mail_settled_without_template"));
}

TEST_F(MailWorker, itsThreadSendsWhatWaitsAndWhatIsNotified) {
    put();
    worker_->start();
    transport_.waitFor(1);
    put();
    worker_->notify();
    transport_.waitFor(2);
    worker_.reset();
    EXPECT_EQ(told("sent"), 2);
}

TEST_F(MailWorker, twoWorkersSendEachRowOnce) {
    constexpr int kRows = 20;
    for (int i = 0; i < kRows; ++i) put();
    const auto other = makeWorker();
    auto run = std::async(std::launch::async, [&other] { return other->runDue(); });
    const auto mine = worker_->runDue();
    const auto theirs = run.get();
    EXPECT_THAT(mine, isOk());
    EXPECT_THAT(theirs, isOk());
    EXPECT_EQ(transport_.messages.size(), std::size_t{kRows});
    EXPECT_EQ(told("sent"), kRows);
}

}  // namespace
}  // namespace sallyport::mail
