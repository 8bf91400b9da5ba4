#include "tests/journey/support/ceremony.h"
#include "tests/journey/support/journey.h"
#include "tests/journey/support/rows.h"

#include <gtest/gtest.h>

#include <set>

namespace sallyport::test {
namespace {

const std::string kKnown = std::string(Installation::kOperator);
constexpr const char* kFrozen = "frozen@example.test";
constexpr const char* kLimited = "limited@example.test";
constexpr const char* kUnknown = "nobody@example.test";
constexpr const char* kKeyless = "keyless@example.test";
constexpr const char* kSignIn = "/api/v1/sign-in";

/// What a stranger can measure of an answer. Words of the request tag differ in length by chance.
struct Shape {
    int status;
    std::vector<std::pair<std::string, std::size_t>> headers;
    std::vector<std::pair<std::string, std::string>> fixed_headers;
    std::vector<std::pair<std::string, std::size_t>> members;
    std::size_t body_without_tag;

    friend bool operator==(const Shape&, const Shape&) = default;
};

void PrintTo(const Shape& shape, std::ostream* out) {
    *out << shape.status << " body " << shape.body_without_tag;
    for (const auto& [name, size] : shape.headers) *out << " " << name << ":" << size;
    for (const auto& [name, size] : shape.members) *out << " " << name << "=" << size;
}

Shape shapeOf(const HttpAnswer& answer) {
    const Json body = answer.json();
    const std::size_t tag = answer.text("request_tag").size();
    Shape shape{answer.status, {}, {}, {}, answer.body.size() - tag};
    for (const auto& [name, value] : answer.headers) {
        if (name == "Content-Length") {
            EXPECT_EQ(value, std::to_string(answer.body.size()));
            shape.headers.emplace_back(name, 0);
        } else {
            shape.headers.emplace_back(name, value.size());
        }
        if (name != "Date" && name != "Set-Cookie" && name != "Content-Length")
            shape.fixed_headers.emplace_back(name, value);
    }
    for (const auto& [name, value] : *body.asObject()) {
        const bool varies = name == "request_tag";
        shape.members.emplace_back(name, varies ? 0 : value.text().size());
    }
    return shape;
}

/// A source of its own for each request, so that only the mailbox decides.
class EqualAnswers : public testing::Test {
  protected:
    EqualAnswers() {
        for (const char* address : {kFrozen, kLimited})
            EXPECT_EQ(installation.run({"account", "add", address}).exit_code, 0);
        EXPECT_EQ(installation.run({"account", "freeze", kFrozen}).exit_code, 0);
        daemon = std::make_unique<Daemon>(installation);
    }

    HttpAnswer ask(const std::string& address) {
        Browser browser(*daemon);
        return ask(browser, address);
    }

    HttpAnswer ask(Browser& browser, const std::string& address) {
        browser.source = "127.0.1." + std::to_string(++sources);
        return browser.askForLink(address);
    }

    Installation installation{"standard"};
    std::unique_ptr<Daemon> daemon;
    int sources = 0;
};

TEST_F(EqualAnswers, tellNothingAboutAnAddress) {
    RecordProperty("requirement", "L-11");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(kLimited).status, 202);
    installation.awaitMails(3);

    const Shape known = shapeOf(ask(kKnown));
    EXPECT_EQ(known.status, 202);
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(shapeOf(ask(kUnknown)), known);
        EXPECT_EQ(shapeOf(ask(kFrozen)), known);
        EXPECT_EQ(shapeOf(ask(kLimited)), known);
        EXPECT_EQ(shapeOf(ask(kKnown)), known);
    }
    // Only they were mailed to: the first three of the limited one, and the three of the known.
    installation.awaitMails(6);
    const auto drained = [&] {
        return valueOf(installation, "SELECT count(*) FROM outbox WHERE done_at IS NULL") == 0;
    };
    EXPECT_TRUE(awaitUntil(drained));
    EXPECT_EQ(installation.mails().size(), 6);
}

TEST_F(EqualAnswers, theWaitingPageTellsNothingEither) {
    RecordProperty("requirement", "L-11");
    Browser known(*daemon);
    Browser unknown(*daemon);
    Browser frozen(*daemon);
    ask(known, kKnown);
    ask(unknown, kUnknown);
    ask(frozen, kFrozen);
    const Json body =
        Json::Object{{"token", "spl.1.AAAAAAAAAAAAAAAAAAAAAA." + std::string(43, 'A')}};
    const auto stateOf = [&](Browser& browser) {
        return browser.get("/api/v1/links/current").text("state") + " " +
               outcomeOf(browser.post("/api/v1/links/again", Json::Object{})) + " " +
               outcomeOf(browser.post("/api/v1/links/inspect", body)) + " " +
               outcomeOf(browser.post("/api/v1/links/redeem", body)) + " " +
               outcomeOf(browser.relay("2222-2222"));
    };
    const std::string expected = stateOf(known);
    EXPECT_EQ(expected, "waiting rate_limited link_invalid link_invalid link_invalid");
    EXPECT_EQ(stateOf(unknown), expected);
    EXPECT_EQ(stateOf(frozen), expected);
}

TEST_F(EqualAnswers, aSourceOverItsLimitIsToldWhenToComeBack) {
    RecordProperty("requirement", "L-12");
    Browser crowd(*daemon);
    crowd.source = "127.0.2.1";
    for (int i = 0; i < 20; ++i)
        ASSERT_EQ(crowd.askForLink("p" + std::to_string(i) + "@example.test").status, 202);
    for (const std::string& address : {kKnown, std::string(kUnknown), std::string(kFrozen)}) {
        const HttpAnswer refused = crowd.askForLink(address);
        EXPECT_THAT(refused, isProblem(429, "rate_limited")) << address;
        const int wait = std::stoi(refused.header("Retry-After"));
        EXPECT_GT(wait, 500) << address;
        EXPECT_LE(wait, 600) << address;
    }
    EXPECT_EQ(ask(kKnown).status, 202);
}

/// What a stranger can measure of sign-in options, but for the names of the credentials.
struct OptionsShape {
    Shape answer;
    std::vector<std::string> fixed;  ///< members whose value is the same for everybody
    std::size_t entries;
    std::size_t odd_entries;  ///< that are not a type and an id of 48 or 64 bytes
    std::size_t different_ids;
    std::size_t body_without_ids;

    friend bool operator==(const OptionsShape&, const OptionsShape&) = default;
};

void PrintTo(const OptionsShape& shape, std::ostream* out) {
    PrintTo(shape.answer, out);
    for (const std::string& each : shape.fixed) *out << " " << each;
    *out << " entries " << shape.entries << " odd " << shape.odd_entries << " different "
         << shape.different_ids << " body without ids " << shape.body_without_ids;
}

const Json::Array& entriesIn(const Json& body) {
    return *body.find("publicKey")->find("allowCredentials")->asArray();
}

/// The ids, in their order.
std::vector<std::string> idsIn(const HttpAnswer& answer) {
    std::vector<std::string> ids;
    const Json body = answer.json();
    for (const Json& entry : entriesIn(body)) ids.push_back(*entry.find("id")->asString());
    return ids;
}

OptionsShape optionsShapeOf(const HttpAnswer& answer) {
    const Json body = answer.json();
    OptionsShape shape{shapeOf(answer), {}, 0, 0, 0, answer.body.size()};
    shape.answer.body_without_tag = 0;  // of the ids, which differ in length
    for (const auto& [name, value] : *body.find("publicKey")->asObject()) {
        const bool own = name == "challenge" || name == "allowCredentials";
        shape.fixed.push_back(name + (own ? "" : value.text()));
    }
    for (auto& [name, size] : shape.answer.members) {
        if (name == "publicKey") size = 0;
    }
    shape.entries = entriesIn(body).size();
    for (const Json& entry : entriesIn(body)) {
        const std::size_t size = bytesOf(entry.find("id")).size();
        const bool like_others = entry.asObject()->size() == 2 &&
                                 *entry.find("type") == Json("public-key") &&
                                 (size == 48 || size == 64);
        if (!like_others) ++shape.odd_entries;
    }
    const auto ids = idsIn(answer);
    shape.different_ids = std::set<std::string>(ids.begin(), ids.end()).size();
    for (const std::string& id : ids) shape.body_without_ids -= id.size();
    return shape;
}

/// Somebody with a key, somebody without one, somebody with a key who was frozen, and nobody.
class EqualOptions : public testing::Test {
  protected:
    EqualOptions() {
        daemon = std::make_unique<Daemon>(installation);
        enrol(kKnown, known_key);
        enrol(kFrozen, frozen_key);
        EXPECT_EQ(daemon->stop(), 0);
        EXPECT_EQ(installation.run({"account", "freeze", kFrozen}).exit_code, 0);
        EXPECT_EQ(installation.run({"account", "add", kKeyless}).exit_code, 0);
        daemon->start();
    }

    void enrol(const std::string& address, VirtualKey& key) {
        Browser browser(*daemon);
        const ReceivedMail mail = askAndRead(browser, installation, address);
        EXPECT_EQ(browser.redeem(mail.token).status, 200);
        const HttpAnswer offer =
            browser.post("/api/v1/enrolments", Json::Object{{"label", "Blue"}});
        const Json response = parsed(registration(key, ceremonyOf(offer, daemon->origin())).json());
        EXPECT_EQ(browser.post("/api/v1/enrolments/" + offer.text("id"), response).status, 201);
    }

    static HttpAnswer ask(Browser& browser, const std::string& address) {
        return browser.post(kSignIn, Json::Object{{"email", address}});
    }

    HttpAnswer ask(const std::string& address) const {
        Browser browser(*daemon);
        return ask(browser, address);
    }

    /// The key's answer, under the name of `id`.
    HttpAnswer answer(Browser& browser, const HttpAnswer& asked, VirtualKey& key, const Bytes& id) {
        BrowserCeremony ceremony = ceremonyOf(asked, daemon->origin());
        ceremony.allow.clear();
        BrowserAssertion made = assertion(key, ceremony);
        made.id = id;
        return browser.post(std::string(kSignIn) + "/" + asked.text("id"), parsed(made.json()));
    }

    const std::vector<std::string> addresses{kKnown, kKeyless, kFrozen, kUnknown};
    Installation installation;
    std::unique_ptr<Daemon> daemon;
    VirtualKey known_key;
    VirtualKey frozen_key;
};

TEST_F(EqualOptions, tellNothingAboutAnAddress) {
    RecordProperty("requirement", "L-11");
    const OptionsShape known = optionsShapeOf(ask(kKnown));
    EXPECT_EQ(known.answer.status, 200);
    EXPECT_EQ(known.entries, 4);
    EXPECT_EQ(known.different_ids, 4);
    EXPECT_EQ(known.odd_entries, 0);
    Browser same(*daemon);
    ask(same, kKnown);
    const OptionsShape again = optionsShapeOf(ask(same, kKnown));
    for (const std::string& address : addresses) {
        SCOPED_TRACE(address);
        EXPECT_EQ(optionsShapeOf(ask(address)), known);
        EXPECT_EQ(optionsShapeOf(ask(same, address)), again) << "in a browser that asked before";
    }
}

TEST_F(EqualOptions, nameTheSameCredentialsInTheSameOrderAlways) {
    RecordProperty("requirement", "L-11");
    std::map<std::string, std::vector<std::string>> listed;
    std::set<std::string> all;
    for (const std::string& address : addresses) {
        listed[address] = idsIn(ask(address));
        all.insert(listed[address].begin(), listed[address].end());
        for (int i = 0; i < 3; ++i) EXPECT_EQ(idsIn(ask(address)), listed[address]) << address;
    }
    EXPECT_EQ(all.size(), 4 * addresses.size()) << "nobody shares a dummy";
    daemon->kill();
    daemon->start();
    for (const std::string& address : addresses)
        EXPECT_EQ(idsIn(ask(address)), listed[address]) << address << ", after a restart";
    const auto real = [](VirtualKey& key) {
        return base64url::encode(key.credentials().front().id);
    };
    EXPECT_THAT(listed[kKnown], testing::Contains(real(known_key)));
    for (const std::string& address : {std::string(kKeyless), std::string(kFrozen)})
        EXPECT_THAT(listed[address], testing::Not(testing::Contains(real(frozen_key))));
}

TEST_F(EqualOptions, areAnsweredWronglyInOneWay) {
    RecordProperty("requirement", "L-11");
    VirtualKey stranger;
    BrowserCeremony enrolled;
    enrolled.challenge = Bytes(32);
    enrolled.rp_id = "localhost";
    enrolled.user_id = Bytes(16, 7);
    registration(stranger, enrolled);
    std::optional<Shape> expected;
    for (const std::string& address : addresses) {
        // Each of the four in turn: one of the known person's is real.
        for (std::size_t slot = 0; slot < 4; ++slot) {
            Browser browser(*daemon);
            const HttpAnswer asked = ask(browser, address);
            const Bytes id = ceremonyOf(asked, daemon->origin()).allow[slot];
            const HttpAnswer refused = answer(browser, asked, stranger, id);
            EXPECT_THAT(refused, isProblem(422, "assertion_refused")) << address;
            if (!expected) expected = shapeOf(refused);
            EXPECT_EQ(shapeOf(refused), *expected) << address << slot;
        }
    }
    // His own key does not open a frozen account, and is told no more.
    Browser browser(*daemon);
    const HttpAnswer asked = ask(browser, kFrozen);
    const HttpAnswer refused =
        answer(browser, asked, frozen_key, frozen_key.credentials().front().id);
    EXPECT_EQ(shapeOf(refused), *expected);
}

}  // namespace
}  // namespace sallyport::test
