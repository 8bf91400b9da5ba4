#pragma once

#include "credential/enrolment.h"
#include "credential/sign_in.h"
#include "tests/support/house.h"
#include "tests/support/virtual_key/browser.h"

#include <functional>

/// The credential room on a TestHouse, with people who hold security keys made of software.
namespace sallyport::test {

inline constexpr std::string_view kKeyOrigin = "https://id.example";
inline constexpr std::string_view kKeyCliOrigin = "sallyport-cli:https://id.example";

/// Options of a profile: what is attested by `maker` is verified.
credential::Options keyOptions(credential::FirstKey first, const AttestationAuthority& maker);

/// One person with one browser.
struct Person {
    std::string address;
    AccountId account;
    session::Requester requester;

    /// The same name in a new browser somewhere else.
    Person elsewhere(std::string source) const;
};

class KeyHouse {
  public:
    explicit KeyHouse(credential::FirstKey first = credential::FirstKey::kSession,
                      limit::Config limits = {1000, std::nullopt});

    TestHouse house;
    std::shared_ptr<const AttestationAuthority> maker;
    credential::Options options;
    limit::Rules rules;
    NoMetrics metrics;
    session::Service sessions;
    credential::Credentials credentials;
    credential::Assertions assertions;
    credential::Ceremonies ceremonies;
    credential::Tickets tickets;
    credential::Enrolment enrolment;
    credential::OwnKeys own_keys;
    std::unique_ptr<credential::SignIn> sign_in;

    /// What the action room would answer; by default that nothing is approved.
    std::function<Result<credential::ApprovedAction>(const session::Session&, const ActionId&)>
        approved;

    /// An approved `credential.add`. `settled` counts its executions; it can be executed once.
    static credential::ApprovedAction approval(AccountId account,
                                               ActionId action,
                                               std::function<Status(storage::Transaction&)> settle);

    Person person(std::string_view address, std::set<std::string> roles = {});

    /// A key of the maker that options trust.
    VirtualKey key() const;

    /// A session as a redeemed link opens it.
    session::Session inbox(const Person& person,
                           mint::SessionKind kind = mint::SessionKind::kInbox);

    account::Authority authority(const AccountId& account);
    std::vector<credential::Credential> live(const AccountId& account);

    /// The whole enrolment. The key document, or the refusal's code in the error's detail.
    Result<credential::KeyDocument> enrol(const session::Session& session,
                                          VirtualKey& key,
                                          const std::optional<std::string>& ticket = {},
                                          const std::optional<ActionId>& action = {});

    /// The first key of somebody, by session or ticket as the options say.
    credential::KeyDocument firstKey(const Person& person, VirtualKey& key);

    std::string ticket(const AccountId& account,
                       const std::optional<ActionId>& action = std::nullopt);

    /// The whole sign-in without an address. The refusal's code is in the error's detail.
    Result<session::Session> signIn(Person& person, VirtualKey& key);

    Result<credential::SignIn::Offer> begin(Person& person,
                                            const std::optional<std::string>& email = {},
                                            Channel channel = Channel::kBrowser);
    Result<fido::Judged<credential::SignIn::Opened>> finish(
        const Person& person,
        CeremonyId id,
        const Json& response,
        const std::optional<session::Session>& held = std::nullopt);

    /// What is wrong, by code; `ok` or an error's name otherwise.
    template <class T>
    static std::string verdict(const Result<fido::Judged<T>>& judged) {
        if (!judged) return std::string(sallyport::name(judged.error().code));
        const auto* refusal = std::get_if<fido::Refusal>(&*judged);
        return refusal == nullptr ? "ok" : refusal->code;
    }

    std::int64_t count(const std::string& table);

    /// Writes a ceremony as if its options had been handed out just now; sets its id, nonce and
    /// times.
    void place(credential::Ceremony& ceremony);

    static Deadline soon() { return TestHouse::soon(); }
};

/// What a browser makes of PublicKeyCredentialCreationOptionsJSON and …RequestOptionsJSON.
BrowserCeremony creation(const Json& options, std::string_view origin = kKeyOrigin);
BrowserCeremony request(const Json& options, std::string_view origin = kKeyOrigin);

/// The response as a server parses it.
Json registered(VirtualKey& key, const BrowserCeremony& ceremony);
Json asserted(VirtualKey& key, const BrowserCeremony& ceremony);

}  // namespace sallyport::test
