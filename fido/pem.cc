#include "fido/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

namespace sallyport::fido {
namespace {

struct Free {
    void operator()(BIO* bio) const { BIO_free(bio); }

    void operator()(X509* certificate) const { X509_free(certificate); }
};

using Bio = std::unique_ptr<BIO, Free>;
using Certificate = std::unique_ptr<X509, Free>;

/// Whether the last read found no further block, which is how a file ends.
bool ended() {
    const auto error = ERR_peek_last_error();
    return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

}  // namespace

Result<std::vector<Bytes>> certificatesFromPem(std::string_view text) {
    const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    if (!bio) return fail(ErrorCode::kUnavailable, "no memory for a certificate");
    std::vector<Bytes> found;
    while (true) {
        ERR_clear_error();
        const Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
        if (!certificate) break;
        Bytes der(static_cast<std::size_t>(i2d_X509(certificate.get(), nullptr)));
        unsigned char* out = der.data();
        i2d_X509(certificate.get(), &out);
        found.push_back(std::move(der));
    }
    const bool whole = ended();
    ERR_clear_error();
    if (!whole) return fail(ErrorCode::kInvalidRequest, "a certificate cannot be read");
    if (found.empty()) return fail(ErrorCode::kInvalidRequest, "there is no certificate in it");
    return found;
}

}  // namespace sallyport::fido
