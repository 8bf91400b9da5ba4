#include "fido/security_key_device.h"

#include <fido.h>
#include <unistd.h>

#include <cerrno>

namespace sallyport::fido {

namespace {

constexpr std::size_t kMostDevices = 64;
constexpr int kOpenMilliseconds = 3000;

std::string textOf(const char* text) {
    return text != nullptr ? text : "";
}

}  // namespace

void Device::Close::operator()(fido_dev* dev) const {
    fido_dev_close(dev);
    fido_dev_free(&dev);
}

KeyAnswer<Device> Device::open(const std::string& path, const fido_dev_io* io) {
    // A key that fails at CTAP2 must not be tried as U2F: that would lose user verification.
    fido_init(FIDO_DISABLE_U2F_FALLBACK);
    Device device(fido_dev_new());
    if (device.get() == nullptr) return problem(KeyTrouble::kOurFault);
    // Without it a key that hangs would hang the program.
    if (const int set = fido_dev_set_timeout(device.get(), kOpenMilliseconds); set != FIDO_OK) {
        return problemOf(set);
    }
    if (io != nullptr) {
        if (const int set = fido_dev_set_io_functions(device.get(), io); set != FIDO_OK) {
            return problemOf(set);
        }
    }
    const int opened = fido_dev_open(device.get(), path.c_str());
    // libfido2 says INTERNAL when the path does not open: that is a key that is gone.
    if (opened == FIDO_ERR_INTERNAL) return KeyProblem{KeyTrouble::kPulled, opened, std::nullopt};
    if (opened != FIDO_OK) return problemOf(opened);
    if (!fido_dev_is_fido2(device.get())) return problem(KeyTrouble::kNotFido2);
    return device;
}

KeyAnswer<std::vector<DeviceInfo>> UsbDevices::list() {
    fido_dev_info_t* found = fido_dev_info_new(kMostDevices);
    if (found == nullptr) return problem(KeyTrouble::kOurFault);
    std::size_t count = 0;
    const int listed = fido_dev_info_manifest(found, kMostDevices, &count);
    std::vector<DeviceInfo> devices;
    for (std::size_t i = 0; i < count; ++i) {
        const fido_dev_info_t* each = fido_dev_info_ptr(found, i);
        devices.push_back({textOf(fido_dev_info_path(each)),
                           textOf(fido_dev_info_product_string(each)),
                           textOf(fido_dev_info_manufacturer_string(each))});
    }
    fido_dev_info_free(&found, kMostDevices);
    // INTERNAL where there is no udev at all: no keys either.
    if (listed != FIDO_OK && listed != FIDO_ERR_INTERNAL) return problemOf(listed);
    return devices;
}

KeyAnswer<Device> UsbDevices::open(const std::string& path) {
    if (::access(path.c_str(), R_OK | W_OK) != 0) {
        return problem(errno == EACCES ? KeyTrouble::kNotPermitted : KeyTrouble::kNotFound);
    }
    return Device::open(path, nullptr);
}

}  // namespace sallyport::fido
