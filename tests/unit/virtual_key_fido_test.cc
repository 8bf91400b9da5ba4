#include "tests/unit/virtual_key_client.h"

#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/es384.h>
#include <fido/rs256.h>

namespace sallyport::test {
namespace {

/// FIDO_OK if the key that `cred` shows made assertion 0 of `shown`.
int verify(const fido_assert_t* shown, const fido_cred_t* cred) {
    const unsigned char* at = fido_cred_pubkey_ptr(cred);
    const std::size_t size = fido_cred_pubkey_len(cred);
    const int type = fido_cred_type(cred);
    const auto with = [&](auto* key, auto from, auto release) {
        EXPECT_EQ(from(key, at, size), FIDO_OK);
        const int result = fido_assert_verify(shown, 0, type, key);
        release(&key);
        return result;
    };
    switch (type) {
        case COSE_ES256:
            return with(es256_pk_new(), es256_pk_from_ptr, es256_pk_free);
        case COSE_EDDSA:
            return with(eddsa_pk_new(), eddsa_pk_from_ptr, eddsa_pk_free);
        case COSE_ES384:
            return with(es384_pk_new(), es384_pk_from_ptr, es384_pk_free);
        default:
            return with(rs256_pk_new(), rs256_pk_from_ptr, rs256_pk_free);
    }
}

TEST(VirtualKeyByLibfido2, tellsWhatItIs) {
    KeyModel model;
    model.min_pin_length = 6;
    const VirtualDevice device("virtual:info", model);
    const auto dev = openKey(device);
    ASSERT_NE(dev, nullptr);
    EXPECT_TRUE(fido_dev_is_fido2(dev.get()));
    EXPECT_TRUE(fido_dev_supports_pin(dev.get()));
    EXPECT_FALSE(fido_dev_has_pin(dev.get()));
    EXPECT_TRUE(fido_dev_supports_cred_prot(dev.get()));
    EXPECT_TRUE(fido_dev_supports_permissions(dev.get()));
    EXPECT_EQ(fido_dev_major(dev.get()), 5);
    EXPECT_EQ(fido_dev_minor(dev.get()), 7);
    const Fido<fido_cbor_info_t> info(fido_cbor_info_new());
    ASSERT_EQ(fido_dev_get_cbor_info(dev.get(), info.get()), FIDO_OK);
    EXPECT_EQ(fido_cbor_info_minpinlen(info.get()), 6u);
    EXPECT_EQ(fido_cbor_info_fwversion(info.get()), 0x050701u);
    EXPECT_EQ(fido_cbor_info_algorithm_count(info.get()), 4u);
    const unsigned char* aaguid = fido_cbor_info_aaguid_ptr(info.get());
    EXPECT_EQ(Bytes(aaguid, aaguid + 16), Bytes(model.aaguid.begin(), model.aaguid.end()));
}

TEST(VirtualKeyByLibfido2, opensOnlyWhileItIsThere) {
    const auto io = VirtualDevice::io();
    EXPECT_EQ(io.open("virtual:gone"), nullptr);
    {
        VirtualDevice device("virtual:gone");
        EXPECT_NE(openKey(device), nullptr);
        device.pull();
        EXPECT_EQ(openKey(device), nullptr);
    }
    EXPECT_EQ(io.open("virtual:gone"), nullptr);
}

class VirtualKeyAlgorithm : public testing::TestWithParam<int> {};

TEST_P(VirtualKeyAlgorithm, isMadeAndAssertedToLibfido2sSatisfaction) {
    VirtualDevice device("virtual:algorithm");
    const auto dev = openKey(device);
    ASSERT_NE(dev, nullptr);
    const auto cred = newCredential(GetParam());
    ASSERT_EQ(fido_dev_make_cred(dev.get(), cred.get(), nullptr), FIDO_OK);
    EXPECT_EQ(fido_cred_verify(cred.get()), FIDO_OK);
    EXPECT_STREQ(fido_cred_fmt(cred.get()), "packed");
    EXPECT_EQ(fido_cred_type(cred.get()), GetParam());
    const auto shown = newAssertion();
    ASSERT_EQ(fido_dev_get_assert(dev.get(), shown.get(), nullptr), FIDO_OK);
    ASSERT_EQ(fido_assert_count(shown.get()), 1u);
    EXPECT_EQ(verify(shown.get(), cred.get()), FIDO_OK);
    EXPECT_EQ(fido_assert_user_id_len(shown.get(), 0), 16u);
    EXPECT_EQ(fido_assert_sigcount(shown.get(), 0), 2u);
    device.key().faults().junk_signature = true;
    const auto junk = newAssertion();
    ASSERT_EQ(fido_dev_get_assert(dev.get(), junk.get(), nullptr), FIDO_OK);
    EXPECT_EQ(verify(junk.get(), cred.get()), FIDO_ERR_INVALID_SIG);
    const auto bad = newCredential(GetParam());
    ASSERT_EQ(fido_dev_make_cred(dev.get(), bad.get(), nullptr), FIDO_OK);
    EXPECT_EQ(fido_cred_verify(bad.get()), FIDO_ERR_INVALID_SIG);
}

INSTANTIATE_TEST_SUITE_P(Each,
                         VirtualKeyAlgorithm,
                         testing::Values(COSE_ES256, COSE_EDDSA, COSE_ES384, COSE_RS256),
                         [](const auto& each) { return "cose" + std::to_string(-each.param); });

TEST(VirtualKeyByLibfido2, attestsItselfWhereItsModelDoes) {
    KeyModel model;
    model.attestation = KeyModel::Attestation::kSelf;
    const VirtualDevice device("virtual:self", model);
    const auto dev = openKey(device);
    const auto cred = newCredential(COSE_EDDSA);
    ASSERT_EQ(fido_dev_make_cred(dev.get(), cred.get(), nullptr), FIDO_OK);
    EXPECT_EQ(fido_cred_verify_self(cred.get()), FIDO_OK);
    EXPECT_EQ(fido_cred_x5c_len(cred.get()), 0u);
}

TEST(VirtualKeyByLibfido2, refusesByTheExcludeListAfterATouch) {
    VirtualDevice device("virtual:exclude");
    const auto dev = openKey(device);
    const auto first = newCredential();
    ASSERT_EQ(fido_dev_make_cred(dev.get(), first.get(), nullptr), FIDO_OK);
    const auto second = newCredential();
    fido_cred_exclude(second.get(), fido_cred_id_ptr(first.get()), fido_cred_id_len(first.get()));
    EXPECT_EQ(fido_dev_make_cred(dev.get(), second.get(), nullptr), FIDO_ERR_CREDENTIAL_EXCLUDED);
    EXPECT_EQ(fido_dev_make_cred(dev.get(), newCredential(-65535).get(), nullptr),
              FIDO_ERR_INVALID_ARGUMENT)
        << "libfido2 takes no other type";
    device.key().changeModel().algorithms = {crypto::kEdDsa};
    EXPECT_EQ(fido_dev_make_cred(dev.get(), newCredential().get(), nullptr),
              FIDO_ERR_UNSUPPORTED_ALGORITHM);
}

TEST(VirtualKeyByLibfido2, showsEveryDiscoverableCredentialNewestFirst) {
    const VirtualDevice device("virtual:many");
    const auto dev = openKey(device);
    for (const int user : {1, 2, 3, 2}) {
        const auto cred = newCredential();
        const Bytes id(16, static_cast<std::uint8_t>(user));
        fido_cred_set_user(cred.get(), id.data(), id.size(), "u", nullptr, nullptr);
        ASSERT_EQ(fido_dev_make_cred(dev.get(), cred.get(), nullptr), FIDO_OK);
    }
    const auto shown = newAssertion();
    ASSERT_EQ(fido_dev_get_assert(dev.get(), shown.get(), nullptr), FIDO_OK);
    ASSERT_EQ(fido_assert_count(shown.get()), 3u) << "one account has one credential";
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(fido_assert_user_id_ptr(shown.get(), i)[0], (std::array{2, 3, 1})[i]);
    }
}

TEST(VirtualKeyByLibfido2, findsCredentialsSilentlyByAllowList) {
    const VirtualDevice device("virtual:silent");
    const auto dev = openKey(device);
    const auto cred = newCredential();
    fido_cred_set_rk(cred.get(), FIDO_OPT_FALSE);
    ASSERT_EQ(fido_dev_make_cred(dev.get(), cred.get(), nullptr), FIDO_OK);
    EXPECT_EQ(fido_dev_get_assert(dev.get(), newAssertion().get(), nullptr),
              FIDO_ERR_NO_CREDENTIALS)
        << "it is not discoverable";
    const auto silent = newAssertion();
    fido_assert_allow_cred(
        silent.get(), fido_cred_id_ptr(cred.get()), fido_cred_id_len(cred.get()));
    fido_assert_set_up(silent.get(), FIDO_OPT_FALSE);
    ASSERT_EQ(fido_dev_get_assert(dev.get(), silent.get(), nullptr), FIDO_OK);
    EXPECT_EQ(fido_assert_flags(silent.get(), 0), 0);
    EXPECT_EQ(fido_assert_user_id_len(silent.get(), 0), 0u);
}

TEST(VirtualKeyByLibfido2, answersTheExtensionsThatItNames) {
    VirtualDevice device("virtual:extensions");
    device.key().setPin("123456");
    const auto dev = openKey(device);
    const auto cred = newCredential();
    fido_cred_set_prot(cred.get(), FIDO_CRED_PROT_UV_REQUIRED);
    fido_cred_set_pin_minlen(cred.get(), 4);
    ASSERT_EQ(fido_dev_make_cred(dev.get(), cred.get(), "123456"), FIDO_OK);
    EXPECT_EQ(fido_cred_flags(cred.get()), 0xc5);
    EXPECT_EQ(fido_cred_prot(cred.get()), FIDO_CRED_PROT_UV_REQUIRED);
    EXPECT_EQ(fido_cred_verify(cred.get()), FIDO_OK);
    EXPECT_EQ(fido_dev_get_assert(dev.get(), newAssertion().get(), nullptr),
              FIDO_ERR_NO_CREDENTIALS)
        << "unseen without the PIN";
    EXPECT_EQ(fido_dev_get_assert(dev.get(), newAssertion().get(), "123456"), FIDO_OK);
}

TEST(VirtualKeyByLibfido2, forgetsEverythingWhenReset) {
    VirtualDevice device("virtual:reset");
    device.key().setPin("123456");
    const auto dev = openKey(device);
    ASSERT_EQ(fido_dev_make_cred(dev.get(), newCredential().get(), "123456"), FIDO_OK);
    ASSERT_EQ(fido_dev_reset(dev.get()), FIDO_OK);
    EXPECT_TRUE(device.key().credentials().empty());
    EXPECT_EQ(fido_dev_make_cred(dev.get(), newCredential().get(), nullptr), FIDO_OK);
}

struct LieCase {
    const char* name;
    void (*set)(Faults&);
    int result;
};

class VirtualKeyLie : public testing::TestWithParam<LieCase> {};

TEST_P(VirtualKeyLie, isWhatLibfido2SaysOfIt) {
    VirtualDevice device("virtual:lie");
    const auto dev = openKey(device);
    const auto cred = newCredential();
    ASSERT_EQ(fido_dev_make_cred(dev.get(), cred.get(), nullptr), FIDO_OK);
    GetParam().set(device.key().faults());
    const auto shown = newAssertion();
    fido_assert_set_up(shown.get(), FIDO_OPT_TRUE);
    ASSERT_EQ(fido_dev_get_assert(dev.get(), shown.get(), nullptr), FIDO_OK);
    EXPECT_EQ(verify(shown.get(), cred.get()), GetParam().result);
}

INSTANTIATE_TEST_SUITE_P(
    Each,
    VirtualKeyLie,
    testing::Values(
        LieCase{"none", [](Faults&) {}, FIDO_OK},
        LieCase{"presence", [](Faults& f) { f.strip_user_present = true; }, FIDO_ERR_INVALID_PARAM},
        LieCase{"rp_id", [](Faults& f) { f.wrong_rp_id_hash = true; }, FIDO_ERR_INVALID_PARAM},
        // What libfido2 lets pass and the service must not (reference/fido.md section 0).
        LieCase{"backup", [](Faults& f) { f.backup_state = true; }, FIDO_OK},
        LieCase{"trailing", [](Faults& f) { f.trailing = Bytes(4); }, FIDO_OK},
        LieCase{"extension", [](Faults& f) { f.unknown_extension = true; }, FIDO_OK},
        LieCase{"counter", [](Faults& f) { f.counter = 0; }, FIDO_OK}),
    [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace sallyport::test
