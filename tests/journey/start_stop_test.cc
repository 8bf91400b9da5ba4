#include "tests/journey/support/browser.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>

#include <array>

namespace sallyport::test {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kAddress = std::string(Installation::kOperator);

/// Asks, reads the mail, redeems: what every journey builds on.
HttpAnswer signIn(Browser& browser, const Installation& installation) {
    const std::size_t before = installation.mails().size();
    EXPECT_EQ(browser.askForLink(kAddress).status, 202);
    return browser.redeem(installation.awaitMail(before + 1).token);
}

TEST(Serve, signsInByAMailedLinkAndStopsCleanly) {
    const Installation installation;
    Daemon daemon(installation);
    Browser browser(daemon);
    const HttpAnswer session = signIn(browser, installation);
    EXPECT_EQ(session.status, 200) << session.body;
    EXPECT_EQ(session.text("acr"), "0");
    EXPECT_EQ(browser.get("/api/v1/session").status, 200);
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_THAT(daemon.log(), HasSubstr("service.stopping"));
}

TEST(Serve, aSecondStartFindsWhatTheFirstLeft) {
    const Installation installation;
    Daemon daemon(installation);
    Browser browser(daemon);
    ASSERT_EQ(signIn(browser, installation).status, 200);
    ASSERT_EQ(daemon.stop(), 0);
    daemon.start();
    EXPECT_EQ(browser.get("/api/v1/session").status, 200);
    daemon.kill();
    daemon.start();
    EXPECT_EQ(browser.get("/api/v1/session").status, 200);
}

TEST(Serve, answersOnTheOperationsListener) {
    const Installation installation;
    Daemon daemon(installation);
    Browser operations(daemon, installation.operationsPort());
    EXPECT_EQ(operations.get("/livez").status, 200);
    const HttpAnswer ready = operations.get("/readyz");
    EXPECT_EQ(ready.status, 200);
    EXPECT_THAT(ready.body, HasSubstr("the token is software"));
    EXPECT_THAT(operations.get("/metrics").body, HasSubstr("sallyport_"));
}

TEST(Serve, takesAFreePortAndSaysWhich) {
    const Installation installation;
    installation.replaceInConfig(":" + std::to_string(installation.port()), ":0");
    Daemon daemon(installation);
    EXPECT_THAT(daemon.origin(), testing::MatchesRegex("http://localhost:[0-9]+"));
    EXPECT_THAT(daemon.origin(), Not(testing::EndsWith(":0")));
}

TEST(Serve, expiresALinkByTheTestClock) {
    const Installation installation;
    Daemon daemon(installation);
    Browser browser(daemon);
    ASSERT_EQ(browser.askForLink(kAddress).status, 202);
    const ReceivedMail mail = installation.awaitMail();
    daemon.advanceClock(std::chrono::minutes(11));
    const HttpAnswer answer = browser.redeem(mail.token);
    EXPECT_EQ(answer.status, 410);
    EXPECT_EQ(answer.code(), "link_expired");
}

TEST(Serve, takesPlainHttpBeyondLoopbackFromTrustedProxiesOnly) {
    const Installation installation("standard");
    installation.replaceInConfig("listen = \"127.0.0.1:", "listen = \"0.0.0.0:");
    installation.addToConfig("http", "trusted_proxies = [\"127.0.0.5\"]");
    Daemon daemon(installation);
    Browser proxy(daemon);
    proxy.source = "127.0.0.5";
    EXPECT_EQ(proxy.get("/login").status, 200);
    Browser stranger(daemon);
    const HttpAnswer refused = stranger.get("/login");
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(refused.code(), "forbidden");
}

TEST(Serve, keepsPrefixAndSecureOfItsCookiesInStandard) {
    const Installation installation("standard");
    Daemon daemon(installation);
    Browser browser(daemon);
    const HttpAnswer asked = browser.askForLink(kAddress);
    EXPECT_EQ(asked.status, 202);
    EXPECT_THAT(
        asked.header("Set-Cookie"),
        testing::AllOf(testing::StartsWith("__Host-sallyport-login="), HasSubstr("; Secure")));
}

/// A socket as systemd gives it in NOTIFY_SOCKET.
class NotifySocket {
  public:
    explicit NotifySocket(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof(address.sun_path) - 1);
        EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
        const timeval patience{30, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    }

    NotifySocket(const NotifySocket&) = delete;
    NotifySocket& operator=(const NotifySocket&) = delete;

    ~NotifySocket() {
        ::unsetenv("NOTIFY_SOCKET");
        ::close(socket_);
    }

    std::string next() const {
        std::array<char, 256> buffer{};
        const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), 0);
        return {buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
    }

  private:
    int socket_;
};

TEST(Serve, tellsSystemdWhenItIsReadyAndWhenItStops) {
    const Installation installation;
    const NotifySocket systemd(installation.path("notify"));
    Daemon daemon(installation);
    EXPECT_EQ(systemd.next(), "READY=1");
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(systemd.next(), "STOPPING=1");
}

}  // namespace
}  // namespace sallyport::test
