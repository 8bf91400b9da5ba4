#pragma once

#include "base/result.h"

#include <gmock/gmock.h>

#include <ostream>
#include <type_traits>

namespace sallyport {

/// What GoogleTest prints for a code.
inline void PrintTo(ErrorCode code, std::ostream* out) {
    *out << name(code);
}

}  // namespace sallyport

namespace sallyport::test {

inline void explain(const Error& error, testing::MatchResultListener& listener) {
    listener << "which failed with " << name(error.code) << ": " << error.detail;
}

class IsOk {
  public:
    using is_gtest_matcher = void;

    template <class T>
    bool MatchAndExplain(const Result<T>& result, testing::MatchResultListener* listener) const {
        if (!result.has_value()) explain(result.error(), *listener);
        return result.has_value();
    }

    void DescribeTo(std::ostream* out) const { *out << "is a success"; }

    void DescribeNegationTo(std::ostream* out) const { *out << "is a failure"; }
};

/// `EXPECT_THAT(store(row), isOk());` for a Result of anything.
inline IsOk isOk() {
    return {};
}

template <class Inner>
class IsOkAndHolds {
  public:
    using is_gtest_matcher = void;

    explicit IsOkAndHolds(Inner inner) : inner_(std::move(inner)) {}

    template <class T>
    bool MatchAndExplain(const Result<T>& result, testing::MatchResultListener* listener) const {
        if (!result.has_value()) {
            explain(result.error(), *listener);
            return false;
        }
        return testing::ExplainMatchResult(inner_, result.value(), listener);
    }

    void DescribeTo(std::ostream* out) const {
        *out << "is a success whose value " << testing::PrintToString(inner_);
    }

    void DescribeNegationTo(std::ostream* out) const {
        *out << "is a failure, or its value is not " << testing::PrintToString(inner_);
    }

  private:
    Inner inner_;
};

/// `EXPECT_THAT(parse("1"), isOkAndHolds(1));` with a value or a matcher.
template <class Inner>
IsOkAndHolds<std::decay_t<Inner>> isOkAndHolds(Inner&& inner) {
    return IsOkAndHolds<std::decay_t<Inner>>(std::forward<Inner>(inner));
}

class FailsWith {
  public:
    using is_gtest_matcher = void;

    explicit FailsWith(ErrorCode code) : code_(code) {}

    template <class T>
    bool MatchAndExplain(const Result<T>& result, testing::MatchResultListener* listener) const {
        if (result.has_value()) {
            *listener << "which is a success";
            return false;
        }
        explain(result.error(), *listener);
        return result.error().code == code_;
    }

    void DescribeTo(std::ostream* out) const { *out << "fails with " << name(code_); }

    void DescribeNegationTo(std::ostream* out) const {
        *out << "does not fail with " << name(code_);
    }

  private:
    ErrorCode code_;
};

/// `EXPECT_THAT(parse("x"), failsWith(ErrorCode::kInvalidRequest));`
inline FailsWith failsWith(ErrorCode code) {
    return FailsWith(code);
}

}  // namespace sallyport::test
