#include "tests/journey/support/browser.h"

#include <gmock/gmock.h>

#include <cstdlib>

/// A libfido2 that no longer refuses what Sallyport leaves to it.
namespace sallyport::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int kFailed = 1;

/// The environment of the programs started while it lives.
class Preloaded {
  public:
    Preloaded() {
        ::setenv("LD_PRELOAD", SALLYPORT_DRIFTED_FIDO2, 1);
        // A sanitizer's runtime wants to be the first library otherwise.
        ::setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1);
    }

    Preloaded(const Preloaded&) = delete;
    Preloaded& operator=(const Preloaded&) = delete;

    ~Preloaded() {
        ::unsetenv("LD_PRELOAD");
        ::unsetenv("ASAN_OPTIONS");
    }
};

TEST(DriftedLibrary, isRefusedByServeAndFoundByDoctor) {
    const Installation installation;
    const Preloaded preloaded;
    const Finished served = installation.run({"serve"});
    EXPECT_EQ(served.exit_code, kFailed) << served.err;
    EXPECT_THAT(served.err, HasSubstr("FIDO self-test: packed-self-es256: client data"));
    EXPECT_THAT(served.out, Not(HasSubstr("ready")));

    const Finished examined = installation.run({"doctor"});
    EXPECT_EQ(examined.exit_code, kFailed) << examined.err;
    EXPECT_THAT(examined.out, HasSubstr("fail  libfido2: FIDO self-test"));
}

}  // namespace
}  // namespace sallyport::test
