#pragma once

#include "fido/security_key_errors.h"

#include <memory>
#include <string>
#include <variant>
#include <vector>

struct fido_dev;
struct fido_dev_io;

/// Where security keys come from: the seam of security_key.h.
namespace sallyport::fido {

/// What an operation with a key answers.
template <class T>
using KeyAnswer = std::variant<T, KeyProblem>;

struct DeviceInfo {
    std::string path;  ///< `/dev/hidraw3`
    std::string product;
    std::string manufacturer;
};

/// An open libfido2 device; closes and frees it.
class Device {
  public:
    /// Opens `path` through libfido2; `io` of null means the operating system's HID devices.
    static KeyAnswer<Device> open(const std::string& path, const fido_dev_io* io);

    fido_dev* get() const { return dev_.get(); }

  private:
    struct Close {
        void operator()(fido_dev* dev) const;
    };

    explicit Device(fido_dev* dev) : dev_(dev) {}

    std::unique_ptr<fido_dev, Close> dev_;
};

struct OpenKey {
    DeviceInfo info;
    Device device;
};

class DeviceSource {
  public:
    virtual ~DeviceSource() = default;
    /// What is plugged in now, in an order that stays.
    virtual KeyAnswer<std::vector<DeviceInfo>> list() = 0;
    virtual KeyAnswer<Device> open(const std::string& path) = 0;
};

/// USB security keys of this machine.
class UsbDevices final : public DeviceSource {
  public:
    KeyAnswer<std::vector<DeviceInfo>> list() override;
    KeyAnswer<Device> open(const std::string& path) override;
};

}  // namespace sallyport::fido
