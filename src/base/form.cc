#include "base/form.h"

#include "base/percent.h"
#include "base/utf8.h"

#include <algorithm>

namespace sallyport {
namespace {

constexpr std::size_t kMostText = std::size_t{64} * 1024;
constexpr std::size_t kMostParameters = 64;
constexpr std::size_t kMostName = 64;

Error refused(std::string_view what) {
    return fail(ErrorCode::kInvalidRequest, "form: " + std::string(what));
}

bool isControl(char c) {
    return (c >= 0 && c < 0x20) || c == 0x7f;
}

Result<std::string> decoded(std::string_view raw) {
    std::string text;
    text.reserve(raw.size());
    while (!raw.empty()) {
        if (raw.front() == '%') {
            const int byte = escapedByte(raw);
            if (byte < 0) return refused("a bad escape");
            text += static_cast<char>(byte);
            raw.remove_prefix(3);
            continue;
        }
        text += raw.front() == '+' ? ' ' : raw.front();
        raw.remove_prefix(1);
    }
    if (!isUtf8(text)) return refused("no UTF-8");
    if (std::any_of(text.begin(), text.end(), isControl)) return refused("a control character");
    return text;
}

}  // namespace

Result<Form> Form::parse(std::string_view text) {
    if (text.size() > kMostText) return refused("too long");
    Form form;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view pair = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (pair.empty()) continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        SALLYPORT_TRY(std::string name, decoded(pair.substr(0, equals)));
        SALLYPORT_TRY(std::string value, decoded(pair.substr(std::min(equals + 1, pair.size()))));
        if (name.empty() || name.size() > kMostName) return refused("a name of no use");
        if (!form.parameters_.emplace(std::move(name), std::move(value)).second)
            return refused("a parameter twice");
        if (form.parameters_.size() > kMostParameters) return refused("too many parameters");
    }
    return form;
}

const std::string* Form::find(std::string_view name) const {
    const auto found = parameters_.find(name);
    return found == parameters_.end() || found->second.empty() ? nullptr : &found->second;
}

std::string Form::text() const {
    std::string text;
    for (const auto& [name, value] : parameters_) {
        if (!text.empty()) text += '&';
        text += percentEncoded(name) + "=" + percentEncoded(value);
    }
    return text;
}

void Form::set(std::string name, std::string value) {
    parameters_.insert_or_assign(std::move(name), std::move(value));
}

}  // namespace sallyport
