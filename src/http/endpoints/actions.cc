#include "http/endpoints/actions.h"

#include <algorithm>

namespace sallyport::http {
namespace {

constexpr std::size_t kMaxType = 64;
constexpr std::size_t kMaxReference = 1024;
constexpr std::size_t kMaxUri = 2048;
constexpr Duration kLongestWait = std::chrono::seconds(30);

/// Who asks, with the session that it rests on.
struct Asker {
    std::optional<session::Session> session;
    action::Caller caller;
};

/// Fills in `asker`, which the caller then points into.
Status identify(const Actions& parts, const Call& call, Asker& asker, Deadline until) {
    if (call.client.has_value()) {
        asker.caller.client = *call.client;
    } else {
        SALLYPORT_TRY(asker.session, parts.sign_in.session(call.request, until));
        asker.caller.session = &*asker.session;
    }
    asker.caller.channel = call.channel();
    if (const auto* languages = call.request.headers.find("Accept-Language"))
        asker.caller.languages = *languages;
    asker.caller.browser = parts.sign_in.requester(call.request).browser;
    return {};
}

/// Reads like nothing that exists: an id that is none has the answer of one that is unknown.
Result<ActionId> idOf(const Call& call) {
    auto id = ActionId::fromText(call.path("id"));
    if (!id) return fail(ErrorCode::kNotFound, "not the id of an action");
    return id;
}

Response documentResponse(const Actions& parts, int status, const action::View& view) {
    return Response::json(status, actionDocument(view, parts.public_origin));
}

Result<action::Proposal> proposalOf(const Call& call) {
    action::Proposal proposal;
    Json body = call.body;
    Json::Object rest;
    if (const auto* members = call.body.asObject()) rest = *members;
    if (const auto found = rest.find("parameters"); found != rest.end()) {
        proposal.parameters = found->second;
        rest.erase(found);
        body = Json(std::move(rest));
    }
    JsonReader reader(body);
    SALLYPORT_TRY(proposal.type, reader.string("type", kMaxType));
    SALLYPORT_TRY(proposal.resource, reader.optionalString("resource", kMaxReference));
    SALLYPORT_TRY(proposal.subject, reader.optionalString("subject", kMaxReference));
    SALLYPORT_TRY(proposal.redirect_uri, reader.optionalString("redirect_uri", kMaxUri));
    SALLYPORT_TRY(proposal.state, reader.optionalString("state", kMaxUri));
    SALLYPORT_CHECK(reader.finish());
    return proposal;
}

Result<Response> propose(const Actions& parts, const Call& call) {
    const Deadline until = parts.deadline();
    Asker asker;
    SALLYPORT_CHECK(identify(parts, call, asker, until));
    SALLYPORT_TRY(const auto proposal, proposalOf(call));
    if (proposal.redirect_uri.has_value() &&
        !(parts.redirects_to && parts.redirects_to(asker.caller.client, *proposal.redirect_uri))) {
        return fail(ErrorCode::kInvalidRequest, "redirect_uri is none of the client's");
    }
    SALLYPORT_TRY(const auto view, parts.actions.propose(asker.caller, proposal, until));
    return documentResponse(parts, 201, view);
}

Result<Response> list(const Actions& parts, const Call& call) {
    const Deadline until = parts.deadline();
    Asker asker;
    SALLYPORT_CHECK(identify(parts, call, asker, until));
    SALLYPORT_TRY(const auto views, parts.actions.list(asker.caller, until));
    Json::Array documents;
    for (const auto& view : views) documents.push_back(actionDocument(view, parts.public_origin));
    return Response::json(200, Json::Object{{"actions", std::move(documents)}});
}

/// `wait=30`, in seconds, at most 30; nothing else may stand there.
Result<Duration> waitOf(std::string_view query) {
    constexpr std::string_view kName = "wait=";
    if (query.empty()) return Duration::zero();
    const std::string_view digits = query.substr(std::min(kName.size(), query.size()));
    const bool number =
        !digits.empty() && digits.size() <= 3 &&
        std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!query.starts_with(kName) || !number)
        return fail(ErrorCode::kInvalidRequest, "a query that is not wait=SECONDS");
    const Duration wait = std::chrono::seconds(std::stoi(std::string(digits)));
    return std::min(wait, kLongestWait);
}

Result<Response> show(const Actions& parts, const Call& call) {
    const Deadline until = parts.deadline();
    SALLYPORT_TRY(const auto id, idOf(call));
    SALLYPORT_TRY(const auto wait, waitOf(call.request.query));
    Asker asker;
    SALLYPORT_CHECK(identify(parts, call, asker, until));
    SALLYPORT_TRY(const auto view, parts.actions.read(asker.caller, id, wait, until));
    return documentResponse(parts, 200, view);
}

Result<Response> challenge(const Actions& parts, const Call& call) {
    const Deadline until = parts.deadline();
    SALLYPORT_TRY(const auto id, idOf(call));
    SALLYPORT_CHECK(JsonReader(call.body).finish());
    Asker asker;
    SALLYPORT_CHECK(identify(parts, call, asker, until));
    SALLYPORT_TRY(auto challenge, parts.actions.challenge(asker.caller, id, until));
    SALLYPORT_TRY(Json transcript, challenge.transcript.json());
    return Response::json(200,
                          Json::Object{{"publicKey", std::move(challenge.options)},
                                       {"transcript", std::move(transcript)}});
}

Result<Response> approve(const Actions& parts, const Call& call) {
    const Deadline until = parts.deadline();
    SALLYPORT_TRY(const auto id, idOf(call));
    Asker asker;
    SALLYPORT_CHECK(identify(parts, call, asker, until));
    SALLYPORT_TRY(auto judged, parts.actions.approve(asker.caller, id, call.body, until));
    if (std::holds_alternative<fido::Refusal>(judged))
        return problemResponse(Problem::kAssertionRefused);
    auto& approved = std::get<action::Approved>(judged);
    const Json document = actionDocument(approved.view, parts.public_origin);
    Json::Object members = *document.asObject();
    if (approved.answer.product.has_value())
        members.emplace("ticket", approved.answer.product->exposeText());
    if (!approved.answer.session.has_value()) return Response::json(200, std::move(members));
    auto& opening = *approved.answer.session;
    const auto session = parts.sign_in.sessions.opened(opening);
    SALLYPORT_TRY(const Secret address, parts.sign_in.sessions.addressOf(session, until));
    members.emplace(
        "session",
        sessionDocument(
            session, address, call.cookie_policy.csrfToken(Cookie::kSession, opening.cookie)));
    Response response = Response::json(200, std::move(members));
    response.cookies.push_back({Cookie::kSession, std::move(opening.cookie), std::nullopt});
    return response;
}

Result<Response> deny(const Actions& parts, const Call& call) {
    const Deadline until = parts.deadline();
    SALLYPORT_TRY(const auto id, idOf(call));
    SALLYPORT_CHECK(JsonReader(call.body).finish());
    Asker asker;
    SALLYPORT_CHECK(identify(parts, call, asker, until));
    SALLYPORT_TRY(const auto view, parts.actions.deny(asker.caller, id, until));
    return documentResponse(parts, 200, view);
}

Result<Response> cancel(const Actions& parts, const Call& call) {
    const Deadline until = parts.deadline();
    SALLYPORT_TRY(const auto id, idOf(call));
    SALLYPORT_CHECK(JsonReader(call.body).finish());
    Asker asker;
    SALLYPORT_CHECK(identify(parts, call, asker, until));
    SALLYPORT_TRY(const auto view, parts.actions.cancel(asker.caller, id, until));
    return documentResponse(parts, 200, view);
}

Result<Response> evidence(const Actions& parts, const Call& call) {
    const Deadline until = parts.deadline();
    SALLYPORT_TRY(const auto id, idOf(call));
    Asker asker;
    SALLYPORT_CHECK(identify(parts, call, asker, until));
    SALLYPORT_TRY(const Json bundle, parts.actions.evidence(asker.caller, id, until));
    return Response::json(200, bundle);
}

/// An action that is settled was there, but nothing of it is to be had: 409 as for any other state.
template <Actions::Function function>
Result<Response> onAction(const Actions& parts, const Call& call) {
    auto answer = function(parts, call);
    if (!answer && answer.error().code == ErrorCode::kGone)
        return problemResponse(Problem::kConflict);
    return answer;
}

}  // namespace

Endpoint Actions::endpoint(std::string method,
                           std::string pattern,
                           Function function,
                           Who who) const {
    Endpoint made;
    made.body = method == "GET" ? Body::kNone : Body::kJson;
    made.method = std::move(method);
    made.pattern = std::move(pattern);
    made.handler = [parts = *this, function](const Call& call) { return function(parts, call); };
    made.cookie = Cookie::kSession;
    if (who == Who::kPersonOrClient) made.authorization = authorization;
    return made;
}

Json actionDocument(const action::View& view, const std::string& public_origin) {
    const auto& action = view.action;
    Json::Object document{
        {"id", action.id.text()},
        {"type", action.action.type},
        {"text", view.text},
        {"action_digest", base64url::encode(action.digest)},
        {"state", action::name(action.state)},
        {"required", static_cast<std::int64_t>(action.required)},
        {"approvals", static_cast<std::int64_t>(view.approvals)},
        {"may_approve", view.may_approve},
        {"proposed", view.proposed},
        {"expires_in", std::chrono::duration_cast<std::chrono::seconds>(view.left).count()},
        {"approve_url", public_origin + "/approve/" + action.id.text()}};
    if (action.result.has_value()) document.emplace("result", *action.result);
    return document;
}

void addActionEndpoints(Router& router, const Actions& parts) {
    using enum Actions::Who;
    const std::string base = "/api/v1/actions";
    const std::string one = base + "/{id}";
    router.add(parts.endpoint("POST", base, onAction<propose>, kPersonOrClient));
    router.add(parts.endpoint("GET", base, onAction<list>, kPerson));
    router.add(parts.endpoint("GET", one, onAction<show>, kPersonOrClient));
    router.add(parts.endpoint("POST", one + "/challenge", onAction<challenge>, kPerson));
    router.add(parts.endpoint("POST", one + "/approvals", onAction<approve>, kPerson));
    router.add(parts.endpoint("POST", one + "/deny", onAction<deny>, kPerson));
    router.add(parts.endpoint("POST", one + "/cancel", onAction<cancel>, kPersonOrClient));
    router.add(parts.endpoint("GET", one + "/evidence", onAction<evidence>, kPersonOrClient));
}

}  // namespace sallyport::http
