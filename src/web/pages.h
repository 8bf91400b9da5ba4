#pragma once

#include "http/router.h"

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

/// All that the public listener serves besides the API.
std::span<const Asset> assets();

/// The asset that a path names exactly, or null.
const Asset* findAsset(std::string_view path);

/// The development outbox without its mails, which belong at `<!--mails-->`.
std::string_view outboxFrame();

/// A policy under which nothing runs or loads that is not ours, no script can write markup, no form
/// leaves the page and nothing may frame it.
inline constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

/// GET of every asset, by entity tag (a browser asks before it uses its copy, so that pages and
/// scripts are of one version); `/approve/{action}`, the one page for every action; and `/`, which
/// leads to `/login`.
void registerPages(http::Router& router);

}  // namespace sallyport::web
