#pragma once

#include "base/json.h"
#include "credential/ceremonies.h"
#include "credential/credentials.h"
#include "credential/options.h"

/// The JSON forms of WebAuthn L3 5.1.9 and 5.1.10, so that a browser and any library fit.
namespace sallyport::credential {

/// A credential in an allow or exclude list.
struct Descriptor {
    Bytes id;
    std::vector<std::string> transports;
};

/// Whom a new key is for.
struct Person {
    AccountId account;
    std::string name;  ///< what the authenticator shows: his address
};

/// PublicKeyCredentialCreationOptionsJSON.
Json creationOptions(const Options& options,
                     const Ceremony& ceremony,
                     const Person& person,
                     const std::vector<Descriptor>& exclude);

/// PublicKeyCredentialRequestOptionsJSON; without a list any discoverable credential may answer.
Json requestOptions(const Options& options,
                    const Bytes& challenge,
                    Duration life,
                    const std::vector<Descriptor>& allow);

}  // namespace sallyport::credential
