#include "tests/support/virtual_key/browser.h"

#include "tests/support/virtual_key/cbor.h"

namespace sallyport::test {

namespace {

Bytes bytesOf(std::string_view text) {
    return {text.begin(), text.end()};
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

std::string quoted(const Bytes& bytes) {
    return quoted(crypto::base64url(bytes));
}

/// WebAuthn L3 5.8.1.1, as Chromium writes it.
Bytes clientData(const BrowserCeremony& ceremony, std::string_view type) {
    if (ceremony.client_data) return bytesOf(*ceremony.client_data);
    std::string out = "{\"type\":" + quoted(ceremony.type.value_or(std::string(type)));
    out += ",\"challenge\":" + quoted(ceremony.challenge);
    out += ",\"origin\":" + quoted(ceremony.origin);
    if (ceremony.cross_origin) {
        out += *ceremony.cross_origin ? ",\"crossOrigin\":true" : ",\"crossOrigin\":false";
    }
    return bytesOf(out + ceremony.more_members + "}");
}

void needVerification(const VirtualKey& key, const BrowserCeremony& ceremony) {
    const KeyModel& model = key.model();
    if (ceremony.user_verification && !model.supports_pin && !model.built_in_uv) {
        throw KeyRefused(CtapStatus::kUnsupportedOption);
    }
}

}  // namespace

Bytes attestationObject(const std::string& format, const Bytes& statement, const Bytes& auth_data) {
    cbor::Writer out;
    out.map(3).text("fmt").text(format);
    out.text("attStmt").raw(statement);
    return out.text("authData").bytes(auth_data).done();
}

BrowserRegistration registration(VirtualKey& key, const BrowserCeremony& ceremony) {
    needVerification(key, ceremony);
    BrowserRegistration result;
    result.client_data_json = clientData(ceremony, "webauthn.create");
    MakeCredential request;
    request.client_data_hash = crypto::sha256(result.client_data_json);
    request.rp_id = ceremony.rp_id;
    request.user_id = ceremony.user_id;
    request.user_name = ceremony.user_name;
    request.algorithms = ceremony.algorithms;
    request.exclude = ceremony.exclude;
    request.resident = ceremony.resident;
    request.verified = ceremony.user_verification;
    request.cred_protect = ceremony.cred_protect;
    request.min_pin_length = ceremony.min_pin_length;
    MadeCredential made;
    const CtapStatus status = key.make(request, made);
    if (status != CtapStatus::kOk) throw KeyRefused(status);
    if (!ceremony.direct_attestation && key.model().attestation == KeyModel::Attestation::kPacked) {
        made.format = "none";
        made.statement = cbor::Writer().map(0).done();
        for (std::size_t i = 37; i < 53 && i < made.auth_data.size(); ++i) made.auth_data[i] = 0;
    }
    result.id = made.id;
    result.attestation_object = attestationObject(made.format, made.statement, made.auth_data);
    result.authenticator_data = made.auth_data;
    result.public_key_info = made.public_key_info;
    result.algorithm = made.algorithm;
    return result;
}

BrowserAssertion assertion(VirtualKey& key, const BrowserCeremony& ceremony) {
    needVerification(key, ceremony);
    BrowserAssertion result;
    result.client_data_json = clientData(ceremony, "webauthn.get");
    GetAssertion request;
    request.client_data_hash = crypto::sha256(result.client_data_json);
    request.rp_id = ceremony.rp_id;
    request.allow = ceremony.allow;
    request.verified = ceremony.user_verification;
    std::vector<MadeAssertion> made;
    const CtapStatus status = key.assertWith(request, made);
    if (status != CtapStatus::kOk) throw KeyRefused(status);
    result.id = made.front().credential_id;
    result.authenticator_data = made.front().auth_data;
    result.signature = made.front().signature;
    result.user_handle = made.front().user_id;
    return result;
}

std::string BrowserRegistration::json() const {
    std::string out = "{\"id\":" + quoted(id) + ",\"rawId\":" + quoted(id);
    out += R"(,"type":"public-key","authenticatorAttachment":"cross-platform")";
    out += ",\"clientExtensionResults\":{},\"response\":{\"clientDataJSON\":";
    out += quoted(client_data_json) + ",\"attestationObject\":" + quoted(attestation_object);
    out += ",\"authenticatorData\":" + quoted(authenticator_data);
    out += ",\"publicKey\":" + quoted(public_key_info);
    out += ",\"publicKeyAlgorithm\":" + std::to_string(algorithm) + ",\"transports\":[";
    for (std::size_t i = 0; i < transports.size(); ++i) {
        out += (i == 0 ? "" : ",") + quoted(transports[i]);
    }
    return out + "]}}";
}

std::string BrowserAssertion::json() const {
    std::string out = "{\"id\":" + quoted(id) + ",\"rawId\":" + quoted(id);
    out += R"(,"type":"public-key","authenticatorAttachment":"cross-platform")";
    out += ",\"clientExtensionResults\":{},\"response\":{\"clientDataJSON\":";
    out += quoted(client_data_json) + ",\"authenticatorData\":" + quoted(authenticator_data);
    out += ",\"signature\":" + quoted(signature);
    if (user_handle) out += ",\"userHandle\":" + quoted(*user_handle);
    return out + "}}";
}

}  // namespace sallyport::test
