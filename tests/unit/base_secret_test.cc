#include "base/secret.h"

#include <gtest/gtest.h>

#include <concepts>

#include <ostream>
#include <type_traits>

namespace sallyport {
namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
    out << value;
};

static_assert(!std::copy_constructible<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret>);
static_assert(std::is_nothrow_move_assignable_v<Secret>);
static_assert(!Printable<Secret> && Printable<int>);
static_assert(!std::convertible_to<std::string, Secret> && !std::convertible_to<Secret, Bytes>);

TEST(Wipe, overwritesEveryByteAndNoMore) {
    Bytes bytes(40, 0xaa);
    wipe(bytes.data() + 4, 32);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        EXPECT_EQ(bytes[i], i >= 4 && i < 36 ? 0 : 0xaa) << i;
    }
    wipe(nullptr, 0);
}

TEST(Secret, showsItsBytesOnlyThroughExpose) {
    const Secret secret(std::string_view("123456"));
    EXPECT_EQ(secret.exposeText(), "123456");
    EXPECT_EQ(copyBytes(secret.expose()), copyBytes(asBytes("123456")));
    EXPECT_EQ(secret.size(), 6U);
    EXPECT_FALSE(secret.empty());
    EXPECT_EQ(testing::PrintToString(secret), "Secret of 6 bytes");
    EXPECT_TRUE(Secret().empty());
}

TEST(Secret, comparesByContent) {
    const Secret secret(std::string_view("123456"));
    EXPECT_TRUE(secret == Secret(std::string_view("123456")));
    EXPECT_FALSE(secret == Secret(std::string_view("123457")));
    EXPECT_FALSE(secret == Secret(std::string_view("12345")));
    EXPECT_FALSE(secret == Secret());
}

TEST(Secret, takeWipesTheSource) {
    std::string text = "a text longer than any small buffer of a string";
    const std::size_t size = text.size();
    const Secret secret = Secret::take(std::move(text));
    EXPECT_EQ(secret.exposeText(), "a text longer than any small buffer of a string");
    ASSERT_TRUE(text.empty());
    // The buffer is still the string's own: nothing of it is left.
    ASSERT_GE(text.capacity(), size);
    text.resize(0);
    for (std::size_t i = 0; i < size; ++i) EXPECT_EQ(text.data()[i], '\0') << i;
}

TEST(Secret, movesAndLeavesNothingBehind) {
    Secret source(std::string_view("moved"));
    Secret target(std::move(source));
    EXPECT_TRUE(source.empty());  // NOLINT(bugprone-use-after-move): what is left is the point
    EXPECT_EQ(target.exposeText(), "moved");

    Secret assigned(std::string_view("previous"));
    assigned = std::move(target);
    EXPECT_TRUE(target.empty());  // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(assigned.exposeText(), "moved");

    Secret& same = assigned;
    assigned = std::move(same);
    EXPECT_EQ(assigned.exposeText(), "moved");
}

TEST(Secret, duplicateIsIndependent) {
    Secret source(std::string_view("twice"));
    const Secret copy = source.duplicate();
    EXPECT_NE(copy.expose().data(), source.expose().data());
    source = Secret();
    EXPECT_EQ(copy.exposeText(), "twice");
}

}  // namespace
}  // namespace sallyport
