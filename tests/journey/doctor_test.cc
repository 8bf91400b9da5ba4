#include "storage/sqlite_database.h"
#include "tests/journey/support/browser.h"
#include "tests/support/fakes.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include <filesystem>
#include <fstream>

namespace sallyport::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr int kFailed = 1;
constexpr int kUsage = 2;

/// SQL as an editor of the database file would write it.
std::int64_t edit(const Installation& installation, std::string_view sql) {
    TestClock clock;
    Log log(clock, [](std::string_view) {});
    NoMetrics metrics;
    storage::SqliteOptions options;
    options.path = installation.path("sallyport.db");
    const auto database = storage::SqliteDatabase::open(options, log, metrics);
    if (!database) throw std::runtime_error(database.error().detail);
    const auto changed = (*database)->write(
        Deadline::after(std::chrono::seconds(10)),
        [sql](storage::Transaction& transaction) { return transaction.execute(sql, {}); });
    return changed ? *changed : -1;
}

TEST(Doctor, findsAHealthyInstallationWell) {
    const Installation installation;
    const Finished finished = installation.run({"doctor", "--seals"});
    EXPECT_EQ(finished.exit_code, 0) << finished.out << finished.err;
    EXPECT_THAT(finished.out,
                AllOf(HasSubstr("ok    key link-mac:1"),
                      HasSubstr("ok    key ring"),
                      HasSubstr("ok    libfido2: refuses what it must"),
                      HasSubstr("ok    seals of accounts: 1 rows"),
                      HasSubstr("warn  token: the token is software"),
                      Not(HasSubstr("fail"))));
}

TEST(Doctor, answersInJson) {
    const Installation installation;
    const Finished finished = installation.run({"--json", "doctor"});
    const auto said = Json::parse(finished.out.substr(0, finished.out.find('\n')));
    ASSERT_TRUE(said.has_value()) << finished.out;
    EXPECT_TRUE(*said->find("ok")->asBool());
    EXPECT_GT(said->find("checks")->asArray()->size(), 15U);
}

TEST(Doctor, findsARowThatWasEditedAndWritesNothing) {
    const Installation installation;
    ASSERT_EQ(edit(installation, "UPDATE authorities SET roles = 'operator auditor'"), 1);
    const Finished finished = installation.run({"doctor", "--seals"});
    EXPECT_EQ(finished.exit_code, kFailed);
    EXPECT_THAT(finished.out, HasSubstr("fail  seals of authorities: 1 of 1 rows"));
    EXPECT_EQ(edit(installation, "DELETE FROM incidents"), 0) << "doctor wrote an incident";
}

TEST(Doctor, findsAWrongPinAndGoesOn) {
    const Installation installation;
    std::ofstream(installation.path("pin"), std::ios::trunc) << "31415926";
    const Finished finished = installation.run({"doctor"});
    EXPECT_EQ(finished.exit_code, kFailed);
    EXPECT_THAT(
        finished.out,
        AllOf(HasSubstr("fail  device"), HasSubstr("ok    database"), Not(HasSubstr("31415926"))));
}

TEST(Doctor, findsAMailServerThatIsNotThere) {
    const Installation installation;
    installation.replaceInConfig(
        "transport = \"file\"",
        "transport = \"smtp\"\nhost = \"127.0.0.1\"\nstarttls = false\nport = " +
            std::to_string(freePort()));
    const Finished finished = installation.run({"doctor"});
    EXPECT_EQ(finished.exit_code, kFailed);
    EXPECT_THAT(finished.out, HasSubstr("fail  mail"));
}

TEST(Doctor, looksAtTheTokenBesideARunningService) {
    const Installation installation;
    Daemon daemon(installation);
    const Finished finished = installation.run({"doctor"});
    EXPECT_EQ(finished.exit_code, 0) << finished.out;
    EXPECT_THAT(finished.out,
                AllOf(HasSubstr("warn  database: in use"), HasSubstr("ok    key link-mac:1")));
}

TEST(Doctor, doesNotPassOverSealsThatItCannotRead) {
    const Installation installation;
    Daemon daemon(installation);
    const Finished finished = installation.run({"doctor", "--seals"});
    EXPECT_EQ(finished.exit_code, kFailed);
    EXPECT_THAT(finished.out, HasSubstr("fail  seals: not verified: stop the service"));
}

TEST(Account, isAddedWhileTheServiceIsStopped) {
    const Installation installation;
    Daemon daemon(installation);
    for (const std::string act : {"add", "freeze"}) {
        const Finished finished =
            installation.run({"--json", "account", act, "carol@example.test"});
        EXPECT_EQ(finished.exit_code, kFailed);
        EXPECT_THAT(finished.out + finished.err,
                    AllOf(HasSubstr("\"code\":\"conflict\""),
                          HasSubstr("uses this database, probably the running service"),
                          HasSubstr("stop it, then run this again")));
    }
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(installation.run({"account", "add", "carol@example.test"}).exit_code, 0);
}

TEST(Doctor, refusesAConfigurationThatServeWouldRefuse) {
    const Installation installation;
    installation.addToConfig("http", "worker = 1");
    EXPECT_EQ(installation.run({"doctor"}).exit_code, kUsage);
}

}  // namespace
}  // namespace sallyport::test
