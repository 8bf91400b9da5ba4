#include "http/endpoints/sign_in.h"
#include "http/gate.h"
#include "session/session_row.h"
#include "tests/support/matchers.h"
#include "tests/support/sign_in_house.h"

/// A locked session over its endpoints: it may be shown and ended, and nothing else.
namespace sallyport::http {
namespace {

using test::SignInHouse;
using test::TestHouse;

constexpr std::string_view kOrigin = "https://id.example";

class LockedSession : public testing::Test {
  protected:
    LockedSession() {
        const SignIn parts{house_.links, house_.sessions, options_};
        addSessionEndpoints(router_, parts);
        addLinkEndpoints(router_, parts);
        cookie_ = keySession(house_.house.addAccount("ada@example.test").authority.account);
        house_.house.clock().advance(std::chrono::minutes(20));
    }

    /// The cookie of a key session as a sign-in would have left it.
    std::string keySession(AccountId account) {
        const Time now = house_.house.clock().now();
        const auto id = SessionId::random(house_.house.random());
        session::Assurance assurance = session::assuranceOf(true, true);
        const mint::SessionFields fields{account,
                                         1,
                                         mint::SessionKind::kKey,
                                         std::move(assurance.acr),
                                         std::move(assurance.amr),
                                         now,
                                         CredentialId::random(house_.house.random()),
                                         now,
                                         now + std::chrono::hours(12),
                                         std::nullopt,
                                         Channel::kBrowser};
        auto minted = mint::ask<mint::MintedToken>(
            house_.house.mint(), mint::MintToken{TokenId{id.bytes}, fields}, TestHouse::soon());
        SALLYPORT_ASSERT(minted.has_value());
        const session::SessionRow row{
            id, minted->generation, minted->check, fields, now, false, "Firefox on Windows"};
        EXPECT_THAT(house_.house.database().write(TestHouse::soon(),
                                                  [&](storage::Transaction& transaction) {
                                                      return session::insertSessionRow(transaction,
                                                                                       row);
                                                  }),
                    test::isOk());
        const Secret text = mint::formatToken(
            mint::kSessionPrefix, {minted->generation, TokenId{id.bytes}, std::move(*minted->tag)});
        return std::string(text.exposeText());
    }

    Response send(std::string method, std::string path) {
        Request request;
        request.method = std::move(method);
        request.path = std::move(path);
        request.peer = IpAddress::parse("192.0.2.1").value();
        request.headers.add("Host", "id.example");
        request.headers.add("Cookie", "__Host-sallyport-session=" + cookie_);
        if (!request.isSafe()) {
            request.headers.add("Origin", std::string(kOrigin));
            request.headers.add("X-CSRF-Token",
                                policy_.csrfToken(Cookie::kSession, Secret(cookie_)));
        }
        return gate_.handle(std::move(request));
    }

    static Json json(const Response& response) { return Json::parse(response.body).value(); }

    SignInHouse house_;
    SignInOptions options_;
    Router router_;
    const PublicUrl url_ = PublicUrl::parse(kOrigin).value();
    const CookiePolicy policy_{url_, false};
    NoMetrics metrics_;
    Gate gate_{Gate::Options{url_, policy_, {}, false},
               router_,
               house_.house.random(),
               house_.house.log(),
               metrics_};
    std::string cookie_;
};

TEST_F(LockedSession, isShownAsLocked) {
    RecordProperty("requirement", "S-03");
    const Response response = send("GET", "/api/v1/session");
    ASSERT_EQ(response.status, 200);
    const Json document = json(response);
    EXPECT_EQ(*document.find("locked"), Json(true));
    EXPECT_EQ(*document.find("kind"), Json("key"));
    EXPECT_EQ(*document.find("acr"), Json("phrh"));
}

TEST_F(LockedSession, isEndedByItsOwner) {
    EXPECT_EQ(send("DELETE", "/api/v1/session").status, 204);
    EXPECT_EQ(send("GET", "/api/v1/session").status, 401);
}

TEST_F(LockedSession, mayDoNothingElse) {
    RecordProperty("requirement", "S-03");
    for (const auto& [method, path] :
         {std::pair{"GET", "/api/v1/sessions"},
          std::pair{"DELETE", "/api/v1/sessions/AAAAAAAAAAAAAAAAAAAAAA"}}) {
        const Response response = send(method, path);
        EXPECT_EQ(response.status, 401) << path;
        EXPECT_EQ(*json(response).find("code"), Json("session_locked")) << path;
    }
}

TEST_F(LockedSession, isNoLongerLockedOnceItIsOver) {
    house_.house.clock().advance(std::chrono::hours(12));
    const Response response = send("GET", "/api/v1/sessions");
    EXPECT_EQ(response.status, 401);
    EXPECT_EQ(*json(response).find("code"), Json("unauthenticated"));
}

}  // namespace
}  // namespace sallyport::http
