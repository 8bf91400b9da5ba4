#include "fido/pem.h"
#include "tests/support/matchers.h"
#include "tests/support/virtual_key/attestation_authority.h"

#include <gtest/gtest.h>

namespace sallyport {

namespace {

using fido::certificatesFromPem;
using test::AttestationAuthority;
using test::failsWith;
using test::isOkAndHolds;

constexpr ErrorCode kInvalid = ErrorCode::kInvalidRequest;

TEST(CertificatesFromPem, readsEveryCertificateAndPassesOverText) {
    const AttestationAuthority one("One");
    const AttestationAuthority two("Two");
    EXPECT_THAT(
        certificatesFromPem("# Roots\n" + one.rootPem() + "\nAnd:\n" + two.rootPem() + "end"),
        isOkAndHolds(std::vector<Bytes>{one.rootDer(), two.rootDer()}));
}

TEST(CertificatesFromPem, refusesAFileWithoutOne) {
    EXPECT_THAT(certificatesFromPem(""), failsWith(kInvalid));
    EXPECT_THAT(certificatesFromPem("no certificate"), failsWith(kInvalid));
}

TEST(CertificatesFromPem, refusesAFileWithABrokenOne) {
    const std::string good = AttestationAuthority().rootPem();
    EXPECT_THAT(certificatesFromPem(good + good.substr(0, good.size() / 2)), failsWith(kInvalid));
    std::string wrong = good;
    wrong[40] = '!';
    EXPECT_THAT(certificatesFromPem(good + wrong), failsWith(kInvalid));
    EXPECT_THAT(certificatesFromPem(
                    good + "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"),
                failsWith(kInvalid));
}

}  // namespace

}  // namespace sallyport
