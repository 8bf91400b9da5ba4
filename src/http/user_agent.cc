#include "http/user_agent.h"

#include <array>
#include <utility>

namespace sallyport::http {
namespace {

using Word = std::pair<std::string_view, std::string_view>;

// Order matters: every Chromium names Chrome and Safari too.
constexpr std::array<Word, 7> kBrowsers = {{{"Edg", "Edge"},
                                            {"OPR/", "Opera"},
                                            {"Firefox/", "Firefox"},
                                            {"FxiOS/", "Firefox"},
                                            {"CriOS/", "Chrome"},
                                            {"Chrome/", "Chrome"},
                                            {"Safari/", "Safari"}}};

constexpr std::array<Word, 7> kSystems = {{{"Windows", "Windows"},
                                           {"Android", "Android"},
                                           {"iPhone", "iPhone"},
                                           {"iPad", "iPad"},
                                           {"CrOS", "ChromeOS"},
                                           {"Mac OS X", "macOS"},
                                           {"Linux", "Linux"}}};

template <std::size_t N>
std::string_view match(const std::array<Word, N>& words, std::string_view text) {
    for (const auto& [sign, name] : words) {
        if (text.find(sign) != std::string_view::npos) return name;
    }
    return {};
}

}  // namespace

std::string browserFamily(std::string_view user_agent) {
    const auto browser = match(kBrowsers, user_agent);
    const auto system = match(kSystems, user_agent);
    if (browser.empty() || system.empty()) return {};
    return std::string(browser) + " on " + std::string(system);
}

}  // namespace sallyport::http
