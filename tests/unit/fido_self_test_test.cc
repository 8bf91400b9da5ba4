#include "fido/self_test.h"
#include "tests/support/matchers.h"

#include <dlfcn.h>
#include <fido.h>
#include <gtest/gtest.h>

#include <optional>

namespace {

/// What the library would answer if it had drifted; nothing: what it does answer.
std::optional<int>& verdict() {
    static std::optional<int> kept;
    return kept;
}

template <class Function>
Function* real(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

// This program's own definitions stand before the library's.
extern "C" int fido_assert_verify(const fido_assert_t* assertion,
                                  std::size_t index,
                                  int algorithm,
                                  const void* key) {
    if (verdict().has_value()) return *verdict();
    return real<int(const fido_assert_t*, std::size_t, int, const void*)>("fido_assert_verify")(
        assertion, index, algorithm, key);
}

extern "C" int fido_cred_verify(const fido_cred_t* credential) {
    if (verdict().has_value()) return *verdict();
    return real<int(const fido_cred_t*)>("fido_cred_verify")(credential);
}

extern "C" int fido_cred_verify_self(const fido_cred_t* credential) {
    if (verdict().has_value()) return *verdict();
    return real<int(const fido_cred_t*)>("fido_cred_verify_self")(credential);
}

namespace sallyport {

namespace {

using test::failsWith;
using test::isOk;

TEST(SelfTest, passesWithTheInstalledLibrary) {
    verdict().reset();
    EXPECT_THAT(fido::selfTest(), isOk());
}

TEST(SelfTest, noticesALibraryThatAcceptsEverything) {
    verdict() = FIDO_OK;
    const Status status = fido::selfTest();
    ASSERT_THAT(status, failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(status.error().detail, testing::HasSubstr("not signed"));
}

TEST(SelfTest, noticesALibraryThatRefusesEverything) {
    for (const int code : {FIDO_ERR_INVALID_SIG, FIDO_ERR_INTERNAL, 1, -1}) {
        verdict() = code;
        const Status status = fido::selfTest();
        ASSERT_THAT(status, failsWith(ErrorCode::kIntegrity)) << code;
        EXPECT_THAT(status.error().detail, testing::HasSubstr("registration is refused")) << code;
    }
}

}  // namespace

}  // namespace sallyport
