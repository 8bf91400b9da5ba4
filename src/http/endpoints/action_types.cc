#include "http/endpoints/action_types.h"

#include "action/approvals.h"
#include "action/render.h"

namespace sallyport::http {
namespace {

/// In the reader's language, else in English, else the name itself.
std::string labelOf(const action::ParameterRule& rule, const std::string& language) {
    for (const std::string& tried : {language, std::string("en")}) {
        if (const auto found = rule.label.find(tried); found != rule.label.end())
            return found->second;
    }
    return rule.name;
}

Json documentOf(const action::ParameterRule& rule, const std::string& language) {
    return Json::Object{{"name", rule.name},
                        {"label", labelOf(rule, language)},
                        {"kind", action::name(rule.kind)},
                        {"min", static_cast<std::int64_t>(rule.min)},
                        {"max", static_cast<std::int64_t>(rule.max)},
                        {"scale", static_cast<std::int64_t>(rule.scale)},
                        {"one_of", Json::Array(rule.one_of.begin(), rule.one_of.end())},
                        {"optional", rule.optional}};
}

Json documentOf(const action::TypePolicy& policy, std::string_view languages) {
    const std::string language = action::languageFor(policy, languages);
    Json::Array parameters;
    for (const auto& rule : policy.parameters) parameters.push_back(documentOf(rule, language));
    return Json::Object{{"type", policy.type},
                        {"approvers", static_cast<std::int64_t>(policy.approvers)},
                        {"parameters", std::move(parameters)}};
}

Result<Response> list(const ActionTypes& parts, const Call& call) {
    const Deadline until = parts.sign_in.deadline();
    SALLYPORT_TRY(const auto session, parts.sign_in.session(call.request, until));
    SALLYPORT_TRY(const auto authority,
                  parts.directory.authorityOf(session.fields().account, until));
    const auto* languages = call.request.headers.find("Accept-Language");
    Json::Array types;
    for (const auto& [name, type] : parts.types.all()) {
        if (type.complete || type.policy.proposer_only) continue;
        if (!action::Approvals::mayPropose(type.policy, authority)) continue;
        types.push_back(documentOf(
            type.policy, languages == nullptr ? std::string_view() : std::string_view(*languages)));
    }
    return Response::json(200, Json::Object{{"types", std::move(types)}});
}

}  // namespace

void addActionTypeEndpoint(Router& router, const ActionTypes& parts) {
    Endpoint endpoint;
    endpoint.method = "GET";
    endpoint.pattern = "/api/v1/action-types";
    endpoint.handler = [parts](const Call& call) { return list(parts, call); };
    endpoint.cookie = Cookie::kSession;
    endpoint.body = Body::kNone;
    router.add(std::move(endpoint));
}

}  // namespace sallyport::http
