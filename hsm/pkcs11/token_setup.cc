#include "hsm/pkcs11/token_setup.h"

#include "hsm/pkcs11/errors.h"
#include "hsm/pkcs11/session.h"
#include "hsm/pkcs11/token.h"

#include <algorithm>
#include <array>

namespace sallyport::hsm::pkcs11 {
namespace {

constexpr std::size_t kLabelSize = 32;

/// C_Finalize on every way out.
class Finalizer {
  public:
    explicit Finalizer(Module& module) : module_(module) {}

    ~Finalizer() { module_.finalize(); }

    Finalizer(const Finalizer&) = delete;
    Finalizer& operator=(const Finalizer&) = delete;

  private:
    Module& module_;
};

Status check(const char* function, CK_RV code) {
    if (code == CKR_OK) return {};
    return errorOf({function, code});
}

CK_UTF8CHAR* pinBytes(const Secret& pin) {
    return const_cast<CK_UTF8CHAR*>(pin.expose().data());
}

Result<CK_SLOT_ID> emptySlot(const Module& module) {
    const CK_FUNCTION_LIST& f = module.functions();
    std::array<CK_SLOT_ID, 64> slots{};
    CK_ULONG count = slots.size();
    SALLYPORT_CHECK(check("C_GetSlotList", f.C_GetSlotList(CK_TRUE, slots.data(), &count)));
    for (std::size_t i = 0; i < count; ++i) {
        SALLYPORT_TRY(const CK_FLAGS flags, tokenFlags(module, slots.at(i)));
        if ((flags & CKF_TOKEN_INITIALIZED) == 0) return slots.at(i);
    }
    return fail(ErrorCode::kNotFound, "no slot has a token that is not initialized yet");
}

Status initToken(const Module& module, const TokenSetup& setup) {
    SALLYPORT_TRY(const CK_SLOT_ID slot, emptySlot(module));
    std::array<CK_UTF8CHAR, kLabelSize> label{};
    label.fill(' ');
    std::copy(setup.label.begin(), setup.label.end(), label.begin());
    return check("C_InitToken",
                 module.functions().C_InitToken(
                     slot, pinBytes(setup.officer_pin), setup.officer_pin.size(), label.data()));
}

Status initPin(const std::shared_ptr<const Module>& module, const TokenSetup& setup) {
    // The token may stand in another slot now: SoftHSM numbers slots by serial.
    SALLYPORT_TRY(const Token token, findToken(*module, setup.label));
    SALLYPORT_TRY(Session session, Session::open(module, token.slot, Session::Access::kReadWrite));
    const CK_FUNCTION_LIST& f = module->functions();
    SALLYPORT_CHECK(check(
        "C_Login",
        f.C_Login(
            session.handle(), CKU_SO, pinBytes(setup.officer_pin), setup.officer_pin.size())));
    return check("C_InitPIN",
                 f.C_InitPIN(session.handle(), pinBytes(setup.user_pin), setup.user_pin.size()));
}

}  // namespace

Status initializeToken(const TokenSetup& setup) {
    if (setup.label.empty() || setup.label.size() > kLabelSize)
        return fail(ErrorCode::kInvalidRequest, "a token label has 1 to 32 bytes");
    SALLYPORT_TRY(const std::shared_ptr<Module> module,
                  Module::load({setup.module_path, setup.require_root_owned_module}));
    const Finalizer finalizer(*module);
    if (findToken(*module, setup.label).has_value())
        return fail(ErrorCode::kConflict, "a token has the label \"" + setup.label + "\" already");
    SALLYPORT_CHECK(initToken(*module, setup));
    return initPin(module, setup);
}

}  // namespace sallyport::hsm::pkcs11
