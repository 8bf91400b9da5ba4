#include "fido/libfido2.h"

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/es384.h>
#include <fido/rs256.h>

#include <memory>

namespace sallyport::fido::libfido2 {

namespace {

template <class T, void (*Free)(T**)>
struct Deleter {
    void operator()(T* object) const { Free(&object); }
};

using CredentialPtr = std::unique_ptr<fido_cred_t, Deleter<fido_cred_t, fido_cred_free>>;
using AssertionPtr = std::unique_ptr<fido_assert_t, Deleter<fido_assert_t, fido_assert_free>>;
using Es256Ptr = std::unique_ptr<es256_pk_t, Deleter<es256_pk_t, es256_pk_free>>;
using Es384Ptr = std::unique_ptr<es384_pk_t, Deleter<es384_pk_t, es384_pk_free>>;
using EdDsaPtr = std::unique_ptr<eddsa_pk_t, Deleter<eddsa_pk_t, eddsa_pk_free>>;
using Rs256Ptr = std::unique_ptr<rs256_pk_t, Deleter<rs256_pk_t, rs256_pk_free>>;

/// Passes FIDO_OK, and nothing else that the library may answer.
Status accepted(int code) {
    if (code == FIDO_OK) return {};
    return fail(ErrorCode::kInvalidRequest, std::string("libfido2: ") + fido_strerr(code));
}

Error outOfMemory() {
    return fail(ErrorCode::kUnavailable, "libfido2: out of memory");
}

fido_opt_t required(bool wanted) {
    return wanted ? FIDO_OPT_TRUE : FIDO_OPT_OMIT;
}

Status expectExtensions(fido_cred_t* credential, const Attested& attested) {
    if (attested.cred_protect != 0) {
        SALLYPORT_CHECK(
            accepted(fido_cred_set_prot(credential, static_cast<int>(attested.cred_protect))));
    }
    if (attested.min_pin_length != 0) {
        SALLYPORT_CHECK(accepted(fido_cred_set_pin_minlen(credential, attested.min_pin_length)));
    }
    const int others = (attested.hmac_secret ? FIDO_EXT_HMAC_SECRET : 0) |
                       (attested.cred_blob ? FIDO_EXT_CRED_BLOB : 0);
    // Zero would clear what was set above.
    if (others == 0) return {};
    return accepted(fido_cred_set_extensions(credential, others));
}

/// Verifies with `key`, which the library made from the bytes of a CoseKey.
template <class KeyPtr>
Status verifyWith(const fido_assert_t* assertion,
                  int algorithm,
                  KeyPtr key,
                  int (*read)(typename KeyPtr::element_type*, const void*, std::size_t),
                  const Bytes& material) {
    if (key == nullptr) return outOfMemory();
    SALLYPORT_CHECK(accepted(read(key.get(), material.data(), material.size())));
    return accepted(fido_assert_verify(assertion, 0, algorithm, key.get()));
}

Status verifyWith(const fido_assert_t* assertion, const CoseKey& key) {
    const int number = static_cast<int>(key.algorithm());
    switch (key.algorithm()) {
        case Algorithm::kEs256:
            return verifyWith(
                assertion, number, Es256Ptr(es256_pk_new()), es256_pk_from_ptr, key.material());
        case Algorithm::kEs384:
            return verifyWith(
                assertion, number, Es384Ptr(es384_pk_new()), es384_pk_from_ptr, key.material());
        case Algorithm::kEdDsa:
            return verifyWith(
                assertion, number, EdDsaPtr(eddsa_pk_new()), eddsa_pk_from_ptr, key.material());
        case Algorithm::kRs256:
            return verifyWith(
                assertion, number, Rs256Ptr(rs256_pk_new()), rs256_pk_from_ptr, key.material());
    }
    return fail(ErrorCode::kInvalidRequest, "libfido2: no such algorithm");
}

}  // namespace

Status verifyAttested(const Attested& attested) {
    const CredentialPtr credential(fido_cred_new());
    if (credential == nullptr) return outOfMemory();
    fido_cred_t* const c = credential.get();
    // The type first: the authenticator data are read against it.
    SALLYPORT_CHECK(accepted(fido_cred_set_type(c, static_cast<int>(attested.algorithm))));
    SALLYPORT_CHECK(accepted(fido_cred_set_rp(c, attested.rp_id.c_str(), nullptr)));
    SALLYPORT_CHECK(accepted(fido_cred_set_clientdata(
        c, attested.client_data_json.data(), attested.client_data_json.size())));
    SALLYPORT_CHECK(accepted(fido_cred_set_fmt(c, "packed")));
    SALLYPORT_CHECK(accepted(fido_cred_set_authdata_raw(
        c, attested.authenticator_data.data(), attested.authenticator_data.size())));
    SALLYPORT_CHECK(
        accepted(fido_cred_set_attstmt(c, attested.statement.data(), attested.statement.size())));
    SALLYPORT_CHECK(accepted(fido_cred_set_uv(c, required(attested.user_verification))));
    SALLYPORT_CHECK(expectExtensions(c, attested));
    return accepted(attested.by_self ? fido_cred_verify_self(c) : fido_cred_verify(c));
}

Status verifyAsserted(const Asserted& asserted) {
    const AssertionPtr assertion(fido_assert_new());
    if (assertion == nullptr) return outOfMemory();
    fido_assert_t* const a = assertion.get();
    SALLYPORT_CHECK(accepted(fido_assert_set_rp(a, asserted.rp_id.c_str())));
    SALLYPORT_CHECK(accepted(fido_assert_set_clientdata(
        a, asserted.client_data_json.data(), asserted.client_data_json.size())));
    SALLYPORT_CHECK(accepted(fido_assert_set_count(a, 1)));
    SALLYPORT_CHECK(accepted(fido_assert_set_authdata_raw(
        a, 0, asserted.authenticator_data.data(), asserted.authenticator_data.size())));
    SALLYPORT_CHECK(
        accepted(fido_assert_set_sig(a, 0, asserted.signature.data(), asserted.signature.size())));
    // Left out, the flags would not be looked at.
    SALLYPORT_CHECK(accepted(fido_assert_set_up(a, FIDO_OPT_TRUE)));
    SALLYPORT_CHECK(accepted(fido_assert_set_uv(a, required(asserted.user_verification))));
    return verifyWith(a, *asserted.key);
}

}  // namespace sallyport::fido::libfido2
