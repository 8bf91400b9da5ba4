#include "http/endpoints/keys.h"

namespace sallyport::http {
namespace {

constexpr std::size_t kMaxLabel = 64;
constexpr std::size_t kMaxTicket = 256;
constexpr std::size_t kMaxShort = 64;

Result<credential::Enrolment::Wish> wishOf(const Call& call) {
    JsonReader reader(call.body);
    credential::Enrolment::Wish wish;
    SALLYPORT_TRY(wish.label, reader.string("label", kMaxLabel));
    SALLYPORT_TRY(auto ticket, reader.optionalString("ticket", kMaxTicket));
    SALLYPORT_TRY(const auto action, reader.optionalString("action", kMaxShort));
    SALLYPORT_CHECK(reader.finish());
    if (ticket.has_value()) wish.ticket = Secret::take(std::move(*ticket));
    if (action.has_value()) {
        SALLYPORT_TRY(wish.action, ActionId::fromText(*action));
    }
    wish.channel = call.channel();
    return wish;
}

Result<Response> begin(const Keys& parts, const Call& call) {
    const Deadline until = parts.deadline();
    SALLYPORT_TRY(const auto session, parts.sign_in.session(call.request, until));
    SALLYPORT_TRY(const auto wish, wishOf(call));
    SALLYPORT_TRY(auto offer, parts.enrolments.begin(session, wish, until));
    return Response::json(
        201, Json::Object{{"id", offer.id.text()}, {"publicKey", std::move(offer.options)}});
}

Result<Response> finish(const Keys& parts, const Call& call) {
    const Deadline until = parts.deadline();
    SALLYPORT_TRY(const auto session, parts.sign_in.session(call.request, until));
    const auto id = CeremonyId::fromText(call.path("id"));
    if (!id) return problemResponse(Problem::kRegistrationRefused, "unknown_ceremony");
    SALLYPORT_TRY(const auto judged, parts.enrolments.finish(session, *id, call.body, until));
    if (const auto* refusal = std::get_if<fido::Refusal>(&judged))
        return problemResponse(Problem::kRegistrationRefused, refusal->code);
    return Response::json(201, std::get<credential::KeyDocument>(judged).json());
}

}  // namespace

void addEnrolmentEndpoints(Router& router, const Keys& parts) {
    router.add(parts.endpoint("POST", "/api/v1/enrolments", begin, Cookie::kSession, Body::kJson));
    router.add(
        parts.endpoint("POST", "/api/v1/enrolments/{id}", finish, Cookie::kSession, Body::kJson));
}

}  // namespace sallyport::http
