#pragma once

#include "tests/journey/support/browser.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <thread>

/// Steps that most journeys share.
namespace sallyport::test {

/// Asks for a link and reads the mail that comes to `address`. Nobody else may ask meanwhile.
inline ReceivedMail askAndRead(Browser& browser,
                               const Installation& installation,
                               const std::string& address) {
    const std::size_t before = installation.mails().size();
    const HttpAnswer asked = browser.askForLink(address);
    EXPECT_EQ(asked.status, 202) << asked.body;
    const auto mails = installation.awaitMails(before + 1);
    const auto mail = std::find_if(mails.rbegin(), mails.rend(), [&](const ReceivedMail& each) {
        return each.to.find(address) != std::string::npos;
    });
    if (mail == mails.rend()) throw std::runtime_error("no mail to " + address);
    return *mail;
}

/// Until `done()`, for at most `patience`. Whether it was.
template <class Done>
bool awaitUntil(Done done, std::chrono::seconds patience = std::chrono::seconds(20)) {
    const auto give_up = std::chrono::steady_clock::now() + patience;
    while (!done()) {
        if (std::chrono::steady_clock::now() > give_up) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
}

inline void PrintTo(const HttpAnswer& answer, std::ostream* out) {
    *out << answer.status << " " << answer.body;
}

/// 200, 202 or 204, or the code of the problem.
inline std::string outcomeOf(const HttpAnswer& answer) {
    return answer.code().empty() ? std::to_string(answer.status) : answer.code();
}

/// A refusal carries the code, its status, and what every problem document has.
MATCHER_P2(isProblem, status, code, "") {
    const bool media = arg.header("Content-Type").rfind("application/problem+json", 0) == 0;
    const bool waits = arg.status != 429 && arg.status != 503;
    return arg.status == status && arg.code() == code && media &&
           (waits || std::atoi(arg.header("Retry-After").c_str()) > 0);
}

}  // namespace sallyport::test
