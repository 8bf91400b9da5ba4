#include "hsm/pkcs11/token.h"

#include "hsm/pkcs11/errors.h"

#include <algorithm>

namespace sallyport::hsm::pkcs11 {
namespace {

/// Fixed fields are padded with blanks and have no end mark; some modules pad with zeros.
template <std::size_t N>
std::string fixedText(const CK_UTF8CHAR (&field)[N]) {
    std::string text(std::begin(field), std::end(field));
    text.resize(std::min(text.size(), text.find('\0')));
    text.resize(text.find_last_not_of(' ') + 1);
    return text;
}

/// PKCS#11 writes "no limit" and "will not say" in three ways; all of them leave the choice to us.
CK_ULONG limitOf(CK_ULONG stated) {
    const CK_ULONG all_ones = ~CK_ULONG{0};
    return stated == all_ones || stated == all_ones - 1 ? 0 : stated;
}

Result<std::vector<CK_SLOT_ID>> slots(const Module& module) {
    const CK_FUNCTION_LIST& f = module.functions();
    // A token may be plugged in between the two calls.
    for (int attempt = 0; attempt < 3; ++attempt) {
        CK_ULONG count = 0;
        const CK_RV counted = f.C_GetSlotList(CK_TRUE, nullptr, &count);
        if (counted != CKR_OK) return errorOf({"C_GetSlotList", counted});
        std::vector<CK_SLOT_ID> found(count);
        const CK_RV listed = f.C_GetSlotList(CK_TRUE, found.data(), &count);
        if (listed == CKR_BUFFER_TOO_SMALL) continue;
        if (listed != CKR_OK) return errorOf({"C_GetSlotList", listed});
        found.resize(count);
        return found;
    }
    return fail(ErrorCode::kUnavailable, "C_GetSlotList: the slots keep changing");
}

}  // namespace

Result<Token> findToken(const Module& module, std::string_view label) {
    SALLYPORT_TRY(const std::vector<CK_SLOT_ID> all, slots(module));
    std::vector<Token> found;
    for (const CK_SLOT_ID slot : all) {
        CK_TOKEN_INFO info{};
        if (module.functions().C_GetTokenInfo(slot, &info) != CKR_OK)
            continue;  // removed, or not ours to read
        if ((info.flags & CKF_TOKEN_INITIALIZED) == 0 || fixedText(info.label) != label) continue;
        found.push_back({slot,
                         std::string(label),
                         fixedText(info.serialNumber),
                         fixedText(info.model),
                         limitOf(info.ulMaxSessionCount)});
    }
    if (found.empty()) {
        return fail(ErrorCode::kNotFound,
                    "no token has the label \"" + std::string(label) + "\" (" +
                        std::to_string(all.size()) + " slots with tokens)");
    }
    if (found.size() > 1) {
        return fail(ErrorCode::kNotFound,
                    std::to_string(found.size()) + " tokens have the label \"" +
                        std::string(label) + "\"; rename all but one");
    }
    return found.front();
}

Result<CK_FLAGS> tokenFlags(const Module& module, CK_SLOT_ID slot) {
    CK_TOKEN_INFO info{};
    const CK_RV read = module.functions().C_GetTokenInfo(slot, &info);
    if (read != CKR_OK) return errorOf({"C_GetTokenInfo", read});
    return info.flags;
}

Status requireMechanisms(const Module& module,
                         CK_SLOT_ID slot,
                         const std::vector<CK_MECHANISM_TYPE>& needed) {
    const CK_FUNCTION_LIST& f = module.functions();
    CK_ULONG count = 0;
    const CK_RV counted = f.C_GetMechanismList(slot, nullptr, &count);
    if (counted != CKR_OK) return errorOf({"C_GetMechanismList", counted});
    std::vector<CK_MECHANISM_TYPE> offered(count);
    const CK_RV listed = f.C_GetMechanismList(slot, offered.data(), &count);
    if (listed != CKR_OK) return errorOf({"C_GetMechanismList", listed});
    offered.resize(count);
    for (const CK_MECHANISM_TYPE mechanism : needed) {
        if (std::find(offered.begin(), offered.end(), mechanism) == offered.end()) {
            return fail(ErrorCode::kInvalidRequest,
                        "the token lacks PKCS#11 mechanism number " + std::to_string(mechanism) +
                            ", which Sallyport needs");
        }
    }
    return {};
}

}  // namespace sallyport::hsm::pkcs11
