#include "tests/journey/support/browser.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

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

}  // namespace
}  // namespace sallyport::test
