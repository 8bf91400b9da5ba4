// Which keys may be used: how they are made, what the attribute policy refuses, what loadRing,
// destroy and inventory say.

#include "hsm/key_policy.h"
#include "hsm/key_ring.h"
#include "hsm/pkcs11/mechanisms.h"
#include "tests/room/hsm_fixture.h"
#include "tests/room/hsm_raw.h"
#include "tests/support/child_process.h"

#include <cstring>

namespace sallyport::hsm {
namespace {

using pkcs11::keyTemplate;
using pkcs11::Mechanism;
using pkcs11::mechanismOf;
using pkcs11::publicTemplate;
using pkcs11::Template;
using test::failsWith;
using test::isOk;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const Bytes kTrue = {CK_TRUE};
const Bytes kFalse = {CK_FALSE};
const FixedBytes<16> kId = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

Bytes numbers(std::vector<CK_ULONG> values) {
    Bytes raw(values.size() * sizeof(CK_ULONG));
    std::memcpy(raw.data(), values.data(), raw.size());
    return raw;
}

class HsmKeys : public HsmTest {
  protected:
    /// All refusals of a load, as text.
    std::string refusal(Pkcs11Device& device, const std::vector<KeyIdentity>& expected) {
        const Status loaded = device.loadRing(expected, soon());
        EXPECT_THAT(loaded, failsWith(ErrorCode::kIntegrity));
        return loaded.has_value() ? std::string() : loaded.error().detail;
    }

    Inventory inventory(Pkcs11Device& device) {
        auto taken = device.inventory(soon());
        EXPECT_THAT(taken, isOk());
        return taken.has_value() ? std::move(*taken) : Inventory{};
    }
};

struct AlgorithmCase {
    std::string name;
    KeyAlgorithm algorithm;
    std::string usage;  // as pkcs11-tool says it; of a secret key it does not show SIGN
};

class HsmTemplates : public HsmKeys, public testing::WithParamInterface<AlgorithmCase> {};

TEST_P(HsmTemplates, areWhatTheTokenHolds) {
    RecordProperty("requirement", "K-01,K-02,K-03");
    const auto device = open();
    generate(*device, kTokenSign1, GetParam().algorithm);
    RawToken raw;
    const Mechanism& mechanism = mechanismOf(GetParam().algorithm);
    const auto objects = raw.find("sallyport:test:token-sign:1");
    ASSERT_EQ(objects.size(), mechanism.isPair() ? 2U : 1U);
    for (const CK_OBJECT_HANDLE object : objects) {
        Bytes value;
        ASSERT_EQ(raw.read(object, CKA_CLASS, value), CKR_OK);
        const bool is_public = value == numbers({CKO_PUBLIC_KEY});
        for (const CK_ATTRIBUTE_TYPE type :
             {CKA_COPYABLE, CKA_MODIFIABLE, CKA_WRAP, CKA_DERIVE, CKA_UNWRAP}) {
            // The wrong half of a pair does not have an attribute at all.
            const bool shown = raw.read(object, type, value) == CKR_OK;
            EXPECT_TRUE(!shown || value == kFalse) << pkcs11::attributeName(type);
        }
        Template copied;
        copied.flag(CKA_TOKEN, false);
        CK_OBJECT_HANDLE copy = 0;
        EXPECT_NE(raw.f().C_CopyObject(raw.session(), object, copied.data(), copied.size(), &copy),
                  CKR_OK);
        Template changed;
        changed.text(CKA_LABEL, "mine");
        EXPECT_NE(
            raw.f().C_SetAttributeValue(raw.session(), object, changed.data(), changed.size()),
            CKR_OK);
        if (is_public) continue;
        ASSERT_EQ(raw.read(object, CKA_ALLOWED_MECHANISMS, value), CKR_OK);
        EXPECT_EQ(value, numbers({mechanism.use}));
        for (const CK_ATTRIBUTE_TYPE type :
             {CKA_SENSITIVE, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE, CKA_LOCAL, CKA_PRIVATE}) {
            ASSERT_EQ(raw.read(object, type, value), CKR_OK);
            EXPECT_EQ(value, kTrue) << pkcs11::attributeName(type);
        }
        ASSERT_EQ(raw.read(object, CKA_EXTRACTABLE, value), CKR_OK);
        EXPECT_EQ(value, kFalse);
        const CK_ATTRIBUTE_TYPE secret =
            GetParam().algorithm == KeyAlgorithm::kRs256 ? CKA_PRIVATE_EXPONENT : CKA_VALUE;
        EXPECT_EQ(raw.read(object, secret, value), CKR_ATTRIBUTE_SENSITIVE);
    }
}

TEST_P(HsmTemplates, lookRightToPkcs11Tool) {
    RecordProperty("requirement", "K-02");
    auto device = open();
    generate(*device, kTokenSign1, GetParam().algorithm);
    device.reset();
    const bool pair = mechanismOf(GetParam().algorithm).isPair();
    test::ChildProcess tool({"/usr/bin/pkcs11-tool",
                             "--module",
                             std::string(test::SoftHsmToken::kModule),
                             "--token-label",
                             std::string(test::SoftHsmToken::kLabel),
                             "--login",
                             "--pin",
                             std::string(test::SoftHsmToken::kPin),
                             "--list-objects",
                             "--type",
                             pair ? "privkey" : "secrkey"});
    std::string output;
    while (const auto line = tool.line()) output += *line + "\n";
    EXPECT_EQ(tool.wait(), 0);
    EXPECT_THAT(output, HasSubstr("sallyport:test:token-sign:1"));
    EXPECT_THAT(output,
                HasSubstr("Access:     sensitive, always sensitive, never extractable, local\n"));
    EXPECT_THAT(output, HasSubstr("Usage:      " + GetParam().usage + "\n"));
}

INSTANTIATE_TEST_SUITE_P(Algorithms,
                         HsmTemplates,
                         testing::Values(AlgorithmCase{"Hmac", KeyAlgorithm::kHmacSha256, "none"},
                                         AlgorithmCase{
                                             "Aes", KeyAlgorithm::kAes256Gcm, "encrypt, decrypt"},
                                         AlgorithmCase{"Es256", KeyAlgorithm::kEs256, "sign"},
                                         AlgorithmCase{"Rs256", KeyAlgorithm::kRs256, "sign"},
                                         AlgorithmCase{"Ed25519", KeyAlgorithm::kEd25519, "sign"}),
                         [](const auto& test_case) { return test_case.param.name; });

/// A key as ours in all but one attribute.
struct WeakCase {
    std::string name;
    KeyAlgorithm algorithm;
    CK_ATTRIBUTE_TYPE type;
    Bytes value;  // empty: the attribute is left out
    std::string says;
    bool in_public_half = false;
};

class HsmWeakKey : public HsmKeys, public testing::WithParamInterface<WeakCase> {};

TEST_P(HsmWeakKey, isRefusedWithTheNameOfKeyAndAttribute) {
    RecordProperty("requirement", "K-02");
    const WeakCase& c = GetParam();
    const auto device = open();
    RawToken raw;
    const Mechanism& mechanism = mechanismOf(c.algorithm);
    const std::string label = labelOf("test", kTokenSign1);
    Template key = keyTemplate(mechanism, label, kId);
    if (!c.in_public_half) key = with(key, c.type, c.value);
    if (mechanism.isPair()) {
        Template half = publicTemplate(mechanism, label, kId);
        if (c.in_public_half) half = with(half, c.type, c.value);
        ASSERT_EQ(raw.generatePair(mechanism.generate, half, key), CKR_OK);
    } else {
        ASSERT_EQ(raw.generateKey(mechanism.generate, key), CKR_OK);
    }

    const Inventory found = inventory(*device);
    ASSERT_EQ(found.keys.size(), 1U);
    EXPECT_EQ(found.keys.front().violations, std::vector<std::string>{c.says});
    const std::string said = refusal(*device, {found.keys.front().identity});
    EXPECT_THAT(said, HasSubstr("key " + label + ": "));
    EXPECT_THAT(said, HasSubstr(c.says));
    EXPECT_THAT(said, HasSubstr("make a new generation"));
    EXPECT_THAT(device->macs({{useOf(found.keys.front().identity), {1}}}, soon()),
                failsWith(ErrorCode::kIntegrity));
}

std::vector<WeakCase> weakCases() {
    const auto hmac = KeyAlgorithm::kHmacSha256;
    const auto aes = KeyAlgorithm::kAes256Gcm;
    const auto ec = KeyAlgorithm::kEs256;
    const std::string allowed =
        "CKA_ALLOWED_MECHANISMS is not exactly the one mechanism of this algorithm";
    const auto isTrue = [](std::string attribute) {
        return attribute + " is true and must be false";
    };
    return {
        {"Modifiable", hmac, CKA_MODIFIABLE, kTrue, isTrue("CKA_MODIFIABLE")},
        {"ModifiableByDefault", hmac, CKA_MODIFIABLE, {}, isTrue("CKA_MODIFIABLE")},
        {"Copyable", hmac, CKA_COPYABLE, kTrue, isTrue("CKA_COPYABLE")},
        {"Verify", hmac, CKA_VERIFY, kTrue, isTrue("CKA_VERIFY")},
        {"Encrypt", hmac, CKA_ENCRYPT, kTrue, isTrue("CKA_ENCRYPT")},
        {"Decrypt", hmac, CKA_DECRYPT, kTrue, isTrue("CKA_DECRYPT")},
        {"Wrap", hmac, CKA_WRAP, kTrue, isTrue("CKA_WRAP")},
        {"Unwrap", hmac, CKA_UNWRAP, kTrue, isTrue("CKA_UNWRAP")},
        {"Derive", hmac, CKA_DERIVE, kTrue, isTrue("CKA_DERIVE")},
        {"NotPrivate", hmac, CKA_PRIVATE, kFalse, "CKA_PRIVATE is false and must be true"},
        {"SessionObject", hmac, CKA_TOKEN, kFalse, "CKA_TOKEN is false and must be true"},
        {"AnyMechanism", hmac, CKA_ALLOWED_MECHANISMS, {}, allowed},
        {"TwoMechanisms",
         hmac,
         CKA_ALLOWED_MECHANISMS,
         numbers({CKM_SHA256_HMAC, CKM_SHA512_HMAC}),
         allowed},
        {"LongerThanAsked", hmac, CKA_VALUE_LEN, numbers({64}), "CKA_VALUE_LEN is not 32 bytes"},
        {"AesSigns", aes, CKA_SIGN, kTrue, isTrue("CKA_SIGN")},
        {"AesWraps", aes, CKA_WRAP, kTrue, isTrue("CKA_WRAP")},
        {"Aes128", aes, CKA_VALUE_LEN, numbers({16}), "CKA_VALUE_LEN is not 32 bytes"},
        {"PairDecrypts", ec, CKA_DECRYPT, kTrue, isTrue("CKA_DECRYPT")},
        {"PairUnwraps", ec, CKA_UNWRAP, kTrue, isTrue("CKA_UNWRAP")},
        {"PairDerives", ec, CKA_DERIVE, kTrue, isTrue("CKA_DERIVE")},
        {"PairSignsWithRecovery", ec, CKA_SIGN_RECOVER, kTrue, isTrue("CKA_SIGN_RECOVER")},
        {"PublicModifiable",
         ec,
         CKA_MODIFIABLE,
         kTrue,
         "public key: " + isTrue("CKA_MODIFIABLE"),
         true},
        {"PublicEncrypts", ec, CKA_ENCRYPT, kTrue, "public key: " + isTrue("CKA_ENCRYPT"), true},
        {"PublicOfAnotherId",
         ec,
         CKA_ID,
         Bytes(16, 9),
         "public key: CKA_ID differs from the private key's",
         true},
        {"PublicOfAnotherLabel",
         ec,
         CKA_LABEL,
         Bytes(3, 'x'),
         "0 public keys have its label and one must",
         true},
        {"Rsa2048",
         KeyAlgorithm::kRs256,
         CKA_MODULUS_BITS,
         numbers({2048}),
         "CKA_MODULUS has less than 3072 bits",
         true},
    };
}

INSTANTIATE_TEST_SUITE_P(Attributes,
                         HsmWeakKey,
                         testing::ValuesIn(weakCases()),
                         [](const auto& test_case) { return test_case.param.name; });

TEST_F(HsmKeys, anExtractableKeyIsRefused) {
    RecordProperty("requirement", "K-01,K-02");
    const auto device = open();
    RawToken raw;
    const Mechanism& mechanism = mechanismOf(KeyAlgorithm::kHmacSha256);
    Template key =
        with(keyTemplate(mechanism, labelOf("test", kLinkMac1), kId), CKA_EXTRACTABLE, kTrue);
    key = with(key, CKA_SENSITIVE, kFalse);
    ASSERT_EQ(raw.generateKey(mechanism.generate, key), CKR_OK);
    const Inventory found = inventory(*device);
    ASSERT_EQ(found.keys.size(), 1U);
    EXPECT_THAT(found.keys.front().violations,
                testing::ElementsAre("CKA_SENSITIVE is false and must be true",
                                     "CKA_ALWAYS_SENSITIVE is false and must be true",
                                     "CKA_EXTRACTABLE is true and must be false",
                                     "CKA_NEVER_EXTRACTABLE is false and must be true"));
}

TEST_F(HsmKeys, anImportedKeyIsRefusedWhateverItSays) {
    RecordProperty("requirement", "K-01,K-02");
    const auto device = open();
    RawToken raw;
    Template key =
        with(keyTemplate(mechanismOf(KeyAlgorithm::kHmacSha256), labelOf("test", kLinkMac1), kId),
             CKA_VALUE_LEN,
             {});
    key.bytes(CKA_VALUE, Bytes(32, 7));
    CK_OBJECT_HANDLE made = 0;
    ASSERT_EQ(raw.f().C_CreateObject(raw.session(), key.data(), key.size(), &made), CKR_OK);
    const Inventory found = inventory(*device);
    ASSERT_EQ(found.keys.size(), 1U);
    EXPECT_THAT(found.keys.front().violations,
                testing::Contains("CKA_LOCAL is false and must be true"));
    EXPECT_THAT(found.keys.front().violations,
                testing::Contains("CKA_NEVER_EXTRACTABLE is false and must be true"));
    EXPECT_THAT(found.keys.front().violations,
                testing::Contains(HasSubstr("CKA_KEY_GEN_MECHANISM")));
    EXPECT_THAT(refusal(*device, {found.keys.front().identity}), HasSubstr("CKA_LOCAL"));
}

TEST_F(HsmKeys, aKeyDoesNothingButItsOneUse) {
    RecordProperty("requirement", "K-03");
    const auto device = open();
    generate(*device, kLinkMac1, KeyAlgorithm::kHmacSha256);
    RawToken raw;
    const auto objects = raw.find(labelOf("test", kLinkMac1));
    ASSERT_EQ(objects.size(), 1U);
    CK_MECHANISM other{CKM_SHA512_HMAC, nullptr, 0};
    EXPECT_NE(raw.f().C_SignInit(raw.session(), &other, objects.front()), CKR_OK);
    CK_MECHANISM same{CKM_SHA256_HMAC, nullptr, 0};
    EXPECT_NE(raw.f().C_VerifyInit(raw.session(), &same, objects.front()), CKR_OK);
}

TEST_F(HsmKeys, loadRingTakesWhatItExpects) {
    auto device = open();
    const KeyIdentity mac_key = generate(*device, kLinkMac1, KeyAlgorithm::kHmacSha256);
    const KeyIdentity pair = generate(*device, kTokenSign1, KeyAlgorithm::kEs256);
    const auto tag = device->macs({{useOf(mac_key), {1}}}, soon());
    device.reset();
    device = open();
    EXPECT_THAT(device->macs({{useOf(mac_key), {1}}}, soon()), failsWith(ErrorCode::kIntegrity))
        << "nothing was loaded";
    ASSERT_THAT(device->loadRing({mac_key, pair}, soon()), isOk());
    const auto again = device->macs({{useOf(mac_key), {1}}}, soon());
    ASSERT_THAT(again, isOk());
    EXPECT_EQ(*again, *tag);
    EXPECT_THAT(device->sign(useOf(pair), asBytes("x"), soon()), isOk());
    ASSERT_THAT(device->loadRing({pair}, soon()), isOk());
    EXPECT_THAT(device->macs({{useOf(mac_key), {1}}}, soon()), failsWith(ErrorCode::kIntegrity))
        << "no longer in the ring";
}

TEST_F(HsmKeys, loadRingNamesEveryMissingKeyAndChangesNothing) {
    RecordProperty("requirement", "K-02");
    const auto device = open();
    const KeyIdentity present = generate(*device, kLinkMac1, KeyAlgorithm::kHmacSha256);
    KeyIdentity missing = present;
    missing.key = {KeyPurpose::kSealMac, 4};
    KeyIdentity missing_too = present;
    missing_too.key = {KeyPurpose::kCodeMac, 2};
    const std::string said = refusal(*device, {missing, present, missing_too});
    EXPECT_THAT(
        said,
        HasSubstr("sallyport:test:seal-mac:4: is not on the token; restore the token's backup"));
    EXPECT_THAT(said, HasSubstr("sallyport:test:code-mac:2: is not on the token"));
    EXPECT_THAT(said, Not(HasSubstr("link-mac")));
    EXPECT_THAT(device->macs({{useOf(present), {1}}}, soon()), isOk());
}

TEST_F(HsmKeys, twoKeysOfOneLabelAreRefused) {
    RecordProperty("requirement", "K-02");
    const auto device = open();
    const KeyIdentity key = generate(*device, kLinkMac1, KeyAlgorithm::kHmacSha256);
    RawToken raw;
    const Mechanism& mechanism = mechanismOf(KeyAlgorithm::kHmacSha256);
    Template second = keyTemplate(mechanism, labelOf("test", kLinkMac1), kId);
    ASSERT_EQ(raw.generateKey(mechanism.generate, second), CKR_OK);
    EXPECT_THAT(refusal(*device, {key}),
                HasSubstr("sallyport:test:link-mac:1: 2 objects have this label and one must"));
    const Inventory found = inventory(*device);
    ASSERT_EQ(found.keys.size(), 2U);
    for (const InventoryEntry& entry : found.keys) {
        EXPECT_EQ(entry.violations,
                  std::vector<std::string>{"2 objects have this label and one must"});
    }
}

TEST_F(HsmKeys, twoKeysOfOneIdAreRefused) {
    const auto device = open();
    const KeyIdentity key = generate(*device, kLinkMac1, KeyAlgorithm::kHmacSha256);
    RawToken raw;
    const Mechanism& mechanism = mechanismOf(KeyAlgorithm::kHmacSha256);
    Template second = keyTemplate(mechanism, "anything", key.cka_id);
    ASSERT_EQ(raw.generateKey(mechanism.generate, second), CKR_OK);
    EXPECT_THAT(refusal(*device, {key}), HasSubstr("2 objects have its CKA_ID and one must"));
}

TEST_F(HsmKeys, anotherKeyInTheSamePlaceIsRefused) {
    RecordProperty("requirement", "K-02");
    const auto device = open();
    const KeyIdentity key = generate(*device, kLinkMac1, KeyAlgorithm::kHmacSha256);
    const KeyIdentity wrap = generate(*device, kPiiWrap1, KeyAlgorithm::kAes256Gcm);
    RawToken raw;
    for (const KeyIdentity& identity : {key, wrap}) {
        const Mechanism& mechanism = mechanismOf(identity.algorithm);
        const std::string label = labelOf("test", identity.key);
        raw.destroy(label);
        Template same = keyTemplate(mechanism, label, identity.cka_id);
        ASSERT_EQ(raw.generateKey(mechanism.generate, same), CKR_OK);
        EXPECT_THAT(refusal(*device, {identity}), HasSubstr("its fingerprint changed"));
        raw.destroy(label);
        Template other = keyTemplate(mechanism, label, kId);
        ASSERT_EQ(raw.generateKey(mechanism.generate, other), CKR_OK);
        EXPECT_THAT(refusal(*device, {identity}), HasSubstr("another object has taken its place"));
    }
    KeyIdentity other_algorithm = key;
    other_algorithm.algorithm = KeyAlgorithm::kAes256Gcm;
    EXPECT_THAT(refusal(*device, {other_algorithm}),
                HasSubstr("another object has taken its place"));
}

TEST_F(HsmKeys, generateRefusesANameThatIsTaken) {
    const auto device = open();
    generate(*device, kLinkMac1, KeyAlgorithm::kHmacSha256);
    EXPECT_THAT(device->generate(kLinkMac1, KeyAlgorithm::kHmacSha256, soon()),
                failsWith(ErrorCode::kConflict));
    EXPECT_THAT(device->generate(kLinkMac1, KeyAlgorithm::kEs256, soon()),
                failsWith(ErrorCode::kConflict));
    EXPECT_THAT(device->generate({KeyPurpose::kLinkMac, 2}, KeyAlgorithm::kHmacSha256, soon()),
                isOk());
}

TEST_F(HsmKeys, destroyTakesExactlyTheNamedObject) {
    const auto device = open();
    const KeyIdentity pair = generate(*device, kTokenSign1, KeyAlgorithm::kEs256);
    const KeyIdentity key = generate(*device, kLinkMac1, KeyAlgorithm::kHmacSha256);
    KeyIdentity wrong = key;
    wrong.fingerprint[0] ^= 1U;
    EXPECT_THAT(device->destroy(wrong, soon()), failsWith(ErrorCode::kNotFound));
    wrong = key;
    wrong.cka_id[0] ^= 1U;
    EXPECT_THAT(device->destroy(wrong, soon()), failsWith(ErrorCode::kNotFound));
    wrong = key;
    wrong.key.generation = 2;
    EXPECT_THAT(device->destroy(wrong, soon()), failsWith(ErrorCode::kNotFound));
    EXPECT_THAT(device->macs({{useOf(key), {1}}}, soon()), isOk());

    ASSERT_THAT(device->destroy(pair, soon()), isOk());
    EXPECT_THAT(device->sign(useOf(pair), asBytes("x"), soon()), failsWith(ErrorCode::kIntegrity));
    RawToken raw;
    EXPECT_THAT(raw.find(labelOf("test", kTokenSign1)), IsEmpty()) << "both halves";
    EXPECT_THAT(device->macs({{useOf(key), {1}}}, soon()), isOk());
    EXPECT_THAT(device->destroy(pair, soon()), failsWith(ErrorCode::kNotFound));
    EXPECT_THAT(device->generate(kTokenSign1, KeyAlgorithm::kEd25519, soon()), isOk());
}

TEST_F(HsmKeys, theInventoryHoldsOursAndNamesStrangers) {
    const auto device = open();
    const KeyIdentity pair = generate(*device, kTokenSign1, KeyAlgorithm::kEd25519);
    const KeyIdentity key = generate(*device, kLinkMac1, KeyAlgorithm::kHmacSha256);
    RawToken raw;
    const Mechanism& mechanism = mechanismOf(KeyAlgorithm::kHmacSha256);
    for (const std::string label : {"sallyport:other:link-mac:1", "backup"}) {
        Template stranger = keyTemplate(mechanism, label, kId);
        ASSERT_EQ(raw.generateKey(mechanism.generate, stranger), CKR_OK);
    }
    Template des = with(keyTemplate(mechanism, labelOf("test", {KeyPurpose::kSealMac, 1}), kId),
                        CKA_KEY_TYPE,
                        numbers({CKK_AES}));
    ASSERT_EQ(raw.generateKey(CKM_AES_KEY_GEN, des), CKR_OK);
    const Inventory found = inventory(*device);
    EXPECT_EQ(found.token_label, test::SoftHsmToken::kLabel);
    EXPECT_THAT(found.token_serial, Not(IsEmpty()));
    EXPECT_THAT(found.strangers,
                testing::UnorderedElementsAre("sallyport:other:link-mac:1", "backup"));
    ASSERT_EQ(found.keys.size(), 3U);
    for (const InventoryEntry& entry : found.keys) {
        if (entry.identity.key.purpose == KeyPurpose::kSealMac) {
            EXPECT_THAT(entry.violations, Not(IsEmpty()));
            continue;
        }
        EXPECT_THAT(entry.violations, IsEmpty());
        EXPECT_TRUE(entry.identity == pair || entry.identity == key);
    }
}

}  // namespace
}  // namespace sallyport::hsm
