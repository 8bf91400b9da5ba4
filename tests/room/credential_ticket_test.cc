#include "tests/support/enrolment_wishes.h"

#include <gmock/gmock.h>

/// Enrolment tickets: for one account, once, for ten minutes, under the rules of their day.
namespace sallyport {
namespace {

using credential::FirstKey;
using test::begin;
using test::failsWith;
using test::isOk;
using test::KeyHouse;
using test::Person;
using test::VirtualKey;
using test::withTicket;

constexpr std::string_view kAda = "ada@example.test";

TEST(Enrolment, aTicketExpires) {
    KeyHouse h(FirstKey::kTicket);
    const Person ada = h.person(kAda);
    const std::string ticket = h.ticket(ada.account);
    h.house.clock().advance(std::chrono::minutes(10) - std::chrono::seconds(1));
    EXPECT_THAT(h.tickets.check(ticket, ada.account, h.soon()), isOk());
    const auto session = h.inbox(ada);
    VirtualKey key = h.key();
    const auto offer = begin(h, session, withTicket(ticket));
    h.house.clock().advance(std::chrono::seconds(1));
    EXPECT_THAT(h.tickets.check(ticket, ada.account, h.soon()), failsWith(ErrorCode::kForbidden));
    EXPECT_THAT(h.enrolment.finish(
                    session, offer.id, registered(key, test::creation(offer.options)), h.soon()),
                failsWith(ErrorCode::kForbidden));
    EXPECT_EQ(h.count("credentials"), 0);
}

TEST(Enrolment, aFailedAttemptDoesNotSpendTheTicket) {
    KeyHouse h(FirstKey::kTicket);
    const Person ada = h.person(kAda);
    const std::string ticket = h.ticket(ada.account);
    const auto session = h.inbox(ada);
    const auto offer = begin(h, session, withTicket(ticket));
    EXPECT_EQ(KeyHouse::verdict(h.enrolment.finish(session, offer.id, Json(), h.soon())),
              "malformed_response");
    VirtualKey key = h.key();
    EXPECT_THAT(h.enrol(session, key, ticket), isOk());
}

TEST(Enrolment, aTicketIsBoundToTheRulesOfItsDay) {
    KeyHouse h(FirstKey::kTicket);
    const Person ada = h.person(kAda);
    const std::string ticket = h.ticket(ada.account);
    const auto session = h.inbox(ada);
    VirtualKey key = h.key();
    const auto offer = begin(h, session, withTicket(ticket));
    h.options.attestation.allow_none = false;
    EXPECT_THAT(h.tickets.check(ticket, ada.account, h.soon()), failsWith(ErrorCode::kForbidden));
    EXPECT_EQ(KeyHouse::verdict(h.enrolment.finish(
                  session, offer.id, registered(key, test::creation(offer.options)), h.soon())),
              "unknown_ceremony");
}

}  // namespace
}  // namespace sallyport
