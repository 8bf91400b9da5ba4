#include "storage/sqlite_database.h"
#include "tests/journey/support/browser.h"
#include "tests/support/fakes.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cstdlib>

#include <filesystem>
#include <fstream>

/// What `serve` refuses, with which exit code, and that it says what to do.
namespace sallyport::test {
namespace {

namespace fs = std::filesystem;

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kRefused = 3;
constexpr int kUnavailable = 4;

void expectRefused(const Finished& finished,
                   int exit_code,
                   const testing::Matcher<const std::string&>& text) {
    EXPECT_EQ(finished.exit_code, exit_code) << finished.err;
    EXPECT_THAT(finished.err, text);
    EXPECT_THAT(finished.out, Not(HasSubstr("ready")));
}

void write(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::trunc) << text;
}

/// OpenSC's pkcs11-tool on the installation's token, as an operator would use it.
void pkcs11Tool(const Installation& installation, std::vector<std::string> arguments) {
    ::setenv("SOFTHSM2_CONF", installation.softHsmConf().c_str(), 1);
    std::vector<std::string> command{"/usr/bin/pkcs11-tool",
                                     "--module",
                                     "/usr/lib/softhsm/libsofthsm2.so",
                                     "--login",
                                     "--pin",
                                     installation.pin()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    ChildProcess tool(command);
    while (tool.line()) continue;
    ASSERT_EQ(tool.wait(), 0);
}

TEST(StartRefused, aWrongPinIsTriedOnceAndTheTokenIsNotLocked) {
    const Installation installation;
    const std::string right = installation.pin();
    write(installation.path("pin"), "31415926");
    const Finished finished = installation.run({"serve"});
    expectRefused(
        finished, kFailed, AllOf(HasSubstr("refused the PIN"), HasSubstr("hsm.pin_file")));
    EXPECT_THAT(finished.err, Not(HasSubstr("31415926")));
    write(installation.path("pin"), right);
    Daemon daemon(installation);
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(StartRefused, aPinFileThatOthersReadIsNotUsed) {
    const Installation installation;
    ASSERT_EQ(::chmod(installation.path("pin").c_str(), 0644), 0);
    expectRefused(installation.run({"serve"}),
                  kUsage,
                  AllOf(HasSubstr(installation.path("pin")), HasSubstr("chmod 0600")));
}

TEST(StartRefused, aMissingPinFileIsNamed) {
    const Installation installation;
    fs::remove(installation.path("pin"));
    expectRefused(installation.run({"serve"}), kUsage, HasSubstr(installation.path("pin")));
}

TEST(StartRefused, aMissingModuleIsNamed) {
    const Installation installation;
    installation.replaceInConfig("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/none.so");
    expectRefused(installation.run({"serve"}),
                  kUsage,
                  AllOf(HasSubstr("/usr/lib/none.so"), HasSubstr("hsm.module")));
}

TEST(StartRefused, aMissingTokenIsNamed) {
    const Installation installation;
    installation.replaceInConfig("sallyport-dev", "another-token");
    expectRefused(installation.run({"serve"}), kFailed, HasSubstr("another-token"));
}

TEST(StartRefused, aMissingKeyIsNamed) {
    const Installation installation;
    pkcs11Tool(installation,
               {"--delete-object", "--type", "secrkey", "--label", "sallyport:main:link-mac:1"});
    expectRefused(installation.run({"serve"}),
                  kFailed,
                  AllOf(HasSubstr("sallyport:main:link-mac:1"), HasSubstr("not on the token")));
}

TEST(StartRefused, aWeakKeyIsNamed) {
    const Installation installation;
    pkcs11Tool(installation,
               {"--delete-object", "--type", "secrkey", "--label", "sallyport:main:session-mac:1"});
    pkcs11Tool(installation,
               {"--keygen",
                "--key-type",
                "GENERIC:32",
                "--extractable",
                "--label",
                "sallyport:main:session-mac:1"});
    expectRefused(installation.run({"serve"}), kFailed, HasSubstr("sallyport:main:session-mac:1"));
}

TEST(StartRefused, twoKeysOfOneLabelAreNamed) {
    const Installation installation;
    pkcs11Tool(installation,
               {"--keygen", "--key-type", "GENERIC:32", "--label", "sallyport:main:seal-mac:1"});
    expectRefused(installation.run({"serve"}),
                  kFailed,
                  AllOf(HasSubstr("sallyport:main:seal-mac:1"), HasSubstr("2 objects")));
}

TEST(StartRefused, whatWasNotInitializedIsNotServed) {
    const Installation installation;
    fs::remove(installation.path("sallyport.db"));
    expectRefused(installation.run({"serve"}), kFailed, HasSubstr("run sallyportd init"));
    EXPECT_FALSE(fs::exists(installation.path("sallyport.db")));
}

TEST(StartRefused, aKeyStateThatWasEditedIsRefused) {
    const Installation installation;
    {
        TestClock clock;
        Log log(clock, [](std::string_view) {});
        NoMetrics metrics;
        storage::SqliteOptions options;
        options.path = installation.path("sallyport.db");
        const auto database = storage::SqliteDatabase::open(options, log, metrics);
        ASSERT_TRUE(database.has_value());
        const auto edited = (*database)->write(
            Deadline::after(std::chrono::seconds(10)), [](storage::Transaction& transaction) {
                return transaction.execute(
                    "UPDATE key_states SET state = 'retired' WHERE purpose = 'link-mac'", {});
            });
        ASSERT_TRUE(edited.has_value() && *edited == 1);
    }
    expectRefused(installation.run({"serve"}), kFailed, HasSubstr("link-mac"));
}

TEST(StartRefused, aPortInUseIsNamed) {
    const Installation installation;
    Daemon daemon(installation);
    expectRefused(installation.run({"serve"}),
                  kUnavailable,
                  HasSubstr("127.0.0.1:" + std::to_string(installation.port())));
}

TEST(StartRefused, aDatabaseInUseIsNotShared) {
    const Installation installation;
    Daemon daemon(installation);
    expectRefused(installation.run({"serve", "--port", "0"}),
                  kUnavailable,
                  HasSubstr(std::to_string(installation.operationsPort())));
    installation.replaceInConfig(std::to_string(installation.operationsPort()), "0");
    expectRefused(installation.run({"serve", "--port", "0"}), kFailed, HasSubstr("sallyport.db"));
}

TEST(StartRefused, aConfigurationMistakeHasItsPlace) {
    const Installation installation;
    installation.addToConfig("links", "lief = \"5m\"");
    expectRefused(installation.run({"serve"}),
                  kUsage,
                  AllOf(HasSubstr(installation.configPath() + ":"),
                        HasSubstr("unknown key `lief` in [links]; did you mean `life`?")));
}

TEST(StartRefused, aWeakerProfileThanAtInitIsRefused) {
    const Installation installation("standard");
    installation.replaceInConfig("\"standard\"", "\"dev\"");
    installation.replaceInConfig("https://login.example.org", "http://localhost");
    expectRefused(installation.run({"serve"}), kRefused, HasSubstr("weaker"));
}

TEST(StartRefused, aSoftTokenInStandardNeedsPermission) {
    const Installation installation("standard");
    installation.replaceInConfig("allow_soft_token = true\n", "");
    expectRefused(installation.run({"serve"}), kRefused, HasSubstr("hsm.allow_soft_token"));
}

TEST(StartRefused, whatIsForDevelopmentOnlyIsRefusedElsewhere) {
    const Installation installation("standard");
    expectRefused(installation.run({"serve", "--port", "0"}), kUsage, HasSubstr("--port"));
    expectRefused(installation.run({"serve", "--test-clock", installation.path("clock")}),
                  kUsage,
                  HasSubstr("--test-clock"));
}

TEST(CommandLine, misuseIsExitCodeTwo) {
    EXPECT_EQ(sallyportd({}).exit_code, kUsage);
    EXPECT_EQ(sallyportd({"frobnicate"}).exit_code, kUsage);
    EXPECT_EQ(sallyportd({"serve", "--frobnicate"}).exit_code, kUsage);
    EXPECT_EQ(sallyportd({"serve", "--port", "70000"}).exit_code, kUsage);
    EXPECT_EQ(sallyportd({"serve", "--config", "/none.toml"}).exit_code, kUsage);
    EXPECT_EQ(sallyportd({"account", "add"}).exit_code, kUsage);
}

TEST(CommandLine, helpHasExamples) {
    for (const std::string command : {"serve", "init", "doctor", "account"}) {
        const Finished finished = sallyportd({command, "--help"});
        EXPECT_EQ(finished.exit_code, 0);
        EXPECT_THAT(finished.out, HasSubstr("sallyportd " + command));
    }
    EXPECT_EQ(sallyportd({"--help"}).exit_code, 0);
}

TEST(CommandLine, theTestBuildNamesItself) {
    const Finished finished = sallyportd({"--version"});
    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_THAT(finished.out, AllOf(HasSubstr("sallyportd 0."), HasSubstr("TEST BUILD")));
}

TEST(CommandLine, errorsAreJsonWhenAskedFor) {
    const Finished finished = sallyportd({"--json", "serve", "--config", "/none.toml"});
    const auto error = Json::parse(finished.err.substr(0, finished.err.find('\n')));
    ASSERT_TRUE(error.has_value()) << finished.err;
    ASSERT_NE(error->find("error"), nullptr);
    EXPECT_EQ(*error->find("error")->find("code")->asString(), "invalid_request");
}

}  // namespace
}  // namespace sallyport::test
