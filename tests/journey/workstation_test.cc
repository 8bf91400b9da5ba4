#include "tests/journey/support/journey.h"
#include "tests/support/pseudo_terminal.h"
#include "tests/support/virtual_key/key_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <regex>

namespace sallyport::test {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A person at a workstation with a security key of his own.
class Person {
  public:
    Person(const Daemon& daemon, std::string address)
        : daemon_(daemon), address_(std::move(address)) {
        ::chmod(folder_.path().c_str(), 0700);
        KeyModel model;
        model.attestation = KeyModel::Attestation::kSelf;
        VirtualKey key(model);
        key.setPin("123456");
        saveKey(key, folder_.file("key"));
    }

    std::unique_ptr<PseudoTerminal> start(std::vector<std::string> words) {
        words.insert(words.begin(), SALLYPORT_DEMO);
        return std::make_unique<PseudoTerminal>(
            std::move(words),
            std::map<std::string, std::string>{{"XDG_RUNTIME_DIR", folder_.path().string()},
                                               {"SALLYPORT_DEMO_KEYS", folder_.file("key")}});
    }

    /// A command that needs no answer; what it showed.
    std::string run(std::vector<std::string> words, int code = 0) {
        const auto terminal = start(words);
        EXPECT_EQ(terminal->finish(), code) << words.front() << ": " << terminal->screen();
        return terminal->screen();
    }

    /// A command that asks for the PIN and for a touch.
    std::string touch(std::vector<std::string> words, int code = 0) {
        const auto terminal = start(words);
        EXPECT_TRUE(terminal->shows("PIN of Virtual Key: ")) << terminal->screen();
        terminal->type("123456\n");
        EXPECT_EQ(terminal->finish(), code) << words.front() << ": " << terminal->screen();
        return terminal->screen();
    }

    std::string signInByLink() {
        const std::size_t before = daemon_.installation().mails().size();
        const auto terminal =
            start({"login", "--server", daemon_.origin(), "--link", "--email", address_});
        EXPECT_TRUE(terminal->shows("Its link, or its code: ")) << terminal->screen();
        terminal->type(daemon_.installation().awaitMail(before + 1).link + "\n");
        EXPECT_EQ(terminal->finish(), 0) << terminal->screen();
        return terminal->screen();
    }

    std::string signInByKey() {
        return touch({"login", "--server", daemon_.origin(), "--email", address_});
    }

    std::string file(const std::string& name) const { return folder_.file(name); }

  private:
    const Daemon& daemon_;
    std::string address_;
    TemporaryDirectory folder_;
};

std::string firstMatch(const std::string& text, const char* pattern) {
    std::smatch found;
    EXPECT_TRUE(std::regex_search(text, found, std::regex(pattern))) << pattern << ": " << text;
    return found.empty() ? "" : found[found.size() - 1].str();
}

std::string idIn(const std::string& screen) {
    return firstMatch(screen, "Action +([A-Za-z0-9_-]{22})");
}

/// What stands on the terminal as a file has it.
void save(const std::string& file, std::string text) {
    std::erase(text, '\r');
    std::ofstream(file) << text;
    ::chmod(file.c_str(), 0600);
}

const std::vector<std::string> kPayment = {"propose",
                                           "payment.release",
                                           "--param",
                                           "payee=Example Ltd",
                                           "--param",
                                           "iban=DE02120300000000202051",
                                           "--param",
                                           "amount=12.50",
                                           "--param",
                                           "currency=EUR"};

/// One installation whose operator has enrolled his key with a ticket.
class Workstation : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        installation = std::make_unique<Installation>();
        const std::string address(Installation::kOperator);
        const Finished ticket = installation->run({"account", "ticket", address});
        ASSERT_EQ(ticket.exit_code, 0) << ticket.err;
        daemon = std::make_unique<Daemon>(*installation);
        person = std::make_unique<Person>(*daemon, address);
        EXPECT_THAT(person->signInByLink(), HasSubstr("acr 0"));
        save(person->file("ticket"), firstMatch(ticket.out, "spt\\.[A-Za-z0-9_.-]+"));
        EXPECT_THAT(person->touch({"enrol", "--ticket-file", person->file("ticket")}),
                    HasSubstr("Enrolled \"Security key\", fingerprint "));
        EXPECT_THAT(person->run({"logout"}), HasSubstr("Signed out."));
        EXPECT_THAT(person->signInByKey(), HasSubstr("acr phr"));
    }

    static void TearDownTestSuite() {
        person.reset();
        EXPECT_EQ(daemon->stop(), 0) << daemon->log();
        daemon.reset();
        installation.reset();
    }

    static std::unique_ptr<Installation> installation;
    static std::unique_ptr<Daemon> daemon;
    static std::unique_ptr<Person> person;
};

std::unique_ptr<Installation> Workstation::installation;
std::unique_ptr<Daemon> Workstation::daemon;
std::unique_ptr<Person> Workstation::person;

TEST_F(Workstation, releasesAPaymentWhoseEvidenceHolds) {
    RecordProperty("requirement", "U-03");
    const std::string proposed = person->run(kPayment);
    EXPECT_THAT(proposed, HasSubstr("Release 12.50 EUR to \u201cExample Ltd\u201d"));
    const std::string id = idIn(proposed);
    EXPECT_THAT(person->run({"actions"}), HasSubstr(id));
    const std::string approved = person->touch({"approve", id});
    EXPECT_THAT(approved, HasSubstr("Example Ltd"));
    EXPECT_THAT(approved, HasSubstr("amount = 12.50"));
    EXPECT_THAT(approved, HasSubstr(id + "  1/1"));

    save(person->file("evidence"), person->run({"evidence", "get", id}));
    EXPECT_THAT(person->run({"evidence", "verify", person->file("evidence")}),
                HasSubstr("HOLDS. What was approved:"));
    std::ifstream stream(person->file("evidence"));
    std::string bent(std::istreambuf_iterator<char>(stream), {});
    const std::size_t at = bent.find("12.50");
    ASSERT_NE(at, std::string::npos);
    bent.replace(at, 5, "92.50");
    save(person->file("bent"), bent);
    EXPECT_THAT(person->run({"evidence", "verify", person->file("bent")}, 3), HasSubstr("REFUSED"));

    EXPECT_THAT(person->run({"approve", id}, 1), HasSubstr("nothing to approve"));
}

TEST_F(Workstation, endsAnActionByADenial) {
    const std::string id = idIn(person->run(kPayment));
    EXPECT_THAT(person->run({"deny", id}), HasSubstr("denied"));
    EXPECT_THAT(person->run({"approve", id}, 1), HasSubstr("the action is denied"));
}

TEST_F(Workstation, goesOnWithTheSessionThatAStepUpMade) {
    const std::string file = person->file("sallyport/session");
    const auto contents = [&] {
        std::ifstream stream(file);
        return std::string(std::istreambuf_iterator<char>(stream), {});
    };
    const std::string before = contents();
    const std::string id = idIn(person->run({"propose", "session.step-up"}));
    person->touch({"approve", id});
    EXPECT_NE(contents(), before);
    EXPECT_THAT(person->run({"actions"}), Not(HasSubstr("sallyport: ")));
}

TEST_F(Workstation, refusesWhatThePolicyDoesNotKnow) {
    EXPECT_THAT(person->run({"propose", "payment.steal"}, 2), HasSubstr("trace"));
    EXPECT_THAT(person->run({"propose", "payment.release", "--param", "amount=1"}, 2),
                HasSubstr("bad_request"));
    EXPECT_THAT(person->run({"actions", "AAAAAAAAAAAAAAAAAAAAAA"}, 1), HasSubstr("not_found"));
}

TEST_F(Workstation, locksWhenIdleAndUnlocksByATouch) {
    daemon->advanceClock(std::chrono::minutes(20));
    EXPECT_THAT(person->run({"actions"}, 1),
                HasSubstr("Your session is locked. Touch your key: sallyport login"));
    EXPECT_THAT(person->touch({"login"}), HasSubstr("acr phr"));
    EXPECT_THAT(person->run({"actions"}), Not(HasSubstr("sallyport: ")));
}

}  // namespace
}  // namespace sallyport::test
