#include "fido/security_key_handles.h"

#include <algorithm>

namespace sallyport::fido {

std::unique_ptr<const PinText> PinText::from(const Secret& pin) {
    constexpr std::size_t kShortest = 4;
    const ByteView bytes = pin.expose();
    auto out = std::make_unique<PinText>();
    if (bytes.size() < kShortest || bytes.size() >= out->text_.size()) return nullptr;
    if (std::find(bytes.begin(), bytes.end(), std::uint8_t{0}) != bytes.end()) return nullptr;
    std::copy(bytes.begin(), bytes.end(), out->text_.begin());
    return out;
}

}  // namespace sallyport::fido
