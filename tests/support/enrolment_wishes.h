#pragma once

#include "tests/support/key_house.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>

/// What somebody asks for who wants to enrol a key.
namespace sallyport::test {

inline credential::Enrolment::Wish wish(std::string label = "Blue key") {
    credential::Enrolment::Wish made;
    made.label = std::move(label);
    return made;
}

inline credential::Enrolment::Wish withTicket(const std::string& ticket) {
    auto made = wish();
    made.ticket = Secret(std::string_view(ticket));
    return made;
}

/// The options; the test fails if there are none.
inline credential::Enrolment::Offer begin(KeyHouse& h,
                                          const session::Session& session,
                                          const credential::Enrolment::Wish& asked) {
    auto offer = h.enrolment.begin(session, asked, KeyHouse::soon());
    EXPECT_THAT(offer, isOk());
    return offer ? std::move(*offer) : credential::Enrolment::Offer{{}, Json()};
}

}  // namespace sallyport::test
