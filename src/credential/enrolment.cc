#include "credential/enrolment.h"

#include "base/utf8.h"
#include "credential/credential_rows.h"
#include "credential/options_json.h"
#include "credential/tables.h"

#include <algorithm>

namespace sallyport::credential {
namespace {

using fido::Judged;
using fido::Refusal;

constexpr std::size_t kMostLabel = 64;

/// Neither control nor bidirectional formatting: a label stands in lists and approvals.
bool isHarmless(char32_t code) {
    const bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    const bool format = code == 0xad || code == 0x61c || code == 0xfeff ||
                        (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
                        (code >= 0x2060 && code <= 0x206f);
    return !control && !format;
}

Status isLabel(std::string_view label) {
    const Error bad = fail(ErrorCode::kInvalidRequest, "a label is one line of 1 to 64 bytes");
    if (label.empty() || label.size() > kMostLabel || label.front() == ' ' || label.back() == ' ')
        return bad;
    while (!label.empty()) {
        const auto code = takeCodePoint(label);
        if (!code.has_value() || !isHarmless(*code)) return bad;
    }
    return {};
}

bool hasActive(const std::vector<Credential>& live) {
    return std::any_of(live.begin(), live.end(), [](const Credential& one) {
        return one.status == CredentialStatus::kActive;
    });
}

Refusal unknownCeremony(std::string detail) {
    return {"unknown_ceremony", "7.1 (R0)", std::move(detail)};
}

/// Key, counter, raw attestation, and last the authority record that names the key.
std::vector<seal::Sealer::Next> rowsOf(const NewCredential& made,
                                       const fido::RegistrationResponse& response,
                                       const account::Authority& authority,
                                       const std::vector<Credential>& live) {
    const fido::VerifiedRegistration& registration = made.registration;
    auto marks = marksOf(live);
    marks.push_back({made.id, sha256(registration.publicKey()), made.status});
    storage::Row record = authority.row.row();
    record.set("credentials_digest", credentialsDigest(std::move(marks)));

    std::vector<seal::Sealer::Next> rows;
    rows.push_back({&credentialsTable(), nullptr, credentialRow(made)});
    rows.push_back(
        {&countersTable(),
         nullptr,
         counterRow(made.id, registration.signCount(), registration.backedUp(), std::nullopt)});
    rows.push_back({&attestationsTable(), nullptr, attestationRow(made.id, response)});
    rows.push_back({&authority.row.table(), &authority.row, std::move(record)});
    return rows;
}

Json::Object eventData(const NewCredential& made, RightKind right) {
    const fido::VerifiedRegistration& registration = made.registration;
    Json::Object data{{"credential", made.id.text()},
                      {"aaguid", fido::textOf(registration.aaguid())},
                      {"attestation", fido::name(registration.attestation())},
                      {"channel", sallyport::name(made.channel)},
                      {"public_key", base64url::encode(sha256(registration.publicKey()))},
                      {"right", name(right)},
                      {"status", name(made.status)}};
    if (made.authorized_by.has_value()) data.emplace("by", base64url::encode(*made.authorized_by));
    return data;
}

account::NoticeKind noticeOf(const NewCredential& made) {
    return made.status == CredentialStatus::kProvisional ? account::NoticeKind::kKeyProvisional
                                                         : account::NoticeKind::kKeyAdded;
}

KeyDocument documentOf(const NewCredential& made) {
    const fido::VerifiedRegistration& registration = made.registration;
    return {made.id,
            made.label,
            registration.aaguid(),
            registration.attestation(),
            registration.backupEligible(),
            made.now,
            std::nullopt,
            made.status,
            fingerprintOf(registration.publicKey())};
}

}  // namespace

/// The right holds now; what spends it.
struct Enrolment::Granted {
    std::optional<Ticket> ticket;
    std::optional<ApprovedAction> action;
    CredentialStatus status = CredentialStatus::kActive;
};

/// Everything that the rows of a new key are made from.
struct Enrolment::Accepted {
    const Ceremony& ceremony;
    const fido::RegistrationResponse& response;
    const fido::VerifiedRegistration& registration;
    const account::Authority& authority;
    const std::vector<Credential>& live;
    const Granted& granted;
};

Result<Right> Enrolment::rightOf(const session::Session& session,
                                 const Wish& wish,
                                 Deadline deadline) const {
    if (wish.ticket.has_value() && wish.action.has_value())
        return fail(ErrorCode::kInvalidRequest, "a ticket or an action, not both");
    if (wish.action.has_value()) return Right{RightKind::kAction, wish.action->bytes};
    if (wish.ticket.has_value()) {
        SALLYPORT_TRY(
            const Ticket ticket,
            parts_.tickets.check(wish.ticket->exposeText(), session.fields().account, deadline));
        return Right{RightKind::kTicket, ticket.id.bytes};
    }
    return Right{RightKind::kSession, std::nullopt};
}

Result<Enrolment::Granted> Enrolment::granted(const session::Session& session,
                                              const Right& right,
                                              const account::Authority& authority,
                                              const std::vector<Credential>& live,
                                              Deadline deadline) const {
    Granted granted;
    if (right.kind == RightKind::kAction) {
        SALLYPORT_TRY(auto approved,
                      parts_.approved_action(
                          session, ActionId{right.by.value_or(FixedBytes<16>{})}, deadline));
        if (approved.account() != authority.account)
            return fail(ErrorCode::kForbidden, "an approval of another account");
        granted.action = std::move(approved);
        return granted;
    }
    // Whoever can touch a key approves the next one with it; also in `dev`, also with a ticket.
    if (hasActive(live))
        return fail(ErrorCode::kStepUpRequired, "a further key needs an approved credential.add");
    if (right.kind == RightKind::kTicket) {
        SALLYPORT_TRY(
            granted.ticket,
            parts_.tickets.find(
                TicketId{right.by.value_or(FixedBytes<16>{})}, authority.account, deadline));
        // A ticket of the host is as good as the ceremony at which it is handed over: before the
        // first keys exist there is nobody who could activate (docs/adr).
        const bool by_action = granted.ticket->fields.action.has_value();
        if (by_action && parts_.options.first_key == FirstKey::kTicketAndActivation)
            granted.status = CredentialStatus::kProvisional;
        return granted;
    }
    // A suspended or provisional key is a key: nothing that a session alone can do makes room.
    if (parts_.options.first_key != FirstKey::kSession || !live.empty())
        return fail(ErrorCode::kForbidden, "a first key needs an enrolment ticket");
    return granted;
}

Result<Enrolment::Offer> Enrolment::begin(const session::Session& session,
                                          const Wish& wish,
                                          Deadline deadline) const {
    SALLYPORT_CHECK(isLabel(wish.label));
    if (parts_.options.originsOf(wish.channel).empty())
        return fail(ErrorCode::kForbidden, "this channel is not served");
    const AccountId account = session.fields().account;
    SALLYPORT_TRY(const auto authority, parts_.directory.authorityOf(account, deadline));
    SALLYPORT_TRY(const auto live, parts_.credentials.live(authority, deadline));
    SALLYPORT_TRY(const Right right, rightOf(session, wish, deadline));
    SALLYPORT_CHECK(granted(session, right, authority, live, deadline));

    Ceremony ceremony;
    ceremony.id = CeremonyId::random(parts_.random);
    ceremony.purpose = Purpose::kEnrolment;
    ceremony.nonce = parts_.random.bytes<32>();
    ceremony.channel = wish.channel;
    ceremony.issued = parts_.clock.now();
    ceremony.expires = ceremony.issued + parts_.options.challenge_life;
    ceremony.account = account;
    ceremony.session = session.id();
    ceremony.right = right;
    ceremony.policy_digest = parts_.options.policyDigest();
    ceremony.label = wish.label;
    ceremony.listed.emplace();
    std::vector<Descriptor> exclude;
    for (const Credential& one : live) {
        ceremony.listed->push_back(one.webauthn_id);
        exclude.push_back({one.webauthn_id, one.transports});
    }
    SALLYPORT_TRY(const Secret address, parts_.sessions.addressOf(session, deadline));
    SALLYPORT_TRY(const auto row, parts_.ceremonies.seal(ceremony, deadline));
    SALLYPORT_CHECK(parts_.database.write(deadline, [&row](storage::Transaction& transaction) {
        return seal::Sealer::insert(transaction, row);
    }));
    return Offer{
        ceremony.id,
        creationOptions(
            parts_.options, ceremony, {account, std::string(address.exposeText())}, exclude)};
}

Refusal Enrolment::refused(Refusal refusal) const {
    parts_.log.info("registration.refused",
                    {{"code", refusal.code}, {"step", refusal.step}, {"detail", refusal.detail}});
    parts_.metrics.count("sallyport_registrations_refused_total", {{"code", refusal.code}});
    return refusal;
}

Judged<fido::VerifiedRegistration> Enrolment::verify(
    const Ceremony& ceremony, const fido::RegistrationResponse& response) const {
    // Everything that the options asked for is asked again here (CVE-2026-8830).
    if (ceremony.lists(response.id))
        return Refusal{"already_registered", "7.1 step 26 (R28)", "an excluded credential"};
    return fido::verifyRegistration(response,
                                    {parts_.options.rp_id,
                                     parts_.options.originsOf(ceremony.channel),
                                     ceremony.challenge(),
                                     fido::UserVerification::kRequired,
                                     {fido::Algorithm::kEdDsa, fido::Algorithm::kEs256},
                                     &parts_.options.attestation,
                                     parts_.clock.now()});
}

Result<Judged<KeyDocument>> Enrolment::finish(const session::Session& session,
                                              CeremonyId id,
                                              const Json& response,
                                              Deadline deadline) const {
    using Answer = Judged<KeyDocument>;
    const auto ceremony = parts_.ceremonies.consume(id, Purpose::kEnrolment, deadline);
    if (!ceremony && ceremony.error().code == ErrorCode::kGone)
        return Answer(refused(unknownCeremony(ceremony.error().detail)));
    if (!ceremony) return ceremony.error();
    const AccountId account = session.fields().account;
    if (ceremony->session != session.id() || ceremony->account != account ||
        !ceremony->right.has_value())
        return Answer(refused(unknownCeremony("it began in another session")));
    if (ceremony->policy_digest != parts_.options.policyDigest())
        return Answer(refused(unknownCeremony("the rules changed since")));

    auto parsed = fido::RegistrationResponse::parse(response);
    if (auto* refusal = std::get_if<Refusal>(&parsed)) return Answer(refused(std::move(*refusal)));
    const auto& given = std::get<fido::RegistrationResponse>(parsed);
    auto judged = verify(*ceremony, given);
    if (auto* refusal = std::get_if<Refusal>(&judged)) return Answer(refused(std::move(*refusal)));

    SALLYPORT_TRY(const auto authority, parts_.directory.authorityOf(account, deadline));
    SALLYPORT_TRY(const auto live, parts_.credentials.live(authority, deadline));
    SALLYPORT_TRY(const Granted right,
                  granted(session, *ceremony->right, authority, live, deadline));
    return store(
        {*ceremony, given, std::get<fido::VerifiedRegistration>(judged), authority, live, right},
        deadline);
}

Result<Judged<KeyDocument>> Enrolment::store(const Accepted& accepted, Deadline deadline) const {
    using Answer = Judged<KeyDocument>;
    const account::Authority& authority = accepted.authority;
    const NewCredential made{CredentialId::random(parts_.random),
                             authority.account,
                             accepted.registration,
                             accepted.ceremony.label.value_or(""),
                             accepted.granted.status,
                             accepted.ceremony.channel,
                             accepted.ceremony.right->by,
                             parts_.clock.now()};
    auto rows = rowsOf(made, accepted.response, authority, accepted.live);
    rows.push_back(parts_.notices.draft(noticeOf(made), authority.account, made.label));
    SALLYPORT_TRY(auto sealed, parts_.sealer.sealAll(std::move(rows), deadline));
    SALLYPORT_TRY(const auto notice, parts_.notices.prepare(std::move(sealed.back())));
    sealed.pop_back();
    SALLYPORT_TRY(const auto event,
                  parts_.events.prepare({"credential.enrolled",
                                         "ok",
                                         authority.account,
                                         authority.account,
                                         eventData(made, accepted.ceremony.right->kind),
                                         {}}));

    // One credential id, one account, for ever: also of a key that was removed (F-11).
    SALLYPORT_TRY(
        const bool is_new,
        parts_.database.write(deadline, [&](storage::Transaction& transaction) -> Result<bool> {
            SALLYPORT_TRY(const auto taken,
                          transaction.first("SELECT id FROM credentials WHERE webauthn_id = $1",
                                            {made.registration.credentialId()}));
            if (taken.has_value()) return false;
            // First of all, because its approvals are judged against the account as it is.
            if (accepted.granted.action.has_value()) {
                SALLYPORT_CHECK(accepted.granted.action->settle(transaction));
            }
            for (std::size_t i = 0; i + 1 < sealed.size(); ++i) {
                SALLYPORT_CHECK(seal::Sealer::insert(transaction, sealed[i]));
            }
            SALLYPORT_CHECK(seal::Sealer::replace(transaction, authority.row, sealed.back()));
            if (accepted.granted.ticket.has_value()) {
                SALLYPORT_CHECK(
                    Tickets::consume(transaction, accepted.granted.ticket->id, made.now));
            }
            SALLYPORT_CHECK(account::Notices::write(transaction, notice));
            SALLYPORT_CHECK(audit::append(transaction, event));
            return true;
        }));
    if (!is_new) {
        return Answer(
            refused({"already_registered", "7.1 step 26 (R25)", "registered before, by anybody"}));
    }
    parts_.metrics.count("sallyport_credentials_enrolled_total");
    return Answer(documentOf(made));
}

}  // namespace sallyport::credential
