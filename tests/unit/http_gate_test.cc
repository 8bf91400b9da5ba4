#include "http/gate.h"
#include "tests/support/fakes.h"
#include "tests/support/matchers.h"

namespace sallyport::http {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kOrigin = "https://id.example";
const std::string kSessionCookie = "__Host-sallyport-session=abc";
const std::string kLoginCookie = "__Host-sallyport-login=abc";

/// Counts by "name{label=value,…}".
class CountingMetrics final : public Metrics {
  public:
    void count(std::string_view name, Labels labels, std::uint64_t by) override {
        std::string key(name);
        for (const auto& label : labels) key += "," + std::string(label.second);
        counts[key] += by;
    }

    void set(std::string_view, Labels, double) override {}

    void observe(std::string_view, Labels, double) override {}

    std::map<std::string, std::uint64_t> counts;
};

class GateTest : public testing::Test {
  protected:
    GateTest() {
        add("GET", "/page", {});
        add("POST", "/api/v1/links", {});
        add("POST", "/api/v1/links/redeem", Cookie::kLogin);
        add("GET", "/api/v1/links/current", Cookie::kLogin);
        add("GET", "/api/v1/session", Cookie::kSession);
        add("POST", "/api/v1/session/{id}", Cookie::kSession);
        Endpoint remove = made("DELETE", "/api/v1/session", Cookie::kSession);
        remove.body = Body::kNone;
        router_.add(std::move(remove));
        Endpoint small = made("POST", "/small", {});
        small.max_body = 4;
        router_.add(std::move(small));
        Endpoint client = made("POST", "/client", Cookie::kSession);
        client.authorization = authorize;
        router_.add(std::move(client));
        Endpoint watching = made("GET", "/client", Cookie::kSession);
        watching.authorization = authorize;
        router_.add(std::move(watching));
        Endpoint failing = made("GET", "/fails", {});
        failing.handler = [](const Call&) -> Result<Response> {
            return fail(ErrorCode::kIntegrity, "row 7");
        };
        router_.add(std::move(failing));
        Endpoint throwing = made("GET", "/throws", {});
        throwing.handler = [](const Call&) -> Result<Response> {
            throw std::runtime_error("secret text");
        };
        router_.add(std::move(throwing));
        Endpoint cookie = made("GET", "/sets-cookie", {});
        cookie.handler = [](const Call&) -> Result<Response> {
            Response response = Response::noContent();
            response.headers.add("Cache-Control", "max-age=60");
            response.cookies.push_back({Cookie::kSession, Secret("new"), std::nullopt});
            return response;
        };
        router_.add(std::move(cookie));
    }

    static Result<std::string> authorize(const Request& request) {
        const std::string& presented = *request.headers.find("Authorization");
        if (presented == "Bearer good") return std::string("shop");
        return fail(
            presented == "Bearer later" ? ErrorCode::kUnavailable : ErrorCode::kUnauthenticated,
            "no");
    }

    Endpoint made(std::string method, std::string pattern, std::optional<Cookie> cookie) {
        Endpoint endpoint;
        endpoint.method = std::move(method);
        endpoint.pattern = std::move(pattern);
        endpoint.cookie = cookie;
        endpoint.handler = [this](const Call& call) -> Result<Response> {
            ++handled_;
            source_ = call.request.source;
            channel_ = call.channel();
            client_ = call.client;
            raw_cookie_seen_ = call.request.headers.find("Cookie") != nullptr;
            return Response::json(200,
                                  Json::Object{{"csrf_token", call.csrfToken(Cookie::kSession)},
                                               {"body", call.body}});
        };
        return endpoint;
    }

    void add(std::string method, std::string pattern, std::optional<Cookie> cookie) {
        router_.add(made(std::move(method), std::move(pattern), cookie));
    }

    using Fields = std::vector<std::pair<std::string, std::string>>;

    Response send(std::string method,
                  std::string path,
                  const Fields& fields = {},
                  std::string body = {}) {
        Request request;
        request.method = std::move(method);
        request.path = std::move(path);
        request.body = std::move(body);
        request.peer = IpAddress::parse("192.0.2.1").value();
        request.headers.add("Host", "id.example");
        for (const auto& field : fields) request.headers.set(field.first, field.second);
        return gate_.handle(std::move(request));
    }

    std::string csrf(Cookie cookie) const { return policy_.csrfToken(cookie, Secret("abc")); }

    /// The code of the answer, or "" for a success.
    static std::string codeOf(const Response& response) {
        if (response.status < 400) return "";
        return *Json::parse(response.body).value().find("code")->asString();
    }

    PublicUrl url_ = PublicUrl::parse(kOrigin).value();
    CookiePolicy policy_{url_, false};
    Router router_;
    test::TestClock clock_;
    test::SequenceRandom random_;
    std::vector<std::string> lines_;
    Log log_{clock_, [this](std::string_view line) { lines_.emplace_back(line); }};
    CountingMetrics metrics_;
    Gate gate_{
        Gate::Options{url_, policy_, TrustedProxies(), true}, router_, random_, log_, metrics_};
    int handled_ = 0;
    std::string source_;
    Channel channel_ = Channel::kBrowser;
    std::optional<std::string> client_;
    bool raw_cookie_seen_ = false;
};

/// One unsafe request that passes; each step breaks one thing, and everything behind it too, so
/// that the order shows.
TEST_F(GateTest, checksAnUnsafeRequestInTheDocumentedOrder) {
    RecordProperty("requirement", "S-08,L-07");
    Fields fields = {{"Content-Type", "application/json"},
                     {"Origin", kOrigin},
                     {"Cookie", kLoginCookie},
                     {"X-CSRF-Token", csrf(Cookie::kLogin)}};
    const std::string path = "/api/v1/links/redeem";
    EXPECT_EQ(codeOf(send("POST", path, fields, "{}")), "");
    EXPECT_EQ(handled_, 1);

    EXPECT_EQ(codeOf(send("POST", path, fields, "{")), "malformed_json");
    EXPECT_EQ(codeOf(send("POST", path, fields, "")), "malformed_json");
    fields[3].second = csrf(Cookie::kSession);
    EXPECT_EQ(codeOf(send("POST", path, fields, "{")), "bad_csrf");
    fields[2].second = kSessionCookie;
    EXPECT_EQ(codeOf(send("POST", path, fields, "{")), "wrong_browser");
    fields[1].second = "https://evil.example";
    EXPECT_EQ(codeOf(send("POST", path, fields, "{")), "bad_origin");
    const std::string large(64 * 1024 + 1, ' ');
    EXPECT_EQ(codeOf(send("POST", path, fields, large)), "too_large");
    fields[0].second = "text/plain";
    EXPECT_EQ(codeOf(send("POST", path, fields, large)), "unsupported_media_type");
    EXPECT_EQ(codeOf(send("PUT", path, fields, large)), "method_not_allowed");
    fields.push_back({"Host", "evil.example"});
    EXPECT_EQ(codeOf(send("PUT", path, fields, large)), "wrong_host");
    EXPECT_EQ(handled_, 1);
}

TEST_F(GateTest, takesJsonOnly) {
    const auto code = [this](const Fields& fields) {
        Fields all = fields;
        all.push_back({"Origin", kOrigin});
        return codeOf(send("POST", "/api/v1/links", all, "{}"));
    };
    for (const char* good : {"application/json",
                             "Application/JSON",
                             "application/json; charset=utf-8",
                             "application/json;charset=UTF-8",
                             "application/json; charset=\"utf-8\""}) {
        EXPECT_EQ(code({{"Content-Type", good}}), "") << good;
    }
    for (const char* bad : {"",
                            "text/plain",
                            "application/x-www-form-urlencoded",
                            "application/json; charset=latin1",
                            "application/json; a=b",
                            "application/json; charset=utf-8; a=b",
                            "application/jsonp",
                            "application/problem+json",
                            "application/json, text/plain"}) {
        EXPECT_EQ(code({{"Content-Type", bad}}), "unsupported_media_type") << bad;
    }
    EXPECT_EQ(code({}), "unsupported_media_type");
}

TEST_F(GateTest, takesOurOriginOnly) {
    RecordProperty("requirement", "S-08");
    const auto code = [this](const Fields& fields) {
        Fields all = fields;
        all.push_back({"Content-Type", "application/json"});
        return codeOf(send("POST", "/api/v1/links", all, "{}"));
    };
    EXPECT_EQ(code({{"Origin", kOrigin}}), "");
    EXPECT_EQ(code({{"Origin", kOrigin}, {"Sec-Fetch-Site", "same-origin"}}), "");
    EXPECT_EQ(code({{"Origin", kOrigin}, {"Sec-Fetch-Site", "same-site"}}), "bad_origin");
    EXPECT_EQ(code({{"Origin", kOrigin}, {"Sec-Fetch-Site", "cross-site"}}), "bad_origin");
    for (const char* bad : {"",
                            "null",
                            "http://id.example",
                            "https://id.example:443",
                            "https://id.example/",
                            "https://ID.example",
                            "https://id.example.evil",
                            "https://evil.example",
                            "https://id.example https://id.example"}) {
        EXPECT_EQ(code({{"Origin", bad}}), "bad_origin") << bad;
    }
    EXPECT_EQ(code({}), "bad_origin");
}

TEST_F(GateTest, takesTheWorkstationClientsOriginBesideThePublicOne) {
    RecordProperty("requirement", "S-08");
    const auto code = [this](const Fields& fields) {
        Fields all = fields;
        all.push_back({"Content-Type", "application/json"});
        return codeOf(send("POST", "/api/v1/links", all, "{}"));
    };
    EXPECT_EQ(code({{"Origin", "sallyport-cli:https://id.example"}}), "");
    EXPECT_EQ(channel_, Channel::kCli);
    EXPECT_EQ(code({{"Origin", kOrigin}}), "");
    EXPECT_EQ(channel_, Channel::kBrowser);
    for (const char* bad : {"sallyport-cli:",
                            "sallyport-cli:null",
                            "sallyport-cli:http://id.example",
                            "sallyport-cli:https://id.example/",
                            "sallyport-cli:https://id.example:443",
                            "sallyport-cli:https://id.example.evil",
                            "sallyport-cli:https://evil.example",
                            "sallyport-cli:https://ID.example",
                            "sallyport-cli: https://id.example",
                            "sallyport-cli:sallyport-cli:https://id.example",
                            "Sallyport-Cli:https://id.example",
                            "sallyport-cli://id.example",
                            "sallyport-clix:https://id.example",
                            "xsallyport-cli:https://id.example",
                            "https://id.example sallyport-cli:https://id.example"}) {
        EXPECT_EQ(code({{"Origin", bad}}), "bad_origin") << bad;
    }
    // Only a browser says from what site it comes, and no browser has this origin.
    for (const char* site : {"same-origin", "none", "cross-site"}) {
        EXPECT_EQ(code({{"Origin", "sallyport-cli:https://id.example"}, {"Sec-Fetch-Site", site}}),
                  "bad_origin")
            << site;
    }
}

TEST_F(GateTest, takesNoWorkstationClientWhereItIsOff) {
    Gate off(
        Gate::Options{url_, policy_, TrustedProxies(), false}, router_, random_, log_, metrics_);
    Request request;
    request.method = "POST";
    request.path = "/api/v1/links";
    request.headers.add("Host", "id.example");
    request.headers.add("Content-Type", "application/json");
    request.headers.add("Origin", "sallyport-cli:https://id.example");
    request.body = "{}";
    EXPECT_EQ(codeOf(off.handle(std::move(request))), "bad_origin");
    EXPECT_EQ(handled_, 0);
}

TEST_F(GateTest, theWorkstationClientNeedsCookieAndTokenAsEverybody) {
    RecordProperty("requirement", "S-08");
    const auto code = [this](Fields fields) {
        fields.push_back({"Content-Type", "application/json"});
        fields.push_back({"Origin", "sallyport-cli:https://id.example"});
        return codeOf(send("POST", "/api/v1/session/x", fields, "{}"));
    };
    EXPECT_EQ(code({{"Cookie", kSessionCookie}, {"X-CSRF-Token", csrf(Cookie::kSession)}}), "");
    EXPECT_EQ(code({{"Cookie", kSessionCookie}}), "bad_csrf");
    EXPECT_EQ(code({}), "unauthenticated");
}

TEST_F(GateTest, wantsTheTokenOfTheCookieThatTheEndpointUses) {
    RecordProperty("requirement", "S-08");
    const auto code = [this](const Fields& fields) {
        Fields all = fields;
        all.push_back({"Content-Type", "application/json"});
        all.push_back({"Origin", kOrigin});
        return codeOf(send("POST", "/api/v1/session/x", all, "{}"));
    };
    const std::string both = kSessionCookie + "; " + kLoginCookie;
    EXPECT_EQ(code({{"Cookie", both}, {"X-CSRF-Token", csrf(Cookie::kSession)}}), "");
    EXPECT_EQ(code({{"Cookie", both}, {"X-CSRF-Token", csrf(Cookie::kLogin)}}), "bad_csrf");
    EXPECT_EQ(code({{"Cookie", both}, {"X-CSRF-Token", ""}}), "bad_csrf");
    EXPECT_EQ(code({{"Cookie", both}, {"X-CSRF-Token", csrf(Cookie::kSession) + "a"}}), "bad_csrf");
    EXPECT_EQ(code({{"Cookie", both}}), "bad_csrf");
    EXPECT_EQ(code({{"Cookie", kLoginCookie}, {"X-CSRF-Token", csrf(Cookie::kLogin)}}),
              "unauthenticated");
    EXPECT_EQ(code({}), "unauthenticated");
    EXPECT_EQ(code({{"Cookie", kSessionCookie + "; " + kSessionCookie}}), "bad_request");
}

TEST_F(GateTest, wantsTheCookieOnSafeMethodsToo) {
    EXPECT_EQ(codeOf(send("GET", "/api/v1/session")), "unauthenticated");
    EXPECT_EQ(codeOf(send("GET", "/api/v1/session", {{"Cookie", kLoginCookie}})),
              "unauthenticated");
    EXPECT_EQ(codeOf(send("GET", "/api/v1/session", {{"Cookie", kSessionCookie}})), "");
    EXPECT_EQ(codeOf(send("GET", "/api/v1/links/current")), "wrong_browser");
    EXPECT_EQ(codeOf(send("GET", "/api/v1/links/current", {{"Cookie", kLoginCookie}})), "");
    EXPECT_EQ(codeOf(send("HEAD", "/page")), "");
}

TEST_F(GateTest, takesNoBodyWhereNoneIsDeclared) {
    const Fields fields = {
        {"Origin", kOrigin}, {"Cookie", kSessionCookie}, {"X-CSRF-Token", csrf(Cookie::kSession)}};
    EXPECT_EQ(codeOf(send("DELETE", "/api/v1/session", fields)), "");
    EXPECT_EQ(codeOf(send("DELETE", "/api/v1/session", fields, "{}")), "too_large");
    EXPECT_EQ(codeOf(send(
                  "DELETE", "/api/v1/session", {{"Origin", kOrigin}, {"Cookie", kSessionCookie}})),
              "bad_csrf");
}

TEST_F(GateTest, boundsABodyAsTheEndpointSays) {
    const Fields fields = {{"Origin", kOrigin}, {"Content-Type", "application/json"}};
    EXPECT_EQ(codeOf(send("POST", "/small", fields, "1234")), "");
    EXPECT_EQ(codeOf(send("POST", "/small", fields, "12345")), "too_large");
}

TEST_F(GateTest, letsAnAuthorizationStandForOriginCookieAndToken) {
    const Fields json = {{"Content-Type", "application/json"}};
    const auto code = [&](const std::string& path, const Fields& fields) {
        Fields all = fields;
        all.push_back(json[0]);
        return codeOf(send("POST", path, all, "{}"));
    };
    EXPECT_EQ(code("/client", {{"Authorization", "Bearer good"}}), "");
    EXPECT_EQ(client_, "shop");
    EXPECT_EQ(code("/client", {{"Authorization", "Bearer bad"}}), "unauthenticated");
    EXPECT_EQ(code("/client", {{"Authorization", "Bearer later"}}), "unavailable");
    // One that fails is not tried as a browser.
    EXPECT_EQ(code("/client", {{"Authorization", "Bearer bad"}, {"Origin", kOrigin}}),
              "unauthenticated");
    EXPECT_EQ(code("/client", {{"Authorization", "Bearer good"}, {"Cookie", kSessionCookie}}),
              "bad_request");
    EXPECT_EQ(code("/client", {{"Authorization", "Bearer good"}, {"Cookie", "foreign=1"}}), "");
    // Where an endpoint takes none, the header changes nothing.
    EXPECT_EQ(code("/api/v1/links", {{"Authorization", "Bearer good"}}), "bad_origin");
    EXPECT_EQ(code("/api/v1/links", {{"Authorization", "Bearer good"}, {"Origin", kOrigin}}), "");
    EXPECT_EQ(client_, std::nullopt);
}

TEST_F(GateTest, letsAnAuthorizationStandForTheCookieOfASafeMethod) {
    const auto code = [&](const Fields& fields) { return codeOf(send("GET", "/client", fields)); };
    EXPECT_EQ(code({{"Authorization", "Bearer good"}}), "");
    EXPECT_EQ(client_, "shop");
    EXPECT_EQ(code({{"Authorization", "Bearer bad"}}), "unauthenticated");
    EXPECT_EQ(code({{"Authorization", "Bearer good"}, {"Cookie", kSessionCookie}}), "bad_request");
    EXPECT_EQ(code({}), "unauthenticated");
    EXPECT_EQ(code({{"Cookie", kSessionCookie}}), "");
    EXPECT_EQ(client_, std::nullopt);
    // Where an endpoint takes none, a proxy's own header does no harm.
    EXPECT_EQ(codeOf(send("GET",
                          "/api/v1/session",
                          {{"Authorization", "Basic eA=="}, {"Cookie", kSessionCookie}})),
              "");
}

TEST_F(GateTest, answersOnlyForThePublicHost) {
    RecordProperty("requirement", "L-13");
    EXPECT_EQ(codeOf(send("GET", "/page", {{"Host", "ID.example"}})), "");
    for (const char* bad :
         {"evil.example", "id.example:8080", "id.example.", "192.0.2.1", "", "id.example@evil"}) {
        const Response response = send("GET", "/page", {{"Host", bad}});
        EXPECT_EQ(response.status, 421) << bad;
        EXPECT_EQ(codeOf(response), "wrong_host") << bad;
    }
    EXPECT_EQ(codeOf(send("GET", "/page", {{"X-Forwarded-Host", "evil.example"}})), "");
}

TEST_F(GateTest, namesTheMethodsOfAPath) {
    const Response response = send("PUT", "/page");
    EXPECT_EQ(response.status, 405);
    EXPECT_EQ(*response.headers.find("Allow"), "GET, HEAD");
    EXPECT_EQ(codeOf(send("GET", "/nothing")), "not_found");
}

TEST_F(GateTest, putsSecurityHeadersOnEveryAnswer) {
    RecordProperty("requirement", "L-14");
    for (const char* path : {"/page", "/nothing", "/throws"}) {
        const Response response = send("GET", path);
        EXPECT_EQ(*response.headers.find("Cache-Control"), "no-store") << path;
        EXPECT_EQ(*response.headers.find("Referrer-Policy"), "no-referrer");
        EXPECT_EQ(*response.headers.find("X-Content-Type-Options"), "nosniff");
        EXPECT_EQ(*response.headers.find("Content-Security-Policy"),
                  "default-src 'none'; frame-ancestors 'none'");
        EXPECT_EQ(*response.headers.find("Strict-Transport-Security"), "max-age=63072000");
    }
    const Response refused = gate_.refuse({Problem::kTooLarge, "body size"});
    EXPECT_EQ(refused.status, 413);
    EXPECT_EQ(*refused.headers.find("Cache-Control"), "no-store");
    const Response own = send("GET", "/sets-cookie");
    EXPECT_EQ(*own.headers.find("Cache-Control"), "max-age=60");
    EXPECT_EQ(own.headers.count("Cache-Control"), 1U);
}

TEST_F(GateTest, saysNothingOfStrictTransportOverHttp) {
    const PublicUrl url = PublicUrl::parse("http://localhost:8080").value();
    Gate gate(Gate::Options{url, CookiePolicy(url, true), TrustedProxies(), false},
              router_,
              random_,
              log_,
              metrics_);
    EXPECT_EQ(gate.refuse({Problem::kTooLarge, ""}).headers.find("Strict-Transport-Security"),
              nullptr);
}

TEST_F(GateTest, writesCookiesAndKeepsTheirHeaderFromHandlers) {
    RecordProperty("requirement", "S-07");
    const Response response = send("GET", "/sets-cookie");
    EXPECT_EQ(*response.headers.find("Set-Cookie"),
              "__Host-sallyport-session=new; Path=/; HttpOnly; SameSite=Lax; Secure");
    const Response session = send("GET", "/api/v1/session", {{"Cookie", kSessionCookie}});
    EXPECT_FALSE(raw_cookie_seen_);
    EXPECT_EQ(*Json::parse(session.body).value().find("csrf_token")->asString(),
              csrf(Cookie::kSession));
    EXPECT_EQ(source_, "192.0.2.1");
}

TEST_F(GateTest, survivesAHandlerThatThrows) {
    RecordProperty("requirement", "O-02");
    const Response response = send("GET", "/throws");
    EXPECT_EQ(codeOf(response), "internal");
    EXPECT_THAT(response.body, Not(HasSubstr("secret")));
    for (const std::string& line : lines_) EXPECT_THAT(line, Not(HasSubstr("secret")));
    EXPECT_THAT(lines_.front(), HasSubstr("http.handler_threw"));
}

TEST_F(GateTest, tellsTheOperatorAndNobodyElse) {
    const Response response = send("GET", "/fails");
    EXPECT_EQ(codeOf(response), "forbidden");
    EXPECT_THAT(response.body, Not(HasSubstr("row 7")));
    EXPECT_THAT(lines_.front(), HasSubstr("row 7"));
}

TEST_F(GateTest, logsOneLineWithoutAnythingOfThePerson) {
    RecordProperty("requirement", "S-13,L-14");
    Request request;
    request.method = "EVIL\"METHOD";
    request.path = "/api/v1/session/canary-path";
    request.query = "canary-query";
    request.peer = IpAddress::parse("192.0.2.77").value();
    request.headers.add("Host", "id.example");
    request.headers.add("Cookie", "__Host-sallyport-session=canary-cookie");
    gate_.handle(std::move(request));
    ASSERT_EQ(lines_.size(), 1U);
    for (const char* canary : {"canary", "192.0.2", "EVIL"})
        EXPECT_THAT(lines_[0], Not(HasSubstr(canary)));
    const Json line = Json::parse(lines_[0]).value();
    EXPECT_EQ(*line.find("event")->asString(), "http.request");
    EXPECT_EQ(*line.find("method")->asString(), "other");
    EXPECT_EQ(*line.find("status")->asInteger(), 405);
    EXPECT_EQ(line.find("trace")->asString()->size(), 16U);
}

TEST_F(GateTest, countsByRouteAndNotByPath) {
    send("GET", "/api/v1/session", {{"Cookie", kSessionCookie}});
    send("GET", "/made-up-1");
    send("GET", "/made-up-2");
    EXPECT_EQ(metrics_.counts["sallyport_http_requests_total,GET,/api/v1/session,200"], 1U);
    EXPECT_EQ(metrics_.counts["sallyport_http_requests_total,GET,unmatched,404"], 2U);
}

}  // namespace
}  // namespace sallyport::http
