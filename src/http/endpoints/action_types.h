#pragma once

#include "action/types.h"
#include "http/endpoints/sign_in.h"

namespace sallyport::http {

/// The references live as long as the router.
struct ActionTypes {
    SignIn sign_in;
    const action::Types& types;
    const account::Directory& directory;
};

/// GET /api/v1/action-types: what the session's person may propose by typing its parameters, for
/// forms. A type that fills in parameters itself (the keys and accounts of the built-in ones) is
/// proposed where the thing stands that it is about.
void addActionTypeEndpoint(Router& router, const ActionTypes& parts);

}  // namespace sallyport::http
