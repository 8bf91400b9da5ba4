#include "credential/sign_in.h"

#include "credential/options_json.h"
#include "credential/tables.h"
#include "limit/crowd.h"
#include "session/known_browser.h"

namespace sallyport::credential {
namespace {

using fido::Judged;
using fido::Refusal;

// Assertions of one key that run side by side: the one that lost decides anew.
constexpr int kAttempts = 3;

/// Of no account; only its form and its seal matter.
storage::Row dummyCredential(Random& random, Time now) {
    storage::Row row;
    row.set("id", CredentialId::random(random));
    row.set("account_id", AccountId::random(random));
    row.set("webauthn_id", copyBytes(random.bytes<48>()));
    row.set("public_key", copyBytes(random.bytes<77>()));  // as long as an ES256 key
    row.set("algorithm", fido::name(fido::Algorithm::kEs256));
    row.set("aaguid", fido::Aaguid{});
    row.set("attestation", fido::name(fido::Attestation::kVerified));
    row.set("backup_eligible", std::int64_t{0});
    row.set("transports", "usb");
    row.set("label", "Security key");
    row.set("status", name(CredentialStatus::kFrozen));
    row.set("channel", sallyport::name(Channel::kBrowser));
    row.set("authorized_by", nullptr);
    row.set("created_at", now);
    return row;
}

Refusal refusal(std::string code, std::string step, std::string detail) {
    return {std::move(code), std::move(step), std::move(detail)};
}

/// What is wrong with what was presented, or with a row behind it, shows in one way outside.
bool isRefusal(const Error& error) {
    return error.code == ErrorCode::kGone || error.code == ErrorCode::kIntegrity ||
           error.code == ErrorCode::kNotFound || error.code == ErrorCode::kInvalidRequest;
}

bool isConflict(const Result<Judged<SignIn::Opened>>& opened) {
    return !opened && opened.error().code == ErrorCode::kConflict;
}

/// Whether the browser that answers is the one that asked.
bool isOfBrowser(const Ceremony& ceremony, const session::Requester& requester) {
    if (!requester.login_cookie.has_value() || !ceremony.binding.has_value()) return false;
    const auto binding = session::bindingOf(*requester.login_cookie);
    return binding && constantTimeEquals(*binding, *ceremony.binding);
}

/// WebAuthn L3 7.2 steps 5 and 6: the credential is one that was listed, or it names its user.
std::optional<Refusal> notNamed(const Ceremony& ceremony, const fido::AssertionResponse& given) {
    if (ceremony.listed.has_value()) {
        if (ceremony.lists(given.id)) return std::nullopt;
        return refusal("not_listed", "7.2 step 5 (A1)", "not in allowCredentials");
    }
    if (given.user_handle.has_value()) return std::nullopt;
    return refusal("no_user_handle", "7.2 step 6 (A2)", "nobody was named before");
}

}  // namespace

/// A response to a consumed ceremony in the browser that asked for it.
struct SignIn::Answered {
    const Ceremony& ceremony;
    const fido::AssertionResponse& response;
    const session::Requester& requester;
    const std::optional<session::Session>& held;
};

SignIn::~SignIn() = default;

Result<std::unique_ptr<SignIn>> SignIn::open(Parts parts, Deadline deadline) {
    SALLYPORT_TRY(
        const auto sealed,
        parts.sealer.seal(
            credentialsTable(), dummyCredential(parts.random, parts.clock.now()), deadline));
    return std::unique_ptr<SignIn>(
        new SignIn(std::move(parts), seal::UnverifiedRow{&credentialsTable(), sealed.row()}));
}

Result<SignIn::Offer> SignIn::begin(const std::optional<std::string>& email,
                                    const session::Requester& requester,
                                    Channel channel,
                                    Deadline deadline) const {
    if (parts_.options.originsOf(channel).empty())
        return fail(ErrorCode::kForbidden, "this channel is not served");
    std::optional<account::MailAddress> address;
    if (email.has_value()) {
        SALLYPORT_TRY(address, account::MailAddress::parse(*email, parts_.addresses));
    }
    SALLYPORT_CHECK(limit::refuseCrowd(parts_.database,
                                       parts_.rules.sign_in,
                                       session::countedSource(requester),
                                       parts_.clock.now(),
                                       deadline));

    Ceremony ceremony;
    if (address.has_value()) {
        SALLYPORT_TRY(ceremony.listed, listFor(*address, deadline));
    }
    session::Requester asker{requester.source, requester.shared_source, "", "", {}, {}};
    auto binding = requester.login_cookie.has_value()
                       ? session::bindingOf(*requester.login_cookie)
                       : Result<Digest>(fail(ErrorCode::kInvalidRequest, "no login cookie"));
    const bool fresh = !binding.has_value();
    if (fresh) {
        const auto raw = parts_.random.bytes<session::kLoginCookieSize>();
        asker.login_cookie = Secret::take(base64url::encode(raw));
        binding = sha256(raw);
    } else {
        asker.login_cookie = requester.login_cookie->duplicate();
    }
    ceremony.id = CeremonyId::random(parts_.random);
    ceremony.nonce = parts_.random.bytes<32>();
    ceremony.channel = channel;
    ceremony.issued = parts_.clock.now();
    ceremony.expires = ceremony.issued + parts_.options.challenge_life;
    ceremony.binding = *binding;
    SALLYPORT_TRY(const auto row, parts_.ceremonies.seal(ceremony, deadline));

    const auto counted =
        limit::Attempt::by(session::countedSource(asker), parts_.random, ceremony.issued);
    SALLYPORT_CHECK(
        parts_.database.write(deadline, [&](storage::Transaction& transaction) -> Status {
            SALLYPORT_CHECK(limit::countAttempt(transaction, parts_.rules.sign_in, counted));
            return seal::Sealer::insert(transaction, row);
        }));
    std::vector<Descriptor> allow;
    // Without transports: a dummy has none.
    for (const Bytes& id : ceremony.listed.value_or(std::vector<Bytes>()))
        allow.push_back({id, {}});
    return Offer{
        ceremony.id,
        requestOptions(parts_.options, ceremony.challenge(), parts_.options.challenge_life, allow),
        std::move(*asker.login_cookie),
        fresh};
}

Refusal SignIn::refused(Refusal refusal) const {
    parts_.log.info("sign_in.refused",
                    {{"code", refusal.code}, {"step", refusal.step}, {"detail", refusal.detail}});
    parts_.metrics.count("sallyport_sign_ins_refused_total", {{"code", refusal.code}});
    return refusal;
}

Result<Judged<SignIn::Opened>> SignIn::finish(CeremonyId id,
                                              const Json& response,
                                              const session::Requester& requester,
                                              const std::optional<session::Session>& held,
                                              Deadline deadline) const {
    using Answer = Judged<Opened>;
    const auto ceremony = parts_.ceremonies.consume(id, Purpose::kSignIn, deadline);
    if (!ceremony && !isRefusal(ceremony.error())) return ceremony.error();
    if (!ceremony)
        return Answer(refused(refusal("unknown_ceremony", "7.2 (A0)", ceremony.error().detail)));
    if (!isOfBrowser(*ceremony, requester))
        return Answer(refused(refusal("wrong_browser", "7.2 (A0)", "another browser asked")));
    auto parsed = fido::AssertionResponse::parse(response);
    if (auto* why = std::get_if<Refusal>(&parsed)) return Answer(refused(std::move(*why)));
    const auto& given = std::get<fido::AssertionResponse>(parsed);
    if (auto why = notNamed(*ceremony, given); why.has_value())
        return Answer(refused(std::move(*why)));
    return decide({*ceremony, given, requester, held}, deadline);
}

Result<Judged<SignIn::Opened>> SignIn::decide(const Answered& answered, Deadline deadline) const {
    using Answer = Judged<Opened>;
    auto opened = attempt(answered, deadline);
    for (int more = kAttempts; more > 1 && isConflict(opened); --more)
        opened = attempt(answered, deadline);
    if (opened) return opened;
    const Error& error = opened.error();
    if (error.code == ErrorCode::kConflict)
        return Answer(refused(refusal("overtaken", "7.2 (A14)", error.detail)));
    if (!isRefusal(error)) return opened;
    return Answer(refused(refusal("damaged", "7.2 (A1)", error.detail)));
}

Result<Judged<SignIn::Opened>> SignIn::attempt(const Answered& answered, Deadline deadline) const {
    using Answer = Judged<Opened>;
    // Whose key this may be; what is believed about it comes from his sealed rows.
    SALLYPORT_TRY(
        const auto row, parts_.database.read(deadline, [&](storage::Transaction& transaction) {
            return transaction.first("SELECT account_id FROM credentials WHERE webauthn_id = $1",
                                     {answered.response.id});
        }));
    if (!row.has_value()) {
        SALLYPORT_CHECK(spendOnNobody(answered, deadline));
        return Answer(refused(refusal("unknown_credential", "7.2 step 6 (A2)", "nobody's key")));
    }
    SALLYPORT_TRY(const auto account, row->id<AccountId>("account_id"));
    SALLYPORT_TRY(const auto authority, parts_.directory.authorityOf(account, deadline));
    if (!authority.maySignIn())
        return Answer(refused(refusal("account_frozen", "7.2 (A1)", "nobody signs in to it")));
    const bool vouched =
        answered.held.has_value() && answered.held->fields().account == authority.account;
    SALLYPORT_TRY(auto judged,
                  parts_.assertions.check(
                      authority,
                      answered.response,
                      {answered.ceremony.challenge(),
                       answered.ceremony.channel,
                       answered.ceremony.issued,
                       vouched ? std::string() : session::countedSource(answered.requester)},
                      deadline));
    if (auto* why = std::get_if<Refusal>(&judged)) return Answer(refused(std::move(*why)));
    SALLYPORT_TRY(Opened opened,
                  openSession(answered, authority, std::get<Checked>(judged), deadline));
    return Answer(std::move(opened));
}

Status SignIn::spendOnNobody(const Answered& answered, Deadline deadline) const {
    SALLYPORT_CHECK(parts_.database.read(deadline, [](storage::Transaction& transaction) {
        return account::readAuthority(transaction, AccountId{});
    }));
    SALLYPORT_CHECK(parts_.sealer.verify({dummy_}, deadline));
    return parts_.assertions.spendOnNobody(answered.response,
                                           dummy_,
                                           {answered.ceremony.challenge(),
                                            answered.ceremony.channel,
                                            answered.ceremony.issued,
                                            session::countedSource(answered.requester)},
                                           deadline);
}

Result<SignIn::Opened> SignIn::openSession(const Answered& answered,
                                           const account::Authority& authority,
                                           const Checked& checked,
                                           Deadline deadline) const {
    const bool from_cli = parts_.options.cli_origin.has_value() &&
                          checked.assertion.origin() == *parts_.options.cli_origin;
    const session::KeyAssertion assertion{authority.account,
                                          checked.credential.id,
                                          checked.assertion.userVerified(),
                                          checked.credential.hardware(),
                                          from_cli ? Channel::kCli : Channel::kBrowser,
                                          parts_.clock.now()};
    session::Draft draft = parts_.sessions.draftFromKey(
        assertion, authority.epoch, answered.requester.browser, answered.held);
    const auto known = session::KnownBrowser::draft(authority.account, parts_.random, assertion.at);
    std::vector<mint::Request> requests;
    requests.push_back(draft.request());
    requests.push_back(known.request());
    SALLYPORT_TRY(auto answers, parts_.mint.perform(std::move(requests), deadline));
    SALLYPORT_TRY(auto minted, mint::take<mint::MintedToken>(answers, 1));
    SALLYPORT_TRY(auto opening, parts_.sessions.prepare(std::move(draft), std::move(answers[0])));
    session::Session session = parts_.sessions.opened(opening);
    SALLYPORT_TRY(Secret address, parts_.sessions.addressOf(session, deadline));
    std::optional<Secret> known_cookie;
    if (!answered.requester.shared_source) {
        SALLYPORT_TRY(known_cookie, known.cookie(std::move(minted)));
    }
    SALLYPORT_CHECK(
        parts_.database.write(deadline, [&](storage::Transaction& transaction) -> Status {
            SALLYPORT_CHECK(Assertions::commit(transaction, checked));
            return session::Service::open(transaction,
                                          session::VerifiedSignIn(assertion),
                                          opening,
                                          parts_.sessions.lifetimes());
        }));
    parts_.metrics.count("sallyport_sign_ins_total");
    return Opened{
        std::move(session), std::move(opening.cookie), std::move(known_cookie), std::move(address)};
}

}  // namespace sallyport::credential
