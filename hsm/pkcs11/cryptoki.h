#pragma once

// The only place that includes PKCS#11: p11-kit's header (2.40 with EdDSA) is the freest one that
// Debian packages.
#include <p11-kit/pkcs11.h>
