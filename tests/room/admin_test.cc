#include "admin/types.h"
#include "tests/support/action_house.h"
#include "tests/support/matchers.h"

#include <gmock/gmock.h>

/// What operators do by approved actions.
namespace sallyport::admin {
namespace {

using action::Approved;
using action::State;
using test::ActionHouse;
using test::Approver;
using test::failsWith;
using test::isOk;
using testing::Contains;

/// A house whose types of administration need its own rooms, which are made first.
class AdminHouse {
  public:
    explicit AdminHouse(BootstrapRules bootstrap = {})
        : h([bootstrap](test::KeyHouse& keys) {
              const Parts parts{keys.house.directory(),
                                keys.house.database(),
                                keys.house.sealer(),
                                keys.house.events(),
                                keys.credentials,
                                keys.tickets};
              return types(action::BuiltInRules(), parts, bootstrap);
          }) {}

    ActionHouse h;
};

class Administration : public testing::Test {
  protected:
    /// Proposed and approved by the operator.
    Result<fido::Judged<Approved>> done(std::string_view type, const Json& parameters) {
        SALLYPORT_TRY(const auto view, h.propose(root, type, parameters));
        id = view.action.id;
        return h.approve(root, id);
    }

    bool exists(std::string_view address) {
        const auto found =
            h.house.directory().find(*account::MailAddress::parse(address), ActionHouse::soon());
        return found && found->has_value();
    }

    AdminHouse admin;
    ActionHouse& h = admin.h;
    Approver root = h.somebody("root@example.test", {"operator"});
    ActionId id;
};

TEST_F(Administration, makesAnAccountOnce) {
    const Json parameters =
        Json::Object{{"address", "new@example.test"}, {"roles", "clerk treasurer"}};
    EXPECT_EQ(ActionHouse::verdict(done("admin.account.create", parameters)), "ok");
    EXPECT_EQ(h.stateOf(id), "executed");
    const auto found = h.house.directory().find(*account::MailAddress::parse("new@example.test"),
                                                ActionHouse::soon());
    ASSERT_THAT(found, isOk());
    ASSERT_TRUE(found->has_value());
    EXPECT_EQ((*found)->authority.roles, (std::set<std::string>{"clerk", "treasurer"}));
    EXPECT_THAT(h.propose(root, "admin.account.create", parameters),
                failsWith(ErrorCode::kConflict));
    EXPECT_THAT(h.propose(root,
                          "admin.account.create",
                          Json::Object{{"address", "two@example.test"}, {"roles", "b a"}}),
                failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(h.propose(root, "admin.account.create", Json::Object{{"address", "none"}}),
                failsWith(ErrorCode::kInvalidRequest));
}

TEST_F(Administration, failsWhenTheAddressWasTakenMeanwhile) {
    const auto view =
        h.propose(root, "admin.account.create", Json::Object{{"address", "new@example.test"}});
    ASSERT_THAT(view, isOk());
    h.house.addAccount("new@example.test");
    EXPECT_EQ(ActionHouse::verdict(h.approve(root, view->action.id)), "ok");
    EXPECT_EQ(h.stateOf(view->action.id), "failed");
}

TEST_F(Administration, freezesAndThaws) {
    Approver ada = h.somebody("ada@example.test");
    const Json parameters = Json::Object{{"address", "ada@example.test"}};
    EXPECT_EQ(ActionHouse::verdict(done("admin.account.freeze", parameters)), "ok");
    EXPECT_EQ(h.keys.authority(ada.account()).status, account::AccountStatus::kFrozen);
    EXPECT_EQ(ActionHouse::verdict(done("admin.account.thaw", parameters)), "ok");
    EXPECT_EQ(h.keys.authority(ada.account()).status, account::AccountStatus::kActive);
    EXPECT_THAT(h.propose(root, "admin.account.freeze", Json::Object{{"address", "no@a.test"}}),
                failsWith(ErrorCode::kNotFound));
}

TEST_F(Administration, isProposedByOperatorsOnly) {
    Approver ada = h.somebody("ada@example.test", {"treasurer"});
    for (const auto& type : h.types.all()) {
        if (!type.first.starts_with("admin.")) continue;
        EXPECT_THAT(h.propose(ada, type.first, Json::Object{{"address", "new@example.test"}}),
                    failsWith(ErrorCode::kForbidden))
            << type.first;
    }
    EXPECT_FALSE(exists("new@example.test"));
}

TEST_F(Administration, issuesATicketToTheLastApproverAlone) {
    const auto person = h.keys.person("new@example.test");
    const auto judged = done("admin.ticket.issue", Json::Object{{"address", "new@example.test"}});
    ASSERT_EQ(ActionHouse::verdict(judged), "ok");
    const auto& approved = std::get<Approved>(*judged);
    EXPECT_EQ(approved.view.action.state, State::kExecuted);
    ASSERT_TRUE(approved.answer.product.has_value());
    const std::string ticket(approved.answer.product->exposeText());
    EXPECT_THAT(h.keys.tickets.check(ticket, person.account, ActionHouse::soon()), isOk());
    EXPECT_THAT(h.keys.tickets.check(ticket, root.account(), ActionHouse::soon()),
                failsWith(ErrorCode::kForbidden));
    // Nobody reads it anywhere afterwards.
    for (const auto& line : h.house.logLines()) EXPECT_EQ(line.find(ticket), std::string::npos);
    for (const auto& row : h.house.query("SELECT entry FROM events"))
        EXPECT_EQ(row.find("entry")->asText()->find(ticket), std::string::npos);
    const auto view = h.service.read(root.caller(), id, Duration::zero(), ActionHouse::soon());
    ASSERT_THAT(view, isOk());
    EXPECT_FALSE(view->action.result.has_value());
}

TEST_F(Administration, closesTheBootstrapOnce) {
    EXPECT_EQ(ActionHouse::verdict(done("admin.bootstrap.close", Json::Object{})), "ok");
    EXPECT_EQ(h.stateOf(id), "executed");
    const auto installation =
        account::readInstallation(h.house.database(), h.house.sealer(), ActionHouse::soon());
    ASSERT_THAT(installation, isOk());
    EXPECT_FALSE(installation->bootstrap_open);
    EXPECT_THAT(h.house.eventTypes(), Contains("bootstrap.closed"));
    EXPECT_EQ(ActionHouse::verdict(done("admin.bootstrap.close", Json::Object{})), "ok");
    EXPECT_EQ(h.stateOf(id), "failed");
}

TEST(Bootstrap, isNotClosedWithTooFewOperatorsOrKeys) {
    AdminHouse admin(BootstrapRules{2, 1});
    ActionHouse& h = admin.h;
    Approver root = h.somebody("root@example.test", {"operator"});
    EXPECT_THAT(h.propose(root, "admin.bootstrap.close"), failsWith(ErrorCode::kForbidden));
    // An operator without a key is none, and neither is the same person again.
    const auto other = h.keys.person("two@example.test", {"operator"});
    EXPECT_THAT(h.propose(root, "admin.bootstrap.close"), failsWith(ErrorCode::kForbidden));
    Approver again = h.somebody("again@example.test", {"operator"});
    const auto person = PersonId::random(h.house.random());
    for (const auto& account : {root.account(), again.account()})
        h.changeAuthority(account, [&](storage::Row& row) { row.set("person_id", person); });
    EXPECT_THAT(h.propose(root, "admin.bootstrap.close"), failsWith(ErrorCode::kForbidden));
    Approver third = h.somebody("third@example.test", {"operator"});
    const auto view = h.propose(root, "admin.bootstrap.close");
    ASSERT_THAT(view, isOk());
    // What held when it was proposed is judged again when it is executed.
    h.changeAuthority(third.account(), [](storage::Row& row) { row.set("roles", ""); });
    EXPECT_EQ(ActionHouse::verdict(h.approve(root, view->action.id)), "ok");
    EXPECT_EQ(h.stateOf(view->action.id), "failed");
}

}  // namespace
}  // namespace sallyport::admin
