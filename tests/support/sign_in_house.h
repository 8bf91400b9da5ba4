#pragma once

#include "link/mail.h"
#include "link/service.h"
#include "tests/support/house.h"

/// Links and sessions on a TestHouse, and a post office that delivers what the outbox holds.
namespace sallyport::test {

/// A letter as its reader has it.
struct Delivered {
    std::string to;
    std::string token;  ///< what stands behind `#`, without the closing letter
    std::string code;   ///< relay code; empty where the profile has none
    std::string words;
    std::string link_id;
};

/// One browser with its cookies and its place in the network.
struct TestBrowser {
    link::Requester requester;
    std::string session_cookie;

    explicit TestBrowser(std::string source, bool shared = false);

    /// Without the login and session cookies, but still known.
    void forgetLogin() { requester.login_cookie.reset(); }
};

class SignInHouse {
  public:
    explicit SignInHouse(limit::Config limits = {}, link::Options options = {});

    TestHouse house;
    limit::Rules rules;
    session::Service sessions;
    link::Service links;

    /// `POST /links` from this browser; keeps the new cookie.
    Result<link::Issued> ask(TestBrowser& browser, std::string_view address);
    Result<link::Outcome<link::Issued>> askAgain(TestBrowser& browser);

    /// Resolves every waiting outbox row as the mail worker does, oldest first, and settles it.
    std::vector<Delivered> deliver();

    /// The last letter of deliver(); fails the test if there is none.
    Delivered deliverOne();

    /// Keeps the cookies when it works.
    Result<link::Outcome<link::Redeemed>> redeem(TestBrowser& browser, std::string_view token);
    Result<link::Outcome<link::Redeemed>> relay(TestBrowser& browser, std::string_view code);

    /// Whether the browser's cookie is a live session.
    bool signedIn(TestBrowser& browser);

    std::int64_t count(std::string_view table);

  private:
    NoMetrics metrics_;
    link::SignInMail mail_;
};

/// The refusal in an outcome; fails the test when it is none.
template <class T>
std::optional<link::Refusal> refusalOf(const Result<link::Outcome<T>>& result) {
    if (!result) return std::nullopt;
    const auto* refusal = std::get_if<link::Refusal>(&*result);
    if (refusal == nullptr) return std::nullopt;
    return *refusal;
}

/// Whether the outcome is a success.
template <class T>
bool opened(const Result<link::Outcome<T>>& result) {
    return result.has_value() && std::holds_alternative<T>(*result);
}

}  // namespace sallyport::test
