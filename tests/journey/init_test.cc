#include "tests/journey/support/browser.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

/// `init`, and accounts on the host while bootstrap is open.
namespace sallyport::test {
namespace {

namespace fs = std::filesystem;

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kFailed = 1;
constexpr int kUsage = 2;

std::vector<std::string> initArguments(const std::string& state,
                                       const std::string& profile = "dev") {
    return {"init",
            "--state",
            state,
            "--profile",
            profile,
            "--dev-token",
            "--operator",
            "operator@example.test"};
}

/// Every file below a folder with its contents.
std::map<std::string, std::string> contentsOf(const fs::path& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        std::ostringstream text;
        text << in.rdbuf();
        files[entry.path().string()] = text.str();
    }
    return files;
}

mode_t modeOf(const std::string& path) {
    struct stat status {};

    ::stat(path.c_str(), &status);
    return status.st_mode & 07777U;
}

TEST(Init, keepsItsFilesToItself) {
    const Installation installation;
    for (const std::string name : {"pin", "sallyport.db", "sallyport.toml", "softhsm2.conf"})
        EXPECT_EQ(modeOf(installation.path(name)), 0600U) << name;
    EXPECT_EQ(modeOf(installation.path("tokens")), 0700U);
    EXPECT_FALSE(fs::exists(installation.path("init.pending")));
}

TEST(Init, saysWhatItDidAsJson) {
    const TemporaryDirectory folder;
    auto arguments = initArguments(folder.path().string());
    arguments.insert(arguments.begin(), "--json");
    const Finished finished = sallyportd(arguments);
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
    const auto said = Json::parse(finished.out.substr(0, finished.out.find('\n')));
    ASSERT_TRUE(said.has_value()) << finished.out;
    EXPECT_EQ(*said->find("profile")->asString(), "dev");
    EXPECT_EQ(*said->find("operators")->asInteger(), 1);
    const auto* tickets = said->find("tickets")->asArray();
    ASSERT_EQ(tickets->size(), 1U);
    EXPECT_EQ(*tickets->front().find("address")->asString(), "operator@example.test");
    const std::string ticket = *tickets->front().find("ticket")->asString();
    EXPECT_THAT(ticket, testing::StartsWith("spt."));
    // Shown this once: nothing that stays knows its tag.
    const std::string tag = ticket.substr(ticket.rfind('.') + 1);
    for (const auto& [file, content] : contentsOf(folder.path()))
        EXPECT_THAT(content, testing::Not(HasSubstr(tag))) << file;
}

TEST(Init, runsOnceAndChangesNothingTheSecondTime) {
    const Installation installation;
    const auto before = contentsOf(fs::path(installation.configPath()).parent_path());
    const Finished again =
        sallyportd(initArguments(fs::path(installation.configPath()).parent_path().string()));
    EXPECT_EQ(again.exit_code, kFailed);
    EXPECT_THAT(again.err, AllOf(HasSubstr("initialized already"), HasSubstr("sallyportd serve")));
    EXPECT_EQ(contentsOf(fs::path(installation.configPath()).parent_path()), before);
}

TEST(Init, thatFailedCanBeRepeated) {
    const TemporaryDirectory folder;
    const std::string state = folder.path().string();
    ASSERT_EQ(sallyportd(initArguments(state)).exit_code, 0);
    // As if it had stopped before its one transaction: keys on the token, its mark, no rows.
    for (const std::string name : {"sallyport.db", "sallyport.db-wal", "sallyport.db-shm"})
        fs::remove(folder.file(name));
    std::ofstream(folder.file("init.pending")) << "main";
    const Finished again = sallyportd(
        {"init", "--state", state, "--profile", "dev", "--operator", "operator@example.test"});
    EXPECT_EQ(again.exit_code, 0) << again.err;
    EXPECT_EQ(
        sallyportd({"doctor", "--seals", "--config", folder.file("sallyport.toml")}).exit_code, 0);
}

TEST(Init, takesNoKeysThatItDoesNotKnow) {
    const TemporaryDirectory folder;
    const std::string state = folder.path().string();
    ASSERT_EQ(sallyportd(initArguments(state)).exit_code, 0);
    for (const std::string name : {"sallyport.db", "sallyport.db-wal", "sallyport.db-shm"})
        fs::remove(folder.file(name));
    const Finished again = sallyportd(
        {"init", "--state", state, "--profile", "dev", "--operator", "operator@example.test"});
    EXPECT_EQ(again.exit_code, kFailed);
    EXPECT_THAT(again.err, HasSubstr("restore its database"));
}

TEST(Init, writesExamplesWithoutADevelopmentToken) {
    const TemporaryDirectory folder;
    const Finished first = sallyportd({"init",
                                       "--state",
                                       folder.path().string(),
                                       "--profile",
                                       "standard",
                                       "--operator",
                                       "operator@example.test"});
    EXPECT_EQ(first.exit_code, kUsage);
    EXPECT_THAT(first.err, HasSubstr("run init again"));
    EXPECT_TRUE(fs::exists(folder.file("sallyport.toml")));
    EXPECT_FALSE(fs::exists(folder.file("sallyport.db")));
}

TEST(Init, refusesWhatItCannotUse) {
    const TemporaryDirectory folder;
    const std::string state = folder.path().string();
    EXPECT_EQ(sallyportd({"init", "--state", state, "--operator", "a@example.test"}).exit_code,
              kUsage)
        << "no profile and no terminal";
    EXPECT_EQ(sallyportd(initArguments(state, "production")).exit_code, kUsage);
    EXPECT_EQ(sallyportd({"init", "--state", state, "--profile", "dev", "--dev-token"}).exit_code,
              kUsage)
        << "no operator";
    EXPECT_EQ(sallyportd({"init",
                          "--state",
                          state,
                          "--profile",
                          "dev",
                          "--dev-token",
                          "--operator",
                          "no address"})
                  .exit_code,
              kUsage);
    EXPECT_THAT(contentsOf(folder.path()), IsEmpty());
}

TEST(Init, servesEveryProfile) {
    for (const std::string_view profile : {"dev", "standard"}) {
        const Installation installation(profile);
        Daemon daemon(installation);
        EXPECT_EQ(daemon.stop(), 0) << profile;
    }
    const Installation regulated("regulated");
    Daemon daemon(regulated);
    EXPECT_EQ(daemon.origin(), "https://login.example.org");
    EXPECT_TRUE(fs::exists(regulated.path("http.sock")));
}

TEST(Account, isAddedAndFrozenWhileBootstrapIsOpen) {
    const Installation installation;
    installation.addToConfig("links", "create_accounts = false");
    const Finished added =
        installation.run({"account", "add", "carol@example.test", "--role", "operator"});
    EXPECT_EQ(added.exit_code, 0) << added.err;
    Daemon daemon(installation);
    Browser browser(daemon);
    ASSERT_EQ(browser.askForLink("carol@example.test").status, 202);
    EXPECT_EQ(browser.redeem(installation.awaitMail().token).status, 200);
    ASSERT_EQ(daemon.stop(), 0);

    const Finished frozen = installation.run({"account", "freeze", "carol@example.test"});
    EXPECT_EQ(frozen.exit_code, 0) << frozen.err;
    daemon.start();
    EXPECT_EQ(browser.get("/api/v1/session").status, 401);
}

TEST(Account, getsAnotherTicketWhileBootstrapIsOpen) {
    RecordProperty("requirement", "L-16");
    const Installation installation;
    const Finished made =
        installation.run({"account", "ticket", std::string(Installation::kOperator)});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    EXPECT_THAT(made.out, AllOf(HasSubstr("  spt."), HasSubstr("never mail it")));
    EXPECT_THAT(made.err, testing::Not(HasSubstr("spt.")));
    EXPECT_EQ(installation.run({"account", "ticket", "nobody@example.test"}).exit_code, kFailed);
}

TEST(Account, isRefusedWithAReason) {
    const Installation installation;
    EXPECT_EQ(installation.run({"account", "add", std::string(Installation::kOperator)}).exit_code,
              kFailed)
        << "it is there";
    EXPECT_EQ(installation.run({"account", "add", "nobody"}).exit_code, kUsage);
    EXPECT_EQ(installation.run({"account", "freeze", "none@example.test"}).exit_code, kFailed);
    Daemon daemon(installation);
    const Finished running = installation.run({"account", "add", "dave@example.test"});
    EXPECT_EQ(running.exit_code, kFailed);
    EXPECT_THAT(running.err, HasSubstr("sallyport.db"));
}

}  // namespace
}  // namespace sallyport::test
