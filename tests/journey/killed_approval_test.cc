#include "base/ids.h"
#include "tests/journey/support/ceremony.h"
#include "tests/journey/support/journey.h"
#include "tests/journey/support/rows.h"

#include <gtest/gtest.h>

#include <future>
#include <sstream>

/// `kill -9` of the real sallyportd while somebody approves: what was approved happens once or not
/// at all, the log says which, and it can be finished.
namespace sallyport::test {
namespace {

using Milliseconds = std::chrono::milliseconds;

constexpr const char* kActions = "/api/v1/actions";
constexpr const char* kEnrolments = "/api/v1/enrolments";
constexpr const char* kSignIn = "/api/v1/sign-in";
constexpr int kRounds = 12;

/// What counts effects, and what counts the events that tell of them. A round adds one at most.
struct Effect {
    const char* done;
    const char* told;
};

constexpr Effect kAccounts{
    "(SELECT count(*) FROM accounts)",
    "(SELECT count(*) FROM events WHERE instr(entry, '\"account.created\"'))"};
constexpr Effect kRemovals{
    "(SELECT count(*) FROM credentials WHERE status = 'removed')",
    "(SELECT count(*) FROM events WHERE instr(entry, '\"credential.removed\"'))"};

/// Something to be approved.
struct Deed {
    std::string id;
    Effect effect;
    std::int64_t before;  ///< effects until now, each with its event
};

/// What the database of a service says that is not running.
struct Found {
    std::string state;
    std::int64_t approvals;
    std::int64_t evidence;             ///< there before any effect
    std::int64_t effects;              ///< of this deed
    std::vector<std::int64_t> logged;  ///< events: approved, executing, executed, the effect's own

    friend bool operator==(const Found&, const Found&) = default;
};

void PrintTo(const Found& found, std::ostream* out) {
    *out << found.state << ", " << found.approvals << " approvals, " << found.evidence
         << " of evidence, " << found.effects << " effects, events";
    for (const std::int64_t count : found.logged) *out << " " << count;
}

class KilledApproval : public testing::Test {
  protected:
    KilledApproval() {
        const ReceivedMail mail =
            askAndRead(browser, installation, std::string(Installation::kOperator));
        EXPECT_EQ(browser.redeem(mail.token).status, 200);
        EXPECT_EQ(enrol(key, Json::Object{{"label", "Blue"}}).status, 201);
    }

    HttpAnswer enrol(VirtualKey& with, const Json& wish) {
        const HttpAnswer offer = browser.post(kEnrolments, wish);
        if (offer.status != 201) return offer;
        return browser.post(std::string(kEnrolments) + "/" + offer.text("id"),
                            parsed(registration(with, ceremonyOf(offer, daemon.origin())).json()));
    }

    void signIn() {
        const HttpAnswer offer = browser.post(kSignIn, Json::Object{});
        const Json touch = parsed(assertion(key, ceremonyOf(offer, daemon.origin())).json());
        const HttpAnswer opened =
            browser.post(std::string(kSignIn) + "/" + offer.text("id"), touch);
        EXPECT_EQ(opened.status, 200) << opened.body;
    }

    std::string propose(const Json& wish) {
        const HttpAnswer proposed = browser.post(kActions, wish);
        EXPECT_EQ(proposed.status, 201) << proposed.body;
        return proposed.text("id");
    }

    static std::string at(const std::string& id, const std::string& what) {
        return std::string(kActions) + "/" + id + "/" + what;
    }

    /// The answer of the key to a challenge, ready to be sent.
    HttpQuestion touchFor(const std::string& id) {
        const HttpAnswer asked = browser.post(at(id, "challenge"), Json::Object{});
        EXPECT_EQ(asked.status, 200) << asked.body;
        return browser.compose("POST",
                               at(id, "approvals"),
                               parsed(assertion(key, ceremonyOf(asked, daemon.origin())).json()));
    }

    Deed newAccount(int round) {
        const Json wish = Json::Object{
            {"type", "admin.account.create"},
            {"parameters",
             Json::Object{{"address", "new" + std::to_string(round) + "@example.test"}}}};
        return {propose(wish), kAccounts, count(kAccounts)};
    }

    Deed removedKey(int round) {
        const std::string add = propose(Json::Object{{"type", "credential.add"}});
        EXPECT_EQ(browser.send(touchFor(add)).status, 200);
        VirtualKey spare;
        const HttpAnswer made = enrol(
            spare, Json::Object{{"label", "Spare " + std::to_string(round)}, {"action", add}});
        EXPECT_EQ(made.status, 201) << made.body;
        const Json wish =
            Json::Object{{"type", "credential.remove"},
                         {"parameters", Json::Object{{"credential", made.text("id")}}}};
        return {propose(wish), kRemovals, count(kRemovals)};
    }

    std::int64_t count(const Effect& effect) const {
        const std::int64_t done = valueOf(installation, std::string("SELECT ") + effect.done);
        EXPECT_EQ(valueOf(installation, std::string("SELECT ") + effect.told), done);
        return done;
    }

    Found find(const Deed& deed) const {
        const std::string id = toHex(ActionId::fromText(deed.id).value().bytes);
        std::string query =
            "SELECT state, (SELECT count(*) FROM approvals WHERE action_id = a.id), "
            "(SELECT count(*) FROM evidence WHERE action_id = a.id), ";
        query += std::string(deed.effect.done) + " - " + std::to_string(deed.before);
        for (const char* step : {"approved", "executing", "executed"}) {
            query += std::string(", (SELECT count(*) FROM events WHERE instr(entry, '\"action.") +
                     step + "\"') AND instr(entry, '" + deed.id + "'))";
        }
        query += std::string(", ") + deed.effect.told + " - " + std::to_string(deed.before);
        const auto lines =
            linesOf(installation, query + " FROM actions AS a WHERE id = x'" + id + "'");
        if (lines.size() != 1) throw std::runtime_error("the action is gone");
        std::istringstream line(lines.front());
        const auto next = [&line] {
            std::string column;
            std::getline(line, column, '|');
            return column;
        };
        Found found{next(), std::stoll(next()), std::stoll(next()), 0, {}};
        found.effects = std::stoll(next());
        for (int i = 0; i < 4; ++i) found.logged.push_back(std::stoll(next()));
        return found;
    }

    const Installation installation;
    Daemon daemon{installation};
    Browser browser{daemon};
    VirtualKey key;
};

/// All that may ever be found: nothing; approved; begun; done. The effect is there exactly if the
/// log says so.
const std::vector<Found> kStages = {{"proposed", 0, 0, 0, {0, 0, 0, 0}},
                                    {"approved", 1, 1, 0, {1, 0, 0, 0}},
                                    {"executing", 1, 1, 0, {1, 1, 0, 0}},
                                    {"executed", 1, 1, 1, {1, 1, 1, 1}}};

/// The next moment to kill at: ever closer to where an approval becomes an effect.
class Moments {
  public:
    explicit Moments(Milliseconds whole) : late_(whole) {}

    Milliseconds next() const { return (early_ + late_) / 2; }

    void learn(const std::string& state) {
        const Milliseconds at = next();
        const bool was_early = state == "proposed" || (state != "executed" && flip_);
        flip_ = !flip_;
        (was_early ? early_ : late_) = at;
        if (late_ - early_ > Milliseconds(1)) return;
        // It is never the same moment twice.
        early_ = early_ * 3 / 4;
        late_ = late_ * 5 / 4 + Milliseconds(2);
    }

  private:
    Milliseconds early_{0};
    Milliseconds late_;
    bool flip_ = false;
};

TEST_F(KilledApproval, hasOneEffectOrNoneAndTheLogSaysWhich) {
    RecordProperty("requirement", "L-04");
    signIn();
    // Nobody is killed yet: how long it takes.
    const Deed first = newAccount(0);
    const HttpQuestion undisturbed = touchFor(first.id);
    const auto started = std::chrono::steady_clock::now();
    EXPECT_EQ(browser.send(undisturbed).text("state"), "executed");
    Moments moments(
        std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - started));
    EXPECT_EQ(find(first), kStages.back());

    std::map<std::string, int> died_at;
    for (int round = 1; round <= kRounds; ++round) {
        SCOPED_TRACE("round " + std::to_string(round));
        signIn();
        const Deed deed = round % 2 == 1 ? newAccount(round) : removedKey(round);
        const HttpQuestion touch = touchFor(deed.id);
        auto answer = std::async(std::launch::async, [&]() -> std::string {
            Browser copy = browser;
            try {
                return copy.send(touch).text("state");
            } catch (const std::runtime_error&) {
                return "no answer";
            }
        });
        static_cast<void>(answer.wait_for(moments.next()));
        daemon.kill();
        const std::string acknowledged = answer.get();

        const Found dead = find(deed);
        EXPECT_THAT(kStages, testing::Contains(dead));
        if (acknowledged == "executed") {
            EXPECT_EQ(dead, kStages.back()) << "an acknowledged effect was lost";
        }
        moments.learn(dead.state);
        ++died_at[dead.state];

        // Past the lease of the housekeeping that died.
        daemon.advanceClock(std::chrono::seconds(181));
        daemon.start();
        if (dead.state == "proposed") {
            signIn();
            EXPECT_EQ(browser.send(touchFor(deed.id)).text("state"), "executed");
        } else {
            EXPECT_TRUE(awaitUntil([&] { return find(deed).state == "executed"; }));
        }
        EXPECT_EQ(find(deed), kStages.back());
        signIn();  // the removal of a key has ended every session
        EXPECT_THAT(browser.post(at(deed.id, "challenge"), Json::Object{}),
                    isProblem(409, "conflict"));
    }
    for (const auto& [state, times] : died_at) RecordProperty("died_" + state, times);
}

}  // namespace
}  // namespace sallyport::test
