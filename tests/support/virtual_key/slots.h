#pragma once

#include "fido/security_key_device.h"
#include "tests/support/virtual_key/device.h"

namespace sallyport::test {

/// Virtual keys where the workstation's library looks for real ones.
class VirtualSlots final : public fido::DeviceSource {
  public:
    /// `model` tells what it is; the path is made up and stays.
    VirtualDevice& add(KeyModel model = {}) {
        static int serial = 0;
        devices_.push_back(std::make_unique<VirtualDevice>(
            "virtual:slot" + std::to_string(++serial), std::move(model)));
        return *devices_.back();
    }

    fido::KeyAnswer<std::vector<fido::DeviceInfo>> list() override {
        std::vector<fido::DeviceInfo> out;
        for (const auto& device : devices_) {
            if (device->inserted()) {
                out.push_back({device->path(), "Virtual Key", "Sallyport Test"});
            }
        }
        return out;
    }

    fido::KeyAnswer<fido::Device> open(const std::string& path) override {
        const fido_dev_io_t io = VirtualDevice::io();
        return fido::Device::open(path, &io);
    }

  private:
    std::vector<std::unique_ptr<VirtualDevice>> devices_;
};

}  // namespace sallyport::test
