#include "fido/attestation_object.h"
#include "fido/authenticator_data.h"
#include "fido/client_data.h"
#include "tests/support/matchers.h"
#include "tests/support/virtual_key/cbor.h"

#include <gtest/gtest.h>

#include <functional>

namespace sallyport {

namespace {

using fido::AttestationObject;
using fido::AuthenticatorData;
using fido::ClientData;
using fido::PackedStatement;
using test::failsWith;
using test::isOk;
using test::cbor::Writer;

constexpr ErrorCode kInvalid = ErrorCode::kInvalidRequest;

struct Named {
    const char* name;
    Bytes bytes;
};

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
    const auto of_size = [](std::size_t size) {
        return attestation(
            [&](Writer& out) {
                out.text("fmt").text("none").text("attStmt").map(0);
                out.text("authData").bytes(Bytes(size, 0));
            },
            3);
    };
    const std::size_t around = of_size(30000).size() - 30000;
    EXPECT_THAT(AttestationObject::parse(of_size(32 * 1024 - around)), isOk());
    EXPECT_THAT(AttestationObject::parse(of_size(32 * 1024 - around + 1)), failsWith(kInvalid));
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

}  // namespace

}  // namespace sallyport
