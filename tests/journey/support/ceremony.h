#pragma once

#include "base/base64url.h"
#include "base/json.h"
#include "tests/journey/support/browser.h"
#include "tests/support/virtual_key/browser.h"

#include <string>

namespace sallyport::test {

inline Bytes bytesOf(const Json* member) {
    const auto bytes = base64url::decode(*member->asString(), 2048);
    return bytes ? *bytes : Bytes();
}

/// What a browser makes of the options in an answer.
inline BrowserCeremony ceremonyOf(const HttpAnswer& answer, const std::string& origin) {
    const Json document = answer.json();
    const Json& options = *document.find("publicKey");
    BrowserCeremony ceremony;
    ceremony.challenge = bytesOf(options.find("challenge"));
    ceremony.origin = origin;
    if (const Json* rp = options.find("rp"); rp != nullptr) {
        ceremony.rp_id = *rp->find("id")->asString();
        ceremony.user_id = bytesOf(options.find("user")->find("id"));
        return ceremony;
    }
    ceremony.rp_id = *options.find("rpId")->asString();
    for (const Json& entry : *options.find("allowCredentials")->asArray())
        ceremony.allow.push_back(bytesOf(entry.find("id")));
    return ceremony;
}

/// Null for what is no JSON.
inline Json parsed(const std::string& text) {
    auto json = Json::parse(text);
    return json ? *json : Json();
}

}  // namespace sallyport::test
