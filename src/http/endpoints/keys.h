#pragma once

#include "credential/enrolment.h"
#include "credential/sign_in.h"
#include "http/endpoints/sign_in.h"

/// The JSON contract of security keys (`protocols.md` 6.1).
namespace sallyport::http {

/// The references live as long as the router.
struct Keys {
    SignIn sign_in;
    const credential::SignIn& key_sign_in;
    const credential::Enrolment& enrolments;
    const credential::OwnKeys& own_keys;

    Deadline deadline() const { return sign_in.deadline(); }

    using Function = Result<Response> (*)(const Keys&, const Call&);

    /// An endpoint whose handler is called with these parts.
    Endpoint endpoint(std::string method,
                      std::string pattern,
                      Function function,
                      std::optional<Cookie> cookie,
                      Body body) const;
};

/// /api/v1/sign-in and below.
void addKeySignInEndpoints(Router& router, const Keys& parts);

/// /api/v1/enrolments and below.
void addEnrolmentEndpoints(Router& router, const Keys& parts);

/// /api/v1/credentials and below.
void addCredentialEndpoints(Router& router, const Keys& parts);

}  // namespace sallyport::http
