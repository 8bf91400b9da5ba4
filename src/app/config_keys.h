#pragma once

#include "app/config_schema.h"
#include "http/public_url.h"

#include <algorithm>

/// How keys are declared (config_schema.cc, config_schema_lists.cc).
namespace sallyport::app::keys {

inline Status require(bool right, const char* text) {
    if (right) return {};
    return fail(ErrorCode::kInvalidRequest, text);
}

inline constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
inline constexpr std::string_view kDigits = "0123456789";

inline bool onlyOf(std::string_view text, std::initializer_list<std::string_view> sets) {
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return std::any_of(sets.begin(), sets.end(), [c](std::string_view set) {
            return set.find(c) != std::string_view::npos;
        });
    });
}

inline Status absolutePath(std::string_view text) {
    return require(text.size() > 1 && text.front() == '/' && text.size() < 4096 &&
                       text.find('\0') == std::string_view::npos,
                   "must be an absolute path");
}

inline Status hostName(std::string_view text) {
    return require(!text.empty() && text.size() <= 253 && onlyOf(text, {kLower, kDigits, "-."}) &&
                       text.front() != '.' && text.back() != '.',
                   "must be a host name in lower case");
}

inline Status publicUrl(std::string_view text) {
    SALLYPORT_TRY([[maybe_unused]] const auto url, http::PublicUrl::parse(text));
    return {};
}

inline constexpr auto kRequired = Presence::kRequired;
inline constexpr auto kOptional = Presence::kOptional;
inline constexpr auto kDefault = Presence::kDefault;

/// `config.service.profile` is `&at<&Config::service, &Config::Service::profile>`.
template <auto kTable, auto kMember>
auto& at(Config& config) {
    return config.*kTable.*kMember;
}

/// Likewise of the last element of a list: `&last<&Config::clients, &Config::Client::id>`.
template <auto kList, auto kMember>
auto& last(Config& config) {
    return (config.*kList).back().*kMember;
}

using Texts = Config::Texts;
using Check = Status (*)(std::string_view);

inline Key text(std::string_view path, Slot<std::string> slot, Check check, Presence presence) {
    return {path, slot, presence, "", 0, 0, check};
}

inline Key text(std::string_view path,
                Slot<std::string> slot,
                Check check,
                std::string_view value) {
    return {path, slot, kDefault, value, 0, 0, check};
}

inline Key texts(std::string_view path, Slot<Texts> slot, Check check) {
    return {path, slot, kDefault, "[]", 0, 0, check};
}

inline Key texts(std::string_view path, Slot<std::optional<Texts>> slot, Check check) {
    return {path, slot, kOptional, "", 0, 0, check};
}

inline Key textByName(std::string_view path,
                      Slot<Config::TextByName> slot,
                      Check check,
                      Presence presence) {
    return {path, slot, presence, "", 0, 0, check};
}

inline Key number(std::string_view path,
                  Slot<std::int64_t> slot,
                  std::string_view value,
                  std::int64_t least,
                  std::int64_t most) {
    return {path, slot, kDefault, value, least, most, nullptr};
}

inline Key duration(std::string_view path,
                    Slot<Duration> slot,
                    std::string_view value,
                    Duration least,
                    Duration most) {
    return {path, slot, kDefault, value, least.count(), most.count(), nullptr};
}

inline Key flag(std::string_view path, Slot<bool> slot, std::string_view value) {
    return {path, slot, kDefault, value, 0, 0, nullptr};
}

inline Key flag(std::string_view path, Slot<std::optional<bool>> slot) {
    return {path, slot, kOptional, "", 0, 0, nullptr};
}

}  // namespace sallyport::app::keys
