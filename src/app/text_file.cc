#include "app/text_file.h"

#include <fstream>

namespace sallyport::app {

Result<std::string> readTextFile(const std::string& path) {
    constexpr std::size_t kLargest = std::size_t{256} * 1024;
    std::ifstream in(path, std::ios::binary);
    std::string text(kLargest + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!in.is_open() || in.bad() || in.gcount() == 0)
        return fail(ErrorCode::kInvalidRequest, path + " cannot be read");
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > kLargest)
        return fail(ErrorCode::kInvalidRequest, path + " is larger than 256 KiB");
    return text;
}

}  // namespace sallyport::app
