#include "tests/journey/support/journey.h"
#include "tests/journey/support/rows.h"
#include "tests/support/scripted_server.h"

#include <gtest/gtest.h>

#include <fstream>
#include <mutex>

namespace sallyport::test {
namespace {

using testing::SizeIs;

const std::string kAddress = std::string(Installation::kOperator);
constexpr const char* kWaiting = "SELECT count(*) FROM outbox WHERE done_at IS NULL";
constexpr const char* kTried = "SELECT coalesce(max(attempts), 0) FROM outbox";

/// An SMTP server on `port` that accepts every mail, one conversation after the other.
class MailServer {
  public:
    explicit MailServer(std::uint16_t port)
        : listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        const int yes = 1;
        ::setsockopt(listening_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
        if (::bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
            ::listen(listening_, 8) != 0)
            ADD_FAILURE() << "cannot listen on " << port;
        thread_ = std::thread([this] { serve(); });
    }

    MailServer(const MailServer&) = delete;
    MailServer& operator=(const MailServer&) = delete;

    ~MailServer() {
        ::shutdown(listening_, SHUT_RDWR);
        thread_.join();
        ::close(listening_);
    }

    std::vector<ReceivedMail> mails() const {
        const std::lock_guard lock(mutex_);
        return mails_;
    }

  private:
    void serve() {
        for (;;) {
            const int descriptor = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
            if (descriptor < 0) return;
            ScriptedServer::Conversation conversation(descriptor);
            converse(conversation);
        }
    }

    void converse(ScriptedServer::Conversation& conversation) {
        conversation.say("220 localhost ESMTP\r\n");
        for (std::string line = conversation.hear(); !line.empty(); line = conversation.hear()) {
            const std::string verb = line.substr(0, 4);
            if (verb == "QUIT") return conversation.say("221 bye\r\n");
            if (verb != "DATA") {
                conversation.say("250 ok\r\n");
                continue;
            }
            conversation.say("354 go on\r\n");
            keep(conversation.hearMail());
            conversation.say("250 taken\r\n");
        }
    }

    void keep(const std::string& text) {
        const std::lock_guard lock(mutex_);
        const std::string file = folder_.file(std::to_string(mails_.size()) + ".eml");
        std::string lines;
        for (const char c : text) lines += c == '\n' ? "\r\n" : std::string(1, c);
        std::ofstream(file, std::ios::binary) << lines;
        mails_.push_back(readMail(file));
    }

    TemporaryDirectory folder_;
    int listening_;
    mutable std::mutex mutex_;
    std::vector<ReceivedMail> mails_;
    std::thread thread_;
};

/// Mail goes to a port where nobody listens yet.
class MailOutage : public testing::Test {
  protected:
    MailOutage() {
        installation.replaceInConfig("transport = \"file\"\n",
                                     "transport = \"smtp\"\nhost = \"127.0.0.1\"\nstarttls = "
                                     "false\nport = " +
                                         std::to_string(port) + "\n");
        daemon = std::make_unique<Daemon>(installation);
    }

    bool awaitRow(const char* query, std::int64_t least, std::int64_t most) const {
        return awaitUntil([&] {
            const std::int64_t value = valueOf(installation, query);
            return value >= least && value <= most;
        });
    }

    /// Time goes on until everything in the outbox is done, at most five minutes of it.
    bool drain() {
        for (int i = 0; i < 20; ++i) {
            daemon->advanceClock(std::chrono::seconds(15));
            const auto done = [&] { return valueOf(installation, kWaiting) == 0; };
            if (awaitUntil(done, std::chrono::seconds(2))) return true;
        }
        return false;
    }

    const std::uint16_t port = freePort();
    Installation installation;
    std::unique_ptr<Daemon> daemon;
};

TEST_F(MailOutage, aMailWaitsForItsServerAndGoesOnce) {
    Browser browser(*daemon);
    const HttpAnswer asked = browser.askForLink(kAddress);
    EXPECT_EQ(asked.status, 202) << asked.body;
    ASSERT_TRUE(awaitRow(kTried, 1, 100)) << daemon->log();
    EXPECT_EQ(valueOf(installation, kWaiting), 1);
    EXPECT_EQ(browser.get("/api/v1/links/current").text("state"), "waiting");

    const MailServer server(port);
    ASSERT_TRUE(drain()) << daemon->log();
    ASSERT_THAT(server.mails(), SizeIs(1));
    const ReceivedMail mail = server.mails().front();
    EXPECT_THAT(mail.to, testing::HasSubstr(kAddress));
    EXPECT_EQ(browser.redeem(mail.token).status, 200) << mail.text;

    // Nothing is left that a later round or another start would send again.
    daemon->advanceClock(std::chrono::minutes(5));
    EXPECT_EQ(daemon->stop(), 0);
    daemon->start();
    Browser second(*daemon);
    EXPECT_EQ(second.askForLink(kAddress).status, 202);
    EXPECT_TRUE(awaitUntil([&] { return server.mails().size() >= 2; }));
    EXPECT_TRUE(awaitRow(kWaiting, 0, 0));
    EXPECT_THAT(server.mails(), SizeIs(2));
}

TEST_F(MailOutage, aKilledDaemonSendsWhatWaits) {
    Browser browser(*daemon);
    ASSERT_EQ(browser.askForLink(kAddress).status, 202);
    ASSERT_TRUE(awaitRow(kTried, 1, 100)) << daemon->log();
    daemon->kill();
    const MailServer server(port);
    daemon->start();
    ASSERT_TRUE(drain()) << daemon->log();
    ASSERT_THAT(server.mails(), SizeIs(1));
    EXPECT_EQ(browser.redeem(server.mails().front().token).status, 200);
}

TEST_F(MailOutage, aMailThatCameTooLateIsNotSent) {
    Browser browser(*daemon);
    ASSERT_EQ(browser.askForLink(kAddress).status, 202);
    ASSERT_TRUE(awaitRow(kTried, 1, 100)) << daemon->log();
    daemon->advanceClock(std::chrono::seconds(601));
    ASSERT_TRUE(awaitRow(kWaiting, 0, 0)) << daemon->log();

    const MailServer server(port);
    ASSERT_EQ(browser.askForLink(kAddress).status, 202);
    ASSERT_TRUE(drain()) << daemon->log();
    ASSERT_THAT(server.mails(), SizeIs(1));
    EXPECT_EQ(browser.redeem(server.mails().front().token).status, 200);
}

TEST_F(MailOutage, theAnswerIsTheSameWithAndWithoutServer) {
    RecordProperty("requirement", "L-11");
    const auto shapeOf = [&](const std::string& address) {
        Browser browser(*daemon);
        const HttpAnswer answer = browser.askForLink(address);
        const Json body = answer.json();
        std::string names = std::to_string(answer.status);
        for (const auto& [name, value] : answer.headers) names += " " + name;
        for (const auto& [name, value] : *body.asObject()) names += " " + name;
        return names;
    };
    const std::string without = shapeOf(kAddress);
    EXPECT_EQ(shapeOf("nobody@example.test"), without);
    const MailServer server(port);
    ASSERT_TRUE(drain());
    EXPECT_EQ(shapeOf(kAddress), without);
    EXPECT_EQ(shapeOf("nobody2@example.test"), without);
    EXPECT_TRUE(drain());
}

}  // namespace
}  // namespace sallyport::test
