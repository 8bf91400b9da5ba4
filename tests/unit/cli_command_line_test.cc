#include "tests/support/cli_program.h"

#include <gmock/gmock.h>

namespace sallyport::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST(CommandLine, explainsItselfWithExamples) {
    test::CliProgram program;
    EXPECT_EQ(program.run({"--help"}), 0);
    EXPECT_THAT(program.out, HasSubstr("sallyport login --server"));
    EXPECT_THAT(program.out, HasSubstr("Exit codes: 0 ok, 1 failed"));
    EXPECT_THAT(program.err, IsEmpty());
    EXPECT_EQ(program.run({"--version"}), 0);
    EXPECT_THAT(program.out, testing::MatchesRegex("sallyport [0-9.]+\n"));

    for (const char* command :
         {"login", "logout", "enrol", "propose", "actions", "approve", "deny", "key"}) {
        EXPECT_EQ(program.run({command, "--help"}), 0) << command;
        EXPECT_THAT(program.out, HasSubstr(std::string("  sallyport ") + command)) << command;
    }
}

TEST(CommandLine, misuseIsExitCodeTwo) {
    test::CliProgram program;
    const std::vector<std::vector<std::string>> misuses = {
        {},
        {"sing-in"},
        {"login", "--pin", "1234"},
        {"approve"},
        {"approve", "../../session"},
        {"deny", "a b"},
        {"propose"},
        {"propose", "payment.release", "--param", "amount"},
        {"propose", "payment.release", "--param", "=1"},
        {"propose", "payment.release", "--param", "records:=x"},
        {"propose", "payment.release", "--param", "a=1", "--param", "a=2"},
        {"key"},
        {"evidence", "verify"},
        {"enrol", "--ticket-file", "t", "--action", "AAAA"},
        {"login"},
        {"login", "--server", "login.example.org"},
        {"login", "--server", "http://login.example.org"},
        {"login", "--server", "https://login.example.org/path"},
    };
    for (const auto& words : misuses) {
        EXPECT_EQ(program.run(words), 2) << testing::PrintToString(words);
        EXPECT_THAT(program.out, IsEmpty());
        EXPECT_THAT(program.err, testing::Not(IsEmpty()));
    }
}

TEST(CommandLine, saysWhereASessionWouldBeKept) {
    test::CliProgram program;
    program.runtime_directory.reset();
    for (const char* command : {"logout", "actions", "enrol"}) {
        EXPECT_EQ(program.run({command}), 2) << command;
        EXPECT_THAT(program.err, HasSubstr("XDG_RUNTIME_DIR"));
    }
}

TEST(CommandLine, needsASession) {
    test::CliProgram program;
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"logout"}, {"actions"}, {"approve", "AAAA"}, {"enrol"}, {"propose", "a.b"}}) {
        EXPECT_EQ(program.run(words), 1) << words.front();
        EXPECT_THAT(program.err, HasSubstr("sallyport login")) << words.front();
    }
}

TEST(CommandLine, takesAnIdThatLooksLikeAnOption) {
    test::CliProgram program;
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{"approve", "-IgAEBeG0ntMUqTaSwTy0w"},
                                               {"deny", "--gAEBeG0ntMUqTaSwTy0w"},
                                               {"actions", "-IgAEBeG0ntMUqTaSwTy0w", "--json"},
                                               {"evidence", "get", "-IgAEBeG0ntMUqTaSwTy0w"},
                                               {"enrol", "--action", "-IgAEBeG0ntMUqTaSwTy0w"}}) {
        EXPECT_EQ(program.run(words), 1) << testing::PrintToString(words) << program.err;
        EXPECT_THAT(program.err, HasSubstr("sallyport login"));
    }
    EXPECT_EQ(program.run({"approve", "-x"}), 2);
}

TEST(CommandLine, answersErrorsAsDocumentsForPrograms) {
    test::CliProgram program;
    EXPECT_EQ(program.run({"actions", "--json"}), 1);
    EXPECT_THAT(program.out, IsEmpty());
    const auto error = Json::parse(program.err.substr(0, program.err.size() - 1));
    ASSERT_TRUE(error) << program.err;
    EXPECT_EQ(*error->find("error")->find("code"), Json("unauthenticated"));
}

TEST(CommandLine, isUnavailableWhereNobodyListens) {
    test::CliProgram program;
    // Port 1 of loopback: privileged, and nobody's.
    EXPECT_EQ(program.run({"login", "--server", "http://localhost:1"}), 4);
    EXPECT_THAT(program.err, HasSubstr("Cannot reach http://localhost:1"));
}

TEST(KeyCommand, showsWhatIsPluggedIn) {
    test::CliProgram program;
    EXPECT_EQ(program.run({"key", "info"}), 4);
    EXPECT_THAT(program.err, HasSubstr("No security key is plugged in"));

    program.slots.add();
    EXPECT_EQ(program.run({"key", "info"}), 0) << program.err;
    EXPECT_THAT(program.out, HasSubstr("5a117990-2700-4c57-9b0d-5a1179902701"));
    EXPECT_THAT(program.out, HasSubstr("not set: sallyport key set-pin"));

    program.slots.add().key().setPin("123456");
    EXPECT_EQ(program.run({"key", "info", "--json"}), 0) << program.err;
    const auto document = Json::parse(program.out.substr(0, program.out.size() - 1));
    ASSERT_TRUE(document) << program.out;
    const Json::Array& keys = *document->find("keys")->asArray();
    ASSERT_EQ(keys.size(), 2U);
    EXPECT_EQ(*keys[0].find("pin_set"), Json(false));
    EXPECT_EQ(*keys[1].find("pin_set"), Json(true));
    EXPECT_EQ(*keys[1].find("pin_retries"), Json(8));
}

}  // namespace
}  // namespace sallyport::cli
