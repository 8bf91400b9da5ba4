#pragma once

#include <cstdint>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace sallyport {

/// What the caller should do about a failure. The outward codes (`protocols.md` 6.2) are a function
/// of class and endpoint.
enum class ErrorCode {
    kInvalidRequest,   ///< the input is wrong; the same call never succeeds
    kUnauthenticated,  ///< sign in first
    kLocked,           ///< the session was idle: sign in to it again by security key
    kStepUpRequired,   ///< show a security key first
    kForbidden,        ///< refused by policy
    kNotFound,
    kConflict,     ///< somebody else was faster, or the state does not allow it
    kGone,         ///< it was there and is spent, expired or replaced
    kRateLimited,  ///< try again later
    kUnavailable,  ///< a dependency is down or the deadline passed; may be tried again
    kIntegrity,    ///< a row, key or answer is not what this service made
    kInternal,     ///< our bug
};

/// The stable name of a code, for logs and metrics: `invalid_request`.
std::string_view name(ErrorCode code);

/// `detail` is for the operator's log. It never holds a secret, an address, or an
/// expected-versus-got pair.
struct Error {
    ErrorCode code;
    std::string detail;
    std::uint32_t retry_after_seconds = 0;  ///< of kRateLimited and kUnavailable; 0 if not known
};

/// A value or an Error. Member names are those of std::expected, so that a later compiler makes it
/// an alias.
template <class T>
class [[nodiscard]] Result {
  public:
    using value_type = T;

    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}

    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    bool has_value() const noexcept { return state_.index() == 0; }

    explicit operator bool() const noexcept { return has_value(); }

    T& value() & { return std::get<0>(state_); }

    const T& value() const& { return std::get<0>(state_); }

    T&& value() && { return std::get<0>(std::move(state_)); }

    T& operator*() & { return value(); }

    const T& operator*() const& { return value(); }

    T&& operator*() && { return std::move(*this).value(); }

    T* operator->() { return &value(); }

    const T* operator->() const { return &value(); }

    Error& error() & { return std::get<1>(state_); }

    const Error& error() const& { return std::get<1>(state_); }

    Error&& error() && { return std::get<1>(std::move(state_)); }

  private:
    std::variant<T, Error> state_;
};

/// Success, or an Error.
template <>
class [[nodiscard]] Result<void> {
  public:
    using value_type = void;

    Result() = default;

    Result(Error error) : error_(std::move(error)) {}

    bool has_value() const noexcept { return !error_.has_value(); }

    explicit operator bool() const noexcept { return has_value(); }

    Error& error() & { return error_.value(); }

    const Error& error() const& { return error_.value(); }

    Error&& error() && { return std::move(error_).value(); }

  private:
    std::optional<Error> error_;
};

using Status = Result<void>;

inline Error fail(ErrorCode code, std::string detail) {
    return Error{code, std::move(detail), 0};
}

/// Ends the process: an invariant of ours is broken. Never for input.
[[noreturn]] void invariantBroken(const char* condition, const char* file, int line) noexcept;

}  // namespace sallyport

#define SALLYPORT_JOIN_(a, b) a##b
#define SALLYPORT_JOIN(a, b) SALLYPORT_JOIN_(a, b)
// NOLINTBEGIN(bugprone-macro-parentheses): a name that is declared cannot stand in parentheses
#define SALLYPORT_TRY_(result, declaration, expression)        \
    auto result = (expression);                                \
    if (!result.has_value()) return std::move(result).error(); \
    declaration = *std::move(result)

/// `SALLYPORT_TRY(auto tag, mint.mac(input));` binds the value or returns the error. One a line.
#define SALLYPORT_TRY(declaration, expression) \
    SALLYPORT_TRY_(SALLYPORT_JOIN(try_result_, __LINE__), declaration, expression)

#define SALLYPORT_CHECK_(status, expression)                   \
    do {                                                       \
        if (auto status = (expression); !status.has_value()) { \
            return std::move(status).error();                  \
        }                                                      \
    } while (false)

// NOLINTEND(bugprone-macro-parentheses)

/// `SALLYPORT_CHECK(store(row));` returns the error, if there is one. One a line.
#define SALLYPORT_CHECK(expression) \
    SALLYPORT_CHECK_(SALLYPORT_JOIN(check_result_, __LINE__), expression)

/// On in every build: logs where, and aborts.
#define SALLYPORT_ASSERT(condition)     \
    ((condition) ? static_cast<void>(0) \
                 : ::sallyport::invariantBroken(#condition, __FILE__, __LINE__))
