#include "tests/support/key_house.h"

#include <gtest/gtest.h>

/// The maker of proofs, in place of the room that redeems links.
namespace sallyport::link {
class Redemption {
  public:
    static session::RedeemedLink proof(AccountId account) { return {account, LinkId()}; }
};
}  // namespace sallyport::link

namespace sallyport::test {
namespace {

constexpr std::string_view kBrowserName = "Firefox on Windows";

template <class T>
T must(Result<T> result, std::string_view what) {
    if (!result) {
        ADD_FAILURE() << what << ": " << name(result.error().code) << ": " << result.error().detail;
        std::abort();
    }
    return std::move(*result);
}

Bytes bytesOf(const Json* json) {
    if (json == nullptr || json->asString() == nullptr) return {};
    return must(base64url::decode(*json->asString(), 2048), "base64url");
}

std::string textOf(const Json* json) {
    return json == nullptr || json->asString() == nullptr ? std::string() : *json->asString();
}

std::vector<Bytes> idsOf(const Json* list) {
    std::vector<Bytes> ids;
    if (list == nullptr || list->asArray() == nullptr) return ids;
    for (const Json& entry : *list->asArray()) ids.push_back(bytesOf(entry.find("id")));
    return ids;
}

Error refusedAs(const fido::Refusal& refusal) {
    return fail(ErrorCode::kForbidden, refusal.code);
}

}  // namespace

credential::Options keyOptions(credential::FirstKey first, const AttestationAuthority& maker) {
    credential::Options options;
    options.rp_id = "id.example";
    options.origins = {std::string(kKeyOrigin)};
    options.cli_origin = std::string(kKeyCliOrigin);
    options.attestation.allow_none = true;
    options.attestation.allow_self = true;
    options.attestation.allow_unlisted = true;
    options.attestation.allow_backup_eligible = true;
    options.attestation.authenticators.push_back(
        {KeyModel().aaguid, "Virtual key", {maker.rootDer()}, std::nullopt, std::nullopt});
    options.first_key = first;
    return options;
}

Person Person::elsewhere(std::string source) const {
    Person other{address, account, {}};
    other.requester.source = std::move(source);
    other.requester.browser = kBrowserName;
    return other;
}

KeyHouse::KeyHouse(credential::FirstKey first, limit::Config limits)
    : house("standard"),
      maker(std::make_shared<const AttestationAuthority>()),
      options(keyOptions(first, *maker)),
      rules(limit::makeRules(limits)),
      sessions({house.database(),
                house.mint(),
                house.sealer(),
                house.directory(),
                house.events(),
                house.integrityReport(),
                house.clock(),
                house.random(),
                metrics,
                house.log()},
               session::Lifetimes()),
      credentials({house.database(),
                   house.sealer(),
                   house.events(),
                   house.integrityReport(),
                   house.notices()}),
      assertions({house.database(),
                  house.sealer(),
                  credentials,
                  house.events(),
                  house.integrityReport(),
                  options,
                  house.clock(),
                  house.random(),
                  metrics,
                  house.log()}),
      ceremonies(house.database(), house.sealer(), house.clock()),
      tickets({house.database(),
               house.mint(),
               house.events(),
               house.integrityReport(),
               house.clock(),
               house.random()},
              options),
      enrolment({house.database(),
                 house.sealer(),
                 house.directory(),
                 sessions,
                 credentials,
                 ceremonies,
                 tickets,
                 [this](const session::Session& session, const ActionId& action, Deadline) {
                     return approved(session, action);
                 },
                 house.events(),
                 house.notices(),
                 options,
                 house.clock(),
                 house.random(),
                 metrics,
                 house.log()}),
      own_keys({house.database(),
                house.sealer(),
                house.directory(),
                credentials,
                house.integrityReport(),
                house.clock()}),
      sign_in(must(credential::SignIn::open({house.database(),
                                             house.mint(),
                                             house.sealer(),
                                             house.directory(),
                                             sessions,
                                             credentials,
                                             assertions,
                                             ceremonies,
                                             house.integrityReport(),
                                             rules,
                                             options,
                                             house.clock(),
                                             house.random(),
                                             metrics,
                                             house.log(),
                                             {}},
                                            soon()),
                   "open sign-in")),
      approved([](const session::Session&, const ActionId&) {
          return Result<credential::ApprovedAction>(
              fail(ErrorCode::kStepUpRequired, "nothing is approved"));
      }) {}

Person KeyHouse::person(std::string_view address, std::set<std::string> roles) {
    const auto found = house.addAccount(address, account::AccountStatus::kActive, std::move(roles));
    return Person{std::string(address), found.authority.account, {}}.elsewhere("192.0.2.1");
}

VirtualKey KeyHouse::key() const {
    KeyModel model;
    model.authority = maker;
    return VirtualKey(model);
}

session::Session KeyHouse::inbox(const Person& person, mint::SessionKind kind) {
    session::Draft draft = sessions.draftFromLink(person.account,
                                                  authority(person.account).epoch,
                                                  kind,
                                                  std::string(kBrowserName),
                                                  std::nullopt);
    auto minted =
        must(mint::ask<mint::MintedToken>(house.mint(), draft.request(), soon()), "mint session");
    const auto opening = must(sessions.prepare(std::move(draft), mint::Answer(std::move(minted))),
                              "prepare session");
    const Status opened =
        house.database().write(soon(), [&](storage::Transaction& transaction) -> Status {
            return session::Service::open(transaction,
                                          link::Redemption::proof(person.account),
                                          opening,
                                          sessions.lifetimes());
        });
    EXPECT_TRUE(opened.has_value());
    return sessions.opened(opening);
}

account::Authority KeyHouse::authority(const AccountId& account) {
    return must(house.directory().authorityOf(account, soon()), "authority");
}

std::vector<credential::Credential> KeyHouse::live(const AccountId& account) {
    return must(credentials.live(authority(account), soon()), "live credentials");
}

Result<credential::KeyDocument> KeyHouse::enrol(const session::Session& session,
                                                VirtualKey& key,
                                                const std::optional<std::string>& ticket,
                                                const std::optional<ActionId>& action) {
    credential::Enrolment::Wish wish;
    wish.label = "Blue key";
    if (ticket.has_value()) wish.ticket = Secret(std::string_view(*ticket));
    wish.action = action;
    SALLYPORT_TRY(const auto offer, enrolment.begin(session, wish, soon()));
    SALLYPORT_TRY(
        auto judged,
        enrolment.finish(session, offer.id, registered(key, creation(offer.options)), soon()));
    if (const auto* refusal = std::get_if<fido::Refusal>(&judged)) return refusedAs(*refusal);
    return std::get<credential::KeyDocument>(std::move(judged));
}

credential::KeyDocument KeyHouse::firstKey(const Person& person, VirtualKey& key) {
    std::optional<std::string> by;
    if (options.first_key != credential::FirstKey::kSession) by = ticket(person.account);
    return must(enrol(inbox(person), key, by), "enrol the first key");
}

std::string KeyHouse::ticket(const AccountId& account, const std::optional<ActionId>& action) {
    const auto made = must(tickets.issue(account, action, std::nullopt, soon()), "issue a ticket");
    const Status written =
        house.database().write(soon(), [&made](storage::Transaction& transaction) {
            return credential::Tickets::insert(transaction, made);
        });
    EXPECT_TRUE(written.has_value());
    return std::string(made.text.exposeText());
}

Result<credential::SignIn::Offer> KeyHouse::begin(Person& person,
                                                  const std::optional<std::string>& email,
                                                  Channel channel) {
    auto offer = sign_in->begin(email, person.requester, channel, soon());
    if (offer) person.requester.login_cookie = offer->login_cookie.duplicate();
    return offer;
}

Result<fido::Judged<credential::SignIn::Opened>> KeyHouse::finish(
    const Person& person,
    CeremonyId id,
    const Json& response,
    const std::optional<session::Session>& held) {
    return sign_in->finish(id, response, person.requester, held, soon());
}

Result<session::Session> KeyHouse::signIn(Person& person, VirtualKey& key) {
    SALLYPORT_TRY(const auto offer, begin(person));
    SALLYPORT_TRY(auto judged, finish(person, offer.id, asserted(key, request(offer.options))));
    if (const auto* refusal = std::get_if<fido::Refusal>(&judged)) return refusedAs(*refusal);
    return std::get<credential::SignIn::Opened>(std::move(judged)).session;
}

std::int64_t KeyHouse::count(const std::string& table) {
    return must(house.query("SELECT count(*) AS n FROM " + table).front().integer("n"), "count");
}

void KeyHouse::place(credential::Ceremony& ceremony) {
    ceremony.id = CeremonyId::random(house.random());
    ceremony.nonce = house.random().bytes<32>();
    ceremony.issued = house.clock().now();
    ceremony.expires = ceremony.issued + options.challenge_life;
    const auto row = must(ceremonies.seal(ceremony, soon()), "seal a ceremony");
    const Status written =
        house.database().write(soon(), [&row](storage::Transaction& transaction) {
            return seal::Sealer::insert(transaction, row);
        });
    EXPECT_TRUE(written.has_value());
}

BrowserCeremony creation(const Json& options, std::string_view origin) {
    BrowserCeremony ceremony;
    ceremony.challenge = bytesOf(options.find("challenge"));
    ceremony.origin = origin;
    ceremony.rp_id = textOf(options.find("rp")->find("id"));
    ceremony.user_id = bytesOf(options.find("user")->find("id"));
    ceremony.user_name = textOf(options.find("user")->find("name"));
    ceremony.exclude = idsOf(options.find("excludeCredentials"));
    ceremony.direct_attestation = textOf(options.find("attestation")) == "direct";
    return ceremony;
}

BrowserCeremony request(const Json& options, std::string_view origin) {
    BrowserCeremony ceremony;
    ceremony.challenge = bytesOf(options.find("challenge"));
    ceremony.origin = origin;
    ceremony.rp_id = textOf(options.find("rpId"));
    ceremony.allow = idsOf(options.find("allowCredentials"));
    return ceremony;
}

Json registered(VirtualKey& key, const BrowserCeremony& ceremony) {
    return must(Json::parse(registration(key, ceremony).json()), "registration JSON");
}

Json asserted(VirtualKey& key, const BrowserCeremony& ceremony) {
    return must(Json::parse(assertion(key, ceremony).json()), "assertion JSON");
}

}  // namespace sallyport::test
