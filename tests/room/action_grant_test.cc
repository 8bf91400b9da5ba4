#include "action/issuer_keys.h"
#include "tests/support/child_process.h"
#include "tests/support/grant_house.h"

#include <thread>

/// From an approved action of a relying party to its grant.
namespace sallyport::action {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using test::ActionHouse;
using test::Approver;
using test::failsWith;
using test::InterruptedMint;
using test::isOk;
using test::kIssuer;
using test::kResource;

using Grant = test::GrantHouse;

TEST_F(Grant, saysWhatWasApprovedForWhom) {
    RecordProperty("requirement", "U-03,T-02,T-13");
    const ActionId id = approved();
    const std::string grant = granted(id);
    EXPECT_EQ(h.stateOf(id), "granted");
    const Json claims = claimsOf(grant);
    EXPECT_EQ(*claims.find("iss"), Json(kIssuer));
    EXPECT_EQ(*claims.find("aud"), Json(kResource));
    EXPECT_EQ(*claims.find("exp")->asInteger() - *claims.find("iat")->asInteger(), 60);
    EXPECT_EQ(claims.find("acr")->asString()->substr(0, 3), "phr");
    EXPECT_EQ(claims.find("evidence")->asArray()->size(), 1U);
    EXPECT_EQ(claims.find("sub"), nullptr);
    EXPECT_EQ(claims.find("client_id"), nullptr);
    const Json& details = claims.find("authorization_details")->asArray()->front();
    EXPECT_EQ(*details.find("type"), Json("sallyport_action"));
    const auto action = Action::fromJson(*details.find("action"));
    ASSERT_THAT(action, isOk());
    EXPECT_EQ(*claims.find("action_digest"), Json(base64url::encode(*action->digest())));
    EXPECT_EQ(*action->parameters.find("amount"), Json("1250.00"));
}

TEST_F(Grant, isVerifiedOfflineByPyJwt) {
    RecordProperty("requirement", "T-02");
    const std::string grant = granted(approved());
    const auto keys = issuerKeys(h.house.mint(), soon());
    ASSERT_THAT(keys, isOk());
    Json::Array list;
    for (const auto& key : *keys) list.push_back(key.jwk());
    const std::string set = Json(Json::Object{{"keys", std::move(list)}}).text();
    constexpr const char* kVerifier = R"python(
import base64, hashlib, json, jwt, sys
keys, grant = jwt.PyJWKSet.from_json(sys.argv[1]), sys.argv[2]
head = jwt.get_unverified_header(grant)
key = next(k for k in keys.keys if k.key_id == head["kid"])
claims = jwt.decode(grant, key.key, algorithms=["ES256"], audience="https://bank.example",
                    issuer="https://id.example", options={"verify_exp": False, "verify_iat": False})
action = claims["authorization_details"][0]["action"]
text = json.dumps(action, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
print(head["typ"], digest == claims["action_digest"])
)python";
    const auto said =
        test::outputOf({"/usr/bin/python3", "-X", "utf8", "-c", kVerifier, set, grant});
    EXPECT_EQ(said, "sallyport-grant+jwt True\n");
}

TEST_F(Grant, isForItsProposerAlone) {
    const ActionId id = approved();
    EXPECT_EQ(verdict(grants.grant(treasurer.account(), id, resourceOf, soon())), "not_found");
    EXPECT_EQ(verdict(grants.grant(std::string("bank"), id, resourceOf, soon())), "not_found");
    EXPECT_EQ(verdict(grants.grant(
                  clerk.account(), ActionId::random(h.house.random()), resourceOf, soon())),
              "not_found");
    const ActionId of_client = proposedByClient();
    EXPECT_EQ(verdict(ask(of_client)), "not_found");
    EXPECT_EQ(verdict(grants.grant(std::string("shop"), of_client, resourceOf, soon())),
              "not_found");
    const auto outcome = grants.grant(std::string("bank"), of_client, resourceOf, soon());
    ASSERT_EQ(verdict(outcome), "ok");
    const std::string grant(std::get<Grants::Granted>(*outcome).grant.exposeText());
    EXPECT_EQ(*claimsOf(grant).find("client_id"), Json("bank"));
    Json::Object with_resource = *live("9.00").asObject();
    with_resource["resource"] = "invoice-7";
    EXPECT_EQ(redeem(presented(grant, with_resource)), "ok");
}

TEST_F(Grant, needsApprovalsAndTime) {
    const ActionId waiting = h.payment(clerk);
    EXPECT_EQ(verdict(ask(waiting)), "gone");
    const ActionId late = approved();
    h.house.clock().advance(std::chrono::minutes(5));
    EXPECT_EQ(verdict(ask(late)), "gone");
    EXPECT_EQ(h.house.query("SELECT id FROM grants").size(), 0U);
}

TEST_F(Grant, isTheSameAgainUntilItEnds) {
    const ActionId id = approved();
    const Json first = claimsOf(granted(id));
    h.house.clock().advance(seconds(59));
    const auto again = ask(id);
    ASSERT_EQ(verdict(again), "ok");
    const auto& granted_again = std::get<Grants::Granted>(*again);
    EXPECT_LE(granted_again.expires_in, seconds(1));
    const std::string second(granted_again.grant.exposeText());
    EXPECT_EQ(claimsOf(second), first);
    EXPECT_EQ(redeem(presented(second)), "ok");
    EXPECT_EQ(verdict(ask(id)), "already_redeemed");

    const ActionId other = approved();
    granted(other);
    h.house.clock().advance(seconds(60));
    EXPECT_EQ(verdict(ask(other)), "gone");
    EXPECT_EQ(h.house.query("SELECT id FROM grants").size(), 2U);
}

TEST_F(Grant, isMadeOnceForManyWhoAskAtATime) {
    const ActionId id = approved();
    std::vector<std::string> ids(8);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        threads.emplace_back([&, i] {
            const auto outcome = ask(id);
            if (verdict(outcome) != "ok") return;
            const std::string grant(std::get<Grants::Granted>(*outcome).grant.exposeText());
            ids[i] = *claimsOf(grant).find("jti")->asString();
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_FALSE(ids.front().empty());
    EXPECT_THAT(ids, testing::Each(ids.front()));
    EXPECT_EQ(h.house.query("SELECT id FROM grants").size(), 1U);
}

TEST_F(Grant, isForgottenADayAfterItsEnd) {
    granted(approved());
    const auto purge = [this] {
        return *h.house.database().write(soon(), [this](storage::Transaction& transaction) {
            return purgeGrants(transaction, h.house.clock().now(), 100);
        });
    };
    h.house.clock().advance(std::chrono::hours(24));
    EXPECT_EQ(purge(), 0);
    h.house.clock().advance(std::chrono::minutes(2));
    EXPECT_EQ(purge(), 1);
}

TEST_F(Grant, isOverForItsReadersWhenItCanNoLongerBeRedeemed) {
    const ActionId id = approved();
    granted(id);
    const auto state = [&] {
        const auto view = h.service.read(clerk.caller(), id, Duration::zero(), ActionHouse::soon());
        EXPECT_THAT(view, isOk());
        return view ? view->action.state : State::kFailed;
    };
    h.house.clock().advance(minutes(5));
    EXPECT_EQ(state(), State::kGranted);
    h.house.clock().advance(kGrantLife);
    EXPECT_EQ(state(), State::kExpired);
    EXPECT_EQ(h.stateOf(id), "granted");
}

TEST_F(Grant, ofAnActionIsNoExecutionOfIt) {
    const ActionId id = approved();
    granted(id);
    EXPECT_THAT(h.execution.run(id, soon()), failsWith(ErrorCode::kConflict));
    EXPECT_EQ(h.stateOf(id), "granted");
}

TEST_F(Grant, isNotMadeOfApprovalsThatNoLongerCount) {
    const ActionId id = approved();
    const auto roles = [this](const char* words) {
        h.changeAuthority(treasurer.account(),
                          [words](storage::Row& row) { row.set("roles", words); });
    };
    roles("");
    EXPECT_EQ(verdict(ask(id)), "gone");
    // Judged by somebody who executes: it waits for another approval again.
    EXPECT_THAT(h.execution.confirm(id, soon()), failsWith(ErrorCode::kConflict));
    EXPECT_EQ(h.stateOf(id), "proposed");
    roles("treasurer");
    EXPECT_EQ(verdict(ask(id)), "gone");
    EXPECT_EQ(h.keys.count("grants"), 0);
}

TEST_F(Grant, isNotMadeWhenAnApproverIsDemotedMeanwhile) {
    const ActionId id = approved();
    h.mint.once(InterruptedMint::sealing("grants"), [this] {
        h.changeAuthority(treasurer.account(), [](storage::Row& row) { row.set("roles", ""); });
    });
    EXPECT_EQ(verdict(ask(id)), "gone");
    EXPECT_EQ(h.keys.count("grants"), 0);
    EXPECT_EQ(h.stateOf(id), "approved");
}

TEST_F(Grant, isNotMadeOfWhatIsSettled) {
    const ActionId id = approved();
    ASSERT_THAT(h.service.cancel(clerk.caller(), id, soon()), isOk());
    EXPECT_EQ(verdict(ask(id)), "gone");
    EXPECT_EQ(h.keys.count("grants"), 0);
}

class DelayedGrant : public Grant {
  protected:
    static TypePolicy delayed() {
        TypePolicy policy = test::grantedPayment();
        policy.delay = minutes(1);
        return policy;
    }

    DelayedGrant() : Grant(delayed()) {}
};

TEST_F(DelayedGrant, comesWithItsTimeAndNotBefore) {
    const ActionId id = approved();
    h.house.clock().advance(minutes(1) - Duration(1));
    EXPECT_EQ(verdict(ask(id)), "gone");
    EXPECT_EQ(h.stateOf(id), "approved");
    h.house.clock().advance(Duration(1));
    EXPECT_EQ(verdict(ask(id)), "ok");
}

/// Types that yield no grants: a relying party's that names nobody to redeem one, and one of ours.
class NoGrant : public Grant {
  protected:
    static TypePolicy withoutAudience() {
        TypePolicy policy = test::paymentPolicy();
        policy.audience.clear();
        return policy;
    }

    static std::vector<Type> ours(test::KeyHouse& /*keys*/) {
        std::vector<Type> types;
        types.emplace_back();
        types.back().policy = test::grantedPayment();
        types.back().policy.type = "admin.pay";
        types.back().policy.clients.clear();
        types.back().policy.delay = minutes(1);
        types.back().mode = Mode::kDirect;
        types.back().prepare = [](const ActionRow&, const std::vector<Counted>&, Deadline) {
            return Result<Effect>(fail(ErrorCode::kUnavailable, "not in this test"));
        };
        return types;
    }

    NoGrant() : Grant(withoutAudience(), ours) {}

    std::string asked(const ActionId& id) {
        const auto anybody = [](const std::string&) {
            return Result<std::string>(std::string(kResource));
        };
        return verdict(grants.grant(clerk.account(), id, anybody, soon()));
    }
};

TEST_F(NoGrant, isMadeWhereNobodyCanRedeemIt) {
    const ActionId id = approved();
    EXPECT_EQ(asked(id), "gone");
    EXPECT_EQ(h.stateOf(id), "approved");
}

TEST_F(NoGrant, isMadeOfATypeOfOurs) {
    const auto view = h.propose(clerk, "admin.pay", test::paymentOf("1"));
    ASSERT_THAT(view, isOk());
    const ActionId id = view->action.id;
    ASSERT_EQ(ActionHouse::verdict(h.approve(treasurer, id)), "ok");
    h.house.clock().advance(minutes(1));
    EXPECT_EQ(asked(id), "gone");
    EXPECT_EQ(h.stateOf(id), "approved");
    EXPECT_EQ(h.keys.count("grants"), 0);
}

/// A client proposes it for one person, who alone approves it.
class GrantForSomebody : public Grant {
  protected:
    static TypePolicy own() {
        TypePolicy policy = test::grantedPayment();
        policy.proposer_only = true;
        return policy;
    }

    GrantForSomebody() : Grant(own()) {}
};

TEST_F(GrantForSomebody, isTheClientsAndNotHis) {
    Caller bank;
    bank.client = "bank";
    const Proposal payment{
        "payment.release", test::paymentOf("9"), {}, clerk.account().text(), {}, {}};
    const auto proposed = h.service.propose(bank, payment, soon());
    ASSERT_THAT(proposed, isOk());
    const ActionId id = proposed->action.id;
    EXPECT_EQ(proposed->action.action.proposer, clerk.account());
    EXPECT_THAT(h.challenge(treasurer, id), failsWith(ErrorCode::kNotFound));
    // He approves or denies it, and cannot withdraw what is not his.
    EXPECT_THAT(h.service.cancel(clerk.caller(), id, soon()), failsWith(ErrorCode::kNotFound));
    ASSERT_EQ(ActionHouse::verdict(h.approve(clerk, id)), "ok");
    EXPECT_EQ(verdict(ask(id)), "not_found");
    EXPECT_EQ(h.keys.count("grants"), 0);
    EXPECT_EQ(verdict(grants.grant(std::string("bank"), id, resourceOf, soon())), "ok");
}

}  // namespace
}  // namespace sallyport::action
