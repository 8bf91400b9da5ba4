#include "tests/support/faulty_hsm.h"

#include <dlfcn.h>

#include <cstdlib>

#include <fstream>

namespace sallyport::test {

FaultyToken::FaultyToken() {
    plan("");
    ::setenv("FAULTY_PKCS11_PLAN", (token_.folder() / "plan").c_str(), 1);
}

hsm::Pkcs11Options FaultyToken::options() const {
    hsm::Pkcs11Options options = token_.options();
    options.module_path = SALLYPORT_FAULTY_PKCS11;
    options.require_root_owned_module = false;
    return options;
}

void FaultyToken::plan(std::string_view orders) {
    // Written whole: the module reads it at any time.
    const auto next = token_.folder() / "plan.next";
    std::ofstream(next) << orders;
    std::filesystem::rename(next, token_.folder() / "plan");
}

unsigned long FaultyToken::calls(const char* function) {
    using Calls = unsigned long (*)(const char*);
    // The same library that the device loads.
    void* library = ::dlopen(SALLYPORT_FAULTY_PKCS11, RTLD_NOW | RTLD_LOCAL);
    return library == nullptr ? 0
                              : reinterpret_cast<Calls>(::dlsym(library, "faultyCalls"))(function);
}

}  // namespace sallyport::test
