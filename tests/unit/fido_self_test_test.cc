#include "fido/self_test.h"
#include "tests/support/matchers.h"

#include <dlfcn.h>
#include <fido.h>
#include <gtest/gtest.h>

#include <string_view>

/// How the library has drifted; null: not at all.
struct Drift {
    int (*credential)(const fido_cred_t*, int verdict) = nullptr;
    int (*assertion)(const fido_assert_t*, int verdict) = nullptr;
    bool forgets_credential_uv = false;
    bool forgets_assertion_uv = false;
    bool forgets_assertion_up = false;
};

namespace {

Drift& drift() {
    static Drift kept;
    return kept;
}

template <class Function>
Function* real(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

int drifted(const fido_cred_t* credential, int verdict) {
    return drift().credential == nullptr ? verdict : drift().credential(credential, verdict);
}

}  // namespace

// This program's own definitions stand before the library's.
extern "C" int fido_cred_verify(const fido_cred_t* credential) {
    return drifted(credential, real<int(const fido_cred_t*)>("fido_cred_verify")(credential));
}

extern "C" int fido_cred_verify_self(const fido_cred_t* credential) {
    return drifted(credential, real<int(const fido_cred_t*)>("fido_cred_verify_self")(credential));
}

extern "C" int fido_assert_verify(const fido_assert_t* assertion,
                                  std::size_t index,
                                  int algorithm,
                                  const void* key) {
    const int verdict = real<int(const fido_assert_t*, std::size_t, int, const void*)>(
        "fido_assert_verify")(assertion, index, algorithm, key);
    return drift().assertion == nullptr ? verdict : drift().assertion(assertion, verdict);
}

extern "C" int fido_cred_set_uv(fido_cred_t* credential, fido_opt_t wanted) {
    return real<int(fido_cred_t*, fido_opt_t)>("fido_cred_set_uv")(
        credential, drift().forgets_credential_uv ? FIDO_OPT_OMIT : wanted);
}

extern "C" int fido_assert_set_uv(fido_assert_t* assertion, fido_opt_t wanted) {
    return real<int(fido_assert_t*, fido_opt_t)>("fido_assert_set_uv")(
        assertion, drift().forgets_assertion_uv ? FIDO_OPT_OMIT : wanted);
}

extern "C" int fido_assert_set_up(fido_assert_t* assertion, fido_opt_t wanted) {
    return real<int(fido_assert_t*, fido_opt_t)>("fido_assert_set_up")(
        assertion, drift().forgets_assertion_up ? FIDO_OPT_OMIT : wanted);
}

namespace sallyport {

namespace {

using test::failsWith;
using test::isOk;

TEST(SelfTest, passesWithTheInstalledLibrary) {
    drift() = {};
    EXPECT_THAT(fido::selfTest(), isOk());
}

/// Everything from here on is right, whatever the relying party.
int acceptsAnyParty(std::string_view rp_id, int verdict) {
    return rp_id == "example.com" ? FIDO_OK : verdict;
}

TEST(SelfTest, A13NoticesEachDriftOfTheLibrary) {
    struct Case {
        Drift drift;
        const char* noticed;
    };

    Drift credential_uv;
    credential_uv.forgets_credential_uv = true;
    Drift assertion_uv;
    assertion_uv.forgets_assertion_uv = true;
    Drift assertion_up;
    assertion_up.forgets_assertion_up = true;
    const std::vector<Case> cases = {
        {{[](const fido_cred_t*, int) -> int { return FIDO_ERR_INVALID_SIG; }},
         "packed-self-es256: the registration is refused"},
        {{[](const fido_cred_t*, int) -> int { return -1; }},
         "packed-self-es256: the registration is refused"},
        {{nullptr, [](const fido_assert_t*, int) -> int { return 1; }},
         "packed-self-es256: the assertion is refused"},
        {{[](const fido_cred_t*, int) -> int { return FIDO_OK; }},
         "packed-self-es256: client data that were not attested"},
        {{nullptr, [](const fido_assert_t*, int) -> int { return FIDO_OK; }},
         "packed-self-es256: client data that were not signed"},
        {{[](const fido_cred_t* it, int verdict) {
             return acceptsAnyParty(fido_cred_rp_id(it), verdict);
         }},
         "packed-self-es256: libfido2 accepts a registration for another relying party"},
        {{nullptr,
          [](const fido_assert_t* it, int verdict) {
              return acceptsAnyParty(fido_assert_rp_id(it), verdict);
          }},
         "packed-self-es256: libfido2 accepts an assertion for another relying party"},
        {credential_uv, "packed-es384: libfido2 does not look at UV of a registration"},
        {assertion_uv, "packed-self-es256: libfido2 does not look at UV of an assertion"},
        {{[](const fido_cred_t* it, int verdict) {
             return (fido_cred_flags(it) & 1) == 0 ? FIDO_OK : verdict;
         }},
         "user not present: libfido2 does not look at UP"},
        {assertion_up, "user not present: libfido2 does not look at UP"},
    };
    for (const Case& each : cases) {
        drift() = each.drift;
        const Status status = fido::selfTest();
        ASSERT_THAT(status, failsWith(ErrorCode::kIntegrity)) << each.noticed;
        EXPECT_EQ(status.error().detail, std::string("FIDO self-test: ") + each.noticed);
    }
    drift() = {};
}

}  // namespace

}  // namespace sallyport
