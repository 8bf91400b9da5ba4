#include "tests/support/pseudo_terminal.h"
#include "tests/support/scripted_sallyport.h"
#include "tests/support/temporary_directory.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

namespace sallyport::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

/// `sallyport-demo` in front of a person, with a server that lets everybody in.
class CliKeyTest : public testing::Test {
  protected:
    CliKeyTest() { ::chmod(folder.path().c_str(), 0700); }

    /// A key in a file: enrolled for localhost unless `model` says otherwise, PIN 123456.
    std::string key(const std::string& name, bool enrolled = true, bool pin = true) {
        KeyModel model;
        model.attestation = KeyModel::Attestation::kSelf;
        VirtualKey virtual_key(model);
        if (enrolled) keys.push_back(EnrolledKey::on(virtual_key));
        if (pin) virtual_key.setPin("123456");
        saveKey(virtual_key, folder.file(name));
        return folder.file(name);
    }

    int retriesOf(const std::string& file) {
        VirtualKey virtual_key;
        loadKey(virtual_key, file);
        return virtual_key.pin().retries;
    }

    void setRetries(const std::string& file, int retries) {
        VirtualKey virtual_key;
        loadKey(virtual_key, file);
        virtual_key.pin().retries = retries;
        saveKey(virtual_key, file);
    }

    std::unique_ptr<PseudoTerminal> start(std::vector<std::string> words,
                                          std::map<std::string, std::string> more = {}) {
        words.insert(words.begin(), SALLYPORT_DEMO);
        more.emplace("XDG_RUNTIME_DIR", folder.path().string());
        return std::make_unique<PseudoTerminal>(std::move(words), more);
    }

    std::unique_ptr<PseudoTerminal> login(const std::string& key_files,
                                          std::map<std::string, std::string> more = {}) {
        more.emplace("SALLYPORT_DEMO_KEYS", key_files);
        return start({"login", "--server", site.origin()}, std::move(more));
    }

    bool signedIn() const {
        return std::filesystem::exists(folder.path() / "sallyport" / "session");
    }

    /// Nothing was left behind: not on the terminal, not in a file, not at the server.
    void expectNothing(PseudoTerminal& person) const {
        EXPECT_TRUE(person.echoes()) << person.screen();
        EXPECT_FALSE(signedIn());
        EXPECT_EQ(site.count("POST", "/api/v1/sign-in/CCCCCCCCCCCCCCCCCCCCCA"), 0);
        EXPECT_THAT(person.screen(), Not(HasSubstr("123456")));
    }

    TemporaryDirectory folder;
    std::vector<EnrolledKey> keys;
    std::int64_t time_out = 20'000;
    ScriptedSite site{
        [this](const SiteRequest& request) { return signInAnswer(request, time_out); }};
};

TEST_F(CliKeyTest, signsInByPinAndTouch) {
    const std::string file = key("key");
    const auto person = login(file);
    ASSERT_TRUE(person->shows("PIN of Virtual Key: ")) << person->screen();
    EXPECT_FALSE(person->echoes());
    person->type("123456\n");
    ASSERT_TRUE(person->shows("Touch Virtual Key")) << person->screen();
    ASSERT_TRUE(person->shows("Signed in at " + site.origin() + " as alice@example.test"))
        << person->screen();
    EXPECT_EQ(person->finish(), 0);
    EXPECT_TRUE(person->echoes());
    EXPECT_THAT(person->screen(), Not(HasSubstr("123456")));
    EXPECT_TRUE(signedIn());

    // What the server got is a right assertion of this program's channel.
    const auto heard = site.heard();
    ASSERT_EQ(heard.size(), 2U);
    EXPECT_EQ(heard[1].path, "/api/v1/sign-in/CCCCCCCCCCCCCCCCCCCCCA");
    EXPECT_EQ(heard[1].headers.at("origin"), "sallyport-cli:" + site.origin());
    EXPECT_EQ(heard[1].headers.at("cookie"), "sallyport-login=bG9naW4");
    EXPECT_EQ(heard[1].headers.at("x-csrf-token"), "token-of-login");
    EXPECT_EQ(keys[0].judge(heard[1].body, Bytes(32, 7), site.origin()), "ok");
}

TEST_F(CliKeyTest, asksAgainAfterAWrongPinAndSaysWhatIsLeft) {
    const std::string file = key("key");
    const auto person = login(file);
    ASSERT_TRUE(person->shows("PIN of Virtual Key: ")) << person->screen();
    person->type("000000\n");
    ASSERT_TRUE(person->shows("That PIN is wrong.")) << person->screen();
    ASSERT_TRUE(person->shows("7 tries are left")) << person->screen();
    ASSERT_TRUE(person->shows("PIN of Virtual Key: ")) << person->screen();
    person->type("123456\n");
    EXPECT_EQ(person->finish(), 0) << person->screen();
    EXPECT_EQ(retriesOf(file), 8);
}

TEST_F(CliKeyTest, warnsBeforeTheLastTryAndExplainsTheBlockedPin) {
    const std::string file = key("key");
    setRetries(file, 1);
    const auto last = login(file);
    ASSERT_TRUE(last->shows("1 try is left")) << last->screen();
    ASSERT_TRUE(last->shows("PIN of Virtual Key: "));
    last->type("000000\n");
    EXPECT_EQ(last->finish(), 3) << last->screen();
    EXPECT_THAT(last->screen(), HasSubstr("blocked"));

    const auto blocked = login(file);
    EXPECT_EQ(blocked->finish(), 3) << blocked->screen();
    EXPECT_THAT(blocked->screen(), HasSubstr("The PIN of this security key is blocked"));
    expectNothing(*blocked);
}

TEST_F(CliKeyTest, pausesAfterThreeWrongPins) {
    const auto person = login(key("key"));
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(person->shows("PIN of Virtual Key: ")) << person->screen();
        person->type("000000\n");
    }
    EXPECT_EQ(person->finish(), 3) << person->screen();
    EXPECT_THAT(person->screen(), HasSubstr("Three wrong PINs in a row"));
    expectNothing(*person);
}

TEST_F(CliKeyTest, saysHowToSetAPinThatIsMissing) {
    const auto person = login(key("key", true, false));
    EXPECT_EQ(person->finish(), 3) << person->screen();
    EXPECT_THAT(person->screen(), HasSubstr("sallyport key set-pin"));
    expectNothing(*person);
}

TEST_F(CliKeyTest, saysThatThereIsNoKey) {
    const auto person = login("");
    EXPECT_EQ(person->finish(), 4) << person->screen();
    EXPECT_THAT(person->screen(), HasSubstr("No security key is plugged in"));
    expectNothing(*person);
}

TEST_F(CliKeyTest, saysThatThisKeyIsNotEnrolled) {
    const auto person = login(key("key", false));
    if (person->shows("PIN of Virtual Key: ")) person->type("123456\n");
    EXPECT_EQ(person->finish(), 1) << person->screen();
    EXPECT_THAT(person->screen(), HasSubstr("not enrolled here"));
    expectNothing(*person);
}

TEST_F(CliKeyTest, letsOneOfSeveralKeysBeTouchedOrNamed) {
    const std::string one = key("one");
    const std::string files = one + ":" + key("two");
    const auto touched = login(files);
    ASSERT_TRUE(touched->shows("Several keys blink")) << touched->screen();
    ASSERT_TRUE(touched->shows("PIN of Virtual Key: ")) << touched->screen();
    touched->type("123456\n");
    EXPECT_EQ(touched->finish(), 0) << touched->screen();

    const auto named = start({"login", "--server", site.origin(), "--key", "virtual:slot2"},
                             {{"SALLYPORT_DEMO_KEYS", files}});
    ASSERT_TRUE(named->shows("PIN of Virtual Key: ")) << named->screen();
    named->type("123456\n");
    EXPECT_EQ(named->finish(), 0) << named->screen();
    EXPECT_THAT(named->screen(), Not(HasSubstr("Several keys")));
    EXPECT_EQ(keys[1].judge(site.heard().back().body, Bytes(32, 7), site.origin()), "ok");
}

struct TroubleCase {
    const char* name;
    std::map<std::string, std::string> environment;
    std::int64_t time_out;
    int code;
    const char* sentence;
};

class CliKeyTrouble : public CliKeyTest, public testing::WithParamInterface<TroubleCase> {};

TEST_P(CliKeyTrouble, isExplainedAndLeavesNothing) {
    time_out = GetParam().time_out;
    const auto person = login(key("key"), GetParam().environment);
    ASSERT_TRUE(person->shows("PIN of Virtual Key: ")) << person->screen();
    person->type("123456\n");
    EXPECT_EQ(person->finish(), GetParam().code) << person->screen();
    EXPECT_THAT(person->screen(), HasSubstr(GetParam().sentence));
    expectNothing(*person);
}

INSTANTIATE_TEST_SUITE_P(
    Keys,
    CliKeyTrouble,
    testing::Values(
        TroubleCase{"nobodyTouches", {{"SALLYPORT_DEMO_TOUCH", "waits"}}, 1500, 4, "in time"},
        TroubleCase{"theKeyGivesUp", {{"SALLYPORT_DEMO_TOUCH", "never"}}, 20'000, 4, "in time"},
        TroubleCase{
            "declinedAtTheKey", {{"SALLYPORT_DEMO_TOUCH", "refused"}}, 20'000, 3, "declined"}),
    [](const testing::TestParamInfo<TroubleCase>& parameter) { return parameter.param.name; });

TEST_F(CliKeyTest, survivesAKeyThatIsPulledAtAnyMoment) {
    const std::string file = key("key");
    for (const int reports : {1, 3, 6, 12, 20}) {
        const auto person = login(file, {{"SALLYPORT_DEMO_PULL", std::to_string(reports)}});
        if (person->shows("PIN of Virtual Key: ")) person->type("123456\n");
        EXPECT_THAT(person->finish(), AnyOf(1, 4)) << reports << ": " << person->screen();
        EXPECT_THAT(person->screen(), HasSubstr("sallyport: ")) << reports;
        expectNothing(*person);
    }
}

TEST_F(CliKeyTest, controlCEndsTheTouchAndTellsTheKey) {
    const auto person = login(key("key"), {{"SALLYPORT_DEMO_TOUCH", "waits"}});
    ASSERT_TRUE(person->shows("PIN of Virtual Key: ")) << person->screen();
    person->type("123456\n");
    ASSERT_TRUE(person->shows("Touch Virtual Key")) << person->screen();
    ASSERT_TRUE(person->shows("Ctrl-C gives up")) << person->screen();
    person->type("\x03");
    EXPECT_EQ(person->finish(), 1) << person->screen();
    EXPECT_THAT(person->screen(), HasSubstr("Given up"));
    expectNothing(*person);
}

struct EndCase {
    const char* name;
    const char* keys;
    int signal;
};

class CliPrompt : public CliKeyTest, public testing::WithParamInterface<EndCase> {};

TEST_P(CliPrompt, leavesTheTerminalAsItWas) {
    const auto person = login(key("key"));
    ASSERT_TRUE(person->shows("PIN of Virtual Key: ")) << person->screen();
    ASSERT_FALSE(person->echoes());
    if (GetParam().signal != 0) {
        person->signal(GetParam().signal);
    } else {
        person->type(GetParam().keys);
    }
    EXPECT_EQ(person->finish(), 1) << person->screen();
    expectNothing(*person);
}

INSTANTIATE_TEST_SUITE_P(Ends,
                         CliPrompt,
                         testing::Values(EndCase{"controlC", "12\x03", 0},
                                         EndCase{"controlBackslash", "\x1c", 0},
                                         EndCase{"controlD", "\x04", 0},
                                         EndCase{"terminate", "", SIGTERM},
                                         EndCase{"hangUp", "", SIGHUP}),
                         [](const testing::TestParamInfo<EndCase>& parameter) {
                             return parameter.param.name;
                         });

TEST_F(CliKeyTest, setsAndChangesThePin) {
    const std::string file = key("key", false, false);
    const std::map<std::string, std::string> slots = {{"SALLYPORT_DEMO_KEYS", file}};
    const auto first = start({"key", "set-pin"}, slots);
    ASSERT_TRUE(first->shows("New PIN of Virtual Key (at least 4 characters): "));
    EXPECT_FALSE(first->echoes());
    first->type("123456\n");
    ASSERT_TRUE(first->shows("The same again: "));
    first->type("123457\n");
    ASSERT_TRUE(first->shows("Those two differ."));
    ASSERT_TRUE(first->shows("New PIN of"));
    first->type("123456\n");
    ASSERT_TRUE(first->shows("The same again: "));
    first->type("123456\n");
    EXPECT_EQ(first->finish(), 0) << first->screen();
    EXPECT_THAT(first->screen(), Not(HasSubstr("12345")));

    const auto again = start({"key", "set-pin"}, slots);
    EXPECT_EQ(again->finish(), 1) << again->screen();
    EXPECT_THAT(again->screen(), HasSubstr("change-pin"));

    const auto change = start({"key", "change-pin"}, slots);
    ASSERT_TRUE(change->shows("Current PIN of Virtual Key: ")) << change->screen();
    change->type("999999\n");
    ASSERT_TRUE(change->shows("New PIN of Virtual Key")) << change->screen();
    change->type("abcdef\n");
    ASSERT_TRUE(change->shows("The same again: "));
    change->type("abcdef\n");
    // The key judges the old PIN together with the new one.
    ASSERT_TRUE(change->shows("7 tries are left")) << change->screen();
    ASSERT_TRUE(change->shows("Current PIN of Virtual Key: ")) << change->screen();
    change->type("123456\n");
    EXPECT_EQ(change->finish(), 0) << change->screen();

    const auto info = start({"key", "info"}, slots);
    EXPECT_EQ(info->finish(), 0);
    EXPECT_THAT(info->screen(), HasSubstr("PIN       set, 8 tries left"));
}

TEST_F(CliKeyTest, asksForATicketWithoutShowingIt) {
    leaveSession(folder.path().string(), site.origin());
    const auto person = start({"enrol"}, {{"SALLYPORT_DEMO_KEYS", key("key")}});
    ASSERT_TRUE(person->shows("Enrolment ticket (Enter if there is none): "));
    EXPECT_FALSE(person->echoes());
    person->type("spt.1.ticket\n");
    EXPECT_EQ(person->finish(), 1) << person->screen();  // this server enrols nobody
    EXPECT_THAT(person->screen(), Not(HasSubstr("spt.1.ticket")));
    const auto heard = site.heard();
    ASSERT_EQ(heard.size(), 1U);
    EXPECT_EQ(heard[0].path, "/api/v1/enrolments");
    EXPECT_THAT(heard[0].body, HasSubstr(R"("ticket":"spt.1.ticket")"));
    EXPECT_EQ(heard[0].headers.at("x-csrf-token"), "token-of-session");
}

}  // namespace
}  // namespace sallyport::test
