#include "account/authority.h"
#include "tests/support/action_house.h"
#include "tests/support/matchers.h"

#include <gmock/gmock.h>

/// The types about security keys: added by a claim, removed, reported lost, activated.
namespace sallyport::action {
namespace {

using test::ActionHouse;
using test::Approver;
using test::failsWith;
using test::isOk;
using testing::Contains;

class ActionKeys : public testing::Test {
  protected:
    std::string approve(Approver& by, const ActionId& id) {
        return ActionHouse::verdict(h.approve(by, id));
    }

    /// The action as it is, for what a type makes of it.
    ActionRow rowOf(const ActionId& id) {
        const auto read = h.approvals.read(id, ActionHouse::soon());
        SALLYPORT_ASSERT(read.has_value());
        return read->first;
    }

    void write(const Result<credential::Credentials::PreparedChange>& change) {
        ASSERT_THAT(change, isOk());
        ASSERT_THAT(h.house.database().write(ActionHouse::soon(),
                                             [&](storage::Transaction& transaction) {
                                                 return credential::Credentials::write(transaction,
                                                                                       *change);
                                             }),
                    isOk());
    }

    /// A second key, by an approved action.
    test::VirtualKey spareOf(Approver& somebody) {
        const auto add = h.propose(somebody, "credential.add");
        EXPECT_THAT(add, isOk());
        EXPECT_EQ(approve(somebody, add->action.id), "ok");
        test::VirtualKey spare = h.keys.key();
        EXPECT_THAT(h.keys.enrol(somebody.session, spare, std::nullopt, add->action.id), isOk());
        return spare;
    }

    ActionHouse h;
    Approver one = h.somebody("one@example.test", {"operator"});
    Approver two = h.somebody("two@example.test", {"operator"});
};

TEST_F(ActionKeys, aFurtherKeyIsAddedOnceByItsClaim) {
    const auto view = h.propose(one, "credential.add");
    ASSERT_THAT(view, isOk());
    const ActionId id = view->action.id;
    test::VirtualKey spare = h.keys.key();
    EXPECT_THAT(h.keys.enrol(one.session, spare, std::nullopt, id),
                failsWith(ErrorCode::kConflict));
    EXPECT_EQ(approve(one, id), "ok");
    EXPECT_EQ(h.stateOf(id), "approved");
    EXPECT_FALSE(h.keys.enrol(two.session, spare, std::nullopt, id).has_value());
    EXPECT_THAT(h.keys.enrol(one.session, spare, std::nullopt, id), isOk());
    EXPECT_EQ(h.stateOf(id), "executed");
    EXPECT_EQ(h.keys.live(one.account()).size(), 2U);
    test::VirtualKey third = h.keys.key();
    EXPECT_FALSE(h.keys.enrol(one.session, third, std::nullopt, id).has_value());
    EXPECT_EQ(h.keys.live(one.account()).size(), 2U);
}

TEST_F(ActionKeys, aKeyIsRemovedButNotTheLastOne) {
    const auto only = h.keys.live(one.account()).front().id;
    const auto last =
        h.propose(one, "credential.remove", Json::Object{{"credential", only.text()}});
    ASSERT_THAT(last, isOk());
    EXPECT_THAT(last->text, testing::HasSubstr("“Blue key”"));
    EXPECT_EQ(approve(one, last->action.id), "ok");
    EXPECT_EQ(h.stateOf(last->action.id), "failed");
    EXPECT_EQ(h.keys.live(one.account()).size(), 1U);

    spareOf(one);
    const auto remove =
        h.propose(one, "credential.remove", Json::Object{{"credential", only.text()}});
    ASSERT_THAT(remove, isOk());
    EXPECT_EQ(approve(one, remove->action.id), "ok");
    EXPECT_EQ(h.stateOf(remove->action.id), "executed");
    ASSERT_EQ(h.keys.live(one.account()).size(), 1U);
    EXPECT_NE(h.keys.live(one.account()).front().id, only);
}

TEST_F(ActionKeys, nobodyRemovesAnothersKey) {
    const auto key = h.keys.live(two.account()).front().id;
    EXPECT_THAT(h.propose(one, "credential.remove", Json::Object{{"credential", key.text()}}),
                failsWith(ErrorCode::kNotFound));
    EXPECT_THAT(h.propose(one, "credential.report-lost", Json::Object{{"credential", key.text()}}),
                failsWith(ErrorCode::kNotFound));
    EXPECT_THAT(h.propose(one, "credential.remove", Json::Object{{"credential", "x"}}),
                failsWith(ErrorCode::kInvalidRequest));
}

TEST_F(ActionKeys, aLossIsReportedByAnotherKey) {
    const auto first = h.keys.live(one.account()).front().id;
    const auto own =
        h.propose(one, "credential.report-lost", Json::Object{{"credential", first.text()}});
    ASSERT_THAT(own, isOk());
    EXPECT_EQ(approve(one, own->action.id), "ok");
    EXPECT_EQ(h.stateOf(own->action.id), "failed");
    EXPECT_EQ(h.keys.live(one.account()).size(), 1U);

    test::VirtualKey spare = spareOf(one);
    const auto lost =
        h.propose(one, "credential.report-lost", Json::Object{{"credential", first.text()}});
    ASSERT_THAT(lost, isOk());
    const auto asked = h.challenge(one, lost->action.id);
    ASSERT_THAT(asked, isOk());
    EXPECT_EQ(ActionHouse::verdict(h.answer(
                  one, lost->action.id, test::asserted(spare, test::request(asked->options)))),
              "ok");
    EXPECT_EQ(h.stateOf(lost->action.id), "executed");
    EXPECT_THAT(h.house.eventTypes(), Contains("credential.lost"));
}

TEST_F(ActionKeys, aClaimIsSettledOnlyAsItWasJudged) {
    const auto view = h.propose(one, "credential.add");
    ASSERT_THAT(view, isOk());
    const ActionId id = view->action.id;
    ASSERT_EQ(approve(one, id), "ok");
    EXPECT_THAT(h.execution.claim(id, two.session, ActionHouse::soon()),
                failsWith(ErrorCode::kForbidden));
    // Another session of the same person, such as one that a stolen mail opened.
    EXPECT_THAT(h.execution.claim(id, h.keys.inbox(one.person), ActionHouse::soon()),
                failsWith(ErrorCode::kForbidden));
    const auto settled = [this](const credential::ApprovedAction& approved) {
        return h.house.database().write(
            ActionHouse::soon(),
            [&](storage::Transaction& transaction) { return approved.settle(transaction); });
    };
    const auto stale = h.execution.claim(id, one.session, ActionHouse::soon());
    ASSERT_THAT(stale, isOk());
    h.changeAuthority(one.account(), [](storage::Row& row) { row.set("roles", ""); });
    EXPECT_THAT(settled(*stale), failsWith(ErrorCode::kConflict));
    EXPECT_EQ(h.stateOf(id), "approved");
    const auto fresh = h.execution.claim(id, one.session, ActionHouse::soon());
    ASSERT_THAT(fresh, isOk());
    EXPECT_THAT(settled(*fresh), isOk());
    EXPECT_EQ(h.stateOf(id), "executed");
    EXPECT_THAT(settled(*fresh), failsWith(ErrorCode::kConflict));
}

TEST_F(ActionKeys, aClaimExecutesNothingByItselfAndIsInTime) {
    const auto view = h.propose(one, "credential.add");
    ASSERT_THAT(view, isOk());
    const ActionId id = view->action.id;
    ASSERT_EQ(approve(one, id), "ok");
    EXPECT_THAT(h.execution.run(id, ActionHouse::soon()), failsWith(ErrorCode::kInternal));
    EXPECT_EQ(h.keys.live(one.account()).size(), 1U);
    h.house.clock().advance(std::chrono::minutes(5));
    test::VirtualKey spare = h.keys.key();
    EXPECT_THAT(h.keys.enrol(one.session, spare, std::nullopt, id), failsWith(ErrorCode::kGone));
    EXPECT_EQ(h.keys.live(one.account()).size(), 1U);
}

TEST_F(ActionKeys, noKeyIsAddedByThePaymentThatSomebodyProposed) {
    Approver clerk = h.somebody("clerk@example.test", {"clerk"});
    Approver treasurer = h.somebody("treasurer@example.test", {"treasurer"});
    const ActionId id = h.payment(clerk);
    ASSERT_EQ(approve(treasurer, id), "ok");
    test::VirtualKey spare = h.keys.key();
    EXPECT_THAT(h.keys.enrol(clerk.session, spare, std::nullopt, id),
                failsWith(ErrorCode::kForbidden));
    EXPECT_EQ(h.keys.live(clerk.account()).size(), 1U);
    EXPECT_EQ(h.stateOf(id), "approved");
}

TEST_F(ActionKeys, aKeyIsNotRemovedWhereTheOthersAreSuspended) {
    const auto first = h.keys.live(one.account()).front().id;
    spareOf(one);
    const auto keys = h.keys.live(one.account());
    const auto spare = keys.front().id == first ? keys.back().id : keys.front().id;
    write(h.keys.credentials.prepareSuspension(h.keys.authority(one.account()),
                                               spare,
                                               std::nullopt,
                                               h.house.clock().now(),
                                               ActionHouse::soon()));
    const auto view =
        h.propose(one, "credential.remove", Json::Object{{"credential", first.text()}});
    ASSERT_THAT(view, isOk());
    EXPECT_EQ(approve(one, view->action.id), "ok");
    EXPECT_EQ(h.stateOf(view->action.id), "failed");
    EXPECT_EQ(h.keys.live(one.account()).size(), 2U);
}

TEST_F(ActionKeys, whatIsProposedOfAKeyIsItsIdAlone) {
    const std::string key = h.keys.live(one.account()).front().id.text();
    for (const char* type : {"credential.remove", "credential.report-lost"}) {
        EXPECT_THAT(h.propose(one, type, Json::Object{{"credential", key}, {"label", "Other key"}}),
                    failsWith(ErrorCode::kInvalidRequest))
            << type;
        EXPECT_THAT(h.types.find(type)->complete(
                        nullptr, Json::Object{{"credential", key}}, ActionHouse::soon()),
                    failsWith(ErrorCode::kForbidden))
            << type;
    }
}

TEST_F(ActionKeys, isTheKeyThatWasShownOrNone) {
    spareOf(one);
    const auto key = h.keys.live(one.account()).front().id;
    for (const char* type : {"credential.remove", "credential.report-lost"}) {
        const auto view = h.propose(one, type, Json::Object{{"credential", key.text()}});
        ASSERT_THAT(view, isOk());
        const ActionRow good = rowOf(view->action.id);
        const auto prepared = [&](const std::function<void(ActionRow&)>& change) {
            ActionRow row = good;
            change(row);
            return h.types.find(type)->prepare(row, {}, ActionHouse::soon());
        };
        const auto with = [&](const char* member, const Json& value) {
            return prepared([&](ActionRow& row) {
                Json::Object parameters = *row.action.parameters.asObject();
                parameters[member] = value;
                row.action.parameters = parameters;
            });
        };
        EXPECT_THAT(prepared([](ActionRow&) {}), isOk());
        EXPECT_THAT(with("label", "Other key"), failsWith(ErrorCode::kNotFound));
        EXPECT_THAT(with("credential", 5), failsWith(ErrorCode::kInternal));
        EXPECT_THAT(prepared([](ActionRow& row) { row.action.parameters = Json::Object{}; }),
                    failsWith(ErrorCode::kInternal));
        EXPECT_THAT(prepared([](ActionRow& row) { row.action.proposer.reset(); }),
                    failsWith(ErrorCode::kInternal));
    }
}

class KeyActivation : public ActionKeys {
  protected:
    KeyActivation() {
        h.keys.options.first_key = credential::FirstKey::kTicketAndActivation;
        const std::string ticket =
            h.keys.ticket(newcomer.account, ActionId::random(h.house.random()));
        auto made = h.keys.enrol(h.keys.inbox(newcomer), key, ticket);
        SALLYPORT_ASSERT(made.has_value());
        enrolled = *std::move(made);
    }

    Result<View> proposed(std::string_view address, std::string_view fingerprint) {
        return h.propose(one,
                         "credential.activate",
                         Json::Object{{"address", address}, {"fingerprint", fingerprint}});
    }

    test::Person newcomer = h.keys.person("new@example.test");
    test::VirtualKey key = h.keys.key();
    credential::KeyDocument enrolled;
};

TEST_F(KeyActivation, isOfTheKeyWhoseFingerprintWasReadOut) {
    ASSERT_EQ(enrolled.status, credential::CredentialStatus::kProvisional);
    const auto view = proposed("new@example.test", enrolled.fingerprint);
    ASSERT_THAT(view, isOk());
    EXPECT_THAT(view->text, testing::HasSubstr(enrolled.fingerprint));
    EXPECT_EQ(approve(one, view->action.id), "ok");
    EXPECT_EQ(h.stateOf(view->action.id), "executed");
    EXPECT_EQ(h.keys.live(newcomer.account).front().status, credential::CredentialStatus::kActive);
    // Once: now no key waits there.
    EXPECT_THAT(proposed("new@example.test", enrolled.fingerprint),
                failsWith(ErrorCode::kNotFound));
}

TEST_F(KeyActivation, isOfNoOtherKey) {
    EXPECT_THAT(proposed("new@example.test", "0000-0000-0000-0000-0000"),
                failsWith(ErrorCode::kNotFound));
    EXPECT_THAT(proposed("one@example.test", enrolled.fingerprint),
                failsWith(ErrorCode::kNotFound));
    EXPECT_THAT(proposed("nobody@example.test", enrolled.fingerprint),
                failsWith(ErrorCode::kNotFound));
    const auto active = h.keys.live(two.account()).front();
    EXPECT_THAT(proposed("two@example.test", credential::fingerprintOf(active.public_key)),
                failsWith(ErrorCode::kNotFound));
    EXPECT_THAT(h.propose(one,
                          "credential.activate",
                          Json::Object{{"address", "new@example.test"},
                                       {"fingerprint", enrolled.fingerprint},
                                       {"credential", enrolled.id.text()}}),
                failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(h.propose(one,
                          "credential.activate",
                          Json::Object{{"address", 1}, {"fingerprint", enrolled.fingerprint}}),
                failsWith(ErrorCode::kInvalidRequest));
    EXPECT_EQ(h.keys.live(newcomer.account).front().status,
              credential::CredentialStatus::kProvisional);
}

TEST_F(KeyActivation, isOfTheKeyThatWasShownOrNone) {
    const auto view = proposed("new@example.test", enrolled.fingerprint);
    ASSERT_THAT(view, isOk());
    const ActionRow good = rowOf(view->action.id);
    for (const char* member : {"credential", "account", "public_key", "aaguid"}) {
        ActionRow row = good;
        Json::Object parameters = *row.action.parameters.asObject();
        parameters[member] = one.account().text();
        row.action.parameters = parameters;
        EXPECT_THAT(h.types.find("credential.activate")->prepare(row, {}, ActionHouse::soon()),
                    failsWith(ErrorCode::kNotFound))
            << member;
    }
}

}  // namespace
}  // namespace sallyport::action
