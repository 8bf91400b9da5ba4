#pragma once

#include "base/clock.h"
#include "token/verify.h"

#include <vector>

namespace sallyport::token {

/// The claims of a verified token (RFC 7519 4), each read with its strict type.
class Claims {
  public:
    /// JSON of one object without duplicate members. Errors: kUnauthenticated.
    static Result<Claims> from(const VerifiedJws& jws);

    /// Errors: kUnauthenticated if it is absent, no text, empty or longer than `max_bytes`.
    Result<std::string> text(std::string_view name, std::size_t max_bytes) const;

    /// A NumericDate of whole seconds up to the year 9999. Errors: kUnauthenticated if it is absent
    /// or anything else.
    Result<Time> time(std::string_view name) const;

    /// Empty if it is absent; else as time().
    Result<std::optional<Time>> optionalTime(std::string_view name) const;

    /// `aud` as the list that it is: one text, or texts, at most 8. Errors: kUnauthenticated.
    Result<std::vector<std::string>> audience() const;

    /// The member, or null.
    const Json* find(std::string_view name) const { return json_.find(name); }

  private:
    explicit Claims(Json json) : json_(std::move(json)) {}

    Json json_;
};

}  // namespace sallyport::token
