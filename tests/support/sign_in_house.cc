#include "tests/support/sign_in_house.h"

#include <gtest/gtest.h>

namespace sallyport::test {
namespace {

link::Options withDomain(link::Options options) {
    options.mail_domain = "id.example";
    return options;
}

/// What stands between `before` and the end of the line.
std::string lineAfter(std::string_view text, std::string_view before) {
    const auto at = text.find(before);
    if (at == std::string_view::npos) return {};
    const auto from = at + before.size();
    return std::string(text.substr(from, text.find('\n', from) - from));
}

Delivered read(const mail::Letter& letter) {
    const std::string_view text = letter.text.exposeText();
    Delivered delivered;
    delivered.to = letter.recipient.exposeText();
    delivered.token = lineAfter(text, "https://id.example/link#");
    delivered.link_id = lineAfter(text, "https://id.example/not-me#");
    delivered.words = lineAfter(text, "two words: ");
    if (!delivered.token.empty()) delivered.token.pop_back();
    if (!delivered.link_id.empty()) delivered.link_id.pop_back();
    if (const auto at = text.find("waiting there:\n\n"); at != std::string_view::npos) {
        delivered.code = text.substr(at + 16, 9);
    }
    return delivered;
}

}  // namespace

TestBrowser::TestBrowser(std::string source, bool shared) {
    requester.source = std::move(source);
    requester.shared_source = shared;
    requester.browser = "Firefox on Windows";
}

SignInHouse::SignInHouse(limit::Config limits, link::Options options)
    : house("standard"),
      rules(limit::makeRules(limits)),
      sessions({house.database(),
                house.mint(),
                house.sealer(),
                house.directory(),
                house.events(),
                house.integrityReport(),
                house.clock(),
                house.random(),
                metrics_,
                house.log()},
               session::Lifetimes()),
      links({house.database(),
             house.mint(),
             house.directory(),
             sessions,
             house.events(),
             house.integrityReport(),
             rules,
             house.clock(),
             house.random(),
             metrics_,
             house.log(),
             [] {}},
            withDomain(options)),
      mail_({house.database(),
             house.mint(),
             house.directory(),
             house.events(),
             house.integrityReport(),
             house.clock(),
             house.random()},
            {"https://id.example", options.relay}) {}

Result<link::Issued> SignInHouse::ask(TestBrowser& browser, std::string_view address) {
    auto issued = links.issue(address, std::nullopt, browser.requester, TestHouse::soon());
    if (issued) browser.requester.login_cookie = issued->login_cookie.duplicate();
    return issued;
}

Result<link::Outcome<link::Issued>> SignInHouse::askAgain(TestBrowser& browser) {
    auto outcome = links.again(browser.requester, TestHouse::soon());
    if (opened(outcome)) {
        browser.requester.login_cookie = std::get<link::Issued>(*outcome).login_cookie.duplicate();
    }
    return outcome;
}

std::vector<Delivered> SignInHouse::deliver() {
    std::vector<Delivered> letters;
    const mail::Template sign_in = mail_.asTemplate();
    for (const auto& row :
         house.query("SELECT * FROM outbox WHERE done_at IS NULL ORDER BY rowid")) {
        mail::OutboxRow outbox;
        outbox.id = *row.id<OutboxId>("id");
        outbox.subject = row.id<LinkId>("subject_id")->bytes;
        outbox.language = *row.text("language");
        outbox.is_void = *row.integer("void") != 0;
        outbox.expires = *row.time("expires_at");
        const auto letter = sign_in.resolve(outbox, TestHouse::soon());
        EXPECT_TRUE(letter.has_value()) << (letter ? "" : letter.error().detail);
        if (letter && letter->has_value()) letters.push_back(read(**letter));
        house.tamper("UPDATE outbox SET done_at = 1 WHERE id = $1", {outbox.id});
    }
    return letters;
}

Delivered SignInHouse::deliverOne() {
    auto letters = deliver();
    EXPECT_EQ(letters.size(), 1U);
    return letters.empty() ? Delivered() : letters.back();
}

Result<link::Outcome<link::Redeemed>> SignInHouse::redeem(TestBrowser& browser,
                                                          std::string_view token) {
    auto outcome = links.redeem(token, browser.requester, std::nullopt, TestHouse::soon());
    if (opened(outcome)) {
        const auto& redeemed = std::get<link::Redeemed>(*outcome);
        browser.session_cookie = redeemed.session_cookie.exposeText();
        if (redeemed.known_cookie)
            browser.requester.known_cookie = redeemed.known_cookie->duplicate();
    }
    return outcome;
}

Result<link::Outcome<link::Redeemed>> SignInHouse::relay(TestBrowser& browser,
                                                         std::string_view code) {
    auto outcome = links.relay(code, browser.requester, std::nullopt, TestHouse::soon());
    if (opened(outcome)) {
        browser.session_cookie = std::get<link::Redeemed>(*outcome).session_cookie.exposeText();
    }
    return outcome;
}

bool SignInHouse::signedIn(TestBrowser& browser) {
    return sessions.check(Secret(browser.session_cookie), TestHouse::soon()).has_value();
}

std::int64_t SignInHouse::count(std::string_view table) {
    return *house.query("SELECT count(*) AS n FROM " + std::string(table)).front().integer("n");
}

}  // namespace sallyport::test
