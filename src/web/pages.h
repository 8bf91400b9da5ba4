#pragma once

#include <span>
#include <string_view>

namespace sallyport::web {

/// A page, script, style or picture, embedded at build. Views live as long as the program.
struct Asset {
    std::string_view path;
    std::string_view content_type;
    std::string_view etag;  ///< quoted, a hash of the content
    std::string_view body;
};

/// All of them, sorted by nothing in particular.
std::span<const Asset> assets();

/// The asset that a path names exactly, or null.
const Asset* findAsset(std::string_view path);

struct Header {
    std::string_view name;
    std::string_view value;
};

/// What every asset and page is sent with: a policy under which nothing runs or loads that is not
/// ours, nothing may frame us, no address leaves by Referer, and a browser asks by entity tag
/// before it uses its copy.
std::span<const Header> assetHeaders();

}  // namespace sallyport::web
