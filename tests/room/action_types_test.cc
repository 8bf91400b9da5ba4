#include "action/issuer_keys.h"
#include "action/tables.h"
#include "tests/support/action_house.h"
#include "tests/support/jwt_signer.h"
#include "tests/support/matchers.h"

#include <gmock/gmock.h>

/// Which types and which rows there can be.
namespace sallyport::action {
namespace {

using test::ActionHouse;
using test::Approver;
using test::failsWith;
using test::isOk;

std::vector<Type> oneType(Type type) {
    std::vector<Type> types;
    types.push_back(std::move(type));
    return types;
}

TEST(ActionTypes, areRefusedWhereTheyPromiseWhatTheyDoNot) {
    const auto refused = [](void (*change)(Type&)) {
        Type type;
        type.policy = test::paymentPolicy();
        change(type);
        return Types::make(oneType(std::move(type)));
    };
    EXPECT_THAT(refused([](Type&) {}), isOk());
    EXPECT_THAT(refused([](Type& t) { t.policy.type = "admin.pay"; }),
                failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(refused([](Type& t) { t.mode = Mode::kClaim; }),
                failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(refused([](Type& t) { t.policy.approvers = 0; }),
                failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(refused([](Type& t) {
                    t.policy.type = "credential.x";
                    t.mode = Mode::kClaim;
                }),
                failsWith(ErrorCode::kInvalidRequest))
        << "clients";
    std::vector<Type> twice;
    for (int i = 0; i < 2; ++i) {
        twice.emplace_back();
        twice.back().policy = test::paymentPolicy();
    }
    EXPECT_THAT(Types::make(std::move(twice)), failsWith(ErrorCode::kInvalidRequest));
}

/// A type of ours that answers whoever approves it.
Type answering() {
    Type type;
    type.policy = test::paymentPolicy();
    type.policy.type = "admin.x";
    type.policy.clients.clear();
    type.mode = Mode::kAnswer;
    type.prepare = [](const ActionRow&, const std::vector<Counted>&, Deadline) {
        return Result<Effect>(Effect());
    };
    return type;
}

TEST(ActionTypes, ofOursAreRefusedWhereNothingCanComeOfThem) {
    const auto made = [](const std::function<void(Type&)>& change) {
        Type type = answering();
        change(type);
        return Types::make(oneType(std::move(type)));
    };
    EXPECT_THAT(made([](Type&) {}), isOk());
    EXPECT_THAT(made([](Type& t) { t.policy.delay = std::chrono::seconds(1); }),
                failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(made([](Type& t) { t.prepare = nullptr; }), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(made([](Type& t) { t.mode = Mode::kClaim; }), failsWith(ErrorCode::kInvalidRequest))
        << "claimed, and executed";
    EXPECT_THAT(made([](Type& t) {
                    t.mode = Mode::kRaise;
                    t.prepare = nullptr;
                }),
                failsWith(ErrorCode::kInvalidRequest))
        << "raised by others";
    EXPECT_THAT(made([](Type& t) {
                    t.mode = Mode::kRaise;
                    t.prepare = nullptr;
                    t.policy.proposer_only = true;
                }),
                isOk());
}

TEST(ActionStates, haveOneNameEach) {
    for (const State state : {State::kProposed,
                              State::kApproved,
                              State::kExecuting,
                              State::kExecuted,
                              State::kGranted,
                              State::kRedeemed,
                              State::kExpired,
                              State::kDenied,
                              State::kCancelled,
                              State::kFailed}) {
        EXPECT_EQ(stateFromName(name(state)), state);
    }
    EXPECT_EQ(stateFromName("done"), std::nullopt);
}

class ActionRows : public testing::Test {
  protected:
    storage::Value keyOf(const std::string& table) {
        return *h.house.query("SELECT id FROM " + table).front().find("id");
    }

    ActionHouse h;
    Approver clerk = h.somebody("clerk@example.test", {"clerk"});
    Approver treasurer = h.somebody("treasurer@example.test", {"treasurer"});
    ActionId id = h.payment(clerk);
};

TEST_F(ActionRows, areReadOfTheirOwnTableAlone) {
    ASSERT_THAT(h.challenge(treasurer, id), isOk());
    const auto challenge = h.verified(challengesTable(), keyOf("approval_challenges"));
    ASSERT_EQ(ActionHouse::verdict(h.approve(treasurer, id)), "ok");
    const auto action = h.verified(actionsTable(), id);
    const auto approval = h.verified(approvalsTable(), keyOf("approvals"));
    EXPECT_THAT(actionFrom(action), isOk());
    EXPECT_THAT(challengeFrom(challenge), isOk());
    EXPECT_THAT(approvalFrom(approval), isOk());
    EXPECT_THAT(actionFrom(approval), failsWith(ErrorCode::kInternal));
    EXPECT_THAT(challengeFrom(approval), failsWith(ErrorCode::kInternal));
    EXPECT_THAT(approvalFrom(challenge), failsWith(ErrorCode::kInternal));
}

TEST_F(ActionRows, areNotReadWhenTheySayNothing) {
    const std::vector<std::pair<const char*, storage::Value>> bends = {
        {"state", "done"},
        {"digest", Bytes(32, 1)},
        {"parameters", "amount"},
        {"parameters", "[]"},
        {"required", std::int64_t{1} << 32},
    };
    for (const auto& [column, value] : bends) {
        const ActionId bent = h.payment(clerk);
        h.reseal(actionsTable(), bent, [&, name = column, to = value](storage::Row& row) {
            row.set(name, to);
        });
        EXPECT_THAT(h.approvals.read(bent, ActionHouse::soon()), failsWith(ErrorCode::kIntegrity))
            << column;
    }
    ASSERT_EQ(ActionHouse::verdict(h.approve(treasurer, id)), "ok");
    const auto key = keyOf("approvals");
    h.reseal(approvalsTable(), key, [](storage::Row& row) { row.set("channel", "phone"); });
    EXPECT_THAT(approvalFrom(h.verified(approvalsTable(), key)), failsWith(ErrorCode::kIntegrity));
    h.reseal(approvalsTable(), key, [](storage::Row& row) { row.set("channel", "browser"); });
    EXPECT_THAT(approvalFrom(h.verified(approvalsTable(), key)), isOk());
}

/// A mint that lists one key for signing tokens, whatever it is.
class OneKeyMint final : public mint::Mint {
  public:
    explicit OneKeyMint(hsm::KeyAlgorithm algorithm, Bytes spki)
        : algorithm_(algorithm), spki_(std::move(spki)) {}

    Result<std::vector<mint::Answer>> perform(std::vector<mint::Request> /*requests*/,
                                              Deadline /*deadline*/) override {
        mint::PublicKeyList list;
        list.keys.push_back(
            {{hsm::KeyPurpose::kTokenSign, 1}, mint::KeyState::kActive, algorithm_, spki_, "kid"});
        std::vector<mint::Answer> answers;
        answers.emplace_back(std::move(list));
        return answers;
    }

    std::map<std::string, std::uint64_t> counters() const override { return {}; }

    hsm::Health health() const override { return {}; }

  private:
    hsm::KeyAlgorithm algorithm_;
    Bytes spki_;
};

TEST(IssuerKeys, areRefusedWhereTheyVerifyNothing) {
    const Bytes spki = test::JwtSigner().spki();
    OneKeyMint good(hsm::KeyAlgorithm::kEs256, spki);
    const auto keys = issuerKeys(good, ActionHouse::soon());
    ASSERT_THAT(keys, isOk());
    ASSERT_EQ(keys->size(), 1U);
    EXPECT_EQ(keys->front().kid(), "kid");
    for (const auto algorithm : {hsm::KeyAlgorithm::kHmacSha256, hsm::KeyAlgorithm::kAes256Gcm}) {
        OneKeyMint other(algorithm, spki);
        EXPECT_THAT(issuerKeys(other, ActionHouse::soon()), failsWith(ErrorCode::kInternal));
    }
    OneKeyMint rsa(hsm::KeyAlgorithm::kRs256, spki);
    EXPECT_THAT(issuerKeys(rsa, ActionHouse::soon()), failsWith(ErrorCode::kInternal));
    OneKeyMint junk(hsm::KeyAlgorithm::kEs256, Bytes(91, 1));
    EXPECT_THAT(issuerKeys(junk, ActionHouse::soon()), failsWith(ErrorCode::kInternal));
}

}  // namespace
}  // namespace sallyport::action
