#include "session/known_browser.h"
#include "session/session.h"
#include "tests/support/house.h"
#include "tests/support/matchers.h"

#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <thread>

/// The makers of proofs, in place of the rooms that verify links, assertions and approvals.
namespace sallyport::link {
class Redemption {
  public:
    static session::RedeemedLink proof(AccountId account) { return {account, LinkId()}; }
};
}  // namespace sallyport::link

namespace sallyport::credential {
class SignIn {
  public:
    static session::VerifiedSignIn proof(const session::KeyAssertion& assertion) {
        return session::VerifiedSignIn(assertion);
    }
};
}  // namespace sallyport::credential

namespace sallyport::action {
class Execution {
  public:
    static session::ApprovedAction proof(SessionId session,
                                         const session::KeyAssertion& assertion) {
        return {ActionId(), session, assertion};
    }
};
}  // namespace sallyport::action

namespace sallyport::session {
namespace {

using test::failsWith;
using test::isOk;
using test::TestHouse;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kBrowser = "Firefox on Windows";

class KeySession : public testing::Test {
  protected:
    KeySession() {
        for (std::size_t i = 0; i < key_.bytes.size(); ++i)
            key_.bytes[i] = static_cast<std::uint8_t>(i);
    }

    static Deadline soon() { return TestHouse::soon(); }

    KeyAssertion assertion(bool hardware = true, Channel channel = Channel::kBrowser) {
        return {ada_, key_, true, hardware, channel, house_.clock().now()};
    }

    Opening opening(Draft draft) {
        auto minted = mint::ask<mint::MintedToken>(house_.mint(), draft.request(), soon());
        SALLYPORT_ASSERT(minted.has_value());
        auto made = service_.prepare(std::move(draft), mint::Answer(std::move(*minted)));
        SALLYPORT_ASSERT(made.has_value());
        return std::move(*made);
    }

    template <class Body>
    Status write(Body body) {
        return house_.database().write(
            soon(), [&](storage::Transaction& tx) -> Status { return body(tx); });
    }

    Status openWith(const KeyAssertion& proven, const Opening& made) {
        return write([&](storage::Transaction& tx) {
            return Service::open(tx, credential::SignIn::proof(proven), made, lifetimes_);
        });
    }

    Status raiseWith(const KeyAssertion& proven, SessionId raised, const Opening& made) {
        return write([&](storage::Transaction& tx) {
            return Service::raise(tx, action::Execution::proof(raised, proven), made);
        });
    }

    /// A sign-in by key in a browser that holds this session.
    Secret signIn(const std::optional<Session>& held = std::nullopt,
                  Channel channel = Channel::kBrowser,
                  bool hardware = true) {
        const KeyAssertion proven = assertion(hardware, channel);
        Opening made = opening(service_.draftFromKey(proven, epoch_, std::string(kBrowser), held));
        EXPECT_THAT(openWith(proven, made), isOk());
        return std::move(made.cookie);
    }

    Secret signInByLink() {
        Opening made = opening(service_.draftFromLink(
            ada_, epoch_, mint::SessionKind::kInbox, std::string(kBrowser), std::nullopt));
        EXPECT_THAT(write([&](storage::Transaction& tx) {
                        return Service::open(tx, link::Redemption::proof(ada_), made, lifetimes_);
                    }),
                    isOk());
        return std::move(made.cookie);
    }

    Session check(const Secret& cookie) {
        auto session = service_.check(cookie, soon());
        EXPECT_THAT(session, isOk());
        SALLYPORT_ASSERT(session.has_value());
        return std::move(*session);
    }

    Secret raise(const Session& raised) {
        const KeyAssertion proven = assertion();
        Opening made = opening(service_.draftRaised(proven, std::string(kBrowser), raised));
        EXPECT_THAT(raiseWith(proven, raised.id(), made), isOk());
        return std::move(made.cookie);
    }

    TestHouse house_{"standard"};
    AccountId ada_ = house_.addAccount("ada@example.test").authority.account;
    std::uint64_t epoch_ = 1;
    CredentialId key_;
    Lifetimes lifetimes_;
    Service service_{{house_.database(),
                      house_.mint(),
                      house_.sealer(),
                      house_.directory(),
                      house_.events(),
                      house_.integrityReport(),
                      house_.clock(),
                      house_.random(),
                      house_.metrics(),
                      house_.log()},
                     lifetimes_};
};

TEST_F(KeySession, saysWhatTheAssertionProved) {
    RecordProperty("requirement", "S-04,F-03,F-04");
    const Session hardware = check(signIn());
    EXPECT_EQ(hardware.fields().kind, mint::SessionKind::kKey);
    EXPECT_EQ(hardware.fields().acr, "phrh");
    EXPECT_THAT(hardware.fields().amr, ElementsAre("hwk", "mfa", "pop", "user"));
    EXPECT_EQ(hardware.fields().credential, key_);
    EXPECT_EQ(hardware.fields().channel, Channel::kBrowser);
    EXPECT_EQ(hardware.fields().auth_time, house_.clock().now());
    EXPECT_FALSE(hardware.locked());
    EXPECT_THAT(house_.eventTypes(), Contains("session.opened"));
    const Session synced = check(signIn(std::nullopt, Channel::kCli, false));
    EXPECT_EQ(synced.fields().acr, "phr");
    EXPECT_EQ(synced.fields().channel, Channel::kCli);
}

TEST_F(KeySession, isNotOpenedForAnythingElseThanWhatWasProved) {
    RecordProperty("requirement", "S-04");

    struct Case {
        std::string name;
        std::function<void(KeyAssertion&)> change;
    };

    const std::vector<Case> cases = {
        {"account", [](KeyAssertion& a) { a.account.bytes[0] ^= 1; }},
        {"credential", [](KeyAssertion& a) { a.credential.bytes[0] ^= 1; }},
        {"no user verification", [](KeyAssertion& a) { a.user_verified = false; }},
        {"software", [](KeyAssertion& a) { a.hardware = false; }},
        {"channel", [](KeyAssertion& a) { a.channel = Channel::kCli; }},
        {"time", [](KeyAssertion& a) { a.at -= Duration(1); }}};
    const Session inbox = check(signInByLink());
    for (const auto& changed : cases) {
        KeyAssertion proven = assertion();
        const Opening made =
            opening(service_.draftFromKey(proven, epoch_, std::string(kBrowser), std::nullopt));
        const Opening raised = opening(service_.draftRaised(proven, std::string(kBrowser), inbox));
        changed.change(proven);
        EXPECT_THAT(openWith(proven, made), failsWith(ErrorCode::kInternal)) << changed.name;
        EXPECT_THAT(raiseWith(proven, inbox.id(), raised), failsWith(ErrorCode::kInternal))
            << changed.name;
    }
    KeyAssertion weak = assertion();
    weak.user_verified = false;
    EXPECT_THAT(
        openWith(weak,
                 opening(service_.draftFromKey(weak, epoch_, std::string(kBrowser), std::nullopt))),
        failsWith(ErrorCode::kInternal))
        << "without user verification there is no session, whatever it says";
    EXPECT_EQ(house_.query("SELECT id FROM sessions").size(), 1U);
}

TEST_F(KeySession, isLockedWhenIdleAndNotOver) {
    RecordProperty("requirement", "S-03");
    const Secret cookie = signIn();
    house_.clock().advance(std::chrono::minutes(14));
    EXPECT_FALSE(check(cookie).locked());
    house_.clock().advance(std::chrono::minutes(15));
    const Session locked = check(cookie);
    EXPECT_TRUE(locked.locked());
    EXPECT_LE(locked.idleExpires(), house_.clock().now());
    EXPECT_TRUE(check(cookie).locked()) << "looking at it does not unlock it";
    EXPECT_THAT(service_.list(locked, soon()), isOk());
    EXPECT_THAT(*service_.list(locked, soon()), SizeIs(1));
    EXPECT_THAT(service_.end(locked, locked.id(), soon()), isOk());
    EXPECT_THAT(service_.check(cookie, soon()), failsWith(ErrorCode::kUnauthenticated));
}

TEST_F(KeySession, isOverAtItsAbsoluteEndLockedOrNot) {
    RecordProperty("requirement", "S-03");
    const Secret cookie = signIn();
    house_.clock().advance(std::chrono::hours(12) - std::chrono::seconds(1));
    EXPECT_TRUE(check(cookie).locked());
    house_.clock().advance(std::chrono::seconds(1));
    EXPECT_THAT(service_.check(cookie, soon()), failsWith(ErrorCode::kUnauthenticated));
}

TEST_F(KeySession, isUnlockedByItsAccountUnderANewIdUntilTheSameEnd) {
    RecordProperty("requirement", "S-02,S-03");
    const Secret first = signIn();
    const Time end = check(first).fields().expires;
    house_.clock().advance(std::chrono::minutes(20));
    const Session locked = check(first);
    const Secret second = signIn(locked);
    const Session unlocked = check(second);
    EXPECT_FALSE(unlocked.locked());
    EXPECT_NE(unlocked.id(), locked.id());
    EXPECT_EQ(unlocked.fields().predecessor, locked.id());
    EXPECT_EQ(unlocked.fields().expires, end);
    EXPECT_EQ(unlocked.fields().auth_time, house_.clock().now());
    EXPECT_THAT(service_.check(first, soon()), failsWith(ErrorCode::kUnauthenticated));
    EXPECT_THAT(house_.eventTypes(), Contains("session.unlocked"));
}

TEST_F(KeySession, isUnlockedOnce) {
    RecordProperty("requirement", "S-02");
    const Secret cookie = signIn();
    house_.clock().advance(std::chrono::minutes(20));
    const Session locked = check(cookie);
    const KeyAssertion proven = assertion();
    const auto draft = [&] {
        return opening(service_.draftFromKey(proven, epoch_, std::string(kBrowser), locked));
    };
    const Opening first = draft();
    const Opening second = draft();
    EXPECT_THAT(openWith(proven, first), isOk());
    EXPECT_THAT(openWith(proven, second), failsWith(ErrorCode::kConflict));
    EXPECT_THAT(service_.check(second.cookie, soon()), failsWith(ErrorCode::kUnauthenticated));
}

TEST_F(KeySession, isUnlockedOnceHoweverManyTry) {
    RecordProperty("requirement", "S-02");
    const Secret cookie = signIn();
    house_.clock().advance(std::chrono::minutes(20));
    const Session locked = check(cookie);
    const KeyAssertion proven = assertion();
    constexpr std::size_t kMany = 16;
    std::vector<Opening> openings;
    for (std::size_t i = 0; i < kMany; ++i) {
        openings.push_back(
            opening(service_.draftFromKey(proven, epoch_, std::string(kBrowser), locked)));
    }
    std::atomic<int> opened = 0;
    std::atomic<int> late = 0;
    std::vector<std::thread> threads;
    for (const Opening& made : openings) {
        threads.emplace_back([&, &mine = made] {
            const Status written = openWith(proven, mine);
            if (written) ++opened;
            if (!written && written.error().code == ErrorCode::kConflict) ++late;
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(opened, 1);
    EXPECT_EQ(late, static_cast<int>(kMany) - 1);
    EXPECT_THAT(house_.query("SELECT id FROM sessions WHERE revoked_at IS NULL"), SizeIs(1));
}

TEST_F(KeySession, livesNoLongerThanTheOneItReplaces) {
    RecordProperty("requirement", "S-03");
    const Secret cookie = signIn();
    house_.clock().advance(std::chrono::minutes(20));
    const Session locked = check(cookie);
    const KeyAssertion proven = assertion();
    Draft unlocked = service_.draftFromKey(proven, epoch_, std::string(kBrowser), locked);
    unlocked.fields.expires += std::chrono::hours(1);
    EXPECT_THAT(openWith(proven, opening(std::move(unlocked))), failsWith(ErrorCode::kConflict));
    Draft raised = service_.draftRaised(proven, std::string(kBrowser), locked);
    raised.fields.expires += std::chrono::hours(1);
    EXPECT_THAT(raiseWith(proven, locked.id(), opening(std::move(raised))),
                failsWith(ErrorCode::kConflict));
    EXPECT_TRUE(check(cookie).locked());
}

TEST_F(KeySession, thatWasEndedIsNotUnlocked) {
    const Secret cookie = signIn();
    house_.clock().advance(std::chrono::minutes(20));
    const Session locked = check(cookie);
    const KeyAssertion proven = assertion();
    const Opening made =
        opening(service_.draftFromKey(proven, epoch_, std::string(kBrowser), locked));
    ASSERT_THAT(service_.end(locked, locked.id(), soon()), isOk());
    EXPECT_THAT(openWith(proven, made), failsWith(ErrorCode::kConflict));
}

TEST_F(KeySession, ofAnotherAccountEndsTheHeldOne) {
    RecordProperty("requirement", "S-02");
    const Secret held = signIn();
    house_.clock().advance(std::chrono::minutes(20));
    const Session locked = check(held);
    ada_ = house_.addAccount("eve@example.test").authority.account;
    const Session other = check(signIn(locked));
    EXPECT_FALSE(other.fields().predecessor.has_value());
    EXPECT_EQ(other.fields().expires, house_.clock().now() + lifetimes_.key_absolute);
    EXPECT_THAT(service_.check(held, soon()), failsWith(ErrorCode::kUnauthenticated));
}

TEST_F(KeySession, inABrowserWithALiveSessionIsANewOne) {
    RecordProperty("requirement", "S-02");
    const Secret inbox = signInByLink();
    house_.clock().advance(std::chrono::minutes(1));
    const Session first = check(signIn(check(inbox)));
    EXPECT_FALSE(first.fields().predecessor.has_value())
        << "a mailbox and a key never add up to more than the key";
    EXPECT_EQ(first.fields().expires, house_.clock().now() + lifetimes_.key_absolute);
    EXPECT_THAT(service_.check(inbox, soon()), failsWith(ErrorCode::kUnauthenticated));
}

TEST_F(KeySession, isRaisedUnderANewIdUntilTheSameEnd) {
    RecordProperty("requirement", "S-02");
    const Secret inbox = signInByLink();
    const Session before = check(inbox);
    house_.clock().advance(std::chrono::minutes(5));
    const Session after = check(raise(before));
    EXPECT_EQ(after.fields().kind, mint::SessionKind::kKey);
    EXPECT_EQ(after.fields().acr, "phrh");
    EXPECT_EQ(after.fields().predecessor, before.id());
    EXPECT_EQ(after.fields().expires, before.fields().expires);
    EXPECT_EQ(after.fields().auth_time, house_.clock().now());
    EXPECT_THAT(service_.check(inbox, soon()), failsWith(ErrorCode::kUnauthenticated));
    EXPECT_THAT(house_.eventTypes(), Contains("session.raised"));
}

TEST_F(KeySession, isRaisedOnlyByTheActionOfThatVerySession) {
    const Session session = check(signInByLink());
    const Session other = check(signIn());
    const KeyAssertion proven = assertion();
    const Opening made = opening(service_.draftRaised(proven, std::string(kBrowser), session));
    EXPECT_THAT(raiseWith(proven, other.id(), made), failsWith(ErrorCode::kInternal));
    EXPECT_THAT(raiseWith(proven, session.id(), made), isOk());
    EXPECT_THAT(raiseWith(proven,
                          session.id(),
                          opening(service_.draftRaised(proven, std::string(kBrowser), session))),
                failsWith(ErrorCode::kConflict))
        << "a second time";
}

TEST_F(KeySession, thatIsRaisedLeavesTheOthersOfTheAccountAlone) {
    RecordProperty("requirement", "S-11");
    std::vector<Secret> others;
    for (int i = 0; i < 4; ++i) {
        others.push_back(signIn());
        house_.clock().advance(std::chrono::seconds(1));
    }
    const Secret raised = raise(check(signIn()));
    for (const auto& cookie : others) check(cookie);
    check(raised);
    house_.clock().advance(std::chrono::seconds(1));
    signIn();
    EXPECT_THAT(service_.check(others.front(), soon()), failsWith(ErrorCode::kUnauthenticated));
}

class SessionEvents : public KeySession {
  protected:
    /// inbox at 0, raised at +5 min, raised at +10 min.
    Session chain() {
        const Session first = check(signInByLink());
        house_.clock().advance(std::chrono::minutes(5));
        const Session second = check(raise(first));
        house_.clock().advance(std::chrono::minutes(5));
        return check(raise(second));
    }

    std::vector<std::string> acrs(const Session& session) {
        const auto events = service_.events(session, soon());
        EXPECT_THAT(events, isOk());
        std::vector<std::string> acrs;
        if (!events) return acrs;
        for (const auto& event : *events) acrs.push_back(event.acr);
        return acrs;
    }
};

TEST_F(SessionEvents, areTheChainNewestFirst) {
    RecordProperty("requirement", "S-04");
    const Session session = chain();
    EXPECT_THAT(acrs(session), ElementsAre("phrh", "phrh", "0"));
    const auto events = service_.events(session, soon());
    const Time now = house_.clock().now();
    EXPECT_EQ(events->at(0).auth_time, now);
    EXPECT_EQ(events->at(1).auth_time, now - std::chrono::minutes(5));
    EXPECT_EQ(events->at(2).auth_time, now - std::chrono::minutes(10));
    EXPECT_EQ(events->at(0).credential, key_);
    EXPECT_FALSE(events->at(2).credential.has_value());
    EXPECT_THAT(house_.integrityReports(), IsEmpty());
}

TEST_F(SessionEvents, endAtARowThatSomebodyEdited) {
    RecordProperty("requirement", "S-04");
    const Session session = chain();
    for (const char* sql : {"UPDATE sessions SET acr = 'phrh' WHERE kind = 'inbox'",
                            "UPDATE sessions SET kind = 'none' WHERE kind = 'inbox'"}) {
        const auto before = house_.integrityReports().size();
        ASSERT_EQ(house_.tamper(sql), 1);
        EXPECT_THAT(acrs(session), ElementsAre("phrh", "phrh")) << sql;
        EXPECT_EQ(house_.integrityReports().size(), before + 1) << sql;
    }
}

TEST_F(SessionEvents, endAtARowThatIsNotThere) {
    const Session session = chain();
    ASSERT_EQ(house_.tamper("DELETE FROM sessions WHERE id = $1", {*session.fields().predecessor}),
              1);
    EXPECT_THAT(acrs(session), ElementsAre("phrh"));
}

TEST_F(SessionEvents, areReadOnlySoFarBack) {
    Session session = check(signIn());
    for (std::size_t i = 0; i < Service::kMostEvents; ++i) session = check(raise(session));
    EXPECT_THAT(acrs(session), SizeIs(Service::kMostEvents));
}

TEST_F(SessionEvents, arePurgedWithTheLast) {
    chain();
    house_.clock().advance(std::chrono::hours(24));
    EXPECT_THAT(service_.purge(100, soon()), test::isOkAndHolds(0));
    house_.clock().advance(std::chrono::hours(1));
    EXPECT_THAT(service_.purge(100, soon()), test::isOkAndHolds(3));
}

TEST_F(KeySession, leavesACookieByWhichTheBrowserIsKnown) {
    const auto known = KnownBrowser::draft(ada_, house_.random(), house_.clock().now());
    auto minted = mint::ask<mint::MintedToken>(house_.mint(), known.request(), soon());
    ASSERT_THAT(minted, isOk());
    const auto cookie = known.cookie(std::move(*minted));
    ASSERT_THAT(cookie, isOk());
    auto parsed = mint::parseKnownBrowser(cookie->exposeText());
    ASSERT_THAT(parsed, isOk());
    EXPECT_EQ(parsed->expires, house_.clock().now() + kKnownBrowserLife);
    EXPECT_THAT(
        mint::ask<mint::Verdict>(
            house_.mint(),
            mint::CheckToken{parsed->token.id,
                             parsed->token.generation,
                             mint::KnownBrowserFields{ada_, parsed->issued, parsed->expires},
                             std::move(parsed->token.tag),
                             std::nullopt},
            soon()),
        test::isOkAndHolds(mint::Verdict::kValid));
    EXPECT_THAT(known.cookie(mint::MintedToken{1, {}, std::nullopt}),
                failsWith(ErrorCode::kInternal));
}

}  // namespace
}  // namespace sallyport::session
