#include "tests/support/action_house.h"

#include "account/rows.h"
#include "account/tables.h"

#include <gtest/gtest.h>

namespace sallyport::test {
namespace {

using Kind = action::ParameterRule::Kind;

template <class T>
T must(Result<T> result, std::string_view what) {
    if (!result) {
        ADD_FAILURE() << what << ": " << name(result.error().code) << ": " << result.error().detail;
        std::abort();
    }
    return std::move(*result);
}

action::Type relyingPartyType(action::TypePolicy policy) {
    action::Type type;
    type.policy = std::move(policy);
    return type;
}

action::Types typesOf(KeyHouse& keys, const ActionHouse::More& more, action::TypePolicy payment) {
    TestHouse& house = keys.house;
    const action::BuiltInRules rules;
    const action::BuiltInParts parts{house.directory(), keys.credentials, house.clock()};
    std::vector<action::Type> all;
    if (more) all = more(keys);
    all.push_back(action::stepUpType(rules));
    all.push_back(action::credentialAddType(rules));
    all.push_back(action::credentialRemoveType(rules, parts));
    all.push_back(action::credentialReportLostType(rules, parts));
    all.push_back(action::credentialActivateType(rules, parts));
    all.push_back(relyingPartyType(std::move(payment)));
    all.push_back(relyingPartyType(exportPolicy()));
    return must(action::Types::make(std::move(all)), "action types");
}

}  // namespace

action::Caller Approver::caller() const {
    action::Caller caller;
    caller.session = &session;
    caller.channel = channel;
    caller.browser = person.requester.browser;
    return caller;
}

Approver Approver::in(const session::Session& other, const VirtualKey& at_hand) const {
    session::Requester requester;
    requester.source = person.requester.source;
    requester.browser = person.requester.browser;
    return Approver{
        Person{person.address, person.account, std::move(requester)}, at_hand, other, channel};
}

action::TypePolicy paymentPolicy() {
    action::TypePolicy policy;
    policy.type = "payment.release";
    policy.parameters = {action::parameter("amount", Kind::kDecimal, 1000000),
                         action::parameter("currency", Kind::kCurrency),
                         action::parameter("payee", Kind::kText, 70),
                         action::parameter("iban", Kind::kIban)};
    policy.text = {{"en", "Release {amount} {currency} to {payee}, account {iban}"},
                   {"de", "{amount} {currency} an {payee}, Konto {iban}, freigeben"}};
    policy.approver_roles = {"treasurer"};
    policy.proposer_roles = {"clerk"};
    policy.clients = {"bank"};
    policy.audience = "https://bank.example";
    return policy;
}

action::TypePolicy exportPolicy() {
    action::TypePolicy policy;
    policy.type = "records.export";
    policy.parameters = {action::parameter("dataset", Kind::kText)};
    policy.text = {{"en", "Export {dataset}"}};
    policy.approvers = 2;
    policy.approver_roles = {"records"};
    policy.ttl = std::chrono::hours(24);
    policy.audience = "https://records.example";
    return policy;
}

Json paymentOf(std::string_view amount) {
    return Json::Object{{"amount", amount},
                        {"currency", "EUR"},
                        {"payee", "Fischer & Söhne"},
                        {"iban", "DE89370400440532013000"}};
}

ActionHouse::ActionHouse(const More& more, action::TypePolicy payment)
    : house(keys.house),
      mint(house.mint()),
      sealer(mint, house.integrityReport()),
      types(typesOf(keys, more, std::move(payment))),
      approvals(
          {house.database(), sealer, house.directory(), keys.credentials, keys.options, types}),
      execution({house.database(),
                 mint,
                 sealer,
                 approvals,
                 keys.sessions,
                 house.events(),
                 house.clock(),
                 house.log(),
                 changes}),
      service({house.database(),
               sealer,
               house.directory(),
               keys.assertions,
               keys.options,
               types,
               approvals,
               execution,
               house.events(),
               house.integrityReport(),
               house.clock(),
               house.random(),
               house.log(),
               changes}) {
    keys.approved = [this](const session::Session& session, const ActionId& id) {
        return execution.claim(id, session, soon());
    };
}

Approver ActionHouse::somebody(std::string_view address, std::set<std::string> roles) {
    Person person = keys.person(address, std::move(roles));
    VirtualKey key = keys.key();
    static_cast<void>(keys.firstKey(person, key));
    session::Session session = must(keys.signIn(person, key), "sign in by key");
    return Approver{std::move(person), std::move(key), std::move(session)};
}

Result<action::View> ActionHouse::propose(const Approver& by,
                                          std::string_view type,
                                          const Json& parameters) {
    action::Proposal proposal;
    proposal.type = std::string(type);
    proposal.parameters = parameters;
    return service.propose(by.caller(), proposal, soon());
}

ActionId ActionHouse::payment(const Approver& clerk, std::string_view amount) {
    return must(propose(clerk, "payment.release", paymentOf(amount)), "propose").action.id;
}

Result<action::Challenge> ActionHouse::challenge(const Approver& by, const ActionId& id) {
    return service.challenge(by.caller(), id, soon());
}

Json ActionHouse::touch(Approver& by, const action::Challenge& challenge) {
    const auto origin = by.channel == Channel::kCli ? kKeyCliOrigin : kKeyOrigin;
    return asserted(by.key, request(challenge.options, origin));
}

Result<fido::Judged<action::Approved>> ActionHouse::answer(const Approver& by,
                                                           const ActionId& id,
                                                           const Json& response) {
    return service.approve(by.caller(), id, response, soon());
}

Result<fido::Judged<action::Approved>> ActionHouse::approve(Approver& by, const ActionId& id) {
    SALLYPORT_TRY(const auto asked, challenge(by, id));
    return answer(by, id, touch(by, asked));
}

std::string ActionHouse::stateOf(const ActionId& id) {
    const auto rows = house.query("SELECT state FROM actions WHERE id = $1", {id});
    return rows.empty() ? "none" : must(rows.front().text("state"), "state");
}

void ActionHouse::changeAuthority(const AccountId& account,
                                  const std::function<void(storage::Row&)>& change) {
    reseal(account::authoritiesTable(), account, change);
}

void ActionHouse::reseal(const seal::Table& table,
                         const storage::Value& key,
                         const std::function<void(storage::Row&)>& change) {
    const auto old = verified(table, key);
    storage::Row next = old.row();
    change(next);
    const auto sealed = must(house.sealer().sealNext(old, std::move(next), soon()), "seal");
    const Status written = house.database().write(soon(), [&](storage::Transaction& transaction) {
        return seal::Sealer::replace(transaction, old, sealed);
    });
    EXPECT_TRUE(written.has_value());
}

seal::VerifiedRow ActionHouse::verified(const seal::Table& table, const storage::Value& key) {
    const std::string where = std::string(table.key()) + " = $1";
    auto row =
        must(house.database().read(soon(),
                                   [&](storage::Transaction& transaction) {
                                       return account::readRow(transaction, table, where, {key});
                                   }),
             "read a row");
    std::vector<seal::UnverifiedRow> rows;
    rows.push_back(std::move(row.value()));
    return must(house.sealer().verify(std::move(rows), soon()), "verify").front();
}

}  // namespace sallyport::test
