#include "tests/support/virtual_key/browser.h"
#include "tests/support/virtual_key/cbor.h"

#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

namespace sallyport::test {
namespace {

using testing::HasSubstr;

BrowserCeremony ceremony() {
    BrowserCeremony out;
    out.challenge = Bytes(32, 0x07);
    out.origin = "https://login.example.test";
    out.rp_id = "example.test";
    out.user_id = Bytes(16, 0x11);
    return out;
}

std::shared_ptr<EVP_PKEY> publicKey(const Bytes& info) {
    const auto* at = info.data();
    return {d2i_PUBKEY(nullptr, &at, static_cast<long>(info.size())), EVP_PKEY_free};
}

bool verifies(EVP_PKEY* key, int algorithm, const Bytes& message, const Bytes& signature) {
    const EVP_MD* digest = algorithm == crypto::kEdDsa   ? nullptr
                           : algorithm == crypto::kEs384 ? EVP_sha384()
                                                         : EVP_sha256();
    const std::shared_ptr<EVP_MD_CTX> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    return EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
           EVP_DigestVerify(
               context.get(), signature.data(), signature.size(), message.data(), message.size()) ==
               1;
}

Bytes signedBytes(Bytes auth_data, const Bytes& client_data) {
    const Bytes hash = crypto::sha256(client_data);
    auth_data.insert(auth_data.end(), hash.begin(), hash.end());
    return auth_data;
}

/// The statement of an attestation object.
cbor::Value statementOf(const BrowserRegistration& made) {
    const auto object = cbor::parse(made.attestation_object);
    return object && object->at("attStmt") != nullptr ? *object->at("attStmt") : cbor::Value{};
}

std::shared_ptr<X509> certificate(const Bytes& der) {
    const auto* at = der.data();
    return {d2i_X509(nullptr, &at, static_cast<long>(der.size())), X509_free};
}

TEST(VirtualKeyFunctions, signsAssertionsWithEachAlgorithm) {
    for (const int algorithm : {crypto::kEs256, crypto::kEdDsa, crypto::kEs384, crypto::kRs256}) {
        SCOPED_TRACE(algorithm);
        VirtualKey key;
        BrowserCeremony page = ceremony();
        page.algorithms = {algorithm};
        const auto made = registration(key, page);
        const auto shown = assertion(key, page);
        EXPECT_EQ(made.algorithm, algorithm);
        EXPECT_EQ(shown.id, made.id);
        EXPECT_EQ(shown.user_handle, page.user_id);
        EXPECT_EQ(shown.authenticator_data.size(), 37u);
        EXPECT_EQ(shown.authenticator_data[32], 0x05);
        const auto holder = publicKey(made.public_key_info);
        const Bytes message = signedBytes(shown.authenticator_data, shown.client_data_json);
        EXPECT_TRUE(verifies(holder.get(), algorithm, message, shown.signature));
        key.faults().junk_signature = true;
        const auto junk = assertion(key, page);
        EXPECT_FALSE(verifies(holder.get(),
                              algorithm,
                              signedBytes(junk.authenticator_data, junk.client_data_json),
                              junk.signature));
    }
}

TEST(VirtualKeyFunctions, attestsWithACertificateThatLeadsToItsRoot) {
    VirtualKey key;
    const auto made = registration(key, ceremony());
    const auto statement = statementOf(made);
    ASSERT_NE(statement.at("x5c"), nullptr);
    const auto& chain = statement.at("x5c")->items;
    ASSERT_EQ(chain.size(), 2u);
    const auto leaf = certificate(chain[0].bytes);
    const auto intermediate = certificate(chain[1].bytes);
    EXPECT_TRUE(verifies(X509_get0_pubkey(leaf.get()),
                         crypto::kEs256,
                         signedBytes(made.authenticator_data, made.client_data_json),
                         statement.at("sig")->bytes));
    EXPECT_EQ(X509_verify(leaf.get(), X509_get0_pubkey(intermediate.get())), 1);
    const auto root = certificate(key.authority().rootDer());
    EXPECT_EQ(X509_verify(intermediate.get(), X509_get0_pubkey(root.get())), 1);
    EXPECT_NE(X509_verify(leaf.get(), X509_get0_pubkey(root.get())), 1);
    EXPECT_THAT(key.authority().rootPem(), HasSubstr("BEGIN CERTIFICATE"));
}

TEST(VirtualKeyFunctions, attestsItselfOrNotAtAllAsItsModelSays) {
    KeyModel self;
    self.attestation = KeyModel::Attestation::kSelf;
    VirtualKey own(self);
    const auto made = registration(own, ceremony());
    EXPECT_EQ(statementOf(made).at("x5c"), nullptr);
    EXPECT_EQ(statementOf(made).at("alg")->number, crypto::kEdDsa);
    EXPECT_TRUE(verifies(publicKey(made.public_key_info).get(),
                         crypto::kEdDsa,
                         signedBytes(made.authenticator_data, made.client_data_json),
                         statementOf(made).at("sig")->bytes));
    VirtualKey packed;
    BrowserCeremony page = ceremony();
    page.direct_attestation = false;
    const auto none = registration(packed, page);
    EXPECT_EQ(cbor::parse(none.attestation_object)->at("fmt")->text, "none");
    EXPECT_TRUE(statementOf(none).items.empty());
    EXPECT_EQ(Bytes(none.authenticator_data.begin() + 37, none.authenticator_data.begin() + 53),
              Bytes(16, 0));
}

TEST(VirtualKeyFunctions, refusesWhatARealOneRefuses) {
    VirtualKey key;
    BrowserCeremony page = ceremony();
    EXPECT_THROW(assertion(key, page), KeyRefused);
    const auto made = registration(key, page);
    page.exclude = {made.id};
    EXPECT_THROW(registration(key, page), KeyRefused);
    page.exclude = {Bytes(48, 1)};
    EXPECT_NO_THROW(registration(key, page));
    page.allow = {Bytes(48, 2)};
    EXPECT_THROW(assertion(key, page), KeyRefused);
    page.algorithms = {-65535};
    page.exclude.clear();
    EXPECT_THROW(registration(key, page), KeyRefused);
    KeyModel plain;
    plain.supports_pin = false;
    VirtualKey without_pin(plain);
    EXPECT_THROW(registration(without_pin, ceremony()), KeyRefused);
}

TEST(VirtualKeyFunctions, hidesAProtectedCredentialFromWhoIsNotVerified) {
    for (const int level : {1, 2, 3}) {
        SCOPED_TRACE(level);
        VirtualKey key;
        BrowserCeremony page = ceremony();
        page.cred_protect = level;
        page.min_pin_length = true;
        const auto made = registration(key, page);
        EXPECT_EQ(made.authenticator_data[32], 0xc5);
        const auto shown = [&] {
            try {
                assertion(key, page);
                return true;
            } catch (const KeyRefused& refused) {
                EXPECT_EQ(refused.status, CtapStatus::kNoCredentials);
                return false;
            }
        };
        EXPECT_TRUE(shown());
        page.user_verification = false;
        EXPECT_EQ(shown(), level == 1);
        page.allow = {made.id};
        EXPECT_EQ(shown(), level < 3);
    }
}

TEST(VirtualKeyFunctions, countsUpAndAsItsFaultSays) {
    const auto count = [](const BrowserAssertion& shown) {
        return shown.authenticator_data[36] + 256 * shown.authenticator_data[35];
    };
    VirtualKey key;
    registration(key, ceremony());
    VirtualKey twin = key.clone();
    const int first = count(assertion(key, ceremony()));
    EXPECT_EQ(count(assertion(key, ceremony())), first + 1);
    EXPECT_EQ(count(assertion(twin, ceremony())), first) << "a clone counts for itself";
    key.faults().counter = 0;
    EXPECT_EQ(count(assertion(key, ceremony())), 0);
}

struct FaultCase {
    const char* name;
    void (*set)(Faults&);
    std::uint8_t flags;
    std::size_t size;
};

class VirtualKeyFault : public testing::TestWithParam<FaultCase> {};

TEST_P(VirtualKeyFault, isSignedAsIfItWereRight) {
    VirtualKey key;
    const auto made = registration(key, ceremony());
    GetParam().set(key.faults());
    const auto shown = assertion(key, ceremony());
    EXPECT_EQ(shown.authenticator_data[32], GetParam().flags);
    EXPECT_EQ(shown.authenticator_data.size(), GetParam().size);
    EXPECT_TRUE(verifies(publicKey(made.public_key_info).get(),
                         crypto::kEdDsa,
                         signedBytes(shown.authenticator_data, shown.client_data_json),
                         shown.signature));
}

INSTANTIATE_TEST_SUITE_P(
    Each,
    VirtualKeyFault,
    testing::Values(FaultCase{"presence", [](Faults& f) { f.strip_user_present = true; }, 0x04, 37},
                    FaultCase{
                        "verification", [](Faults& f) { f.strip_user_verified = true; }, 0x01, 37},
                    FaultCase{"eligible", [](Faults& f) { f.backup_eligible = true; }, 0x0d, 37},
                    FaultCase{"backed_up", [](Faults& f) { f.backup_state = true; }, 0x15, 37},
                    FaultCase{"reserved", [](Faults& f) { f.more_flags = 0x22; }, 0x27, 37},
                    FaultCase{"trailing", [](Faults& f) { f.trailing = Bytes(4, 9); }, 0x05, 41},
                    FaultCase{"extension", [](Faults& f) { f.unknown_extension = true; }, 0x85, 58},
                    FaultCase{"bent",
                              [](Faults& f) { f.bend_auth_data = [](Bytes& d) { d.pop_back(); }; },
                              0x05,
                              36}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(VirtualKeyFunctions, writesTheJsonOfABrowser) {
    VirtualKey key;
    BrowserCeremony page = ceremony();
    page.more_members = R"(,"other_keys_can_be_added_here":"x")";
    const auto made = registration(key, page);
    EXPECT_EQ(std::string(made.client_data_json.begin(), made.client_data_json.end()),
              R"({"type":"webauthn.create","challenge":")" + crypto::base64url(page.challenge) +
                  R"(","origin":"https://login.example.test","crossOrigin":false,)"
                  R"("other_keys_can_be_added_here":"x"})");
    EXPECT_THAT(made.json(), HasSubstr("\"id\":\"" + crypto::base64url(made.id) + "\""));
    EXPECT_THAT(made.json(), HasSubstr("\"transports\":[\"usb\"]"));
    EXPECT_THAT(assertion(key, page).json(),
                HasSubstr("\"userHandle\":\"" + crypto::base64url(page.user_id) + "\""));
    page.client_data = "not JSON";
    EXPECT_EQ(assertion(key, page).client_data_json,
              Bytes({'n', 'o', 't', ' ', 'J', 'S', 'O', 'N'}));
}

}  // namespace
}  // namespace sallyport::test
