#pragma once

#include "action/transcript.h"
#include "base/base64url.h"
#include "cli/session_file.h"
#include "fido/assertion.h"
#include "tests/support/scripted_site.h"
#include "tests/support/virtual_key/browser.h"
#include "tests/support/virtual_key/key_file.h"

#include <sys/stat.h>

/// A Sallyport made of written-down answers, for what the real one never does.
namespace sallyport::test {

inline constexpr std::string_view kSessionCookie =
    "sps.1.AQIDBAUGBwgJCgsMDQ4PEA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
inline constexpr std::string_view kAccount = "EREREREREREREREREREREQ";
inline constexpr std::string_view kAction = "IiIiIiIiIiIiIiIiIiIiIg";

inline Json sessionDocument() {
    return Json::Object{
        {"account", Json::Object{{"id", kAccount}, {"address", "alice@example.test"}}},
        {"kind", "key"},
        {"acr", "phr"},
        {"amr", Json::Array{"pop", "user", "mfa"}},
        {"auth_time", "2026-01-02T03:04:05Z"},
        {"expires_at", "2026-01-02T15:04:05Z"},
        {"idle_expires_at", "2026-01-02T03:19:05Z"},
        {"locked", false},
        {"csrf_token", "token-of-session"}};
}

inline Json requestOptions(ByteView challenge, std::int64_t time_out = 20'000) {
    return Json::Object{{"challenge", base64url::encode(challenge)},
                        {"rpId", "localhost"},
                        {"userVerification", "required"},
                        {"timeout", time_out}};
}

/// The answers to a sign-in by key.
inline std::string signInAnswer(const SiteRequest& request, std::int64_t time_out = 20'000) {
    if (request.path == "/api/v1/sign-in") {
        return siteAnswer(200,
                          Json::Object{{"id", "CCCCCCCCCCCCCCCCCCCCCA"},
                                       {"publicKey", requestOptions(Bytes(32, 7), time_out)},
                                       {"csrf_token", "token-of-login"}},
                          "Set-Cookie: sallyport-login=bG9naW4; HttpOnly\r\n");
    }
    return siteAnswer(200,
                      sessionDocument(),
                      "Set-Cookie: sallyport-known=a2tr; Path=/\r\nSet-Cookie: sallyport-session=" +
                          std::string(kSessionCookie) + "; HttpOnly; Path=/\r\n");
}

/// A key with a discoverable credential for `localhost`, and what is on record about it.
struct EnrolledKey {
    fido::StoredCredential stored;

    static EnrolledKey on(VirtualKey& key) {
        BrowserCeremony ceremony;
        ceremony.challenge = Bytes(32, 1);
        ceremony.origin = "http://localhost";
        ceremony.rp_id = "localhost";
        ceremony.user_id = Bytes(16, 0x11);
        ceremony.algorithms = {crypto::kEs256};
        const BrowserRegistration made = registration(key, ceremony);
        EnrolledKey enrolled;
        enrolled.stored.id = made.id;
        enrolled.stored.public_key = crypto::coseKey(key.credentials().back().key, crypto::kEs256);
        enrolled.stored.algorithm = fido::Algorithm::kEs256;
        enrolled.stored.aaguid = key.model().aaguid;
        enrolled.stored.user_handle = ceremony.user_id;
        return enrolled;
    }

    /// What the service's verifier says of a response of the workstation program: `ok`, or why not.
    std::string judge(const std::string& body,
                      ByteView challenge,
                      const std::string& origin) const {
        const auto json = Json::parse(body);
        if (!json) return "no JSON";
        const auto parsed = fido::AssertionResponse::parse(*json);
        if (const auto* refusal = std::get_if<fido::Refusal>(&parsed)) return refusal->code;
        const fido::AttestationPolicy policy;
        const fido::AssertionExpectation expected{"localhost",
                                                  {"sallyport-cli:" + origin},
                                                  copyBytes(challenge),
                                                  fido::UserVerification::kRequired,
                                                  &policy};
        const auto judged =
            fido::verifyAssertion(std::get<fido::AssertionResponse>(parsed), stored, expected);
        if (const auto* refusal = std::get_if<fido::Refusal>(&judged)) return refusal->code;
        return "ok";
    }
};

/// Leaves a session of `origin` where the program looks for it.
inline void leaveSession(const std::string& runtime_directory, const std::string& origin) {
    ::chmod(runtime_directory.c_str(), 0700);
    auto file = cli::SessionFile::in(runtime_directory);
    if (!file ||
        !file->write({origin, "sallyport-session", Secret(kSessionCookie), "token-of-session"}))
        ADD_FAILURE() << "no session could be left";
}

}  // namespace sallyport::test
