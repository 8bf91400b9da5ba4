#pragma once

#include <unistd.h>

namespace sallyport::cli {

/// Closes what it holds.
class Descriptor {
  public:
    explicit Descriptor(int descriptor) : descriptor_(descriptor) {}

    ~Descriptor() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    int get() const { return descriptor_; }

    bool isOpen() const { return descriptor_ >= 0; }

  private:
    int descriptor_;
};

}  // namespace sallyport::cli
