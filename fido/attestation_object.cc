#include "fido/attestation_object.h"

#include "fido/cbor.h"
#include "fido/response_json.h"

namespace sallyport::fido {

namespace {

constexpr std::size_t kMostCertificates = 8;

Error malformed(const char* problem) {
    return fail(ErrorCode::kInvalidRequest, std::string("attestation: ") + problem);
}

Result<std::vector<Bytes>> certificatesOf(const cbor::Item& x5c) {
    SALLYPORT_TRY(const std::vector<cbor::Item> items, x5c.array());
    if (items.empty() || items.size() > kMostCertificates) {
        return malformed("x5c has no certificate, or too many");
    }
    std::vector<Bytes> certificates;
    for (const cbor::Item& item : items) {
        SALLYPORT_TRY(const ByteView certificate, item.bytes());
        certificates.push_back(copyBytes(certificate));
    }
    return certificates;
}

}  // namespace

Result<AttestationObject> AttestationObject::parse(ByteView bytes) {
    if (bytes.size() > kMostAttestationObject) return malformed("too long");
    SALLYPORT_TRY(const cbor::Item whole, cbor::Item::parse(bytes));
    SALLYPORT_TRY(const cbor::Map map, whole.map());
    SALLYPORT_TRY(const cbor::Item format, map.at("fmt"));
    SALLYPORT_TRY(const std::string_view format_text, format.text());
    SALLYPORT_TRY(const cbor::Item data, map.at("authData"));
    SALLYPORT_TRY(const ByteView data_bytes, data.bytes());
    SALLYPORT_TRY(const cbor::Item statement, map.at("attStmt"));
    SALLYPORT_CHECK(statement.map());
    if (map.size() != 3) return malformed("a member that is not known");
    return AttestationObject{
        std::string(format_text), copyBytes(data_bytes), copyBytes(statement.encoded())};
}

Result<PackedStatement> PackedStatement::parse(ByteView bytes) {
    SALLYPORT_TRY(const cbor::Item whole, cbor::Item::parse(bytes));
    SALLYPORT_TRY(const cbor::Map map, whole.map());
    PackedStatement statement;
    SALLYPORT_TRY(const cbor::Item algorithm, map.at("alg"));
    SALLYPORT_TRY(statement.algorithm, algorithm.integer());
    SALLYPORT_TRY(const cbor::Item signature, map.at("sig"));
    SALLYPORT_TRY(const ByteView signature_bytes, signature.bytes());
    statement.signature = copyBytes(signature_bytes);
    std::size_t known = 2;
    if (map.has("x5c")) {
        SALLYPORT_TRY(const cbor::Item x5c, map.at("x5c"));
        SALLYPORT_TRY(statement.x5c, certificatesOf(x5c));
        ++known;
    }
    if (map.size() != known) return malformed("a statement member that is not known");
    return statement;
}

}  // namespace sallyport::fido
