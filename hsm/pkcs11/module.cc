#include "hsm/pkcs11/module.h"

#include "hsm/pkcs11/errors.h"

#include <dlfcn.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>

namespace sallyport::hsm::pkcs11 {
namespace {

Error refused(const std::string& path, std::string_view why) {
    return fail(ErrorCode::kInvalidRequest, "PKCS#11 module " + path + ": " + std::string(why));
}

Status ownedByRootAlone(const std::string& path) {
    struct stat status {};

    if (::lstat(path.c_str(), &status) != 0) return refused(path, "cannot be read");
    if (status.st_uid != 0)
        return refused(path, "does not belong to root; chown it, or install the vendor's package");
    const bool others_write = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    if (others_write)
        return refused(path, "can be written by its group or by others; chmod go-w it");
    return {};
}

/// A library without one of these cannot serve; a null pointer found at the first call is a crash.
bool complete(const CK_FUNCTION_LIST& f) {
    return f.C_Initialize != nullptr && f.C_Finalize != nullptr && f.C_GetSlotList != nullptr &&
           f.C_GetTokenInfo != nullptr && f.C_GetMechanismList != nullptr &&
           f.C_OpenSession != nullptr && f.C_CloseSession != nullptr &&
           f.C_GetSessionInfo != nullptr && f.C_Login != nullptr &&
           f.C_FindObjectsInit != nullptr && f.C_FindObjects != nullptr &&
           f.C_FindObjectsFinal != nullptr && f.C_GetAttributeValue != nullptr &&
           f.C_SignInit != nullptr && f.C_Sign != nullptr && f.C_EncryptInit != nullptr &&
           f.C_Encrypt != nullptr && f.C_DecryptInit != nullptr && f.C_Decrypt != nullptr &&
           f.C_GenerateKey != nullptr && f.C_GenerateKeyPair != nullptr &&
           f.C_DestroyObject != nullptr && f.C_GenerateRandom != nullptr;
}

}  // namespace

Result<std::string> checkedModulePath(const Module::Options& options) {
    namespace fs = std::filesystem;
    const fs::path given(options.path);
    if (!given.is_absolute()) return refused(options.path, "the path must be absolute");
    std::error_code error;
    const fs::path real = fs::canonical(given, error);
    if (error) return refused(options.path, "there is no such file");
    if (!fs::is_regular_file(real, error)) return refused(options.path, "is not a file");
    for (const fs::path& name : {given.filename(), real.filename()}) {
        // OpenSC's spy writes every PIN in clear to its log.
        if (name.string().find("pkcs11-spy") != std::string::npos)
            return refused(options.path, "is a spy");
    }
    if (options.require_root_owner) {
        for (fs::path part = real;; part = part.parent_path()) {
            SALLYPORT_CHECK(ownedByRootAlone(part.string()));
            if (part == part.root_path()) break;
        }
    }
    return real.string();
}

Result<std::shared_ptr<Module>> Module::load(const Options& options) {
    SALLYPORT_TRY(const std::string path, checkedModulePath(options));
    void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr)
        return refused(path, "cannot be loaded (wrong architecture, or a library is missing)");
    auto* get_list = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
    if (get_list == nullptr) return refused(path, "is not a PKCS#11 library");
    CK_FUNCTION_LIST* functions = nullptr;
    const CK_RV listed = get_list(&functions);
    if (listed != CKR_OK || functions == nullptr || !complete(*functions)) {
        return refused(path, "has no complete function list");
    }

    // Some libraries keep the pointer.
    static CK_C_INITIALIZE_ARGS arguments{
        nullptr, nullptr, nullptr, nullptr, CKF_OS_LOCKING_OK, nullptr};
    const CK_RV initialized = functions->C_Initialize(&arguments);
    if (initialized == CKR_CRYPTOKI_ALREADY_INITIALIZED) {
        return fail(ErrorCode::kConflict,
                    "PKCS#11 module " + path + ": something else in this process uses it");
    }
    if (initialized == CKR_CANT_LOCK) return refused(path, "cannot be used by several threads");
    if (initialized != CKR_OK) return errorOf({"C_Initialize", initialized});
    return std::shared_ptr<Module>(new Module(functions));
}

void Module::finalize() noexcept {
    // Nothing useful can be done about a failure: the process ends, or the next C_Initialize says
    // so.
    static_cast<void>(functions_->C_Finalize(nullptr));
}

}  // namespace sallyport::hsm::pkcs11
