#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <variant>

/// Everything that speaks WebAuthn and CTAP; knows nothing of accounts, rows or HTTP.
namespace sallyport::fido {

/// Why a response was not accepted. A refusal is a verdict about the response; what goes wrong on
/// our side is an Error.
struct Refusal {
    std::string code;    ///< stable, snake_case: the `reason` of `registration_refused`
    std::string step;    ///< where the specification asks for it: `7.1 step 9 (R5)`
    std::string detail;  ///< for the operator's log; never a secret
};

/// What a verification answers: its proof, or why there is none.
template <class T>
using Judged = std::variant<T, Refusal>;

/// The verdict of one step: nothing if it passes.
using Verdict = std::optional<Refusal>;

/// A step's refusal; the procedure adds which step it was.
inline Refusal refuse(std::string code, std::string detail) {
    return Refusal{std::move(code), "", std::move(detail)};
}

/// What the relying party asks of user verification (WebAuthn L3 5.8.6).
enum class UserVerification { kRequired, kPreferred, kDiscouraged };

}  // namespace sallyport::fido
