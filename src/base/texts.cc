#include "base/texts.h"

#include "base/json.h"

namespace sallyport {

/// Written by the build from texts/en.json.
extern const std::string_view kEnglishTexts;

namespace {

const Json::Object& english() {
    static const Json kCatalogue = [] {
        auto parsed = Json::parse(kEnglishTexts);
        SALLYPORT_ASSERT(parsed.has_value());
        return *std::move(parsed);
    }();
    const auto* object = kCatalogue.asObject();
    SALLYPORT_ASSERT(object != nullptr);
    return *object;
}

}  // namespace

std::string_view text([[maybe_unused]] std::string_view language, std::string_view key) {
    const auto& catalogue = english();
    const auto found = catalogue.find(key);
    SALLYPORT_ASSERT(found != catalogue.end());
    const auto* value = found->second.asString();
    SALLYPORT_ASSERT(value != nullptr);
    return *value;
}

std::string text(std::string_view language,
                 std::string_view key,
                 const std::vector<std::pair<std::string_view, std::string_view>>& values) {
    std::string_view rest = text(language, key);
    std::string filled;
    while (!rest.empty()) {
        const auto open = rest.find('{');
        filled += rest.substr(0, open);
        if (open == std::string_view::npos) break;
        const auto close = rest.find('}', open);
        SALLYPORT_ASSERT(close != std::string_view::npos);
        const auto name = rest.substr(open + 1, close - open - 1);
        bool known = false;
        for (const auto& value : values) {
            if (value.first != name) continue;
            filled += value.second;
            known = true;
        }
        SALLYPORT_ASSERT(known);
        rest = rest.substr(close + 1);
    }
    return filled;
}

std::vector<std::string_view> textKeys() {
    std::vector<std::string_view> keys;
    for (const auto& entry : english()) keys.emplace_back(entry.first);
    return keys;
}

}  // namespace sallyport
