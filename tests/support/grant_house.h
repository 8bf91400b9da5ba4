#pragma once

#include "action/grant.h"
#include "tests/support/action_house.h"
#include "tests/support/matchers.h"
#include "token/jws.h"

#include <gmock/gmock.h>

namespace sallyport::test {

inline constexpr const char* kIssuer = "https://id.example";
inline constexpr const char* kResource = "https://bank.example";

inline action::TypePolicy grantedPayment() {
    action::TypePolicy policy = paymentPolicy();
    policy.clients = {"bank"};
    policy.audience = "bank";
    return policy;
}

/// An ActionHouse where payments yield grants for the client `bank`.
class GrantHouse : public testing::Test {
  protected:
    explicit GrantHouse(action::TypePolicy payment = grantedPayment(),
                        const ActionHouse::More& more = {})
        : h(more, std::move(payment)) {}

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
        action::Caller bank;
        bank.client = "bank";
        const action::Proposal payment{
            "payment.release", test::paymentOf("9"), "invoice-7", {}, {}, {}};
        const auto proposed = h.service.propose(bank, payment, soon());
        EXPECT_THAT(proposed, isOk());
        EXPECT_EQ(ActionHouse::verdict(h.approve(treasurer, proposed->action.id)), "ok");
        return proposed->action.id;
    }

    Result<action::Grants::Outcome<action::Grants::Granted>> ask(const ActionId& id) {
        return grants.grant(clerk.account(), id, resourceOf, soon());
    }

    /// The compact grant; aborts the test if there is none.
    std::string granted(const ActionId& id) {
        const auto outcome = ask(id);
        EXPECT_THAT(outcome, isOk());
        return std::string(std::get<action::Grants::Granted>(*outcome).grant.exposeText());
    }

    static Json live(std::string_view amount = "1250.00") {
        return Json::Object{{"type", "payment.release"}, {"parameters", test::paymentOf(amount)}};
    }

    static action::Grants::Presented presented(std::string grant, Json happening = live()) {
        return {"bank", kResource, std::move(grant), std::move(happening), "key-1"};
    }

    /// `ok`, the refusal, or the name of the error.
    template <class T>
    static std::string verdict(const Result<action::Grants::Outcome<T>>& outcome) {
        if (!outcome) return std::string(name(outcome.error().code));
        const auto* refusal = std::get_if<action::Grants::Refusal>(&*outcome);
        if (refusal == nullptr) return "ok";
        return *refusal == action::Grants::Refusal::kAlreadyRedeemed ? "already_redeemed"
                                                                     : "action_mismatch";
    }

    std::string redeem(const action::Grants::Presented& what) {
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
        request.typ = action::kGrantType;
        request.claims = *claims.asObject();
        request.claims.erase("iss");
        request.claims[claim] = value;
        const auto made = mint::ask<mint::SignedJwt>(h.house.mint(), std::move(request), soon());
        EXPECT_THAT(made, isOk());
        return std::string(made->compact.exposeText());
    }

    static Deadline soon() { return ActionHouse::soon(); }

    ActionHouse h;
    Approver clerk = h.somebody("clerk@example.test", {"clerk"});
    Approver treasurer = h.somebody("treasurer@example.test", {"treasurer"});
    action::Grants grants{{h.house.database(),
                           h.mint,
                           h.sealer,
                           h.approvals,
                           h.execution,
                           h.changes,
                           h.house.clock(),
                           h.house.random()},
                          kIssuer};
};

}  // namespace sallyport::test
