#include "account/authority.h"
#include "action/tables.h"
#include "credential/tables.h"
#include "tests/support/action_house.h"
#include "tests/support/matchers.h"

#include <gmock/gmock.h>

/// An approval counts only while all of it is right: each condition alone, seals and signature
/// being good.
namespace sallyport::action {
namespace {

using std::chrono::seconds;
using test::ActionHouse;
using test::Approver;
using test::failsWith;
using test::InterruptedMint;
using test::isOk;
using testing::IsEmpty;

TypePolicy strictPayment() {
    TypePolicy policy = test::paymentPolicy();
    policy.channel = Channel::kBrowser;
    policy.acr = "phrh";
    return policy;
}

class ActionApproval : public testing::Test {
  protected:
    ActionId approved() {
        const ActionId id = h.payment(clerk);
        EXPECT_EQ(ActionHouse::verdict(h.approve(treasurer, id)), "ok");
        return id;
    }

    std::size_t counted(const ActionId& id) {
        const auto standing = h.approvals.judge(id, ActionHouse::soon());
        EXPECT_THAT(standing, isOk());
        return standing ? standing->counted.size() : 99;
    }

    storage::Value keyOf(const std::string& table, const ActionId& id) {
        return *h.house.query("SELECT id FROM " + table + " WHERE action_id = $1", {id})
                    .front()
                    .find("id");
    }

    /// What the treasurer's key answers to this transcript.
    Json touched(const Transcript& transcript) {
        test::BrowserCeremony ceremony;
        ceremony.challenge = copyBytes(*transcript.challenge());
        ceremony.origin =
            transcript.channel == Channel::kCli ? test::kKeyCliOrigin : test::kKeyOrigin;
        ceremony.rp_id = h.keys.options.rp_id;
        return test::asserted(treasurer.key, ceremony);
    }

    /// Puts an approval into the place of the stored one, touched anew if it says so.
    void bend(const ActionId& id, const std::function<void(ApprovalRow&)>& change, bool touch) {
        const auto key = keyOf("approvals", id);
        auto approval = approvalFrom(h.verified(approvalsTable(), key));
        ASSERT_THAT(approval, isOk());
        change(*approval);
        if (touch) {
            const auto action = h.approvals.read(id, ActionHouse::soon());
            ASSERT_THAT(action, isOk());
            const auto parsed =
                fido::AssertionResponse::parse(touched(approval->transcript(action->first.action)));
            const auto& response = std::get<fido::AssertionResponse>(parsed);
            approval->client_data_json = response.client_data_json;
            approval->authenticator_data = response.authenticator_data;
            approval->signature = response.signature;
        }
        h.reseal(approvalsTable(), key, [&](storage::Row& row) { row = rowOf(*approval); });
    }

    void suspendKeyOf(const Approver& somebody) {
        const auto change =
            h.keys.credentials.prepareSuspension(h.keys.authority(somebody.account()),
                                                 h.keys.live(somebody.account()).front().id,
                                                 std::nullopt,
                                                 h.house.clock().now(),
                                                 ActionHouse::soon());
        ASSERT_THAT(change, isOk());
        ASSERT_THAT(h.house.database().write(ActionHouse::soon(),
                                             [&](storage::Transaction& transaction) {
                                                 return credential::Credentials::write(transaction,
                                                                                       *change);
                                             }),
                    isOk());
    }

    ActionHouse h{{}, strictPayment()};
    Approver clerk = h.somebody("clerk@example.test", {"clerk"});
    Approver treasurer = h.somebody("treasurer@example.test", {"treasurer"});
};

struct BentApproval {
    const char* name;
    std::function<void(ApprovalRow&)> change;
    bool touch = true;
};

TEST_F(ActionApproval, countsOnlyAsItWasGiven) {
    RecordProperty("requirement", "U-02");
    const ActionId good = approved();
    bend(
        good, [](ApprovalRow&) {}, true);
    EXPECT_EQ(counted(good), 1U) << "the way of bending";
    const std::vector<BentApproval> all = {
        {"epoch", [](ApprovalRow& a) { a.account_epoch += 1; }},
        {"person", [this](ApprovalRow& a) { a.person = PersonId::random(h.house.random()); }},
        {"channel", [](ApprovalRow& a) { a.channel = Channel::kCli; }},
        {"key", [this](ApprovalRow& a) { a.credential = CredentialId::random(h.house.random()); }},
        {"acr", [](ApprovalRow& a) { a.acr = "phr"; }},
        {"language", [](ApprovalRow& a) { a.locale = "fr"; }},
        {"text", [](ApprovalRow& a) { a.text = "Release 1.00 EUR"; }},
        {"template", [](ApprovalRow& a) { a.template_version = 2; }},
        {"before_it_was_asked_for", [](ApprovalRow& a) { a.created = a.issued - Duration(1); }},
        {"when_its_challenge_was_over", [](ApprovalRow& a) { a.created = a.expires; }},
        {"when_the_action_was_over",
         [](ApprovalRow& a) {
             a.created = a.issued + std::chrono::minutes(5);
             a.expires = a.created + seconds(1);
         }},
        {"not_what_was_signed", [](ApprovalRow& a) { a.nonce[0] ^= 1U; }, false},
    };
    for (const BentApproval& bent : all) {
        const ActionId id = approved();
        ASSERT_EQ(counted(id), 1U) << bent.name;
        bend(id, bent.change, bent.touch);
        EXPECT_EQ(counted(id), 0U) << bent.name;
    }
    EXPECT_THAT(h.house.integrityReports(), IsEmpty());
}

TEST_F(ActionApproval, countsNoLongerWhenItsApproverIsFrozenOrHasNoRole) {
    const ActionId id = approved();
    // Also where nobody gave him another epoch.
    h.changeAuthority(treasurer.account(), [](storage::Row& row) { row.set("status", "frozen"); });
    EXPECT_EQ(counted(id), 0U);
    h.changeAuthority(treasurer.account(), [](storage::Row& row) { row.set("status", "active"); });
    EXPECT_EQ(counted(id), 1U);
    h.changeAuthority(treasurer.account(), [](storage::Row& row) { row.set("roles", "clerk"); });
    EXPECT_EQ(counted(id), 0U);
}

TEST_F(ActionApproval, countsNoLongerWhenItsKeyIsSuspended) {
    const ActionId id = approved();
    suspendKeyOf(treasurer);
    EXPECT_EQ(counted(id), 0U);
}

TEST_F(ActionApproval, countsNoLongerWhenItsKeyIsFoundWeaker) {
    const ActionId id = approved();
    h.reseal(credential::credentialsTable(),
             h.keys.live(treasurer.account()).front().id,
             [](storage::Row& row) { row.set("attestation", "unverified"); });
    EXPECT_EQ(counted(id), 0U);
}

TEST_F(ActionApproval, isJudgedByTheNumberThatItsPolicyAsksFor) {
    const ActionId id = approved();
    h.reseal(actionsTable(), id, [](storage::Row& row) { row.set("required", std::int64_t{2}); });
    EXPECT_THAT(h.approvals.judge(id, ActionHouse::soon()), failsWith(ErrorCode::kGone));
}

TEST_F(ActionApproval, restsOnEveryRowThatItWasJudgedBy) {
    const std::vector<std::pair<const char*, std::function<void(const ActionId&)>>> changes = {
        {"action",
         [this](const ActionId& id) { h.reseal(actionsTable(), id, [](storage::Row&) {}); }},
        {"proposer",
         [this](const ActionId&) { h.changeAuthority(clerk.account(), [](storage::Row&) {}); }},
        {"approver",
         [this](const ActionId&) { h.changeAuthority(treasurer.account(), [](storage::Row&) {}); }},
        {"approval",
         [this](const ActionId& id) {
             h.reseal(approvalsTable(), keyOf("approvals", id), [](storage::Row&) {});
         }},
    };
    for (const auto& [name, change] : changes) {
        const ActionId id = approved();
        const auto standing = h.approvals.judge(id, ActionHouse::soon());
        ASSERT_THAT(standing, isOk());
        const auto unchanged = [&] {
            return h.house.database().write(ActionHouse::soon(),
                                            [&](storage::Transaction& transaction) {
                                                return standing->isUnchanged(transaction);
                                            });
        };
        EXPECT_THAT(unchanged(), isOk()) << name;
        change(id);
        EXPECT_THAT(unchanged(), failsWith(ErrorCode::kConflict)) << name;
    }
}

struct BentChallenge {
    const char* name;
    std::function<void(ChallengeRow&)> change;
};

TEST_F(ActionApproval, answersNoChallengeOfOtherRules) {
    const std::vector<BentChallenge> all = {
        {"ok", [](ChallengeRow&) {}},
        {"language", [](ChallengeRow& c) { c.locale = "fr"; }},
        {"template", [](ChallengeRow& c) { c.template_version = 2; }},
        {"text", [](ChallengeRow& c) { c.text_hash[0] ^= 1U; }},
        {"acr", [](ChallengeRow& c) { c.acr = "phr"; }},
        {"channel", [](ChallengeRow& c) { c.channel = Channel::kCli; }},
    };
    for (const BentChallenge& bent : all) {
        const ActionId id = h.payment(clerk);
        const auto asked = h.challenge(treasurer, id);
        ASSERT_THAT(asked, isOk());
        const auto key = keyOf("approval_challenges", id);
        auto challenge = challengeFrom(h.verified(challengesTable(), key));
        ASSERT_THAT(challenge, isOk());
        bent.change(*challenge);
        h.reseal(challengesTable(), key, [&](storage::Row& row) { row = rowOf(*challenge); });
        Transcript transcript = asked->transcript;
        transcript.locale = challenge->locale;
        transcript.template_version = challenge->template_version;
        transcript.acr = challenge->acr;
        transcript.channel = challenge->channel;
        const bool good = std::string_view(bent.name) == "ok";
        EXPECT_EQ(ActionHouse::verdict(h.answer(treasurer, id, touched(transcript))),
                  good ? "ok" : "transcript")
            << bent.name;
        EXPECT_EQ(h.stateOf(id), good ? "approved" : "proposed") << bent.name;
    }
}

TEST_F(ActionApproval, isNotGivenByAKeyThatDoesNotReachTheAcr) {
    const auto add = h.propose(treasurer, "credential.add");
    ASSERT_THAT(add, isOk());
    ASSERT_EQ(ActionHouse::verdict(h.approve(treasurer, add->action.id)), "ok");
    test::KeyModel model;
    model.attestation = test::KeyModel::Attestation::kNone;
    test::VirtualKey weak(model);
    ASSERT_THAT(h.keys.enrol(treasurer.session, weak, std::nullopt, add->action.id), isOk());
    const ActionId id = h.payment(clerk);
    const auto asked = h.challenge(treasurer, id);
    ASSERT_THAT(asked, isOk());
    EXPECT_EQ(asked->options.find("allowCredentials")->asArray()->size(), 1U);
    // Nobody is kept from touching the other one.
    test::BrowserCeremony ceremony = test::request(asked->options);
    ceremony.allow.clear();
    EXPECT_EQ(ActionHouse::verdict(h.answer(treasurer, id, test::asserted(weak, ceremony))), "acr");
    EXPECT_EQ(h.stateOf(id), "proposed");
}

TEST_F(ActionApproval, isNotAskedOfAKeyThatIsSuspended) {
    const Approver visitor = treasurer.in(h.keys.inbox(treasurer.person), treasurer.key);
    const ActionId id = h.payment(clerk);
    ASSERT_THAT(h.challenge(visitor, id), isOk());
    suspendKeyOf(treasurer);
    EXPECT_THAT(h.challenge(visitor, id), failsWith(ErrorCode::kForbidden));
}

TEST_F(ActionApproval, ofACopiedKeyIsNoticed) {
    test::VirtualKey copy = treasurer.key.clone();
    approved();
    const ActionId id = h.payment(clerk);
    const auto asked = h.challenge(treasurer, id);
    ASSERT_THAT(asked, isOk());
    EXPECT_EQ(ActionHouse::verdict(
                  h.answer(treasurer, id, test::asserted(copy, test::request(asked->options)))),
              "counter_regression");
    EXPECT_EQ(h.stateOf(id), "proposed");
    EXPECT_EQ(h.keys.live(treasurer.account()).front().status,
              credential::CredentialStatus::kFrozen);
}

TEST_F(ActionApproval, isAskedForOnceInASessionAndOnceInEach) {
    const ActionId id = h.payment(clerk);
    const auto first = h.challenge(treasurer, id);
    ASSERT_THAT(first, isOk());
    ASSERT_THAT(h.challenge(treasurer, id), isOk());
    EXPECT_EQ(h.keys.count("approval_challenges"), 1);
    EXPECT_NE(ActionHouse::verdict(h.answer(treasurer, id, h.touch(treasurer, *first))), "ok");
    const auto again = h.challenge(treasurer, id);
    ASSERT_THAT(again, isOk());
    const auto session = h.keys.signIn(treasurer.person, treasurer.key);
    ASSERT_THAT(session, isOk());
    const Approver elsewhere = treasurer.in(*session, treasurer.key);
    ASSERT_THAT(h.challenge(elsewhere, id), isOk());
    EXPECT_EQ(h.keys.count("approval_challenges"), 2);
    EXPECT_EQ(ActionHouse::verdict(h.answer(treasurer, id, h.touch(treasurer, *again))), "ok");
}

TEST_F(ActionApproval, isNotWrittenWhenItsProposerLosesHisRoleMeanwhile) {
    const ActionId id = h.payment(clerk);
    h.mint.once(InterruptedMint::sealing("approvals"), [this] {
        h.changeAuthority(clerk.account(), [](storage::Row& row) { row.set("roles", ""); });
    });
    EXPECT_EQ(ActionHouse::verdict(h.approve(treasurer, id)), "gone");
    EXPECT_EQ(h.keys.count("approvals"), 0);
    EXPECT_EQ(h.stateOf(id), "failed");
}

TEST_F(ActionApproval, isNotWrittenWhenItsApproverLosesHisRoleMeanwhile) {
    const ActionId id = h.payment(clerk);
    h.mint.once(InterruptedMint::sealing("approvals"), [this] {
        h.changeAuthority(treasurer.account(), [](storage::Row& row) { row.set("roles", ""); });
    });
    EXPECT_EQ(ActionHouse::verdict(h.approve(treasurer, id)), "not_found");
    EXPECT_EQ(h.keys.count("approvals"), 0);
    EXPECT_EQ(h.stateOf(id), "proposed");
}

TEST_F(ActionApproval, spendsTheVeryChallengeThatWasVerified) {
    const ActionId id = h.payment(clerk);
    h.mint.once(InterruptedMint::checking("approval_challenges"), [this] {
        EXPECT_EQ(h.house.tamper("UPDATE approval_challenges SET seal = $1", {Bytes(32, 1)}), 1);
    });
    EXPECT_EQ(ActionHouse::verdict(h.approve(treasurer, id)), "challenge");
    EXPECT_EQ(h.stateOf(id), "proposed");
}

TEST_F(ActionApproval, isNotGivenByAKeyWhoseEnrolmentIsGone) {
    const ActionId id = h.payment(clerk);
    EXPECT_EQ(h.house.tamper("DELETE FROM attestations"), 2);
    EXPECT_EQ(ActionHouse::verdict(h.approve(treasurer, id)), "integrity");
    EXPECT_EQ(h.keys.count("approvals"), 0);
    EXPECT_EQ(h.stateOf(id), "proposed");
}

TEST_F(ActionApproval, isGivenByNoClient) {
    const ActionId id = h.payment(clerk);
    Caller bank;
    bank.client = "bank";
    EXPECT_EQ(
        ActionHouse::verdict(h.service.approve(bank, id, Json::Object{}, ActionHouse::soon())),
        "forbidden");
    EXPECT_THAT(h.service.challenge(bank, id, ActionHouse::soon()),
                failsWith(ErrorCode::kForbidden));
    EXPECT_THAT(h.service.deny(bank, id, ActionHouse::soon()), failsWith(ErrorCode::kForbidden));
    EXPECT_EQ(h.stateOf(id), "proposed");
}

}  // namespace
}  // namespace sallyport::action
