#include "tests/support/virtual_key/attestation_authority.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace sallyport::test {

namespace {

using crypto::Bytes;
using crypto::PrivateKey;
using Certificate = std::shared_ptr<X509>;

void check(bool good) {
    if (!good) throw std::runtime_error("virtual key: cannot make a certificate");
}

void addName(X509_NAME* name, const char* field, const std::string& value) {
    if (value.empty()) return;
    check(X509_NAME_add_entry_by_txt(name,
                                     field,
                                     MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(value.data()),
                                     static_cast<int>(value.size()),
                                     -1,
                                     0) == 1);
}

void addExtension(X509* certificate, int nid, const char* value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    check(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

void addExtension(X509* certificate, const char* oid, const Bytes& value, bool critical) {
    ASN1_OBJECT* object = OBJ_txt2obj(oid, 1);
    ASN1_OCTET_STRING* data = ASN1_OCTET_STRING_new();
    check(ASN1_OCTET_STRING_set(data, value.data(), static_cast<int>(value.size())) == 1);
    X509_EXTENSION* extension =
        X509_EXTENSION_create_by_OBJ(nullptr, object, critical ? 1 : 0, data);
    check(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(data);
    ASN1_OBJECT_free(object);
}

Certificate blank(const PrivateKey& key, long version, const LeafShape& shape) {
    Certificate certificate(X509_new(), X509_free);
    check(X509_set_version(certificate.get(), version) == 1);
    const Bytes serial = crypto::random(8);
    std::uint64_t number = 0;
    for (const std::uint8_t byte : serial) number = number << 8u | byte;
    check(ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), number >> 1u) == 1);
    check(ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate.get()),
                                    shape.not_before.c_str()) == 1);
    check(ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate.get()),
                                    shape.not_after.c_str()) == 1);
    check(X509_set_pubkey(certificate.get(), key.get()) == 1);
    return certificate;
}

Certificate authority(const std::string& name,
                      const PrivateKey& key,
                      const X509* issuer,
                      const PrivateKey& issuer_key) {
    Certificate certificate = blank(key, 2, {});
    addName(X509_get_subject_name(certificate.get()), "CN", name);
    const X509* by = issuer != nullptr ? issuer : certificate.get();
    check(X509_set_issuer_name(certificate.get(), X509_get_subject_name(by)) == 1);
    addExtension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    addExtension(certificate.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
    check(X509_sign(certificate.get(), issuer_key.get(), EVP_sha256()) > 0);
    return certificate;
}

Bytes der(X509* certificate) {
    unsigned char* out = nullptr;
    const int size = i2d_X509(certificate, &out);
    check(size > 0);
    Bytes bytes(out, out + size);
    OPENSSL_free(out);
    return bytes;
}

std::string pem(X509* certificate) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
    check(PEM_write_bio_X509(bio.get(), certificate) == 1);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

void describeLeaf(X509* certificate, const LeafShape& shape) {
    X509_NAME* subject = X509_get_subject_name(certificate);
    addName(subject, "C", shape.country);
    addName(subject, "O", shape.organization);
    addName(subject, "OU", shape.unit);
    addName(subject, "CN", shape.common_name);
    for (const auto& [field, value] : shape.more_names) addName(subject, field.c_str(), value);
    if (shape.version < 2) return;  // extensions came with version 3
    if (shape.basic_constraints) {
        addExtension(certificate, NID_basic_constraints, shape.is_ca ? "CA:TRUE" : "CA:FALSE");
    }
    if (shape.aaguid) {
        Bytes value(shape.aaguid->begin(), shape.aaguid->end());
        if (shape.aaguid_wrapped) value.insert(value.begin(), {0x04, 0x10});
        addExtension(certificate, "1.3.6.1.4.1.45724.1.1.4", value, shape.aaguid_critical);
    }
    if (shape.firmware) {
        Bytes value(shape.firmware->begin(), shape.firmware->end());
        value.insert(value.begin(), {0x04, 0x03});
        addExtension(certificate, "1.3.6.1.4.1.45724.1.1.5", value, false);
    }
    for (const auto& [oid, value] : shape.more_extensions) {
        addExtension(certificate, oid.c_str(), value, false);
    }
}

}  // namespace

AttestationAuthority::AttestationAuthority(const std::string& name)
    : root_key_(crypto::generate(crypto::kEs256)),
      intermediate_key_(crypto::generate(crypto::kEs256)),
      root_(authority(name + " Attestation Root", root_key_, nullptr, root_key_)),
      intermediate_(
          authority(name + " Attestation Intermediate", intermediate_key_, root_.get(), root_key_)),
      root_pem_(pem(root_.get())),
      root_der_(der(root_.get())),
      intermediate_der_(der(intermediate_.get())) {}

AttestationLeaf AttestationAuthority::issue(const LeafShape& shape) const {
    AttestationLeaf leaf{crypto::generate(crypto::kEs256), {}};
    const Certificate certificate = blank(leaf.key, shape.version, shape);
    describeLeaf(certificate.get(), shape);
    const X509* issuer = shape.signed_by_root ? root_.get() : intermediate_.get();
    PrivateKey issuer_key = shape.signed_by_root ? root_key_ : intermediate_key_;
    if (shape.self_signed) {
        issuer = certificate.get();
        issuer_key = leaf.key;
    }
    check(X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer)) == 1);
    const EVP_MD* digest = shape.sha1 ? EVP_sha1() : EVP_sha256();
    check(X509_sign(certificate.get(), issuer_key.get(), digest) > 0);
    leaf.x5c.push_back(der(certificate.get()));
    if (!shape.signed_by_root && !shape.self_signed) leaf.x5c.push_back(intermediate_der_);
    return leaf;
}

}  // namespace sallyport::test
