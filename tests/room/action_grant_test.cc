#include "action/grant.h"
#include "action/issuer_keys.h"
#include "action/tables.h"
#include "tests/support/action_house.h"
#include "tests/support/child_process.h"
#include "tests/support/edited_row.h"
#include "tests/support/matchers.h"
#include "token/claims.h"

#include <gmock/gmock.h>

#include <thread>

/// From an approved action of a relying party to its one redemption.
namespace sallyport::action {
namespace {

using std::chrono::seconds;
using test::ActionHouse;
using test::Approver;
using test::EditedColumn;
using test::failsWith;
using test::isOk;

constexpr const char* kIssuer = "https://id.example";
constexpr const char* kResource = "https://bank.example";

TypePolicy grantedPayment() {
    TypePolicy policy = test::paymentPolicy();
    policy.clients = {"bank"};
    policy.audience = "bank";
    return policy;
}

class GrantTest : public testing::Test {
  protected:
    static Result<std::string> resourceOf(const std::string& client) {
        if (client == "bank") return std::string(kResource);
        return fail(ErrorCode::kGone, "no such client");
    }

    ActionId approved(std::string_view amount = "1250.00") {
        const ActionId id = h.payment(clerk, amount);
        EXPECT_EQ(ActionHouse::verdict(h.approve(treasurer, id)), "ok");
        return id;
    }

    ActionId proposedByClient() {
        Caller bank;
        bank.client = "bank";
        const Proposal payment{"payment.release", test::paymentOf("9"), "invoice-7", {}, {}, {}};
        const auto proposed = h.service.propose(bank, payment, soon());
        EXPECT_THAT(proposed, isOk());
        EXPECT_EQ(ActionHouse::verdict(h.approve(treasurer, proposed->action.id)), "ok");
        return proposed->action.id;
    }

    Result<Grants::Outcome<Grants::Granted>> ask(const ActionId& id) {
        return grants.grant(clerk.account(), id, resourceOf, soon());
    }

    /// The compact grant; aborts the test if there is none.
    std::string granted(const ActionId& id) {
        const auto outcome = ask(id);
        EXPECT_THAT(outcome, isOk());
        return std::string(std::get<Grants::Granted>(*outcome).grant.exposeText());
    }

    static Json live(std::string_view amount = "1250.00") {
        return Json::Object{{"type", "payment.release"}, {"parameters", test::paymentOf(amount)}};
    }

    static Grants::Presented presented(std::string grant, Json action = live()) {
        return {"bank", kResource, std::move(grant), std::move(action), "key-1"};
    }

    /// `ok`, the refusal, or the name of the error.
    template <class T>
    static std::string verdict(const Result<Grants::Outcome<T>>& outcome) {
        if (!outcome) return std::string(name(outcome.error().code));
        const auto* refusal = std::get_if<Grants::Refusal>(&*outcome);
        if (refusal == nullptr) return "ok";
        return *refusal == Grants::Refusal::kAlreadyRedeemed ? "already_redeemed"
                                                             : "action_mismatch";
    }

    std::string redeem(const Grants::Presented& what) {
        return verdict(grants.redeem(what, soon()));
    }

    Json claimsOf(const std::string& grant) {
        const auto jws = token::Jws::parse(grant);
        return Json::parse(asText(jws->payload)).value();
    }

    /// Signed by the mint like a grant, with one claim changed.
    std::string forged(const std::string& grant, const char* claim, const Json& value) {
        const Json claims = claimsOf(grant);
        mint::SignJwt request;
        request.typ = kGrantType;
        request.claims = *claims.asObject();
        request.claims.erase("iss");
        request.claims[claim] = value;
        const auto made = mint::ask<mint::SignedJwt>(h.house.mint(), std::move(request), soon());
        EXPECT_THAT(made, isOk());
        return std::string(made->compact.exposeText());
    }

    static Deadline soon() { return ActionHouse::soon(); }

    ActionHouse h{{}, grantedPayment()};
    Approver clerk = h.somebody("clerk@example.test", {"clerk"});
    Approver treasurer = h.somebody("treasurer@example.test", {"treasurer"});
    Grants grants{{h.house.database(),
                   h.house.mint(),
                   h.house.sealer(),
                   h.approvals,
                   h.execution,
                   h.changes,
                   h.house.clock(),
                   h.house.random()},
                  kIssuer};
};

TEST_F(GrantTest, saysWhatWasApprovedForWhom) {
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

TEST_F(GrantTest, isVerifiedOfflineByPyJwt) {
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

TEST_F(GrantTest, isForItsProposerAlone) {
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

TEST_F(GrantTest, needsApprovalsAndTime) {
    const ActionId waiting = h.payment(clerk);
    EXPECT_EQ(verdict(ask(waiting)), "gone");
    const ActionId late = approved();
    h.house.clock().advance(std::chrono::minutes(5));
    EXPECT_EQ(verdict(ask(late)), "gone");
    EXPECT_EQ(h.house.query("SELECT id FROM grants").size(), 0U);
}

TEST_F(GrantTest, isTheSameAgainUntilItEnds) {
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

TEST_F(GrantTest, isMadeOnceForManyWhoAskAtATime) {
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

TEST_F(GrantTest, isRedeemedOnce) {
    RecordProperty("requirement", "L-04,U-03");
    const ActionId id = approved();
    const std::string grant = granted(id);
    const auto first = grants.redeem(presented(grant), soon());
    ASSERT_EQ(verdict(first), "ok");
    EXPECT_EQ(h.stateOf(id), "redeemed");
    EXPECT_THAT(h.house.eventTypes(), testing::Contains("action.redeemed"));
    Grants::Presented other_key = presented(grant);
    other_key.idempotency_key = "key-2";
    EXPECT_EQ(redeem(other_key), "already_redeemed");
    // Its answer was lost: the same key gets the same one, also when the grant is over.
    h.house.clock().advance(std::chrono::minutes(10));
    const auto again = grants.redeem(presented(grant), soon());
    ASSERT_EQ(verdict(again), "ok");
    EXPECT_EQ(std::get<Grants::Redeemed>(*again).at, std::get<Grants::Redeemed>(*first).at);
    EXPECT_EQ(redeem(other_key), "already_redeemed");
    EXPECT_EQ(redeem(presented(grant, live("1250.01"))), "action_mismatch");
}

TEST_F(GrantTest, isRedeemedOnceByManyAtATime) {
    RecordProperty("requirement", "L-04");
    const std::string grant = granted(approved());
    std::atomic<int> accepted = 0;
    std::atomic<int> late = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 64; ++i) {
        threads.emplace_back([&, i] {
            Grants::Presented mine = presented(grant);
            mine.idempotency_key = "key-" + std::to_string(i);
            const std::string said =
                verdict(grants.redeem(mine, Deadline::after(std::chrono::minutes(2))));
            if (said == "ok") ++accepted;
            if (said == "already_redeemed") ++late;
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(accepted, 1);
    EXPECT_EQ(late, 63);
    EXPECT_THAT(h.house.eventTypes(), testing::Contains("action.redeemed").Times(1));
}

TEST_F(GrantTest, isForTheApprovedActionAlone) {
    RecordProperty("requirement", "U-03");
    const ActionId id = approved();
    const std::string grant = granted(id);
    const Json good = live();
    std::vector<Json> others = {live("1250.01"), live("1251"), live("-1250.00"), live("1e3")};
    for (const auto& [member, value] :
         std::initializer_list<std::pair<const char*, Json>>{{"currency", "USD"},
                                                             {"payee", "Fischer & Sohne"},
                                                             {"iban", "DE02120300000000202051"},
                                                             {"more", "x"},
                                                             {"amount", 1250}}) {
        Json::Object parameters = *good.find("parameters")->asObject();
        parameters[member] = value;
        others.emplace_back(Json::Object{{"type", "payment.release"}, {"parameters", parameters}});
    }
    for (const auto& [member, value] : std::initializer_list<std::pair<const char*, Json>>{
             {"type", "records.export"},
             {"type", "payment.other"},
             {"parameters", Json::Object{}},
             {"parameters", Json::Array{}},
             {"resource", "invoice-7"},
             {"subject", "somebody"},
             {"schema_version", 2},
             {"proposer", treasurer.account().text()},
             {"client", "bank"},
             {"policy_digest", base64url::encode(Digest())}}) {
        Json::Object whole = *good.asObject();
        whole[member] = value;
        others.emplace_back(whole);
    }
    for (const Json& other : others)
        EXPECT_EQ(redeem(presented(grant, other)), "action_mismatch") << other.text();
    for (const Json& bad : {Json(),
                            Json("payment.release"),
                            Json(Json::Object{{"type", "payment.release"}}),
                            Json(Json::Object{{"parameters", test::paymentOf("1")}})}) {
        EXPECT_EQ(redeem(presented(grant, bad)), "invalid_request") << bad.text();
    }
    Json::Object unknown = *good.asObject();
    unknown["amount"] = "1250.00";
    EXPECT_EQ(redeem(presented(grant, unknown)), "invalid_request");
    EXPECT_EQ(h.stateOf(id), "granted");
    // The approved document whole, and the same amount in another spelling.
    EXPECT_EQ(
        redeem(presented(
            grant,
            *claimsOf(grant).find("authorization_details")->asArray()->front().find("action"))),
        "ok");
    EXPECT_EQ(redeem(presented(grant, live("1250"))), "ok");
}

TEST_F(GrantTest, isForItsAudienceAlone) {
    RecordProperty("requirement", "T-13");
    const ActionId id = approved();
    const std::string grant = granted(id);
    Grants::Presented other = presented(grant);
    other.client = "shop";
    EXPECT_EQ(redeem(other), "forbidden");
    other.resource = "https://shop.example";
    EXPECT_EQ(redeem(other), "forbidden");
    other.client = "bank";
    EXPECT_EQ(redeem(other), "forbidden");
    EXPECT_EQ(h.stateOf(id), "granted");
    EXPECT_EQ(redeem(presented(grant)), "ok");
}

TEST_F(GrantTest, isRefusedOnceItsTimeIsOver) {
    const ActionId id = approved();
    const std::string grant = granted(id);
    h.house.clock().advance(seconds(60));
    EXPECT_EQ(redeem(presented(grant)), "forbidden");
    EXPECT_EQ(h.stateOf(id), "granted");
}

TEST_F(GrantTest, isRefusedWhenItIsBent) {
    RecordProperty("requirement", "T-02,T-03");
    const ActionId id = approved();
    const std::string grant = granted(id);
    const std::string other = granted(approved("7.00"));
    const std::size_t dot = grant.rfind('.');
    EXPECT_EQ(redeem(presented(other.substr(0, other.rfind('.')) + grant.substr(dot))),
              "forbidden");
    EXPECT_EQ(redeem(presented(grant.substr(0, dot) + ".")), "forbidden");
    EXPECT_EQ(redeem(presented(grant.substr(0, dot))), "forbidden");
    EXPECT_EQ(redeem(presented("")), "forbidden");
    const auto jws = token::Jws::parse(grant);
    const std::string payload = base64url::encode(jws->payload);
    const auto headed = [&](const std::string& header) {
        return base64url::encode(asBytes(header)) + "." + payload + grant.substr(dot);
    };
    for (const std::string& header :
         {std::string(R"({"alg":"none"})"),
          R"({"alg":"HS256","kid":")" + jws->kid + R"(","typ":"sallyport-grant+jwt"})",
          R"({"alg":"ES256","kid":")" + jws->kid + R"(","typ":"JWT"})",
          std::string(R"({"alg":"ES256","typ":"sallyport-grant+jwt"})"),
          std::string(R"({"alg":"ES256","kid":"other","typ":"sallyport-grant+jwt"})")}) {
        EXPECT_EQ(redeem(presented(headed(header))), "forbidden") << header;
    }
    // What the mint signs, but not as it was granted.
    const Json claims = claimsOf(grant);
    EXPECT_EQ(redeem(presented(forged(grant, "jti", GrantId::random(h.house.random()).text()))),
              "forbidden");
    EXPECT_EQ(redeem(presented(forged(grant, "exp", *claims.find("exp")->asInteger() - 1))),
              "forbidden");
    EXPECT_EQ(redeem(presented(forged(grant, "action_digest", base64url::encode(Digest())))),
              "forbidden");
    EXPECT_EQ(redeem(presented(forged(grant, "aud", "https://shop.example"))), "forbidden");
    EXPECT_EQ(redeem(presented(forged(grant, "aud", Json::Array{kResource}))), "forbidden");
    EXPECT_EQ(h.stateOf(id), "granted");
}

TEST_F(GrantTest, fallsWithItsApprovals) {
    RecordProperty("requirement", "U-02");
    const ActionId id = approved();
    const std::string grant = granted(id);
    h.changeAuthority(treasurer.account(),
                      [](storage::Row& row) { row.set("roles", std::string()); });
    EXPECT_EQ(redeem(presented(grant)), "forbidden");
    EXPECT_EQ(verdict(ask(id)), "gone");
    EXPECT_NE(h.stateOf(id), "redeemed");
}

TEST_F(GrantTest, isRefusedWhenAnEditorWasAtItsRow) {
    const ActionId id = approved();
    const std::string grant = granted(id);
    const storage::Value key =
        *h.house.query("SELECT id FROM grants WHERE action_id = $1", {id}).front().find("id");
    int edits = 0;
    h.house.tamper("UPDATE grants SET redeemed_at = 1 WHERE id = $1", {key});
    EXPECT_NE(redeem(presented(grant)), "ok");
    h.house.tamper("UPDATE grants SET redeemed_at = NULL WHERE id = $1", {key});
    for (const auto& column : grantsTable().columns) {
        if (column.name == "redeemed_at") continue;  // NULL until it is redeemed
        const EditedColumn edit(h.house, grantsTable(), key, column.name);
        ASSERT_TRUE(edit.done()) << column.name;
        EXPECT_NE(redeem(presented(grant)), "ok") << column.name;
        ++edits;
    }
    EXPECT_EQ(edits + 1, static_cast<int>(grantsTable().columns.size()));
    EXPECT_GE(h.house.integrityReports().size(), grantsTable().columns.size() - 1);
    EXPECT_EQ(redeem(presented(grant)), "ok");
}

TEST_F(GrantTest, isNotBroughtBackByAnEditor) {
    RecordProperty("requirement", "L-04");
    const ActionId id = approved();
    const std::string grant = granted(id);
    const auto before = h.house.query("SELECT * FROM grants").front();
    ASSERT_EQ(redeem(presented(grant)), "ok");
    // His own older row is right again by itself, but the action says that it was redeemed.
    h.house.tamper(
        "UPDATE grants SET redeemed_at = NULL, idempotency_hash = NULL, version = $1, seal_gen = "
        "$2, seal = $3",
        {*before.find("version"), *before.find("seal_gen"), *before.find("seal")});
    Grants::Presented other_key = presented(grant);
    other_key.idempotency_key = "key-2";
    EXPECT_NE(redeem(other_key), "ok");
    EXPECT_THAT(h.house.eventTypes(), testing::Contains("action.redeemed").Times(1));
}

TEST_F(GrantTest, isForgottenADayAfterItsEnd) {
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

}  // namespace
}  // namespace sallyport::action
