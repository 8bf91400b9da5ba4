#include "mint/token_text.h"
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

using testing::IsEmpty;

constexpr std::string_view kAda = "ada@example.test";
constexpr std::string_view kBob = "bob@example.test";

/// The row of a ticket, found by its text.
storage::Row rowOf(KeyHouse& h, const std::string& ticket) {
    const auto token = mint::parseToken(mint::kTicketPrefix, ticket);
    EXPECT_THAT(token, isOk());
    return h.house.query("SELECT * FROM tickets WHERE id = $1", {token->id}).front();
}

TicketId idOf(KeyHouse& h, const std::string& ticket) {
    return *rowOf(h, ticket).id<TicketId>("id");
}

std::optional<Time> timeOf(KeyHouse& h, const std::string& ticket, std::string_view column) {
    return *rowOf(h, ticket).optionalTime(column);
}

/// Answers every request for a token as one for a magic link: without its tag.
class TaglessMint final : public mint::Mint {
  public:
    explicit TaglessMint(mint::Mint& mint) : mint_(mint) {}

    Result<std::vector<mint::Answer>> perform(std::vector<mint::Request> requests,
                                              Deadline deadline) override {
        SALLYPORT_TRY(auto answers, mint_.perform(std::move(requests), deadline));
        for (mint::Answer& answer : answers) {
            if (auto* minted = std::get_if<mint::MintedToken>(&answer)) minted->tag.reset();
        }
        return answers;
    }

    std::map<std::string, std::uint64_t> counters() const override { return mint_.counters(); }

    hsm::Health health() const override { return mint_.health(); }

  private:
    mint::Mint& mint_;
};

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

TEST(Tickets, whatIsNoTicketIsRefused) {
    KeyHouse h(FirstKey::kTicket);
    const Person ada = h.person(kAda);
    const std::string ticket = h.ticket(ada.account);
    const auto id_at = ticket.find('.', 4) + 1;
    std::string of_another_id = ticket;
    of_another_id[id_at] = ticket[id_at] == 'A' ? 'B' : 'A';
    const std::string cases[] = {"",
                                 "Blue key",
                                 "spt",
                                 ticket.substr(1),
                                 ticket.substr(0, ticket.size() - 1),
                                 ticket + "x",
                                 "sps" + ticket.substr(3),
                                 "spt.999" + ticket.substr(id_at - 1),
                                 of_another_id};
    for (const std::string& text : cases) {
        EXPECT_THAT(h.tickets.check(text, ada.account, h.soon()), failsWith(ErrorCode::kForbidden))
            << text;
    }
    EXPECT_THAT(h.house.integrityReports(), IsEmpty()) << "nobody raises an alarm by typing";
    EXPECT_THAT(h.tickets.check(ticket, ada.account, h.soon()), isOk());
}

TEST(Tickets, aTicketWhoseRowIsGoneGivesNoRight) {
    KeyHouse h(FirstKey::kTicket);
    const Person ada = h.person(kAda);
    const auto session = h.inbox(ada);
    const std::string ticket = h.ticket(ada.account);
    const auto offer = begin(h, session, withTicket(ticket));
    h.house.tamper("DELETE FROM tickets");
    EXPECT_THAT(h.tickets.check(ticket, ada.account, h.soon()), failsWith(ErrorCode::kForbidden));
    VirtualKey key = h.key();
    EXPECT_THAT(h.enrolment.finish(
                    session, offer.id, registered(key, test::creation(offer.options)), h.soon()),
                failsWith(ErrorCode::kForbidden));
    EXPECT_EQ(h.count("credentials"), 0);
}

TEST(Tickets, aNewTicketEndsTheLiveOneOfItsAccountAlone) {
    KeyHouse h(FirstKey::kTicket);
    const Person ada = h.person(kAda);
    const Person bob = h.person(kBob);
    const std::string of_bob = h.ticket(bob.account);
    const std::string spent = h.ticket(ada.account);
    VirtualKey key = h.key();
    ASSERT_THAT(h.enrol(h.inbox(ada), key, spent), isOk());

    const std::string first = h.ticket(ada.account);
    h.house.clock().advance(std::chrono::seconds(1));
    const Time replaced = h.house.clock().now();
    const std::string second = h.ticket(ada.account);
    h.house.clock().advance(std::chrono::seconds(1));
    const std::string third = h.ticket(ada.account);
    EXPECT_THAT(h.tickets.check(of_bob, bob.account, h.soon()), isOk());
    EXPECT_THAT(h.tickets.check(third, ada.account, h.soon()), isOk());
    EXPECT_THAT(h.tickets.check(second, ada.account, h.soon()), failsWith(ErrorCode::kForbidden));
    EXPECT_EQ(timeOf(h, first, "revoked_at"), replaced) << "when it ended is not rewritten";
    EXPECT_EQ(timeOf(h, spent, "revoked_at"), std::nullopt) << "it was spent, not revoked";
}

TEST(Tickets, aTicketIsConsumedOnceAndOnlyWhileItLives) {
    KeyHouse h(FirstKey::kTicket);
    const Person ada = h.person(kAda);
    const Person bob = h.person(kBob);
    const std::string of_bob = h.ticket(bob.account);
    const auto consume = [&h](const std::string& ticket) {
        const TicketId id = idOf(h, ticket);
        return h.house.database().write(h.soon(), [&](storage::Transaction& transaction) {
            return credential::Tickets::consume(transaction, id, h.house.clock().now());
        });
    };
    const std::string revoked = h.ticket(ada.account);
    const std::string ticket = h.ticket(ada.account);
    EXPECT_THAT(consume(revoked), failsWith(ErrorCode::kConflict));
    EXPECT_EQ(timeOf(h, revoked, "consumed_at"), std::nullopt);

    const Time now = h.house.clock().now();
    EXPECT_THAT(consume(ticket), isOk());
    h.house.clock().advance(std::chrono::seconds(1));
    EXPECT_THAT(consume(ticket), failsWith(ErrorCode::kConflict)) << "somebody else was faster";
    EXPECT_EQ(timeOf(h, ticket, "consumed_at"), now);
    EXPECT_EQ(timeOf(h, of_bob, "consumed_at"), std::nullopt);

    h.house.clock().advance(h.options.ticket_life - std::chrono::seconds(1));
    EXPECT_THAT(consume(of_bob), failsWith(ErrorCode::kConflict)) << "it has expired";
    EXPECT_EQ(timeOf(h, of_bob, "consumed_at"), std::nullopt);
}

TEST(Tickets, aTicketWithoutItsTagIsNotIssued) {
    KeyHouse h(FirstKey::kTicket);
    const Person ada = h.person(kAda);
    TaglessMint tagless(h.house.mint());
    const credential::Tickets tickets({h.house.database(),
                                       tagless,
                                       h.house.events(),
                                       h.house.integrityReport(),
                                       h.house.clock(),
                                       h.house.random()},
                                      h.options);
    EXPECT_THAT(tickets.issue(ada.account, std::nullopt, std::nullopt, h.soon()),
                failsWith(ErrorCode::kInternal));
}

}  // namespace
}  // namespace sallyport
