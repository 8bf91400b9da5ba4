#pragma once

#include "tests/support/softhsm.h"

namespace sallyport::test {

/// A SoftHSM token behind the module of tests/chaos/faulty_pkcs11.cc, which breaks what the plan
/// says.
class FaultyToken {
  public:
    FaultyToken();

    hsm::Pkcs11Options options() const;

    /// Replaces the plan; empty means no faults. A blocked call goes on when its order is gone.
    void plan(std::string_view orders);

    /// In this process, since it began.
    static unsigned long calls(const char* function);

    const SoftHsmToken& token() const { return token_; }

  private:
    SoftHsmToken token_;
};

}  // namespace sallyport::test
