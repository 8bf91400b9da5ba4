#include "tests/support/action_house.h"
#include "tests/support/matchers.h"

#include <gmock/gmock.h>

/// Who proposes what, and for whom.
namespace sallyport::action {
namespace {

using test::ActionHouse;
using test::Approver;
using test::failsWith;
using test::isOk;

class ActionProposal : public testing::Test {
  protected:
    explicit ActionProposal(const TypePolicy& payment = test::paymentPolicy()) : h({}, payment) {}

    static std::string verdict(const Result<fido::Judged<Approved>>& judged) {
        return ActionHouse::verdict(judged);
    }

    Caller bank() {
        Caller caller;
        caller.client = "bank";
        return caller;
    }

    static Proposal payment() { return {"payment.release", test::paymentOf("9"), {}, {}, {}, {}}; }

    Result<View> propose(const Caller& caller, const Proposal& proposal) {
        return h.service.propose(caller, proposal, ActionHouse::soon());
    }

    ActionHouse h;
    Approver clerk = h.somebody("clerk@example.test", {"clerk"});
    Approver treasurer = h.somebody("treasurer@example.test", {"treasurer"});
};

TEST_F(ActionProposal, onlyListedTypesAreProposedByThoseWhoMay) {
    EXPECT_THAT(h.propose(clerk, "payment.other"), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(h.propose(treasurer, "payment.release", test::paymentOf("1")),
                failsWith(ErrorCode::kForbidden));
    EXPECT_THAT(h.propose(clerk, "payment.release", Json::Object{{"amount", "1"}}),
                failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(h.propose(clerk, "payment.release", test::paymentOf("0.00")),
                failsWith(ErrorCode::kInvalidRequest));
    Proposal with_redirect{"payment.release", test::paymentOf("1"), {}, {}, "https://x", {}};
    EXPECT_THAT(h.service.propose(clerk.caller(), with_redirect, ActionHouse::soon()),
                failsWith(ErrorCode::kInvalidRequest));
    Proposal spoofed{"payment.release", test::paymentOf("1"), "a\u202eb", {}, {}, {}};
    EXPECT_THAT(h.service.propose(clerk.caller(), spoofed, ActionHouse::soon()),
                failsWith(ErrorCode::kInvalidRequest));
}

TEST_F(ActionProposal, aClientProposesItsTypesAndNeverBuiltInOnes) {
    const Proposal payment{"payment.release", test::paymentOf("9"), "invoice-7", {}, {}, "s1"};
    const auto proposed = h.service.propose(bank(), payment, ActionHouse::soon());
    ASSERT_THAT(proposed, isOk());
    EXPECT_TRUE(proposed->proposed);
    EXPECT_THAT(proposed->text, testing::HasSubstr("concerning “invoice-7”"));
    EXPECT_EQ(verdict(h.approve(treasurer, proposed->action.id)), "ok");

    Caller other = bank();
    other.client = "shop";
    EXPECT_THAT(h.service.propose(other, payment, ActionHouse::soon()),
                failsWith(ErrorCode::kForbidden));
    EXPECT_THAT(h.service.read(other, proposed->action.id, Duration::zero(), ActionHouse::soon()),
                failsWith(ErrorCode::kNotFound));
    for (const auto& type : h.types.all()) {
        if (!isBuiltIn(type.first)) continue;
        const Proposal built_in{type.first, {}, {}, clerk.account().text(), {}, {}};
        EXPECT_THAT(h.service.propose(bank(), built_in, ActionHouse::soon()),
                    failsWith(ErrorCode::kForbidden))
            << type.first;
    }
}

TEST_F(ActionProposal, tooManyOfOnePersonWait) {
    for (int i = 0; i < 50; ++i)
        ASSERT_THAT(h.propose(clerk, "payment.release", test::paymentOf("1")), isOk());
    EXPECT_THAT(h.propose(clerk, "payment.release", test::paymentOf("1")),
                failsWith(ErrorCode::kRateLimited));
}

TEST_F(ActionProposal, namesWhatItConcernsInOnePlainLine) {
    for (auto member : {&Proposal::resource, &Proposal::subject}) {
        for (const std::string& good : {std::string("7"), std::string(140, 'x')}) {
            Proposal proposal = payment();
            proposal.*member = good;
            EXPECT_THAT(propose(clerk.caller(), proposal), isOk()) << good;
        }
        for (const std::string& bad : {std::string(),
                                       std::string(141, 'x'),
                                       std::string("a\u202eb"),
                                       std::string("a\"b"),
                                       std::string("a\nb"),
                                       std::string("\xff")}) {
            Proposal proposal = payment();
            proposal.*member = bad;
            EXPECT_THAT(propose(clerk.caller(), proposal), failsWith(ErrorCode::kInvalidRequest))
                << bad;
        }
    }
}

TEST_F(ActionProposal, ofAClientHasAStateOfItsOwnThatIsNotTooLong) {
    Proposal proposal = payment();
    proposal.state = std::string(512, 's');
    EXPECT_THAT(propose(bank(), proposal), isOk());
    EXPECT_THAT(propose(clerk.caller(), proposal), failsWith(ErrorCode::kInvalidRequest));
    proposal.state = std::string(513, 's');
    EXPECT_THAT(propose(bank(), proposal), failsWith(ErrorCode::kInvalidRequest));
}

class NamelessClient : public ActionProposal {
  protected:
    static TypePolicy open() {
        TypePolicy policy = test::paymentPolicy();
        policy.clients.insert("");
        return policy;
    }

    NamelessClient() : ActionProposal(open()) {}
};

TEST_F(NamelessClient, isNobodyWhateverThePolicySays) {
    EXPECT_THAT(propose(bank(), payment()), isOk());
    EXPECT_THAT(propose(Caller(), payment()), failsWith(ErrorCode::kForbidden));
}

/// Of a type that only the person for whom it is proposed approves.
class ProposalForSomebody : public ActionProposal {
  protected:
    static TypePolicy own() {
        TypePolicy policy = test::paymentPolicy();
        policy.proposer_only = true;
        return policy;
    }

    ProposalForSomebody() : ActionProposal(own()) {}
};

TEST_F(ProposalForSomebody, namesAnAccountThatCanApproveIt) {
    Proposal proposal = payment();
    const auto for_subject = [&](const std::optional<std::string>& subject) {
        proposal.subject = subject;
        return propose(bank(), proposal);
    };
    EXPECT_THAT(for_subject(std::nullopt), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(for_subject("treasurer"), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(for_subject(AccountId::random(h.house.random()).text()),
                failsWith(ErrorCode::kInvalidRequest));
    const auto view = for_subject(treasurer.account().text());
    ASSERT_THAT(view, isOk());
    EXPECT_EQ(view->action.action.proposer, treasurer.account());
    EXPECT_EQ(verdict(h.approve(treasurer, view->action.id)), "ok");
    h.changeAuthority(treasurer.account(), [](storage::Row& row) { row.set("status", "frozen"); });
    EXPECT_THAT(for_subject(treasurer.account().text()), failsWith(ErrorCode::kInvalidRequest));
}

}  // namespace
}  // namespace sallyport::action
