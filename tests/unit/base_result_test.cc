#include "base/result.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>

#include <memory>

namespace sallyport {
namespace {

using test::failsWith;
using test::isOk;
using test::isOkAndHolds;
using testing::Not;

Result<int> half(int number) {
    if (number % 2 != 0) return fail(ErrorCode::kConflict, "odd");
    return number / 2;
}

Result<int> quarter(int number) {
    SALLYPORT_TRY(const int once, half(number));
    SALLYPORT_TRY(const int twice, half(once));
    return twice;
}

Status divisibleByFour(int number, int& reached) {
    SALLYPORT_CHECK(half(number));
    reached = 1;
    SALLYPORT_CHECK(quarter(number));
    reached = 2;
    return {};
}

TEST(ErrorCode, hasItsNameInLogs) {
    const std::pair<ErrorCode, std::string_view> kNames[] = {
        {ErrorCode::kInvalidRequest, "invalid_request"},
        {ErrorCode::kUnauthenticated, "unauthenticated"},
        {ErrorCode::kLocked, "locked"},
        {ErrorCode::kStepUpRequired, "step_up_required"},
        {ErrorCode::kForbidden, "forbidden"},
        {ErrorCode::kNotFound, "not_found"},
        {ErrorCode::kConflict, "conflict"},
        {ErrorCode::kGone, "gone"},
        {ErrorCode::kRateLimited, "rate_limited"},
        {ErrorCode::kUnavailable, "unavailable"},
        {ErrorCode::kIntegrity, "integrity"},
        {ErrorCode::kInternal, "internal"},
    };
    for (const auto& [code, expected] : kNames) EXPECT_EQ(name(code), expected);
}

TEST(ErrorCodeDeathTest, hasNoNameOutsideTheList) {
    EXPECT_DEATH(name(static_cast<ErrorCode>(99)), "invariant broken");
}

TEST(Result, holdsAValueOrAnError) {
    EXPECT_THAT(half(4), isOkAndHolds(2));
    EXPECT_THAT(half(3), failsWith(ErrorCode::kConflict));
    EXPECT_EQ(half(3).error().detail, "odd");
    EXPECT_FALSE(static_cast<bool>(half(3)));
    EXPECT_TRUE(static_cast<bool>(half(4)));
}

TEST(Result, movesAMoveOnlyValueOut) {
    Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
    const std::unique_ptr<int> taken = *std::move(result);
    EXPECT_EQ(*taken, 7);
}

TEST(Result, throwsRatherThanReadWhatIsNotThere) {
    EXPECT_THROW(static_cast<void>(half(3).value()), std::bad_variant_access);
    EXPECT_THROW(static_cast<void>(half(4).error()), std::bad_variant_access);
    EXPECT_THROW(static_cast<void>(Status().error()), std::bad_optional_access);
}

TEST(Try, bindsTheValueOrReturnsTheFirstError) {
    EXPECT_THAT(quarter(8), isOkAndHolds(2));
    EXPECT_THAT(quarter(7), failsWith(ErrorCode::kConflict));
    EXPECT_THAT(quarter(6), failsWith(ErrorCode::kConflict));
}

TEST(Check, goesOnOrReturnsTheError) {
    int reached = 0;
    EXPECT_THAT(divisibleByFour(8, reached), isOk());
    EXPECT_EQ(reached, 2);
    EXPECT_THAT(divisibleByFour(6, reached), failsWith(ErrorCode::kConflict));
    EXPECT_EQ(reached, 1);
}

TEST(AssertDeathTest, namesTheConditionAndThePlaceInOneLine) {
    const int two = 2;
    SALLYPORT_ASSERT(two == 2);
    EXPECT_DEATH(SALLYPORT_ASSERT(two == 3),
                 "^sallyport: invariant broken: two == 3 \\(.*base_result_test.cc:[0-9]+\\)\n");
}

TEST(Matchers, tellSuccessAndCodesApart) {
    EXPECT_THAT(half(3), Not(isOk()));
    EXPECT_THAT(half(4), Not(failsWith(ErrorCode::kConflict)));
    EXPECT_THAT(half(3), Not(failsWith(ErrorCode::kGone)));
    EXPECT_THAT(half(4), Not(isOkAndHolds(3)));
    EXPECT_THAT(half(3), Not(isOkAndHolds(testing::_)));
    EXPECT_THAT(half(8), isOkAndHolds(testing::Gt(3)));
    EXPECT_THAT(Status(), isOk());
}

TEST(Matchers, sayWhyAResultFailed) {
    testing::StringMatchResultListener listener;
    EXPECT_FALSE(testing::ExplainMatchResult(isOk(), half(3), &listener));
    EXPECT_EQ(listener.str(), "which failed with conflict: odd");
}

}  // namespace
}  // namespace sallyport
