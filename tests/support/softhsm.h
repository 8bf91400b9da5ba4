#pragma once

#include "hsm/pkcs11_device.h"
#include "tests/support/temporary_directory.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace sallyport::test {

/// A SoftHSM token of its own in a temporary folder: a template is initialized once per test binary
/// and copied per object. SOFTHSM2_CONF points to the newest one, and SoftHSM reads it when a
/// device is opened, so: one token and one open device at a time. `SoftHsmToken token; auto device
/// = Pkcs11Device::open(token.options(), log, metrics, random);`
class SoftHsmToken {
  public:
    static constexpr std::string_view kModule = "/usr/lib/softhsm/libsofthsm2.so";
    static constexpr std::string_view kLabel = "sallyport-test";
    static constexpr std::string_view kPin = "493817";
    static constexpr std::string_view kRing = "test";

    SoftHsmToken();

    hsm::Pkcs11Options options() const;

    /// For other processes: the value of SOFTHSM2_CONF.
    std::string configuration() const;

    const std::filesystem::path& folder() const { return folder_.path(); }

  private:
    TemporaryDirectory folder_;
};

}  // namespace sallyport::test
