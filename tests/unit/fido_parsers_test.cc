#include "fido/attestation_object.h"
#include "fido/authenticator_data.h"
#include "fido/cbor.h"
#include "fido/client_data.h"
#include "fido/cose_key.h"
#include "tests/support/matchers.h"
#include "tests/support/virtual_key/cbor.h"
#include "tests/support/virtual_key/crypto.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace sallyport {

namespace {

using fido::AttestationObject;
using fido::AuthenticatorData;
using fido::ClientData;
using fido::CoseKey;
using fido::PackedStatement;
using fido::cbor::Item;
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

// --- CBOR ---

TEST(CborItem, refusesWhatCtapForbids) {
    const std::vector<Named> cases = {
        {"nothing", {}},
        {"indefinite bytes", {0x5f, 0x41, 0x00, 0xff}},
        {"indefinite map", {0xbf, 0xff}},
        {"a break alone", {0xff}},
        {"reserved length", {0x1c}},
        {"a tag", {0xc1, 0x00}},
        {"undefined", {0xf7}},
        {"a half float", {0xf9, 0x00, 0x00}},
        {"a double", {0xfb, 0, 0, 0, 0, 0, 0, 0, 0}},
        {"a simple value of a byte", {0xf8, 0xff}},
        {"an unassigned simple value", {0xe0}},
        {"a number in two bytes that fits one", {0x18, 0x17}},
        {"a number in three bytes that fits two", {0x19, 0x00, 0xff}},
        {"a number in five bytes that fits three", {0x1a, 0x00, 0x00, 0xff, 0xff}},
        {"a number in nine bytes that fits five", {0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}},
        {"a head cut short", {0x19, 0x01}},
        {"bytes cut short", {0x42, 0x00}},
        {"text cut short", {0x62, 'a'}},
        {"array cut short", {0x82, 0x00}},
        {"map cut short", {0xa1, 0x00}},
        {"an array of 2^64-1", {0x9b, 255, 255, 255, 255, 255, 255, 255, 255}},
        {"bytes of 2^64-1", {0x5b, 255, 255, 255, 255, 255, 255, 255, 255}},
        {"text that is not UTF-8", {0x61, 0xff}},
        {"a duplicate key", {0xa2, 0x01, 0x00, 0x01, 0x00}},
        {"a duplicate text key", {0xa2, 0x61, 'a', 0x00, 0x61, 'a', 0x01}},
        {"a duplicate key inside", {0x81, 0xa2, 0x01, 0x00, 0x01, 0x00}},
        {"bytes as key", {0xa1, 0x41, 0x00, 0x00}},
        {"an array as key", {0xa1, 0x80, 0x00}},
        {"five arrays", {0x81, 0x81, 0x81, 0x81, 0x80}},
        {"five maps", {0xa1, 0x01, 0xa1, 0x01, 0xa1, 0x01, 0xa1, 0x01, 0xa0}},
        {"a byte behind", {0x00, 0x00}},
    };
    for (const Named& each : cases) {
        EXPECT_THAT(Item::parse(each.bytes), failsWith(kInvalid)) << each.name;
    }
}

TEST(CborItem, takesWhatIsAllowed) {
    const std::vector<Named> cases = {
        {"zero", {0x00}},
        {"24 in two bytes", {0x18, 0x18}},
        {"256 in three bytes", {0x19, 0x01, 0x00}},
        {"2^16 in five bytes", {0x1a, 0x00, 0x01, 0x00, 0x00}},
        {"2^32 in nine bytes", {0x1b, 0, 0, 0, 1, 0, 0, 0, 0}},
        {"null", {0xf6}},
        {"four arrays", {0x81, 0x81, 0x81, 0x80}},
        {"one as number, text and negative", {0xa3, 0x01, 0x00, 0x61, '1', 0x00, 0x20, 0x00}},
        {"keys in any order", {0xa2, 0x02, 0x00, 0x01, 0x00}},
    };
    for (const Named& each : cases) {
        EXPECT_THAT(Item::parse(each.bytes), isOk()) << each.name;
    }
}

Item itemOf(const Bytes& bytes) {
    return Item::parse(bytes).value();
}

TEST(CborItem, readsValues) {
    const Bytes least = {0x3b, 0x7f, 255, 255, 255, 255, 255, 255, 255};
    const Bytes beyond = {0x3b, 0x80, 0, 0, 0, 0, 0, 0, 0};
    const Bytes large = {0x1b, 0x80, 0, 0, 0, 0, 0, 0, 0};
    EXPECT_EQ(itemOf(least).integer().value(), std::numeric_limits<std::int64_t>::min());
    EXPECT_THAT(itemOf(beyond).integer(), failsWith(kInvalid));
    EXPECT_THAT(itemOf(large).integer(), failsWith(kInvalid));
    const Bytes yes = {0xf5};
    const Bytes no = {0xf4};
    EXPECT_EQ(itemOf(yes).boolean().value(), true);
    EXPECT_EQ(itemOf(no).boolean().value(), false);
    const Bytes map = Writer().map(2).text("a").integer(1).integer(-1).text("b").done();
    const auto read = itemOf(map).map().value();
    EXPECT_EQ(read.size(), 2U);
    EXPECT_EQ(read.at("a").value().integer().value(), 1);
    EXPECT_EQ(read.at(-1).value().text().value(), "b");
    EXPECT_THAT(read.at("b"), failsWith(kInvalid));
    EXPECT_THAT(read.at(1), failsWith(kInvalid));
    const Bytes array = Writer().array(2).bytes({7}).boolean(false).done();
    const auto items = itemOf(array).array().value();
    ASSERT_EQ(items.size(), 2U);
    EXPECT_EQ(copyBytes(items[0].bytes().value()), Bytes{7});
}

TEST(CborItem, refusesToReadOneKindAsAnother) {
    const Bytes number = {0x01};
    const Bytes text = {0x61, 'a'};
    const Bytes bytes = {0x41, 'a'};
    const Bytes null = {0xf6};
    EXPECT_THAT(itemOf(text).integer(), failsWith(kInvalid));
    EXPECT_THAT(itemOf(text).bytes(), failsWith(kInvalid));
    EXPECT_THAT(itemOf(bytes).text(), failsWith(kInvalid));
    EXPECT_THAT(itemOf(number).boolean(), failsWith(kInvalid));
    EXPECT_THAT(itemOf(null).boolean(), failsWith(kInvalid));
    EXPECT_THAT(itemOf(number).array(), failsWith(kInvalid));
    EXPECT_THAT(itemOf(number).map(), failsWith(kInvalid));
}

TEST(CborItem, takesOneItemAndLeavesTheRest) {
    const Bytes bytes = {0x41, 0x07, 0x02};
    ByteView rest = bytes;
    EXPECT_EQ(copyBytes(Item::take(rest).value().encoded()), (Bytes{0x41, 0x07}));
    EXPECT_EQ(copyBytes(rest), Bytes{0x02});
}

// --- client data (R2, A3) ---

Result<ClientData> readClientData(const std::string& text) {
    return ClientData::parse(asBytes(text));
}

/// What a browser writes, with `more` in front of the closing brace.
std::string clientData(const std::string& more = "") {
    return R"({"type":"webauthn.get","challenge":"AAECAw","origin":"https://a.example")" + more +
           "}";
}

TEST(ClientDataParse, readsMembersInAnyOrder) {
    const auto data = readClientData(
        R"({"crossOrigin":true,"x":{"y":[1]},"origin":"o","topOrigin":"p","challenge":"AAECAw","type":"t"})");
    ASSERT_THAT(data, isOk());
    EXPECT_EQ(data->type, "t");
    EXPECT_EQ(data->origin, "o");
    EXPECT_EQ(data->challenge, (Bytes{0, 1, 2, 3}));
    EXPECT_TRUE(data->cross_origin);
    EXPECT_TRUE(data->has_top_origin);
}

TEST(ClientDataParse, takesCrossOriginForFalseWhereItIsNot) {
    const auto data = readClientData(clientData());
    ASSERT_THAT(data, isOk());
    EXPECT_FALSE(data->cross_origin);
    EXPECT_FALSE(data->has_top_origin);
    EXPECT_FALSE(readClientData(clientData(R"(,"crossOrigin":false)"))->cross_origin);
}

TEST(ClientDataParse, takesOneByteOrderMark) {
    EXPECT_THAT(readClientData("\xef\xbb\xbf" + clientData()), isOk());
    EXPECT_THAT(readClientData("\xef\xbb\xbf\xef\xbb\xbf" + clientData()), failsWith(kInvalid));
}

TEST(ClientDataParse, takesEscapedNames) {
    const auto data =
        readClientData(R"({"\u0074ype":"t","challenge":"AAECAw","origin":"https:\/\/a.example"})");
    ASSERT_THAT(data, isOk());
    EXPECT_EQ(data->origin, "https://a.example");
}

TEST(ClientDataParse, boundsItsSize) {
    const std::string text = clientData();
    EXPECT_THAT(readClientData(text + std::string(4096 - text.size(), ' ')), isOk());
    EXPECT_THAT(readClientData(text + std::string(4097 - text.size(), ' ')), failsWith(kInvalid));
}

TEST(ClientDataParse, refusesWhatIsNotStrict) {
    const std::vector<std::pair<const char*, std::string>> cases = {
        {"nothing", ""},
        {"an array", "[]"},
        {"text", "\"x\""},
        {"two documents", clientData() + "{}"},
        {"a NUL behind", clientData() + std::string(1, '\0')},
        {"a duplicate", clientData(R"(,"origin":"https://b.example")")},
        {"an escaped duplicate", clientData(R"(,"\u006frigin":"https://b.example")")},
        {"a duplicate that nobody reads", clientData(R"(,"x":1,"x":1)")},
        {"a duplicate inside", clientData(R"(,"x":{"y":1,"y":1})")},
        {"not UTF-8", clientData(",\"x\":\"\xff\"")},
        {"half a surrogate", clientData(R"(,"x":"\ud800")")},
        {"a comment", clientData("/**/")},
        {"no type", R"({"challenge":"AAECAw","origin":"o"})"},
        {"no challenge", R"({"type":"t","origin":"o"})"},
        {"no origin", R"({"type":"t","challenge":"AAECAw"})"},
        {"type no text", R"({"type":1,"challenge":"AAECAw","origin":"o"})"},
        {"origin null", R"({"type":"t","challenge":"AAECAw","origin":null})"},
        {"challenge no text", R"({"type":"t","challenge":[0,1,2,3],"origin":"o"})"},
        {"challenge empty", R"({"type":"t","challenge":"","origin":"o"})"},
        {"challenge padded", R"({"type":"t","challenge":"AAECAw==","origin":"o"})"},
        {"challenge in base64", R"({"type":"t","challenge":"A+EC","origin":"o"})"},
        {"challenge with other trailing bits", R"({"type":"t","challenge":"AAECAx","origin":"o"})"},
        {"crossOrigin text", clientData(R"(,"crossOrigin":"false")")},
        {"crossOrigin number", clientData(R"(,"crossOrigin":0)")},
        {"crossOrigin null", clientData(R"(,"crossOrigin":null)")},
    };
    for (const auto& [name, text] : cases) {
        EXPECT_THAT(readClientData(text), failsWith(kInvalid)) << name;
    }
}

// --- authenticator data (R14, A7) ---

/// Hash, flags, counter 0x01020304, and what follows.
Bytes authData(std::uint8_t flags, const Bytes& more = {}) {
    Bytes bytes(32, 0xab);
    bytes.insert(bytes.end(), {flags, 1, 2, 3, 4});
    bytes.insert(bytes.end(), more.begin(), more.end());
    return bytes;
}

Bytes operator+(Bytes a, const Bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

/// AAGUID, an id of two bytes, and a key that is any one CBOR item.
const Bytes kCredential = Bytes(16, 0x11) + Bytes{0, 2, 8, 9} + Bytes{0xa0};

TEST(AuthenticatorDataParse, readsFlagsAndCounter) {
    const auto none = AuthenticatorData::parse(authData(0));
    ASSERT_THAT(none, isOk());
    EXPECT_FALSE(none->user_present || none->user_verified || none->backup_eligible ||
                 none->backed_up);
    EXPECT_EQ(none->sign_count, 0x01020304U);
    EXPECT_EQ(copyBytes(none->rp_id_hash), Bytes(32, 0xab));
    EXPECT_TRUE(AuthenticatorData::parse(authData(0x01))->user_present);
    EXPECT_TRUE(AuthenticatorData::parse(authData(0x04))->user_verified);
    EXPECT_TRUE(AuthenticatorData::parse(authData(0x08))->backup_eligible);
    EXPECT_TRUE(AuthenticatorData::parse(authData(0x10))->backed_up);
}

TEST(AuthenticatorDataParse, readsTheCredentialAndExtensions) {
    const Bytes extensions = Writer().map(2).text("a").integer(5).text("b").boolean(true).done();
    const auto data = AuthenticatorData::parse(authData(0xc1, kCredential + extensions));
    ASSERT_THAT(data, isOk());
    ASSERT_TRUE(data->credential.has_value());
    EXPECT_EQ(copyBytes(data->credential->aaguid), Bytes(16, 0x11));
    EXPECT_EQ(data->credential->id, (Bytes{8, 9}));
    EXPECT_EQ(data->credential->public_key, Bytes{0xa0});
    EXPECT_EQ(data->extensions.size(), 2U);
    EXPECT_EQ(data->extensions.at("a"), Bytes{5});
}

TEST(AuthenticatorDataParse, refusesWhatFlagsDoNotSay) {
    const Bytes extensions = Writer().map(1).text("a").integer(5).done();
    const std::vector<Named> cases = {
        {"nothing", {}},
        {"36 bytes", Bytes(36, 0)},
        {"a byte behind", authData(0x01, {0})},
        {"reserved flag 1", authData(0x02)},
        {"reserved flag 5", authData(0x20)},
        {"a credential without flag", authData(0x01, kCredential)},
        {"a flag without credential", authData(0x41)},
        {"a credential without key", authData(0x41, Bytes(16, 0) + Bytes{0, 1, 7})},
        {"an id cut short", authData(0x41, Bytes(16, 0) + Bytes{0xff, 0xff, 7, 0xa0})},
        {"a byte behind the credential", authData(0x41, kCredential + Bytes{0})},
        {"extensions without flag", authData(0x41, kCredential + extensions)},
        {"a flag without extensions", authData(0x81)},
        {"extensions that are no map", authData(0x81, Bytes{0x80})},
        {"an extension without name", authData(0x81, Bytes{0xa1, 0x01, 0x01})},
        {"a byte behind the extensions", authData(0x81, extensions + Bytes{0})},
    };
    for (const Named& each : cases) {
        EXPECT_THAT(AuthenticatorData::parse(each.bytes), failsWith(kInvalid)) << each.name;
    }
}

// --- attestation object (R8) ---

Bytes attestation(const std::function<void(Writer&)>& members, std::size_t count) {
    Writer out;
    out.map(count);
    members(out);
    return out.done();
}

TEST(AttestationObjectParse, readsItsThreeMembersInAnyOrder) {
    const auto object = AttestationObject::parse(attestation(
        [](Writer& out) {
            out.text("attStmt").map(1).text("x").integer(1);
            out.text("authData").bytes({1, 2});
            out.text("fmt").text("packed");
        },
        3));
    ASSERT_THAT(object, isOk());
    EXPECT_EQ(object->format, "packed");
    EXPECT_EQ(object->authenticator_data, (Bytes{1, 2}));
    EXPECT_EQ(object->statement, Writer().map(1).text("x").integer(1).done());
}

TEST(AttestationObjectParse, refusesWhatIsNotExactlyThat) {
    const auto right = [](Writer& out) {
        out.text("fmt").text("none").text("attStmt").map(0).text("authData").bytes({1});
    };
    ASSERT_THAT(AttestationObject::parse(attestation(right, 3)), isOk());
    const std::vector<Named> cases = {
        {"bytes behind", attestation(right, 3) + Bytes{0}},
        {"an array", {0x80}},
        {"another member",
         attestation(
             [&](Writer& o) {
                 right(o);
                 o.text("ep").boolean(true);
             },
             4)},
        {"no fmt",
         attestation([](Writer& o) { o.text("attStmt").map(0).text("authData").bytes({1}); }, 2)},
        {"no attStmt",
         attestation([](Writer& o) { o.text("fmt").text("none").text("authData").bytes({1}); }, 2)},
        {"no authData",
         attestation([](Writer& o) { o.text("fmt").text("none").text("attStmt").map(0); }, 2)},
        {"fmt no text",
         attestation(
             [](Writer& o) {
                 o.text("fmt").integer(1).text("attStmt").map(0).text("authData").bytes({1});
             },
             3)},
        {"attStmt no map",
         attestation(
             [](Writer& o) {
                 o.text("fmt").text("none").text("attStmt").array(0).text("authData").bytes({1});
             },
             3)},
        {"authData no bytes",
         attestation(
             [](Writer& o) {
                 o.text("fmt").text("none").text("attStmt").map(0).text("authData").text("1");
             },
             3)},
    };
    for (const Named& each : cases) {
        EXPECT_THAT(AttestationObject::parse(each.bytes), failsWith(kInvalid)) << each.name;
    }
}

TEST(AttestationObjectParse, boundsItsSize) {
    const auto ofSize = [](std::size_t size) {
        return attestation(
            [&](Writer& out) {
                out.text("fmt").text("none").text("attStmt").map(0);
                out.text("authData").bytes(Bytes(size, 0));
            },
            3);
    };
    const std::size_t around = ofSize(30000).size() - 30000;
    EXPECT_THAT(AttestationObject::parse(ofSize(32 * 1024 - around)), isOk());
    EXPECT_THAT(AttestationObject::parse(ofSize(32 * 1024 - around + 1)), failsWith(kInvalid));
}

TEST(PackedStatementParse, readsWithAndWithoutCertificates) {
    const auto self = PackedStatement::parse(
        Writer().map(2).text("alg").integer(-7).text("sig").bytes({9}).done());
    ASSERT_THAT(self, isOk());
    EXPECT_EQ(self->algorithm, -7);
    EXPECT_EQ(self->signature, Bytes{9});
    EXPECT_TRUE(self->x5c.empty());
    Writer out;
    out.map(3).text("alg").integer(-8).text("sig").bytes({9}).text("x5c").array(2);
    const auto chain = PackedStatement::parse(out.bytes({1}).bytes({2}).done());
    ASSERT_THAT(chain, isOk());
    EXPECT_EQ(chain->x5c, (std::vector<Bytes>{{1}, {2}}));
}

TEST(PackedStatementParse, refusesWhatIsNotExactlyThat) {
    const auto start = [](std::size_t count) {
        return Writer().map(count).text("alg").integer(-7).text("sig").bytes({9});
    };
    const auto chain = [&](std::size_t count) {
        Writer out = start(3);
        out.text("x5c").array(count);
        for (std::size_t i = 0; i < count; ++i) out.bytes({1});
        return out.done();
    };
    ASSERT_THAT(PackedStatement::parse(chain(8)), isOk());
    const std::vector<Named> cases = {
        {"no alg", Writer().map(1).text("sig").bytes({9}).done()},
        {"alg no number", Writer().map(2).text("alg").text("x").text("sig").bytes({9}).done()},
        {"no sig", Writer().map(1).text("alg").integer(-7).done()},
        {"sig no bytes", Writer().map(2).text("alg").integer(-7).text("sig").text("9").done()},
        {"ecdaaKeyId", start(3).text("ecdaaKeyId").bytes({1}).done()},
        {"x5c empty", chain(0)},
        {"x5c of nine", chain(9)},
        {"x5c no array", start(3).text("x5c").bytes({1}).done()},
        {"x5c of text", start(3).text("x5c").array(1).text("1").done()},
    };
    for (const Named& each : cases) {
        EXPECT_THAT(PackedStatement::parse(each.bytes), failsWith(kInvalid)) << each.name;
    }
}

// --- public keys (R15) ---

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
