#pragma once

#include "base/clock.h"
#include "http/router.h"
#include "mint/mint.h"

#include <mutex>

namespace sallyport::http {

/// `GET /oauth2/jwks` (RFC 7517 5): the public keys that a relying party verifies grants with,
/// offline. The device is asked at most once in kFresh, whoever asks us. Thread-safe; lives as long
/// as the router.
class Jwks {
  public:
    static constexpr Duration kFresh = std::chrono::seconds(60);

    Jwks(mint::Mint& mint, const Clock& clock) : mint_(mint), clock_(clock) {}

    void addTo(Router& router);

    /// The document. Errors: those of the mint.
    Result<std::string> document(Deadline deadline);

  private:
    mint::Mint& mint_;
    const Clock& clock_;
    std::mutex mutex_;
    std::string document_;
    Time read_at_;
};

}  // namespace sallyport::http
