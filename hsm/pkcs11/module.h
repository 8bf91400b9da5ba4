#pragma once

#include "base/result.h"
#include "hsm/pkcs11/cryptoki.h"

#include <memory>
#include <string>

namespace sallyport::hsm::pkcs11 {

/// A loaded and initialized PKCS#11 library. The library stays mapped for ever: several vendors'
/// modules, and SoftHSM with OpenSSL's exit handlers, crash when they are unmapped.
class Module final {
  public:
    struct Options {
        std::string path;
        /// The file and every directory above it belong to root and no one else may write them.
        bool require_root_owner = true;
    };

    /// Errors: kInvalidRequest (path, owner, not a PKCS#11 library), kConflict (already initialized
    /// in this process), kUnavailable.
    static Result<std::shared_ptr<Module>> load(const Options& options);

    Module(const Module&) = delete;
    Module& operator=(const Module&) = delete;

    const CK_FUNCTION_LIST& functions() const noexcept { return *functions_; }

    /// C_Finalize. Explicit, and not in the destructor: a call that hangs inside the library must
    /// not meet it, nor may it run after main() has returned (openssl 22508, SoftHSMv2 635).
    void finalize() noexcept;

  private:
    explicit Module(CK_FUNCTION_LIST* functions) : functions_(functions) {}

    CK_FUNCTION_LIST* functions_;
};

/// Resolves links and holds path, name and ownership against the rules above. Answers the real
/// path.
Result<std::string> checkedModulePath(const Module::Options& options);

}  // namespace sallyport::hsm::pkcs11
