#include "action/tables.h"
#include "tests/support/edited_row.h"
#include "tests/support/grant_house.h"
#include "tests/support/jwt_signer.h"

#include <thread>

/// From a grant to its one redemption.
namespace sallyport::action {
namespace {

using std::chrono::seconds;
using test::ActionHouse;
using test::EditedColumn;
using test::InterruptedMint;
using test::isOk;
using test::kIssuer;
using test::kResource;

using Redemption = test::GrantHouse;

TEST_F(Redemption, isRedeemedOnce) {
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

TEST_F(Redemption, isRedeemedOnceByManyAtATime) {
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

TEST_F(Redemption, isForTheApprovedActionAlone) {
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

TEST_F(Redemption, isForItsAudienceAlone) {
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

TEST_F(Redemption, isRefusedOnceItsTimeIsOver) {
    const ActionId id = approved();
    const std::string grant = granted(id);
    h.house.clock().advance(seconds(60));
    EXPECT_EQ(redeem(presented(grant)), "forbidden");
    EXPECT_EQ(h.stateOf(id), "granted");
}

TEST_F(Redemption, isRefusedWhenItIsBent) {
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

TEST_F(Redemption, fallsWithItsApprovals) {
    RecordProperty("requirement", "U-02");
    const ActionId id = approved();
    const std::string grant = granted(id);
    h.changeAuthority(treasurer.account(),
                      [](storage::Row& row) { row.set("roles", std::string()); });
    EXPECT_EQ(redeem(presented(grant)), "forbidden");
    EXPECT_EQ(verdict(ask(id)), "gone");
    EXPECT_NE(h.stateOf(id), "redeemed");
}

TEST_F(Redemption, isRefusedWhenAnEditorWasAtItsRow) {
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

TEST_F(Redemption, isNotBroughtBackByAnEditor) {
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
    EXPECT_EQ(redeem(other_key), "conflict");
    EXPECT_THAT(h.house.eventTypes(), testing::Contains("action.redeemed").Times(1));
}

TEST_F(Redemption, isRefusedWhenAnEditorWasAtItsAction) {
    const ActionId id = approved();
    const std::string grant = granted(id);
    const EditedColumn edit(h.house, actionsTable(), id, "parameters");
    ASSERT_TRUE(edit.done());
    EXPECT_EQ(redeem(presented(grant)), "forbidden");
    EXPECT_THAT(h.house.eventTypes(), testing::Not(testing::Contains("action.redeemed")));
}

TEST_F(Redemption, isRefusedWhenAnEditorPutsTheActionBack) {
    RecordProperty("requirement", "L-04");
    const ActionId id = approved();
    const auto before = h.house.query("SELECT * FROM actions WHERE id = $1", {id}).front();
    const std::string grant = granted(id);
    // The row as it was before the grant has a seal that holds.
    h.house.tamper("UPDATE actions SET state = $1, version = $2, seal_gen = $3, seal = $4",
                   {*before.find("state"),
                    *before.find("version"),
                    *before.find("seal_gen"),
                    *before.find("seal")});
    ASSERT_EQ(h.stateOf(id), "approved");
    EXPECT_EQ(redeem(presented(grant)), "forbidden");
    EXPECT_EQ(h.stateOf(id), "approved");
}

TEST_F(Redemption, isRefusedWhenItsProposerMayNoLongerProposeIt) {
    const ActionId id = approved();
    const std::string grant = granted(id);
    h.changeAuthority(clerk.account(), [](storage::Row& row) { row.set("roles", ""); });
    EXPECT_EQ(redeem(presented(grant)), "forbidden");
    EXPECT_EQ(h.stateOf(id), "granted");
}

TEST_F(Redemption, isRefusedWhenAnApproverIsDemotedMeanwhile) {
    const ActionId id = approved();
    const std::string grant = granted(id);
    h.mint.once(InterruptedMint::sealing("grants"), [this] {
        h.changeAuthority(treasurer.account(), [](storage::Row& row) { row.set("roles", ""); });
    });
    EXPECT_EQ(redeem(presented(grant)), "forbidden");
    EXPECT_EQ(h.stateOf(id), "granted");
}

TEST_F(Redemption, saysThatSomebodyWasFasterMeanwhile) {
    const ActionId id = approved();
    const std::string grant = granted(id);
    h.mint.once(InterruptedMint::checking("grants"), [&] {
        Grants::Presented other = presented(grant);
        other.idempotency_key = "key-2";
        EXPECT_EQ(redeem(other), "ok");
    });
    EXPECT_EQ(redeem(presented(grant)), "already_redeemed");
    EXPECT_THAT(h.house.eventTypes(), testing::Contains("action.redeemed").Times(1));
}

/// The mint, whose keys for signing tokens are one of the test's: it signs whatever a test wants.
class OtherKeyMint final : public mint::Mint {
  public:
    OtherKeyMint(mint::Mint& mint, Bytes spki) : mint_(mint), spki_(std::move(spki)) {}

    Result<std::vector<mint::Answer>> perform(std::vector<mint::Request> requests,
                                              Deadline deadline) override {
        if (!std::holds_alternative<mint::PublicKeys>(requests.front()))
            return mint_.perform(std::move(requests), deadline);
        mint::PublicKeyList list;
        list.keys.push_back({{hsm::KeyPurpose::kTokenSign, 1},
                             mint::KeyState::kActive,
                             hsm::KeyAlgorithm::kEs256,
                             spki_,
                             "other"});
        std::vector<mint::Answer> answers;
        answers.emplace_back(std::move(list));
        return answers;
    }

    std::map<std::string, std::uint64_t> counters() const override { return mint_.counters(); }

    hsm::Health health() const override { return mint_.health(); }

  private:
    mint::Mint& mint_;
    Bytes spki_;
};

TEST_F(Redemption, isOfAGrantWithEveryClaimOfOne) {
    RecordProperty("requirement", "T-02,T-13");
    const ActionId id = approved();
    const Json::Object claims = *claimsOf(granted(id)).asObject();
    const test::JwtSigner signer(token::Algorithm::kEs256, "other");
    OtherKeyMint mint(h.house.mint(), signer.spki());
    const auto grantsOf = [&](const char* issuer) {
        return Grants({h.house.database(),
                       mint,
                       h.sealer,
                       h.approvals,
                       h.execution,
                       h.changes,
                       h.house.clock(),
                       h.house.random()},
                      issuer);
    };
    Grants ours = grantsOf(kIssuer);
    const auto said = [&](const std::string& token) {
        return verdict(ours.redeem(presented(token), soon()));
    };
    for (const char* claim : {"iss", "aud", "jti", "action_digest", "exp"}) {
        Json::Object without = claims;
        without.erase(claim);
        EXPECT_EQ(said(signer.sign(without, kGrantType)), "forbidden") << "without " << claim;
        for (const Json& value : {Json(5), Json("x"), Json(Json::Array{claims.at(claim)})}) {
            Json::Object wrong = claims;
            wrong[claim] = value;
            EXPECT_EQ(said(signer.sign(wrong, kGrantType)), "forbidden")
                << claim << " " << value.text();
        }
    }
    Json::Object shorter = claims;
    shorter["action_digest"] = base64url::encode(Bytes(31, 1));
    EXPECT_EQ(said(signer.sign(shorter, kGrantType)), "forbidden");
    for (const char* typ : {"JWT", "at+jwt", "logout+jwt"})
        EXPECT_EQ(said(signer.sign(claims, typ)), "forbidden") << typ;
    EXPECT_EQ(
        said(signer.signText(R"({"alg":"ES256","kid":"other","typ":"sallyport-grant+jwt"})", "[]")),
        "forbidden");
    Grants others = grantsOf("https://other.example");
    EXPECT_EQ(verdict(others.redeem(presented(signer.sign(claims, kGrantType)), soon())),
              "forbidden");
    EXPECT_EQ(h.stateOf(id), "granted");
    EXPECT_EQ(said(signer.sign(claims, kGrantType)), "ok");
}

}  // namespace
}  // namespace sallyport::action
