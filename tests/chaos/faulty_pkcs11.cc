// A PKCS#11 module that delegates to a real one and breaks what it is told to. The plan is a file
// named by FAULTY_PKCS11_PLAN, read at every call, one order a line:
//
//     C_Sign 0x30          every C_Sign answers CKR_DEVICE_ERROR (0x30) and does nothing
//     C_Sign 0x30 2        only the next two
//     C_Sign block         C_Sign does not come back while this order stands
//     flags 0x20000        these CKF_ are added to the token's
//
// The real module is FAULTY_PKCS11_REAL, SoftHSM if unset. A program that links or loads it can ask
// how often a function was called: faultyCalls("C_Login").

#include <dlfcn.h>
#include <p11-kit/pkcs11.h>

#include <chrono>
#include <cstdlib>
#include <cstring>

#include <atomic>
#include <condition_variable>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <thread>

extern "C" {
CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list);
unsigned long faultyCalls(const char* function);
}

namespace {

CK_FUNCTION_LIST* real = nullptr;
CK_FUNCTION_LIST faulty{};

std::mutex mutex;
std::map<std::string, unsigned long> calls;
/// How often an order with a count was obeyed, by its line.
std::map<std::string, unsigned long> obeyed;

/// The rest of the plan's first line that begins with `word` and still counts.
std::optional<std::string> order(const std::string& word) {
    const char* plan = std::getenv("FAULTY_PKCS11_PLAN");
    if (plan == nullptr) return std::nullopt;
    std::ifstream file(plan);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string name;
        std::string what;
        unsigned long count = 0;
        words >> name >> what;
        if (name != word) continue;
        if (!(words >> count)) return what;
        const std::lock_guard lock(mutex);
        if (obeyed[line] < count) {
            ++obeyed[line];
            return what;
        }
    }
    return std::nullopt;
}

/// CKR_OK: go on to the real module.
CK_RV obey(const char* function) {
    {
        const std::lock_guard lock(mutex);
        ++calls[function];
    }
    auto what = order(function);
    while (what == "block") {
        std::mutex nobody;
        std::unique_lock lock(nobody);
        std::condition_variable_any never;
        never.wait_for(lock, std::chrono::milliseconds(2));
        what = order(function);
    }
    return what.has_value() ? std::stoul(*what, nullptr, 0) : CKR_OK;
}

CK_RV getTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info) {
    if (const CK_RV told = obey("C_GetTokenInfo"); told != CKR_OK) return told;
    const CK_RV answer = real->C_GetTokenInfo(slot, info);
    if (const auto flags = order("flags"); flags.has_value())
        info->flags |= std::stoul(*flags, nullptr, 0);
    return answer;
}

/// One wrapper per function: `wrap<&CK_FUNCTION_LIST::C_Sign, kSign>()`.
template <auto Member, const char* Name, class Function>
struct Wrapper;

template <auto Member, const char* Name, class... Arguments>
struct Wrapper<Member, Name, CK_RV (*)(Arguments...)> {
    static CK_RV call(Arguments... arguments) {
        if (const CK_RV told = obey(Name); told != CKR_OK) return told;
        return (real->*Member)(arguments...);
    }
};

#define FAULTY(function)                                   \
    static constexpr char function##_name[] = #function;   \
    faulty.function = Wrapper<&CK_FUNCTION_LIST::function, \
                              function##_name,             \
                              decltype(CK_FUNCTION_LIST::function)>::call

CK_RV load() {
    const char* path = std::getenv("FAULTY_PKCS11_REAL");
    void* library =
        ::dlopen(path == nullptr ? "/usr/lib/softhsm/libsofthsm2.so" : path, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return CKR_GENERAL_ERROR;
    auto* list = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
    if (list == nullptr || list(&real) != CKR_OK) return CKR_GENERAL_ERROR;
    faulty = *real;
    faulty.C_GetTokenInfo = getTokenInfo;
    FAULTY(C_Initialize);
    FAULTY(C_Finalize);
    FAULTY(C_OpenSession);
    FAULTY(C_CloseSession);
    FAULTY(C_GetSessionInfo);
    FAULTY(C_Login);
    FAULTY(C_Logout);
    FAULTY(C_FindObjectsInit);
    FAULTY(C_FindObjects);
    FAULTY(C_GetAttributeValue);
    FAULTY(C_SignInit);
    FAULTY(C_Sign);
    FAULTY(C_EncryptInit);
    FAULTY(C_Encrypt);
    FAULTY(C_DecryptInit);
    FAULTY(C_Decrypt);
    FAULTY(C_GenerateKey);
    FAULTY(C_GenerateKeyPair);
    FAULTY(C_DestroyObject);
    FAULTY(C_GenerateRandom);
    return CKR_OK;
}

}  // namespace

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) {
    static const CK_RV loaded = load();
    if (loaded == CKR_OK) *list = &faulty;
    return loaded;
}

unsigned long faultyCalls(const char* function) {
    const std::lock_guard lock(mutex);
    return calls[function];
}
