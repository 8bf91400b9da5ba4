#include "tests/journey/support/journey.h"

#include <gtest/gtest.h>

namespace sallyport::test {
namespace {

struct Operation {
    const char* method;
    const char* path;
    const char* body;  ///< null: takes none
    bool needs_cookie;
    bool webauthn = false;  ///< the body is a browser's: members that are not known are allowed
};

void PrintTo(const Operation& operation, std::ostream* out) {
    *out << operation.method << " " << operation.path;
}

constexpr std::array<Operation, 27> kOperations = {{
    {"POST", "/api/v1/links", R"({"email":"guard@example.test"})", false},
    {"GET", "/api/v1/links/current", nullptr, true},
    {"POST", "/api/v1/links/again", "{}", true},
    {"POST", "/api/v1/links/inspect", R"({"token":"x"})", true},
    {"POST", "/api/v1/links/redeem", R"({"token":"x"})", true},
    {"POST", "/api/v1/links/relay", R"({"code":"2222-2222"})", true},
    {"POST", "/api/v1/links/disown", R"({"id":"AAAAAAAAAAAAAAAAAAAAAA","words":"no such"})", false},
    {"GET", "/api/v1/session", nullptr, true},
    {"DELETE", "/api/v1/session", nullptr, true},
    {"GET", "/api/v1/sessions", nullptr, true},
    {"DELETE", "/api/v1/sessions/AAAAAAAAAAAAAAAAAAAAAA", nullptr, true},
    {"POST", "/api/v1/sign-in", R"({"email":"guard@example.test"})", false},
    {"POST", "/api/v1/sign-in/AAAAAAAAAAAAAAAAAAAAAA", R"({"id":"x"})", true, true},
    {"POST", "/api/v1/enrolments", R"({"label":"x"})", true},
    {"POST", "/api/v1/enrolments/AAAAAAAAAAAAAAAAAAAAAA", R"({"id":"x"})", true, true},
    {"GET", "/api/v1/credentials", nullptr, true},
    {"POST", "/api/v1/credentials/AAAAAAAAAAAAAAAAAAAAAA/report-lost", "{}", true},
    {"POST", "/api/v1/actions", R"({"type":"session.step-up"})", true},
    {"GET", "/api/v1/actions", nullptr, true},
    {"GET", "/api/v1/action-types", nullptr, true},
    {"GET", "/api/v1/actions/AAAAAAAAAAAAAAAAAAAAAA", nullptr, true},
    {"POST", "/api/v1/actions/AAAAAAAAAAAAAAAAAAAAAA/challenge", "{}", true},
    {"POST", "/api/v1/actions/AAAAAAAAAAAAAAAAAAAAAA/approvals", "{}", true, true},
    {"POST", "/api/v1/actions/AAAAAAAAAAAAAAAAAAAAAA/deny", "{}", true},
    {"POST", "/api/v1/actions/AAAAAAAAAAAAAAAAAAAAAA/cancel", "{}", true},
    {"POST", "/api/v1/actions/AAAAAAAAAAAAAAAAAAAAAA/grant", "{}", true},
    {"GET", "/api/v1/actions/AAAAAAAAAAAAAAAAAAAAAA/evidence", nullptr, true},
}};

HttpQuestion compose(const Browser& browser, const Operation& operation) {
    HttpQuestion question = browser.compose(operation.method, operation.path);
    if (operation.body == nullptr) return question;
    question.set("Content-Type", "application/json");
    question.body = operation.body;
    return question;
}

/// What the guard, the gate and the checks before the rules say is the same at every endpoint.
class EveryOperation : public testing::TestWithParam<Operation> {
  protected:
    static void SetUpTestSuite() {
        installation = std::make_unique<Installation>();
        daemon = std::make_unique<Daemon>(*installation);
        signed_in = std::make_unique<Browser>(*daemon);
        const ReceivedMail mail =
            askAndRead(*signed_in, *installation, std::string(Installation::kOperator));
        ASSERT_EQ(signed_in->redeem(mail.token).status, 200);
    }

    static void TearDownTestSuite() {
        signed_in.reset();
        EXPECT_EQ(daemon->stop(), 0) << daemon->log();
        daemon.reset();
        installation.reset();
    }

    HttpQuestion question() const { return compose(*signed_in, GetParam()); }

    /// An answer does not change the browser that has signed in.
    static HttpAnswer send(const HttpQuestion& asked) {
        Browser copy = *signed_in;
        return copy.send(asked);
    }

    bool isSafe() const { return std::string_view(GetParam().method) == "GET"; }

    bool takesJson() const { return GetParam().body != nullptr; }

    static std::unique_ptr<Installation> installation;
    static std::unique_ptr<Daemon> daemon;
    static std::unique_ptr<Browser> signed_in;
};

std::unique_ptr<Installation> EveryOperation::installation;
std::unique_ptr<Daemon> EveryOperation::daemon;
std::unique_ptr<Browser> EveryOperation::signed_in;

TEST_P(EveryOperation, refusesWhatTheGuardRefuses) {
    RecordProperty("requirement", "L-13");
    EXPECT_THAT(send(question().set("Host", "evil.example")), isProblem(421, "wrong_host"));
    HttpQuestion two_hosts = question();
    two_hosts.headers.emplace_back("Host", "localhost");
    EXPECT_THAT(send(two_hosts), isProblem(400, "bad_request"));
    EXPECT_THAT(send(question().set("Transfer-Encoding", "chunked")),
                isProblem(411, "length_required"));
    HttpQuestion crowd = question();
    for (int i = 0; i < 65; ++i) crowd.headers.emplace_back("X-" + std::to_string(i), "x");
    EXPECT_THAT(send(crowd), isProblem(431, "headers_too_large"));
    EXPECT_THAT(send(question().set("X-Long", std::string(17000, 'x'))),
                isProblem(431, "headers_too_large"));
    HttpQuestion large = question();
    large.body = std::string(65537, ' ');
    EXPECT_THAT(send(large), isProblem(413, "too_large"));
    HttpQuestion patch = signed_in->compose("PATCH", GetParam().path).set("Content-Length", "0");
    EXPECT_THAT(send(patch), isProblem(405, "method_not_allowed"));
    EXPECT_THAT(send(question().set("Cookie", "sallyport-login=a; sallyport-login=b")),
                isProblem(400, "bad_request"));
}

TEST_P(EveryOperation, refusesCallersThatAreNotOurPage) {
    RecordProperty("requirement", "S-08");
    const bool links = std::string_view(GetParam().path).starts_with("/api/v1/links");
    if (GetParam().needs_cookie) {
        const auto expected =
            links ? std::pair(409, "wrong_browser") : std::pair(401, "unauthenticated");
        EXPECT_THAT(send(question().remove("Cookie")), isProblem(expected.first, expected.second));
    }
    if (isSafe()) return;
    EXPECT_THAT(send(question().remove("Origin")), isProblem(403, "bad_origin"));
    for (const char* origin : {"null", "https://evil.example", "http://localhost"})
        EXPECT_THAT(send(question().set("Origin", origin)), isProblem(403, "bad_origin")) << origin;
    EXPECT_THAT(send(question().set("Sec-Fetch-Site", "cross-site")), isProblem(403, "bad_origin"));
    EXPECT_THAT(send(question().set("Authorization", "Bearer x")), isProblem(400, "bad_request"));
    if (!GetParam().needs_cookie) return;
    EXPECT_THAT(send(question().remove("X-CSRF-Token")), isProblem(403, "bad_csrf"));
    EXPECT_THAT(send(question().set("X-CSRF-Token", "x")), isProblem(403, "bad_csrf"));
}

TEST_P(EveryOperation, refusesBodiesThatAreNotItsJson) {
    if (!takesJson()) return;
    EXPECT_THAT(send(question().remove("Content-Type")), isProblem(415, "unsupported_media_type"));
    EXPECT_THAT(send(question().set("Content-Type", "text/plain")),
                isProblem(415, "unsupported_media_type"));
    EXPECT_THAT(send(signed_in->compose("POST", GetParam().path)),
                isProblem(411, "length_required"));
    const auto with = [&](const std::string& body) {
        HttpQuestion changed = question();
        changed.body = body;
        return send(changed);
    };
    EXPECT_THAT(with("{"), isProblem(400, "malformed_json"));
    EXPECT_THAT(with(std::string(60, '[') + std::string(60, ']')),
                isProblem(400, "malformed_json"));
    EXPECT_THAT(with(R"({"x":1,"x":2})"), isProblem(400, "malformed_json"));
    if (GetParam().webauthn) return;
    EXPECT_THAT(with("[]"), isProblem(400, "bad_request"));
    std::string more = GetParam().body;
    more.insert(1, more == "{}" ? R"("surplus":1)" : R"("surplus":1,)");
    EXPECT_THAT(with(more), isProblem(400, "bad_request"));
}

INSTANTIATE_TEST_SUITE_P(
    All, EveryOperation, testing::ValuesIn(kOperations), [](const auto& operation) {
        std::string name = std::string(operation.param.method) + operation.param.path;
        std::replace_if(
            name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
        return name;
    });

}  // namespace
}  // namespace sallyport::test
