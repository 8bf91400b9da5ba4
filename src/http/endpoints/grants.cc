#include "http/endpoints/grants.h"

#include "base/base64url.h"
#include "token/jws.h"

namespace sallyport::http {
namespace {

using action::Grants;

constexpr std::size_t kMostKey = 128;

Response refusalResponse(Grants::Refusal refusal) {
    switch (refusal) {
        case Grants::Refusal::kAlreadyRedeemed:
            return problemResponse(Problem::kAlreadyRedeemed);
        case Grants::Refusal::kActionMismatch:
            return problemResponse(Problem::kActionMismatch);
    }
    return problemResponse(Problem::kInternal);
}

Result<Grants::Proposer> proposerOf(const GrantCalls& parts, const Call& call, Deadline until) {
    if (call.client.has_value()) return Grants::Proposer(*call.client);
    SALLYPORT_TRY(const auto session, parts.session(call.request, until));
    return Grants::Proposer(session.fields().account);
}

Result<Response> grant(const GrantCalls& parts, const Call& call) {
    const Deadline until = parts.deadline();
    const auto id = ActionId::fromText(call.path("id"));
    if (!id) return problemResponse(Problem::kNotFound);
    SALLYPORT_CHECK(JsonReader(call.body).finish());
    SALLYPORT_TRY(const auto proposer, proposerOf(parts, call, until));
    const auto resource_of = [&parts](const std::string& client) -> Result<std::string> {
        const oauth::Client* found = parts.clients.clients.find(client);
        if (found == nullptr) return fail(ErrorCode::kGone, "the audience is no client any more");
        return found->resource;
    };
    auto outcome = parts.grants.grant(proposer, *id, resource_of, until);
    // What is there and not to be had, now or any more, has one answer.
    if (!outcome && outcome.error().code == ErrorCode::kGone)
        return problemResponse(Problem::kConflict);
    if (!outcome) return std::move(outcome).error();
    if (const auto* refusal = std::get_if<Grants::Refusal>(&*outcome))
        return refusalResponse(*refusal);
    const auto& granted = std::get<Grants::Granted>(*outcome);
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(granted.expires_in);
    return Response::json(200,
                          Json::Object{{"grant", granted.grant.exposeText()},
                                       {"expires_in", std::int64_t{left.count()}}});
}

Result<Grants::Presented> presentedIn(const Call& call, const oauth::Client& client) {
    const Json::Object* members = call.body.asObject();
    if (members == nullptr) return fail(ErrorCode::kInvalidRequest, "JSON: not an object");
    Json::Object texts = *members;
    const auto live = texts.find("action");
    if (live == texts.end()) return fail(ErrorCode::kInvalidRequest, "JSON: no member action");
    Grants::Presented presented;
    presented.client = client.id;
    presented.resource = client.resource;
    presented.live = std::move(live->second);
    texts.erase(live);
    const Json body(std::move(texts));
    JsonReader reader(body);
    SALLYPORT_TRY(presented.grant, reader.string("grant", token::kMostJwsBytes));
    SALLYPORT_TRY(presented.idempotency_key, reader.string("idempotency_key", kMostKey));
    SALLYPORT_CHECK(reader.finish());
    if (presented.idempotency_key.empty())
        return fail(ErrorCode::kInvalidRequest, "JSON: no key in idempotency_key");
    return presented;
}

Result<Response> redeem(const GrantCalls& parts, const Call& call) {
    const oauth::Client* client = parts.clients.clientOf(call);
    if (client == nullptr) return problemResponse(Problem::kUnauthenticated);
    SALLYPORT_TRY(const auto presented, presentedIn(call, *client));
    SALLYPORT_TRY(const auto outcome, parts.grants.redeem(presented, parts.deadline()));
    if (const auto* refusal = std::get_if<Grants::Refusal>(&outcome))
        return refusalResponse(*refusal);
    const auto& redeemed = std::get<Grants::Redeemed>(outcome);
    return Response::json(200,
                          Json::Object{{"id", redeemed.action.text()},
                                       {"state", "redeemed"},
                                       {"action_digest", base64url::encode(redeemed.digest)},
                                       {"redeemed_at", rfc3339(redeemed.at)}});
}

using Function = Result<Response> (*)(const GrantCalls&, const Call&);

Endpoint endpoint(const GrantCalls& parts, std::string pattern, Function function) {
    Endpoint made;
    made.method = "POST";
    made.pattern = std::move(pattern);
    made.handler = [parts, function](const Call& call) { return function(parts, call); };
    made.authorization = parts.clients.authorization();
    return made;
}

}  // namespace

void addGrantEndpoints(Router& router, const GrantCalls& parts) {
    Endpoint by_proposer = endpoint(parts, "/api/v1/actions/{id}/grant", grant);
    by_proposer.cookie = Cookie::kSession;
    router.add(std::move(by_proposer));
    router.add(endpoint(parts, "/api/v1/grants/redeem", redeem));
}

}  // namespace sallyport::http
