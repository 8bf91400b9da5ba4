#pragma once

#include "app/application.h"
#include "http/cookies.h"
#include "tests/journey/support/ceremony.h"
#include "tests/journey/support/journey.h"
#include "tests/journey/support/rows.h"

#include <gtest/gtest.h>

#include <set>

/// A thief of session cookies, and everybody whom he can harm.
namespace sallyport::test {

inline constexpr const char* kActions = "/api/v1/actions";
inline constexpr const char* kCredentials = "/api/v1/credentials";
inline constexpr const char* kEnrolments = "/api/v1/enrolments";
inline constexpr const char* kSession = "/api/v1/session";
inline constexpr const char* kSignIn = "/api/v1/sign-in";

// What no cookie alone may change. Of actions what somebody has approved: to propose, to deny and
// to cancel is nothing yet. Seals come last.
inline constexpr const char* kGuarded =
    "SELECT 'key', id, account_id, status, public_key, seal FROM credentials "
    "UNION ALL SELECT 'authority', account_id, status, roles, epoch, seal FROM authorities "
    "UNION ALL SELECT 'account', id, kind, '', '', seal FROM accounts "
    "UNION ALL SELECT 'address', id, account_id, '', '', seal FROM addresses "
    "UNION ALL SELECT 'installation', id, bootstrap, profile, '', seal FROM installation "
    "UNION ALL SELECT 'ticket', id, account_id, consumed_at, revoked_at, '' FROM tickets "
    "UNION ALL SELECT 'approval', id, action_id, account_id, '', seal FROM approvals "
    "UNION ALL SELECT 'evidence', id, action_id, '', '', '' FROM evidence "
    "UNION ALL SELECT 'grant', id, action_id, redeemed_at, '', seal FROM grants "
    "UNION ALL SELECT 'action', id, type, state, '', seal FROM actions WHERE state NOT IN "
    "('proposed', 'denied', 'cancelled', 'expired') "
    "UNION ALL SELECT 'session', id, account_id, revoked_at, replaced_by, '' FROM sessions WHERE "
    "account_id = x'BYSTANDER' ORDER BY 1, 2";

inline std::vector<std::string> withoutSeals(std::vector<std::string> lines) {
    for (std::string& line : lines) line.resize(line.rfind('|'));
    return lines;
}

/// Every endpoint of `sallyportd serve` with this configuration, as its own composition makes
/// them, without their handlers: a list kept by hand would not know the next one.
inline http::Router routesOf(const Installation& installation) {
    const auto config = app::readConfig(installation.configPath());
    if (!config) throw std::runtime_error(config.error().detail);
    const auto application = app::Application::start(*config, app::policyOf(*config).value(), {});
    if (!application) throw std::runtime_error(application.error().detail);
    http::Router routes;
    for (const http::Endpoint* endpoint : (*application)->router().endpoints()) {
        http::Endpoint shell = *endpoint;
        shell.handler = [](const http::Call&) { return http::Response::noContent(); };
        shell.authorization = nullptr;
        routes.add(std::move(shell));
    }
    return routes;
}

/// A person with a key session in his browser, and its key.
struct Somebody {
    std::string address;
    Browser browser;
    VirtualKey key;
    Json touched = {};  ///< what his key answered to the last challenge of an action
};

struct Theft {
    const char* kind;  ///< of the session
    bool as_workstation;
};

inline void PrintTo(const Theft& theft, std::ostream* out) {
    *out << theft.kind << (theft.as_workstation ? ", as the workstation client" : "");
}

class CookieThief : public testing::TestWithParam<Theft> {
  protected:
    CookieThief() {
        addSpare();
        for (std::string* id : {&ben_denied, &ben_cancelled}) *id = payment(ben.browser);
        const std::string add = proposed(mallory.browser, {{"type", "credential.add"}});
        EXPECT_EQ(approve(mallory, add).status, 200);
        mallory_action = add;
        mallory_offer =
            mallory.browser.post(kEnrolments, Json::Object{{"label", "His"}, {"action", add}});
        EXPECT_EQ(mallory_offer.status, 201) << mallory_offer.body;
        const std::string id =
            *ben.browser.get(kSession).json().find("account")->find("id")->asString();
        guarded_query.replace(guarded_query.find("BYSTANDER"),
                              std::string_view("BYSTANDER").size(),
                              toHex(AccountId::fromText(id).value().bytes));
        guarded = linesOf(installation, guarded_query);
    }

    // People ----------------------------------------------------------------

    Somebody join(const std::string& address) {
        Somebody somebody{address, Browser(daemon), VirtualKey(), {}};
        const ReceivedMail mail = askAndRead(somebody.browser, installation, address);
        EXPECT_EQ(somebody.browser.redeem(mail.token).status, 200);
        EXPECT_EQ(enrol(somebody.browser, somebody.key, Json::Object{{"label", "Blue"}}).status,
                  201);
        EXPECT_EQ(signIn(somebody.browser, somebody.key).status, 200);
        return somebody;
    }

    HttpAnswer enrol(Browser& browser, VirtualKey& key, const Json& wish) {
        const HttpAnswer offer = browser.post(kEnrolments, wish);
        if (offer.status != 201) return offer;
        return browser.post(std::string(kEnrolments) + "/" + offer.text("id"),
                            parsed(registration(key, ceremonyOf(offer, daemon.origin())).json()));
    }

    HttpAnswer signIn(Browser& browser, VirtualKey& key) {
        const HttpAnswer offer = browser.post(kSignIn, Json::Object{});
        return browser.post(std::string(kSignIn) + "/" + offer.text("id"),
                            parsed(assertion(key, ceremonyOf(offer, daemon.origin())).json()));
    }

    static std::string proposed(Browser& browser, const Json::Object& wish) {
        const HttpAnswer answer = browser.post(kActions, wish);
        EXPECT_EQ(answer.status, 201) << answer.body;
        return answer.text("id");
    }

    static Json::Object paymentWish() {
        return {{"type", "payment.release"},
                {"parameters",
                 Json::Object{{"amount", "9.00"},
                              {"currency", "EUR"},
                              {"payee", "Mallory"},
                              {"iban", "DE89370400440532013000"}}}};
    }

    static std::string payment(Browser& browser) { return proposed(browser, paymentWish()); }

    HttpAnswer approve(Somebody& by, const std::string& id) {
        const HttpAnswer asked = by.browser.post(at(id, "challenge"), Json::Object{});
        by.touched = parsed(assertion(by.key, ceremonyOf(asked, daemon.origin())).json());
        return by.browser.post(at(id, "approvals"), by.touched);
    }

    static std::string at(const std::string& id, const std::string& what) {
        return std::string(kActions) + "/" + id + "/" + what;
    }

    void addSpare() {
        const std::string add = proposed(victim.browser, {{"type", "credential.add"}});
        EXPECT_EQ(approve(victim, add).status, 200);
        const HttpAnswer made =
            enrol(victim.browser, spare, Json::Object{{"label", "Spare"}, {"action", add}});
        EXPECT_EQ(made.status, 201) << made.body;
        spare_id = made.text("id");
    }

    // The thief -------------------------------------------------------------

    std::string nameOf(http::Cookie cookie) const { return std::string(policy.name(cookie)); }

    /// The victim's cookie, as long as it opens anything; then that of the next session.
    std::string stolen() {
        if (holder && holder->get(kSession).status == 200)
            return holder->cookies.at(nameOf(http::Cookie::kSession));
        holder.emplace(daemon);
        if (std::string_view(GetParam().kind) == "key") {
            EXPECT_EQ(signIn(*holder, victim.key).status, 200);
        } else {
            const ReceivedMail mail = askAndRead(*holder, installation, victim.address);
            EXPECT_EQ(holder->redeem(mail.token).status, 200);
        }
        EXPECT_EQ(holder->get(kSession).text("kind"), GetParam().kind);
        return holder->cookies.at(nameOf(http::Cookie::kSession));
    }

    std::string origin() const {
        return (GetParam().as_workstation ? "sallyport-cli:" : "") + daemon.origin();
    }

    /// Nothing of what is compared afterwards may have changed.
    HttpAnswer tryTo(const std::string& method,
                     const std::string& path,
                     const std::optional<Json>& body = std::nullopt) {
        HttpAnswer answer = send(method, path, body);
        EXPECT_EQ(linesOf(installation, guarded_query), guarded) << path << " " << answer.body;
        return answer;
    }

    HttpAnswer send(const std::string& method,
                    const std::string& path,
                    const std::optional<Json>& body) {
        const http::Endpoint* endpoint = routes.find(method, path).endpoint;
        if (endpoint == nullptr) throw std::runtime_error("no endpoint: " + method + " " + path);
        called.insert(endpoint->method + " " + endpoint->pattern);
        Browser thief(daemon);
        thief.cookies[nameOf(http::Cookie::kSession)] = stolen();
        if (!login.empty()) thief.cookies[nameOf(http::Cookie::kLogin)] = login;
        HttpQuestion question = thief.compose(method, path, body);
        if (method != "GET") question.set("Origin", origin());
        if (endpoint->cookie) {
            const auto cookie = thief.cookies.find(nameOf(*endpoint->cookie));
            if (cookie != thief.cookies.end())
                question.set("X-CSRF-Token",
                             policy.csrfToken(*endpoint->cookie, Secret(cookie->second)));
        }
        HttpAnswer answer = thief.send(question);
        login = thief.cookies[nameOf(http::Cookie::kLogin)];
        return answer;
    }

    HttpAnswer post(const std::string& path, const Json& body) { return tryTo("POST", path, body); }

    /// He asks for a link to his own mailbox, in the browser that holds the stolen cookie. The one
    /// of before, until that is spent: few may live.
    const ReceivedMail& ownMail() {
        if (own_mail) return *own_mail;
        Browser own(daemon);
        own_mail = askAndRead(own, installation, mallory.address);
        login = own.cookies.at(nameOf(http::Cookie::kLogin));
        return *own_mail;
    }

    static std::string addressIn(const HttpAnswer& answer) {
        const Json body = answer.json();
        const Json* account = body.find("account");
        return account == nullptr ? answer.body : *account->find("address")->asString();
    }

    /// He proposes it for his victim.
    std::string proposedByThief(const Json::Object& wish) {
        const HttpAnswer answer = post(kActions, wish);
        EXPECT_EQ(answer.status, 201) << answer.body;
        EXPECT_EQ(answer.text("state"), "proposed");
        return answer.text("id");
    }

    /// What an operator with two keys may propose, and the approval of which would do harm.
    std::vector<Json::Object> wishes() const {
        const auto with = [](const char* type, const char* member, const std::string& value) {
            return Json::Object{{"type", type}, {"parameters", Json::Object{{member, value}}}};
        };
        return {{{"type", "session.step-up"}},
                {{"type", "credential.add"}},
                with("credential.remove", "credential", spare_id),
                with("credential.report-lost", "credential", spare_id),
                with("admin.account.create", "address", "another@example.test"),
                with("admin.account.freeze", "address", ben.address),
                with("admin.ticket.issue", "address", mallory.address),
                {{"type", "admin.bootstrap.close"}},
                paymentWish()};
    }

    /// An answer of his own key to whatever is asked; with `named` under the name of his victim's.
    Json answerOf(const HttpAnswer& asked, bool named) {
        BrowserCeremony ceremony = ceremonyOf(asked, origin());
        ceremony.allow.clear();
        BrowserAssertion made = assertion(mallory.key, ceremony);
        if (named) {
            made.id = victim.key.credentials().front().id;
            made.user_handle = victim.key.credentials().front().user_id;
        }
        return parsed(made.json());
    }

    const Installation installation;
    const http::Router routes = routesOf(installation);
    const Daemon daemon{installation};
    const http::CookiePolicy policy{PublicUrl::parse(daemon.origin()).value(), true};
    Somebody victim = join(std::string(Installation::kOperator));
    Somebody ben = join("ben@example.test");
    Somebody mallory = join("mallory@example.test");
    VirtualKey spare;
    std::string spare_id;
    std::string ben_denied;
    std::string ben_cancelled;
    std::string mallory_action;
    HttpAnswer mallory_offer;
    std::optional<Browser> holder;
    std::optional<ReceivedMail> own_mail;
    std::string login;
    std::string guarded_query = kGuarded;
    std::vector<std::string> guarded;
    std::set<std::string> called;
};

}  // namespace sallyport::test
