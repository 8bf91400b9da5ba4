#pragma once

#include "tests/support/virtual_key/device.h"

#include <gtest/gtest.h>

#include <memory>

/// Unmodified libfido2 as the client of a virtual key.
namespace sallyport::test {

struct FidoFree {
    void operator()(fido_dev_t* dev) const {
        fido_dev_close(dev);
        fido_dev_free(&dev);
    }

    void operator()(fido_cred_t* cred) const { fido_cred_free(&cred); }

    void operator()(fido_assert_t* shown) const { fido_assert_free(&shown); }

    void operator()(fido_cbor_info_t* info) const { fido_cbor_info_free(&info); }
};

template <class T>
using Fido = std::unique_ptr<T, FidoFree>;

inline const Bytes kClientDataHash = Bytes(32, 0x2a);

/// Null if the key does not open.
inline Fido<fido_dev_t> openKey(const VirtualDevice& device) {
    Fido<fido_dev_t> dev(fido_dev_new());
    const fido_dev_io_t io = VirtualDevice::io();
    EXPECT_EQ(fido_dev_set_io_functions(dev.get(), &io), FIDO_OK);
    EXPECT_EQ(fido_dev_set_timeout(dev.get(), 10'000), FIDO_OK);
    if (fido_dev_open(dev.get(), device.path().c_str()) != FIDO_OK) return nullptr;
    return dev;
}

inline Fido<fido_cred_t> newCredential(int algorithm = COSE_ES256) {
    Fido<fido_cred_t> cred(fido_cred_new());
    const Bytes user(16, 0x33);
    fido_cred_set_type(cred.get(), algorithm);
    fido_cred_set_clientdata_hash(cred.get(), kClientDataHash.data(), kClientDataHash.size());
    fido_cred_set_rp(cred.get(), "example.test", "Example");
    fido_cred_set_user(cred.get(), user.data(), user.size(), "u", "U", nullptr);
    fido_cred_set_rk(cred.get(), FIDO_OPT_TRUE);
    return cred;
}

inline Fido<fido_assert_t> newAssertion() {
    Fido<fido_assert_t> shown(fido_assert_new());
    fido_assert_set_clientdata_hash(shown.get(), kClientDataHash.data(), kClientDataHash.size());
    fido_assert_set_rp(shown.get(), "example.test");
    return shown;
}

}  // namespace sallyport::test
