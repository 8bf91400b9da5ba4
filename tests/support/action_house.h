#pragma once

#include "action/built_in.h"
#include "action/service.h"
#include "tests/support/interrupted_mint.h"
#include "tests/support/key_house.h"

/// Actions on a KeyHouse: people with keys and live sessions who propose and approve.
namespace sallyport::test {

/// Somebody with one key and a key session.
struct Approver {
    Person person;
    VirtualKey key;
    session::Session session;
    Channel channel = Channel::kBrowser;

    AccountId account() const { return person.account; }

    action::Caller caller() const;

    /// The same account in another session, perhaps with another key at hand.
    Approver in(const session::Session& other, const VirtualKey& at_hand) const;
};

/// `payment.release` as the default configuration has it: one treasurer, who did not propose it.
action::TypePolicy paymentPolicy();

/// `records.export`: two of those who have the role `records`.
action::TypePolicy exportPolicy();

/// `{"amount","currency","payee","iban"}`.
Json paymentOf(std::string_view amount);

class ActionHouse {
  public:
    /// Types beside payment, export and the built-in ones, made of the rooms that they need.
    using More = std::function<std::vector<action::Type>(KeyHouse&)>;

    explicit ActionHouse(const More& more = {}, action::TypePolicy payment = paymentPolicy());

    KeyHouse keys;
    TestHouse& house;
    InterruptedMint mint;  ///< of the action room alone
    seal::Sealer sealer;
    action::Types types;
    action::Approvals approvals;
    action::Changes changes;
    action::Execution execution;
    action::Service service;

    /// An account with these roles, an enrolled key and a session by that key.
    Approver somebody(std::string_view address, std::set<std::string> roles = {});

    Result<action::View> propose(const Approver& by,
                                 std::string_view type,
                                 const Json& parameters = {});

    /// A payment by a clerk; aborts the test if it cannot be proposed.
    ActionId payment(const Approver& clerk, std::string_view amount = "1250.00");

    Result<action::Challenge> challenge(const Approver& by, const ActionId& id);

    /// What the key answers to the challenge.
    Json touch(Approver& by, const action::Challenge& challenge);

    Result<fido::Judged<action::Approved>> answer(const Approver& by,
                                                  const ActionId& id,
                                                  const Json& response);

    /// Challenge, touch and answer.
    Result<fido::Judged<action::Approved>> approve(Approver& by, const ActionId& id);

    /// `ok`, the code of a refusal, or the name of the error.
    template <class T>
    static std::string verdict(const Result<T>& result) {
        return result ? "ok" : std::string(name(result.error().code));
    }

    static std::string verdict(const Result<fido::Judged<action::Approved>>& judged) {
        return KeyHouse::verdict(judged);
    }

    /// As its row says, unverified.
    std::string stateOf(const ActionId& id);

    /// Writes the next version of an authority record, as operators' changes do.
    void changeAuthority(const AccountId& account,
                         const std::function<void(storage::Row&)>& change);

    /// Writes the next version of a row, sealed as this service seals: what only a mistake of its
    /// own, or another release of it, could write.
    void reseal(const seal::Table& table,
                const storage::Value& key,
                const std::function<void(storage::Row&)>& change);

    /// A row as it is, its seal found right.
    seal::VerifiedRow verified(const seal::Table& table, const storage::Value& key);

    static Deadline soon() { return TestHouse::soon(); }
};

}  // namespace sallyport::test
