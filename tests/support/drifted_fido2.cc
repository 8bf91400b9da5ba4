// Stands before the real libfido2 in LD_PRELOAD: every assertion is right.

#include <fido.h>

extern "C" int fido_assert_verify(const fido_assert_t*, std::size_t, int, const void*) {
    return FIDO_OK;
}
