#pragma once

#include "token/jws.h"
#include "token/public_key.h"

namespace sallyport::token {

/// A JWS whose signature is right under a key of ours. Only verify() makes one.
class VerifiedJws {
  public:
    const std::string& typ() const { return typ_; }

    const Bytes& payload() const { return payload_; }

  private:
    friend Result<VerifiedJws> verify(const Jws& jws, const PublicKey& key);

    VerifiedJws(std::string typ, Bytes payload)
        : typ_(std::move(typ)), payload_(std::move(payload)) {}

    std::string typ_;
    Bytes payload_;
};

/// RFC 7515 5.2 with the algorithm of the key: a header that claims another one is refused, and so
/// is one whose `kid` is not the key's, if both have one. Errors: kUnauthenticated.
Result<VerifiedJws> verify(const Jws& jws, const PublicKey& key);

}  // namespace sallyport::token
