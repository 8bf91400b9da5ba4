#include "base/log.h"
#include "http/router.h"
#include "tests/support/fakes.h"
#include "tests/support/matchers.h"

#include <set>

namespace sallyport::http {
namespace {

Endpoint endpoint(std::string method, std::string pattern) {
    Endpoint made;
    made.method = std::move(method);
    made.pattern = std::move(pattern);
    made.handler = [](const Call&) -> Result<Response> { return Response::noContent(); };
    return made;
}

Router filled() {
    Router router;
    router.add(endpoint("GET", "/api/v1/sessions/{id}"));
    router.add(endpoint("DELETE", "/api/v1/sessions/{id}"));
    router.add(endpoint("GET", "/api/v1/sessions/own"));
    router.add(endpoint("POST", "/api/v1/links"));
    router.add(endpoint("POST", "/api/v1/{kind}/{id}/deny"));
    router.add(endpoint("GET", "/"));
    return router;
}

TEST(Router, findsExactAndNamedSegments) {
    const Router router = filled();
    const Router::Match named = router.find("DELETE", "/api/v1/sessions/abc");
    ASSERT_NE(named.endpoint, nullptr);
    EXPECT_EQ(named.endpoint->method, "DELETE");
    EXPECT_EQ(named.parameters.at("id"), "abc");
    const Router::Match two = router.find("POST", "/api/v1/actions/7/deny");
    ASSERT_NE(two.endpoint, nullptr);
    EXPECT_EQ(two.parameters, (PathParameters{{"kind", "actions"}, {"id", "7"}}));
    EXPECT_EQ(router.find("GET", "/").endpoint->pattern, "/");
}

TEST(Router, prefersAnExactSegment) {
    const Router router = filled();
    const Router::Match match = router.find("GET", "/api/v1/sessions/own");
    ASSERT_NE(match.endpoint, nullptr);
    EXPECT_EQ(match.endpoint->pattern, "/api/v1/sessions/own");
}

TEST(Router, saysWhatItHas) {
    const Router router = filled();
    std::set<std::string> all;
    for (const Endpoint* endpoint : router.endpoints()) {
        all.insert(endpoint->method + " " + endpoint->pattern);
        EXPECT_EQ(router.find(endpoint->method, endpoint->pattern).endpoint, endpoint);
    }
    EXPECT_EQ(all,
              (std::set<std::string>{"GET /api/v1/sessions/{id}",
                                     "DELETE /api/v1/sessions/{id}",
                                     "GET /api/v1/sessions/own",
                                     "POST /api/v1/links",
                                     "POST /api/v1/{kind}/{id}/deny",
                                     "GET /"}));
}

TEST(Router, findsNothingElse) {
    const Router router = filled();
    for (const std::string_view path : {"/api/v1/link",
                                        "/api/v1/links/",
                                        "/api/v1/links/x",
                                        "//api/v1/links",
                                        "/api/v1//links",
                                        "/api/v1/sessions/",
                                        "/api/v1/sessions/a/b",
                                        "/API/v1/links",
                                        "//"}) {
        const Router::Match match = router.find("GET", path);
        EXPECT_EQ(match.endpoint, nullptr) << path;
        EXPECT_EQ(match.allow, "") << path;
    }
}

TEST(Router, namesTheMethodsOfAKnownPath) {
    const Router router = filled();
    EXPECT_EQ(router.find("PUT", "/api/v1/sessions/abc").allow, "GET, HEAD, DELETE");
    EXPECT_EQ(router.find("GET", "/api/v1/links").allow, "POST");
    EXPECT_EQ(router.find("get", "/").allow, "GET, HEAD");
    EXPECT_EQ(router.find("OPTIONS", "/").endpoint, nullptr);
}

TEST(Router, answersHeadWhereItAnswersGet) {
    const Router router = filled();
    EXPECT_NE(router.find("HEAD", "/").endpoint, nullptr);
    EXPECT_EQ(router.find("HEAD", "/api/v1/links").endpoint, nullptr);
}

TEST(RouterDeathTest, refusesTwoEndpointsOfOnePathAndMethod) {
    Router router = filled();
    EXPECT_DEATH(router.add(endpoint("GET", "/")), "known");
}

struct CodeCase {
    ErrorCode error;
    std::string_view code;
    int status;
};

TEST(ProblemDocument, answersEveryFailureClass) {
    const CodeCase cases[] = {{ErrorCode::kInvalidRequest, "bad_request", 400},
                              {ErrorCode::kUnauthenticated, "unauthenticated", 401},
                              {ErrorCode::kLocked, "session_locked", 401},
                              {ErrorCode::kStepUpRequired, "step_up_required", 403},
                              {ErrorCode::kForbidden, "forbidden", 403},
                              {ErrorCode::kNotFound, "not_found", 404},
                              {ErrorCode::kConflict, "conflict", 409},
                              {ErrorCode::kGone, "link_invalid", 410},
                              {ErrorCode::kRateLimited, "rate_limited", 429},
                              {ErrorCode::kUnavailable, "unavailable", 503},
                              {ErrorCode::kIntegrity, "forbidden", 403},
                              {ErrorCode::kInternal, "internal", 500}};
    for (const CodeCase& expected : cases) {
        const Response response =
            problemResponse(Error{expected.error, "for the operator only", 0});
        EXPECT_EQ(response.status, expected.status);
        const Json document = Json::parse(response.body).value();
        EXPECT_EQ(*document.find("code")->asString(), expected.code);
        EXPECT_THAT(response.body, testing::Not(testing::HasSubstr("operator")));
    }
}

TEST(ProblemDocument, hasTheMembersOfRfc9457) {
    RecordProperty("requirement", "O-02");
    test::SequenceRandom random;
    const TraceScope trace(random);
    const Response response = problemResponse(Problem::kBadOrigin);
    EXPECT_EQ(response.status, 403);
    EXPECT_EQ(*response.headers.find("Content-Type"), "application/problem+json");
    const Json::Object expected = {{"type", "about:blank"},
                                   {"title", "Wrong origin"},
                                   {"status", 403},
                                   {"code", "bad_origin"},
                                   {"trace", TraceScope::current()}};
    EXPECT_EQ(Json::parse(response.body).value(), Json(expected));
    EXPECT_EQ(TraceScope::current().size(), 16U);
}

TEST(ProblemDocument, saysWhenToComeBack) {
    EXPECT_EQ(problemResponse(Problem::kForbidden).headers.find("Retry-After"), nullptr);
    EXPECT_NE(problemResponse(Problem::kUnavailable).headers.find("Retry-After"), nullptr);
    EXPECT_EQ(*problemResponse(Problem::kRateLimited, std::chrono::seconds(7))
                   .headers.find("Retry-After"),
              "7");
    EXPECT_EQ(*problemResponse(Error{ErrorCode::kRateLimited, "", 42}).headers.find("Retry-After"),
              "42");
}

}  // namespace
}  // namespace sallyport::http
