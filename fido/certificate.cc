#include "fido/certificate.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace sallyport::fido {

namespace {

/// OpenSSL's level for 112 bits: RSA with 2048, no SHA-1.
constexpr int kStrength = 2;

struct StackDeleter {
    void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};

/// Does not own its certificates.
using StackPtr = std::unique_ptr<STACK_OF(X509), StackDeleter>;

Error untrusted(std::string problem) {
    ERR_clear_error();
    return fail(ErrorCode::kInvalidRequest, "certificate chain: " + std::move(problem));
}

Result<std::vector<CertificatePtr>> readAll(const std::vector<Bytes>& certificates) {
    std::vector<CertificatePtr> read;
    for (const Bytes& der : certificates) {
        read.push_back(readCertificate(der));
        if (read.back() == nullptr) return untrusted("no certificate in DER");
    }
    return read;
}

}  // namespace

CertificatePtr readCertificate(ByteView der) {
    const std::uint8_t* at = der.data();
    CertificatePtr certificate(d2i_X509(nullptr, &at, static_cast<int>(der.size())));
    ERR_clear_error();
    if (at != der.data() + der.size()) return nullptr;
    return certificate;
}

Result<bool> holdsRoot(const std::vector<Bytes>& x5c) {
    SALLYPORT_TRY(const auto certificates, readAll(x5c));
    return std::any_of(certificates.begin() + 1, certificates.end(), [](const auto& certificate) {
        return X509_self_signed(certificate.get(), 0) == 1;
    });
}

Status checkChain(const std::vector<Bytes>& x5c, const std::vector<Bytes>& roots, Time now) {
    SALLYPORT_TRY(const auto chain, readAll(x5c));
    SALLYPORT_TRY(const auto anchors, readAll(roots));
    const StorePtr store(X509_STORE_new());
    const StackPtr intermediates(sk_X509_new_null());
    const StoreContextPtr context(X509_STORE_CTX_new());
    if (store == nullptr || intermediates == nullptr || context == nullptr) {
        return untrusted("out of memory");
    }
    for (const CertificatePtr& anchor : anchors) {
        if (X509_STORE_add_cert(store.get(), anchor.get()) != 1) return untrusted("bad root");
    }
    for (std::size_t i = 1; i < chain.size(); ++i) {
        if (sk_X509_push(intermediates.get(), chain[i].get()) <= 0) {
            return untrusted("out of memory");
        }
    }
    if (X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), intermediates.get()) !=
        1) {
        return untrusted("out of memory");
    }
    X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
    X509_VERIFY_PARAM_set_time(parameters, std::chrono::system_clock::to_time_t(now));
    X509_VERIFY_PARAM_set_auth_level(parameters, kStrength);
    if (X509_verify_cert(context.get()) != 1) {
        return untrusted(X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
    }
    return {};
}

}  // namespace sallyport::fido
