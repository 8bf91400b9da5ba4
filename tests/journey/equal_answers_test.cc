#include "tests/journey/support/journey.h"
#include "tests/journey/support/rows.h"

#include <gtest/gtest.h>

namespace sallyport::test {
namespace {

const std::string kKnown = std::string(Installation::kOperator);
constexpr const char* kFrozen = "frozen@example.test";
constexpr const char* kLimited = "limited@example.test";
constexpr const char* kUnknown = "nobody@example.test";

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

}  // namespace
}  // namespace sallyport::test
