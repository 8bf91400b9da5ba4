#include "http/operations.h"
#include "tests/journey/support/cookie_thief.h"

#include <gtest/gtest.h>

/// Somebody has copied the session cookie of an operator with two security keys. He calls every
/// endpoint that there is, as his victim's browser would, with the token that he computes himself,
/// and has an account and keys of his own.
namespace sallyport::test {
namespace {

using testing::AnyOf;
using testing::Contains;

constexpr const char* kNobody = "AAAAAAAAAAAAAAAAAAAAAA";

std::string withId(std::string pattern, const std::string& id) {
    if (const auto named = pattern.find('{'); named != std::string::npos)
        pattern.replace(named, pattern.find('}') - named + 1, id);
    return pattern;
}

class StolenCookie : public CookieThief {
  protected:
    // What he tries, endpoint by endpoint.
    void asksForLinks();
    void asksAgain();
    void inspectsALink();
    void redeemsALink();
    void typesACode();
    void disownsALink();
    void endsTheSession();
    void endsSessions();
    void beginsASignIn();
    void finishesASignIn();
    void beginsAnEnrolment();
    void finishesAnEnrolment();
    void reportsALoss();
    void proposes();
    void asksForAChallenge();
    void approves();
    void denies();
    void cancels();
    void asksForAGrant();
    void redeemsAGrant();

    void readsEverything();
    void triesTheOperationsListener();

    static const std::map<std::string, void (StolenCookie::*)()> kAttempts;
    std::vector<std::string> proposals;
};

const std::map<std::string, void (StolenCookie::*)()> StolenCookie::kAttempts = {
    {"POST /api/v1/links", &StolenCookie::asksForLinks},
    {"POST /api/v1/links/again", &StolenCookie::asksAgain},
    {"POST /api/v1/links/inspect", &StolenCookie::inspectsALink},
    {"POST /api/v1/links/redeem", &StolenCookie::redeemsALink},
    {"POST /api/v1/links/relay", &StolenCookie::typesACode},
    {"POST /api/v1/links/disown", &StolenCookie::disownsALink},
    {"DELETE /api/v1/session", &StolenCookie::endsTheSession},
    {"DELETE /api/v1/sessions/{id}", &StolenCookie::endsSessions},
    {"POST /api/v1/sign-in", &StolenCookie::beginsASignIn},
    {"POST /api/v1/sign-in/{id}", &StolenCookie::finishesASignIn},
    {"POST /api/v1/enrolments", &StolenCookie::beginsAnEnrolment},
    {"POST /api/v1/enrolments/{id}", &StolenCookie::finishesAnEnrolment},
    {"POST /api/v1/credentials/{id}/report-lost", &StolenCookie::reportsALoss},
    {"POST /api/v1/actions", &StolenCookie::proposes},
    {"POST /api/v1/actions/{id}/challenge", &StolenCookie::asksForAChallenge},
    {"POST /api/v1/actions/{id}/approvals", &StolenCookie::approves},
    {"POST /api/v1/actions/{id}/deny", &StolenCookie::denies},
    {"POST /api/v1/actions/{id}/cancel", &StolenCookie::cancels},
    {"POST /api/v1/actions/{id}/grant", &StolenCookie::asksForAGrant},
    {"POST /api/v1/grants/redeem", &StolenCookie::redeemsAGrant},
};

void StolenCookie::asksForLinks() {
    const std::size_t before = installation.mails().size();
    EXPECT_EQ(post("/api/v1/links", Json::Object{{"email", victim.address}}).status, 202);
    installation.awaitMails(before + 1);
}

void StolenCookie::asksAgain() {
    ownMail();
    const std::size_t before = installation.mails().size();
    const HttpAnswer answer = post("/api/v1/links/again", Json::Object{});
    EXPECT_THAT(outcomeOf(answer), AnyOf("202", "rate_limited"));
    if (answer.status == 202) installation.awaitMails(before + 1);
}

void StolenCookie::inspectsALink() {
    const Json token = Json::Object{{"token", ownMail().token}};
    EXPECT_EQ(post("/api/v1/links/inspect", token).text("address"), mallory.address);
}

void StolenCookie::redeemsALink() {
    const Json token = Json::Object{{"token", ownMail().token}};
    EXPECT_EQ(addressIn(post("/api/v1/links/redeem", token)), mallory.address);
    own_mail.reset();
}

void StolenCookie::typesACode() {
    const Json code = Json::Object{{"code", ownMail().relay_code}};
    EXPECT_EQ(addressIn(post("/api/v1/links/relay", code)), mallory.address);
    own_mail.reset();
}

void StolenCookie::disownsALink() {
    const Json body = Json::Object{{"id", ownMail().disown_id}, {"words", "no such"}};
    EXPECT_EQ(post("/api/v1/links/disown", body).status, 204);
}

void StolenCookie::endsTheSession() {
    EXPECT_EQ(tryTo("DELETE", kSession).status, 204);
    EXPECT_THAT(holder->get(kSession), isProblem(401, "unauthenticated"));
}

void StolenCookie::endsSessions() {
    EXPECT_EQ(signIn(victim.browser, victim.key).status, 200);
    for (Somebody* whose : {&ben, &mallory, &victim}) {
        const Json listed = whose->browser.get("/api/v1/sessions").json();
        for (const Json& session : *listed.find("sessions")->asArray()) {
            const std::string path = "/api/v1/sessions/" + *session.find("id")->asString();
            EXPECT_EQ(tryTo("DELETE", path).status, 204) << "says nothing of whose it is";
        }
        EXPECT_EQ(whose->browser.get(kSession).status, whose == &victim ? 401 : 200);
    }
}

void StolenCookie::beginsASignIn() {
    EXPECT_EQ(post(kSignIn, Json::Object{}).status, 200);
    EXPECT_EQ(post(kSignIn, Json::Object{{"email", victim.address}}).status, 200);
}

void StolenCookie::finishesASignIn() {
    const auto finish = [&](const HttpAnswer& asked, bool named) {
        return post(std::string(kSignIn) + "/" + asked.text("id"), answerOf(asked, named));
    };
    const Json email = Json::Object{{"email", victim.address}};
    EXPECT_THAT(finish(post(kSignIn, email), true), isProblem(422, "assertion_refused"));
    EXPECT_THAT(finish(post(kSignIn, email), false), isProblem(422, "assertion_refused"));
    EXPECT_EQ(addressIn(finish(post(kSignIn, Json::Object{}), false)), mallory.address);
}

void StolenCookie::beginsAnEnrolment() {
    const auto begin = [&](const char* member, const std::string& value) {
        Json::Object wish{{"label", "Thief's"}};
        if (*member != '\0') wish.emplace(member, value);
        return post(kEnrolments, wish);
    };
    const std::string ticket = "spt.1.AAAAAAAAAAAAAAAAAAAAAA." + std::string(43, 'A');
    EXPECT_THAT(begin("", ""), isProblem(403, "step_up_required"));
    EXPECT_THAT(begin("ticket", ticket), isProblem(403, "forbidden"));
    const std::string add = proposedByThief({{"type", "credential.add"}});
    EXPECT_THAT(begin("action", add), isProblem(409, "conflict"));
    EXPECT_THAT(begin("action", mallory_action), isProblem(403, "forbidden"));
    EXPECT_THAT(begin("action", kNobody), isProblem(404, "not_found"));
}

void StolenCookie::finishesAnEnrolment() {
    VirtualKey his;
    const auto finish = [&](const std::string& id, BrowserCeremony ceremony) {
        ceremony.user_id = victim.key.credentials().front().user_id;
        return post(std::string(kEnrolments) + "/" + id,
                    parsed(registration(his, ceremony).json()));
    };
    EXPECT_THAT(finish(mallory_offer.text("id"), ceremonyOf(mallory_offer, origin())),
                isProblem(422, "registration_refused"));
    const HttpAnswer sign_in = post(kSignIn, Json::Object{});
    EXPECT_THAT(finish(sign_in.text("id"), ceremonyOf(sign_in, origin())),
                isProblem(422, "registration_refused"));
}

/// The one thing that a cookie may do to a key: say that it is lost. The key itself takes it back.
void StolenCookie::reportsALoss() {
    const auto path = [](const std::string& id) {
        return std::string(kCredentials) + "/" + id + "/report-lost";
    };
    const Json listed = ben.browser.get(kCredentials).json();
    const Json& bens = listed.find("credentials")->asArray()->front();
    EXPECT_THAT(post(path(*bens.find("id")->asString()), Json::Object{}),
                isProblem(404, "not_found"));
    EXPECT_EQ(send("POST", path(spare_id), Json::Object{}).status, 204);
    const auto suspended = linesOf(installation, guarded_query);
    EXPECT_EQ(suspended.size(), guarded.size());
    EXPECT_NE(withoutSeals(suspended), withoutSeals(guarded));
    EXPECT_EQ(signIn(victim.browser, spare).status, 200);
    const auto lifted = linesOf(installation, guarded_query);
    EXPECT_EQ(withoutSeals(lifted), withoutSeals(guarded));
    guarded = lifted;
}

void StolenCookie::proposes() {
    for (const Json::Object& wish : wishes()) proposals.push_back(proposedByThief(wish));
}

void StolenCookie::asksForAChallenge() {
    ASSERT_FALSE(proposals.empty());
    for (const std::string& id : proposals)
        EXPECT_EQ(post(at(id, "challenge"), Json::Object{}).status, 200);
}

void StolenCookie::approves() {
    // A failure under the name of a key counts against it: few enough that it is not paused.
    int named = 2;
    std::vector<std::string> ids = proposals;
    ids.push_back(ben_denied);
    EXPECT_THAT(post(at(ben_cancelled, "approvals"), victim.touched),
                isProblem(422, "assertion_refused"))
        << "nothing was asked";
    for (const std::string& id : ids) {
        const HttpAnswer asked = post(at(id, "challenge"), Json::Object{});
        EXPECT_THAT(post(at(id, "approvals"), answerOf(asked, named-- > 0)),
                    isProblem(422, "assertion_refused"));
    }
}

/// Whoever has a session may stop what its person may approve (README.md of action), and start
/// nothing.
void StolenCookie::denies() {
    const std::string own = proposedByThief({{"type", "credential.add"}});
    EXPECT_EQ(post(at(own, "deny"), Json::Object{}).text("state"), "denied");
    EXPECT_EQ(post(at(ben_denied, "deny"), Json::Object{}).text("state"), "denied");
    EXPECT_THAT(post(at(mallory_action, "deny"), Json::Object{}), isProblem(404, "not_found"));
}

void StolenCookie::cancels() {
    const std::string own = proposedByThief({{"type", "credential.add"}});
    EXPECT_EQ(post(at(own, "cancel"), Json::Object{}).text("state"), "cancelled");
    for (const std::string& id : {ben_cancelled, mallory_action})
        EXPECT_THAT(post(at(id, "cancel"), Json::Object{}), isProblem(404, "not_found"));
}

void StolenCookie::asksForAGrant() {
    EXPECT_THAT(post(at(proposedByThief(paymentWish()), "grant"), Json::Object{}),
                isProblem(409, "conflict"));
    EXPECT_THAT(post(at(ben_cancelled, "grant"), Json::Object{}), isProblem(404, "not_found"));
}

void StolenCookie::redeemsAGrant() {
    const Json body =
        Json::Object{{"grant", "x.y.z"}, {"action", paymentWish()}, {"idempotency_key", "k"}};
    EXPECT_THAT(post("/api/v1/grants/redeem", body), isProblem(401, "unauthenticated"));
}

void StolenCookie::readsEverything() {
    const std::string action = payment(victim.browser);
    for (const http::Endpoint* endpoint : routes.endpoints()) {
        if (endpoint->method != "GET") continue;
        const std::string path = withId(endpoint->pattern, action);
        EXPECT_LT(send("GET", path, std::nullopt).status, 500) << path;
        EXPECT_LT(send("HEAD", path, std::nullopt).status, 500) << path;
    }
    EXPECT_EQ(linesOf(installation, guarded_query), guarded);
}

void StolenCookie::triesTheOperationsListener() {
    Browser thief(daemon, installation.operationsPort());
    thief.cookies[nameOf(http::Cookie::kSession)] = stolen();
    for (const std::string_view path : http::kOperationsPaths) {
        for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
            HttpQuestion question = thief.compose(method, std::string(path));
            question.set("Content-Length", "0");
            EXPECT_THAT(thief.send(question), isProblem(405, "method_not_allowed")) << path;
        }
    }
    for (const http::Endpoint* endpoint : routes.endpoints()) {
        if (endpoint->method == "GET") continue;
        HttpQuestion question = thief.compose(endpoint->method, withId(endpoint->pattern, kNobody));
        question.set("Content-Length", "0");
        EXPECT_THAT(thief.send(question), isProblem(404, "not_found")) << endpoint->pattern;
    }
    EXPECT_EQ(linesOf(installation, guarded_query), guarded);
}

TEST_P(StolenCookie, addsNoKeyRemovesNoneApprovesNothingAndEndsNobodyElsesSession) {
    RecordProperty("requirement", "F-02");
    for (const http::Endpoint* endpoint : routes.endpoints()) {
        if (endpoint->method == "GET") continue;
        const std::string name = endpoint->method + " " + endpoint->pattern;
        SCOPED_TRACE(name);
        const auto attempt = kAttempts.find(name);
        if (attempt == kAttempts.end()) {
            ADD_FAILURE() << "nothing here says what a stolen cookie may do at this endpoint";
            continue;
        }
        (this->*attempt->second)();
        EXPECT_THAT(called, Contains(name));
    }
    for (const auto& [name, attempt] : kAttempts)
        EXPECT_THAT(called, Contains(name)) << "no endpoint any more";
    readsEverything();
    triesTheOperationsListener();
    EXPECT_EQ(ben.browser.get(kSession).status, 200);
    EXPECT_EQ(mallory.browser.get(kSession).status, 200);
    for (VirtualKey* key : {&victim.key, &spare})
        EXPECT_EQ(signIn(victim.browser, *key).status, 200);
    EXPECT_EQ(linesOf(installation, guarded_query), guarded);
}

INSTANTIATE_TEST_SUITE_P(Kinds,
                         StolenCookie,
                         testing::Values(Theft{"inbox", false}, Theft{"key", true}),
                         [](const auto& theft) {
                             return std::string(theft.param.kind) +
                                    (theft.param.as_workstation ? "_as_workstation" : "");
                         });

}  // namespace
}  // namespace sallyport::test
