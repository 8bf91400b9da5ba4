#include "fido/cose_key.h"
#include "tests/support/matchers.h"
#include "tests/support/virtual_key/cbor.h"
#include "tests/support/virtual_key/crypto.h"

#include <gtest/gtest.h>

namespace sallyport {

namespace {

using fido::CoseKey;
using test::failsWith;
using test::isOk;
using test::cbor::Writer;
using test::crypto::coseKey;
using test::crypto::generate;
using test::crypto::kEdDsa;
using test::crypto::kEs256;
using test::crypto::kEs384;
using test::crypto::kRs256;

constexpr ErrorCode kInvalid = ErrorCode::kInvalidRequest;

struct Named {
    const char* name;
    Bytes bytes;
};

Bytes operator+(Bytes a, const Bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

TEST(CoseKeyParse, takesTheKeysOfAllAlgorithms) {
    const std::vector<std::pair<int, std::size_t>> sizes = {
        {kEs256, 64}, {kEdDsa, 32}, {kEs384, 96}, {kRs256, 259}};
    for (const auto& [algorithm, size] : sizes) {
        const auto key = CoseKey::parse(coseKey(generate(algorithm), algorithm));
        ASSERT_THAT(key, isOk()) << algorithm;
        EXPECT_EQ(static_cast<int>(key->algorithm()), algorithm);
        EXPECT_EQ(key->material().size(), size);
    }
}

/// An EC2 or OKP key with these parameters; `y` is left out if empty.
Bytes keyOf(int kty, int alg, int crv, const Bytes& x, const Bytes& y, bool more = false) {
    Writer out;
    out.map((y.empty() ? 4U : 5U) + (more ? 1U : 0U));
    out.integer(1).integer(kty).integer(3).integer(alg).integer(-1).integer(crv);
    out.integer(-2).bytes(x);
    if (!y.empty()) out.integer(-3).bytes(y);
    if (more) out.integer(4).array(0);
    return out.done();
}

TEST(CoseKeyParse, refusesEllipticKeysThatAreUnsound) {
    const auto [x, y] = test::crypto::pointOf(generate(kEs256));
    const auto [x384, y384] = test::crypto::pointOf(generate(kEs384));
    ASSERT_THAT(CoseKey::parse(keyOf(2, -7, 1, x, y)), isOk());
    ASSERT_THAT(CoseKey::parse(keyOf(2, -35, 2, x384, y384)), isOk());
    Bytes off = y;
    off.back() ^= 1;
    const Bytes short_x(x.begin(), x.end() - 1);
    const std::vector<Named> cases = {
        {"not on the curve", keyOf(2, -7, 1, x, off)},
        {"the point zero", keyOf(2, -7, 1, Bytes(32, 0), Bytes(32, 0))},
        {"x not below p", keyOf(2, -7, 1, Bytes(32, 0xff), y)},
        {"another kty", keyOf(1, -7, 1, x, y)},
        {"another crv", keyOf(2, -7, 2, x, y)},
        {"secp256k1", keyOf(2, -7, 8, x, y)},
        {"P-384 for ES256", keyOf(2, -7, 2, x384, y384)},
        {"P-256 for ES384", keyOf(2, -35, 1, x, y)},
        {"ES256K", keyOf(2, -47, 8, x, y)},
        {"ES512", keyOf(2, -36, 3, x, y)},
        {"ECDH", keyOf(2, -25, 1, x, y)},
        {"x too short", keyOf(2, -7, 1, short_x, y)},
        {"x too long", keyOf(2, -7, 1, Bytes{0} + x, y)},
        {"y too short", keyOf(2, -7, 1, x, Bytes(y.begin(), y.end() - 1))},
        {"no y", keyOf(2, -7, 1, x, {})},
        {"another member", keyOf(2, -7, 1, x, y, true)},
        {"a byte behind", keyOf(2, -7, 1, x, y) + Bytes{0}},
    };
    for (const Named& each : cases) {
        EXPECT_THAT(CoseKey::parse(each.bytes), failsWith(kInvalid)) << each.name;
    }
}

TEST(CoseKeyParse, refusesACompressedPoint) {
    const auto [x, y] = test::crypto::pointOf(generate(kEs256));
    Writer out;
    out.map(5).integer(1).integer(2).integer(3).integer(-7).integer(-1).integer(1);
    out.integer(-2).bytes(x).integer(-3).boolean((y.back() & 1) != 0);
    EXPECT_THAT(CoseKey::parse(out.done()), failsWith(kInvalid));
}

TEST(CoseKeyParse, refusesEdwardsKeysThatAreUnsound) {
    ASSERT_THAT(CoseKey::parse(keyOf(1, -8, 6, Bytes(32, 9), {})), isOk());
    const std::vector<Named> cases = {
        {"another kty", keyOf(2, -8, 6, Bytes(32, 9), {})},
        {"Ed448", keyOf(1, -8, 7, Bytes(57, 9), {})},
        {"X25519", keyOf(1, -8, 4, Bytes(32, 9), {})},
        {"too short", keyOf(1, -8, 6, Bytes(31, 9), {})},
        {"too long", keyOf(1, -8, 6, Bytes(33, 9), {})},
        {"with y", keyOf(1, -8, 6, Bytes(32, 9), Bytes(32, 9))},
    };
    for (const Named& each : cases) {
        EXPECT_THAT(CoseKey::parse(each.bytes), failsWith(kInvalid)) << each.name;
    }
}

Bytes rsaKey(int kty, const Bytes& n, const Bytes& e, bool more = false) {
    Writer out;
    out.map(more ? 5 : 4).integer(1).integer(kty).integer(3).integer(-257);
    out.integer(-1).bytes(n).integer(-2).bytes(e);
    if (more) out.integer(4).array(0);
    return out.done();
}

TEST(CoseKeyParse, refusesRsaKeysThatAreUnsound) {
    const Bytes n(256, 0xc3);
    const Bytes e = {1, 0, 1};
    ASSERT_THAT(CoseKey::parse(rsaKey(3, n, e)), isOk());
    Bytes small = n;
    small[0] = 0x7f;
    const std::vector<Named> cases = {
        {"another kty", rsaKey(2, n, e)},
        {"2047 bits", rsaKey(3, small, e)},
        {"1024 bits", rsaKey(3, Bytes(128, 0xc3), e)},
        {"3072 bits", rsaKey(3, Bytes(384, 0xc3), e)},
        {"exponent 3", rsaKey(3, n, {3})},
        {"exponent 1", rsaKey(3, n, {1})},
        {"no exponent", rsaKey(3, n, {})},
        {"exponent with a zero in front", rsaKey(3, n, {0, 1, 0, 1})},
        {"another member", rsaKey(3, n, e, true)},
    };
    for (const Named& each : cases) {
        EXPECT_THAT(CoseKey::parse(each.bytes), failsWith(kInvalid)) << each.name;
    }
}

TEST(Algorithms, haveNamesAndNumbers) {
    EXPECT_EQ(fido::name(fido::Algorithm::kEs256), "ES256");
    EXPECT_EQ(fido::name(fido::Algorithm::kEdDsa), "EdDSA");
    EXPECT_EQ(fido::name(fido::Algorithm::kEs384), "ES384");
    EXPECT_EQ(fido::name(fido::Algorithm::kRs256), "RS256");
    for (const int number : {kEs256, kEdDsa, kEs384, kRs256}) {
        ASSERT_TRUE(fido::algorithmFromCose(number).has_value()) << number;
        EXPECT_EQ(static_cast<int>(*fido::algorithmFromCose(number)), number);
    }
    for (const int number : {0, -6, -36, -47, -65535}) {
        EXPECT_FALSE(fido::algorithmFromCose(number).has_value()) << number;
    }
}

}  // namespace

}  // namespace sallyport
