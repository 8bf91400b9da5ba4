#pragma once

#include "hsm/pkcs11/module.h"

#include <vector>

namespace sallyport::hsm::pkcs11 {

/// A token in a slot. The slot's number is good until the library is initialized again and never
/// names a key.
struct Token {
    CK_SLOT_ID slot;
    std::string label;
    std::string serial;
    std::string model;
    CK_ULONG max_sessions;  ///< 0: unlimited or unknown
};

/// Errors: kNotFound unless exactly one token bears the label; kUnavailable.
Result<Token> findToken(const Module& module, std::string_view label);

/// Fresh CKF_… of the token (PIN state). Errors: kUnavailable.
Result<CK_FLAGS> tokenFlags(const Module& module, CK_SLOT_ID slot);

/// Errors: kInvalidRequest naming the first of `needed` that the token lacks; kUnavailable.
Status requireMechanisms(const Module& module,
                         CK_SLOT_ID slot,
                         const std::vector<CK_MECHANISM_TYPE>& needed);

}  // namespace sallyport::hsm::pkcs11
