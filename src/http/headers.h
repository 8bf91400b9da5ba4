#pragma once

#include "base/bytes.h"

#include <utility>

namespace sallyport::http {

/// ASCII letters only; what header names, hosts and media types need.
bool equalsIgnoringCase(std::string_view a, std::string_view b);

/// Without the spaces and tabs around it (RFC 9110 5.6.3 OWS).
std::string_view trimBlanks(std::string_view text);

/// Is a Content-Type this media type, alone or with `charset=utf-8`, the only one that we speak?
bool isUtf8MediaType(std::string_view content_type, std::string_view media_type);

/// Header fields in the order in which they came; names are compared without regard to case (RFC
/// 9110 5.1).
class Headers {
  public:
    using Field = std::pair<std::string, std::string>;

    void add(std::string name, std::string value) {
        fields_.emplace_back(std::move(name), std::move(value));
    }

    /// Replaces every field of this name.
    void set(std::string_view name, std::string value);

    /// The first of that name, or null.
    const std::string* find(std::string_view name) const;

    std::size_t count(std::string_view name) const;

    void remove(std::string_view name);

    /// Removes every field whose name starts with `prefix`.
    void removeStartingWith(std::string_view prefix);

    std::size_t size() const { return fields_.size(); }

    auto begin() const { return fields_.begin(); }

    auto end() const { return fields_.end(); }

  private:
    std::vector<Field> fields_;
};

}  // namespace sallyport::http
