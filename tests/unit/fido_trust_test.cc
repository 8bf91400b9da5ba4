#include "tests/support/fido_ceremonies.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>

namespace sallyport {

namespace {

using fido::Attestation;
using fido::VerifiedRegistration;
using test::accepted;
using test::AttestationAuthority;
using test::Enrolment;
using test::failsWith;
using test::isOkAndHolds;
using test::KeyModel;
using test::LeafShape;
using test::refusedAs;

/// A key whose attestation certificate has this shape (and the right AAGUID unless it says so).
KeyModel modelWith(const std::function<void(LeafShape&)>& bend) {
    KeyModel model;
    LeafShape shape;
    shape.aaguid = model.aaguid;
    bend(shape);
    model.leaf = shape;
    return model;
}

Attestation attestationOf(const fido::Judged<VerifiedRegistration>& judged) {
    return std::get<VerifiedRegistration>(judged).attestation();
}

// --- the certificate's profile (R18) ---

TEST(AttestationCertificate, R18RefusesWhatTheProfileForbids) {
    const std::vector<std::pair<const char*, std::function<void(LeafShape&)>>> cases = {
        {"version 1", [](LeafShape& s) { s.version = 0; }},
        {"two countries",
         [](LeafShape& s) {
             s.more_names = {{"C", "NO"}};
         }},
        {"no country", [](LeafShape& s) { s.country.clear(); }},
        {"no organization", [](LeafShape& s) { s.organization.clear(); }},
        {"no unit", [](LeafShape& s) { s.unit.clear(); }},
        {"another unit", [](LeafShape& s) { s.unit = "authenticator attestation"; }},
        {"a second unit",
         [](LeafShape& s) {
             s.more_names = {{"OU", "Other"}};
         }},
        {"no common name", [](LeafShape& s) { s.common_name.clear(); }},
        {"an authority", [](LeafShape& s) { s.is_ca = true; }},
        {"no basic constraints", [](LeafShape& s) { s.basic_constraints = false; }},
        {"a critical AAGUID", [](LeafShape& s) { s.aaguid_critical = true; }},
    };
    for (const auto& [name, bend] : cases) {
        Enrolment it(modelWith(bend));
        EXPECT_THAT(it.judge(), refusedAs("attestation_certificate", "R18")) << name;
    }
}

TEST(AttestationCertificate, R18RefusesAnAaguidThatIsNotWrappedTwice) {
    Enrolment it(modelWith([](LeafShape& s) { s.aaguid_wrapped = false; }));
    EXPECT_THAT(it.judge(), refusedAs("aaguid_mismatch", "R18"));
}

TEST(AttestationCertificate, R18RefusesAnAaguidThatIsTooShort) {
    Enrolment it(modelWith([](LeafShape& s) {
        Bytes value(s.aaguid->begin(), s.aaguid->end() - 1);
        value.insert(value.begin(), {0x04, 15});
        s.aaguid.reset();
        s.more_extensions = {{"1.3.6.1.4.1.45724.1.1.4", value}};
    }));
    EXPECT_THAT(it.judge(), refusedAs("aaguid_mismatch", "R18"));
}

TEST(AttestationCertificate, R18TakesACertificateThatNamesNoModel) {
    Enrolment it(modelWith([](LeafShape& s) { s.aaguid.reset(); }));
    EXPECT_THAT(it.judge(), accepted());
}

TEST(AttestationCertificate, R18RefusesWhatIsNoCertificate) {
    const fido::Aaguid aaguid{};
    const Bytes der = AttestationAuthority().issue({}).x5c.front();
    Bytes longer = der;
    longer.push_back(0);
    const Bytes shorter(der.begin(), der.end() - 1);
    using fido::checkAttestationCertificate;
    EXPECT_THAT(checkAttestationCertificate(der, aaguid), accepted());
    for (const Bytes& bytes : {longer, shorter, Bytes()}) {
        const auto judged = checkAttestationCertificate(bytes, aaguid);
        ASSERT_NE(test::refusalOf(judged), nullptr);
        EXPECT_EQ(test::refusalOf(judged)->code, "attestation_certificate");
    }
}

TEST(AttestationCertificate, R18RecordsTheFirmwareAndTheDigest) {
    constexpr const char* kFido = "1.3.6.1.4.1.45724.1.1.5";
    constexpr const char* kYubico = "1.3.6.1.4.1.41482.13.1";
    using Extensions = std::vector<std::pair<std::string, Bytes>>;
    const std::vector<std::tuple<const char*, Extensions, std::optional<std::uint32_t>>> cases = {
        {"none", {}, std::nullopt},
        {"an integer", {{kFido, {2, 3, 5, 7, 1}}}, 0x050701},
        {"an integer of two bytes", {{kFido, {2, 2, 1, 2}}}, 0x0102},
        {"three bytes", {{kFido, {4, 3, 5, 4, 3}}}, 0x050403},
        {"Yubico's", {{kYubico, {4, 3, 5, 2, 7}}}, 0x050207},
        {"Yubico's before the other", {{kFido, {2, 1, 9}}, {kYubico, {4, 3, 5, 2, 7}}}, 0x050207},
        {"a negative integer", {{kFido, {2, 1, 0x80}}}, std::nullopt},
        {"five bytes", {{kFido, {4, 5, 1, 2, 3, 4, 5}}}, std::nullopt},
        {"four bytes", {{kFido, {4, 4, 1, 2, 3, 4}}}, 0x01020304},
        {"a byte behind", {{kFido, {2, 1, 5, 0}}}, std::nullopt},
        {"text", {{kFido, {0x0c, 1, '5'}}}, std::nullopt},
        {"nothing in it", {{kFido, {4, 0}}}, std::nullopt},
        {"half a head", {{kFido, {4}}}, std::nullopt},
    };
    for (const auto& [name, extensions, expected] : cases) {
        LeafShape shape;
        shape.more_extensions = extensions;
        const Bytes der = AttestationAuthority().issue(shape).x5c.front();
        const auto judged = fido::checkAttestationCertificate(der, {});
        ASSERT_THAT(judged, accepted()) << name;
        const auto& certificate = std::get<fido::AttestationCertificate>(judged);
        EXPECT_EQ(certificate.firmware, expected) << name;
        EXPECT_EQ(certificate.digest, sha256(der)) << name;
    }
}

// --- trust in it (R21, R23) ---

TEST(AttestationTrust, R21TakesAnyCertificateOfTheChainAsRoot) {
    Enrolment it;
    auto& roots = it.policy.authenticators.front().roots;
    roots = {it.key.authority().intermediateDer()};
    EXPECT_THAT(it.judge(), accepted());
    roots = {AttestationAuthority("Other").rootDer(), it.key.authority().rootDer()};
    EXPECT_THAT(it.judge(), accepted());
}

TEST(AttestationTrust, R21TakesAPinnedLeafThatSignedItself) {
    Enrolment it(modelWith([](LeafShape& s) { s.self_signed = true; }));
    it.key.faults().bend_x5c = [&](std::vector<Bytes>& x5c) {
        it.policy.authenticators.front().roots = x5c;
    };
    const auto judged = it.judge();
    ASSERT_THAT(judged, accepted());
    EXPECT_EQ(attestationOf(judged), Attestation::kVerified);
}

TEST(AttestationTrust, R21RefusesALeafThatSignedItself) {
    Enrolment it(modelWith([](LeafShape& s) { s.self_signed = true; }));
    EXPECT_THAT(it.judge(), refusedAs("attestation_untrusted", "R21"));
}

TEST(AttestationTrust, R21TakesALeafThatTheRootSigned) {
    Enrolment it(modelWith([](LeafShape& s) { s.signed_by_root = true; }));
    EXPECT_THAT(it.judge(), accepted());
}

TEST(AttestationTrust, R21RefusesAChainWithAGap) {
    Enrolment it;
    it.key.faults().bend_x5c = [](std::vector<Bytes>& x5c) { x5c.resize(1); };
    EXPECT_THAT(it.judge(), refusedAs("attestation_untrusted", "R21"));
}

TEST(AttestationTrust, R21RefusesARootInTheChain) {
    Enrolment it;
    it.policy.allow_unlisted = true;
    it.key.faults().bend_x5c = [&](std::vector<Bytes>& x5c) {
        x5c.push_back(it.key.authority().rootDer());
    };
    EXPECT_THAT(it.judge(), refusedAs("attestation_untrusted", "R21"));
}

TEST(AttestationTrust, R21RefusesWhatIsNoCertificateBehindTheLeaf) {
    Enrolment it;
    it.key.faults().bend_x5c = [](std::vector<Bytes>& x5c) { x5c.back().push_back(0); };
    EXPECT_THAT(it.judge(), refusedAs("attestation_certificate", "R21"));
}

TEST(AttestationTrust, R21RefusesAModelWithoutRootsOrWithABrokenOne) {
    Enrolment it;
    it.policy.authenticators.front().roots.clear();
    EXPECT_THAT(it.judge(), refusedAs("attestation_untrusted", "R21"));
    it.policy.authenticators.front().roots = {{0x30, 0x00}};
    EXPECT_THAT(it.judge(), refusedAs("attestation_untrusted", "R21"));
}

TEST(AttestationTrust, R21AsksForValidityNow) {
    Enrolment it;
    const Time valid = it.expected.now;
    it.expected.now = Time(std::chrono::hours(24 * 365 * 40));  // 2009, before the certificates
    EXPECT_THAT(it.judge(), refusedAs("attestation_untrusted", "R21"));
    it.expected.now = Time(std::chrono::hours(24 * 365 * 160));  // 2129, after them
    EXPECT_THAT(it.judge(), refusedAs("attestation_untrusted", "R21"));
    it.expected.now = valid;
    EXPECT_THAT(it.judge(), accepted());
    Enrolment expired(modelWith([](LeafShape& s) { s.not_after = "20210101000000Z"; }));
    EXPECT_THAT(expired.judge(), refusedAs("attestation_untrusted", "R21"));
}

TEST(AttestationTrust, R21RefusesAWeakSignature) {
    Enrolment it(modelWith([](LeafShape& s) { s.sha1 = true; }));
    EXPECT_THAT(it.judge(), refusedAs("attestation_untrusted", "R21"));
}

TEST(AttestationTrust, R21RefusesTheRootOfAnotherModel) {
    Enrolment it;
    fido::Aaguid other = it.key.model().aaguid;
    other[0] ^= 1;
    auto& models = it.policy.authenticators;
    models.push_back({other, "Other", models.front().roots, {}, {}});
    models.front().roots = {AttestationAuthority("Other").rootDer()};
    it.policy.allow_unlisted = true;
    EXPECT_THAT(it.judge(), refusedAs("attestation_untrusted", "R21"));
}

TEST(AttestationTrust, R22RefusesFirmwareBelowTheMinimum) {
    const auto with_firmware = [](std::optional<std::array<std::uint8_t, 3>> firmware) {
        return modelWith([&](LeafShape& s) { s.firmware = firmware; });
    };
    for (const auto& [firmware, passes] :
         std::vector<std::pair<std::optional<std::array<std::uint8_t, 3>>, bool>>{
             {{{5, 7, 0}}, true}, {{{5, 7, 1}}, true}, {{{5, 6, 9}}, false}, {{}, false}}) {
        Enrolment it(with_firmware(firmware));
        EXPECT_THAT(it.judge(), accepted());
        it.policy.authenticators.front().min_firmware = 0x050700;
        if (passes) {
            EXPECT_THAT(it.judge(), accepted());
        } else {
            EXPECT_THAT(it.judge(), refusedAs("firmware_too_old", "R21"));
        }
    }
}

TEST(AttestationTrust, R23RefusesAModelThatIsNotListed) {
    Enrolment it;
    it.policy.authenticators.clear();
    EXPECT_THAT(it.judge(), refusedAs("authenticator_unknown", "R23"));
    it.policy.allow_unlisted = true;
    const auto judged = it.judge();
    ASSERT_THAT(judged, accepted());
    EXPECT_EQ(attestationOf(judged), Attestation::kUnverified);
}

TEST(AttestationTrust, R23RefusesAnAuthenticatorThatNamesNoModel) {
    KeyModel model;
    model.aaguid = {};
    Enrolment it(model);
    it.policy.allow_unlisted = true;
    it.policy.trust_any_root = true;
    EXPECT_THAT(it.judge(), refusedAs("authenticator_unknown", "R23"));
}

TEST(AttestationTrust, R23AsksNoRootOnlyWhereTold) {
    Enrolment it;
    it.policy.authenticators.front().roots.clear();
    it.policy.allow_unlisted = true;
    EXPECT_THAT(it.judge(), refusedAs("attestation_untrusted", "R21"));
    it.policy.trust_any_root = true;
    const auto judged = it.judge();
    ASSERT_THAT(judged, accepted());
    EXPECT_EQ(attestationOf(judged), Attestation::kUnverified);
}

// --- names ---

TEST(Aaguid, hasOneSpelling) {
    const fido::Aaguid aaguid = {0xcb,
                                 0x69,
                                 0x48,
                                 0x1e,
                                 0x8f,
                                 0xf7,
                                 0x40,
                                 0x39,
                                 0x93,
                                 0xec,
                                 0x0a,
                                 0x27,
                                 0x29,
                                 0xa1,
                                 0x54,
                                 0xa8};
    const std::string text = "cb69481e-8ff7-4039-93ec-0a2729a154a8";
    EXPECT_EQ(fido::textOf(aaguid), text);
    EXPECT_THAT(fido::aaguidFromText(text), isOkAndHolds(aaguid));
    EXPECT_THAT(fido::aaguidFromText("CB69481E-8FF7-4039-93EC-0A2729A154A8"), isOkAndHolds(aaguid));
    for (const char* wrong : {"",
                              "cb69481e8ff7403993ec0a2729a154a8",
                              "cb69481-e8ff7-4039-93ec-0a2729a154a8",
                              "cb69481e-8ff7-4039-93ec-0a2729a154a",
                              "cb69481e-8ff7-4039-93ec-0a2729a154a8-",
                              "cb69481e-8ff7-4039-93ec-0a2729a154a88",
                              "gb69481e-8ff7-4039-93ec-0a2729a154a8",
                              "cg69481e-8ff7-4039-93ec-0a2729a154a8",
                              "{cb69481e-8ff7-4039-93ec-0a2729a154a8}"}) {
        EXPECT_THAT(fido::aaguidFromText(wrong), failsWith(ErrorCode::kInvalidRequest)) << wrong;
    }
}

TEST(Attestation, hasNames) {
    for (const auto& [attestation, name] :
         std::vector<std::pair<Attestation, const char*>>{{Attestation::kNone, "none"},
                                                          {Attestation::kSelf, "self"},
                                                          {Attestation::kUnverified, "unverified"},
                                                          {Attestation::kVerified, "verified"}}) {
        EXPECT_EQ(fido::name(attestation), name);
        EXPECT_EQ(fido::attestationFromName(name), attestation);
    }
    EXPECT_EQ(fido::attestationFromName("trusted"), std::nullopt);
}

}  // namespace

}  // namespace sallyport
