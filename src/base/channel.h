#pragma once

#include <optional>
#include <string_view>

namespace sallyport {

/// Where a ceremony takes place. Read from the verified origin of its client data: the workstation
/// client writes `sallyport-cli:<public origin>`, which no browser can produce.
enum class Channel { kBrowser, kCli };

/// `browser`, `cli`.
constexpr std::string_view name(Channel channel) {
    return channel == Channel::kCli ? "cli" : "browser";
}

constexpr std::optional<Channel> channelFromName(std::string_view text) {
    if (text == "browser") return Channel::kBrowser;
    if (text == "cli") return Channel::kCli;
    return std::nullopt;
}

/// What stands before the public origin in the workstation client's origin.
inline constexpr std::string_view kCliOriginPrefix = "sallyport-cli:";

}  // namespace sallyport
