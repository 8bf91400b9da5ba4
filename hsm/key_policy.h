#pragma once

#include "hsm/pkcs11/attributes.h"
#include "hsm/pkcs11/mechanisms.h"

#include <span>
#include <string>
#include <vector>

/// What the attributes of our keys must say (SP 800-57 part 1, 5.2; PKCS#11 2.40, 4). An attribute
/// that the token does not show is a violation too: what cannot be known cannot be relied on.
namespace sallyport::hsm {

/// Every attribute that the policy reads of a secret or private key.
std::span<const CK_ATTRIBUTE_TYPE> policyAttributes();

/// Texts such as `CKA_EXTRACTABLE is true and must be false`; empty when the key is right.
std::vector<std::string> keyViolations(const pkcs11::Mechanism& mechanism,
                                       const pkcs11::Attributes& key);

/// The same for the public half.
std::vector<std::string> publicViolations(const pkcs11::Mechanism& mechanism,
                                          const pkcs11::Attributes& key);

}  // namespace sallyport::hsm
