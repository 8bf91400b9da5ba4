#pragma once

#include "base/result.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport {

/// The parameters of a query or of an `application/x-www-form-urlencoded` body (WHATWG URL 5.1), as
/// OAuth takes them: each name once (RFC 6749 3.1), and one without a value is as if it were not
/// there.
class Form {
  public:
    /// Strict: at most 64 KiB and 64 parameters, names of 1 to 64 bytes, UTF-8 without control
    /// characters, no bad escape. Errors: kInvalidRequest.
    static Result<Form> parse(std::string_view text);

    /// Null if it is not there or empty.
    const std::string* find(std::string_view name) const;

    const std::map<std::string, std::string, std::less<>>& parameters() const {
        return parameters_;
    }

    /// `name=value&…`, escaped so that parse() reads the same.
    std::string text() const;

    /// Replaces the value of a name.
    void set(std::string name, std::string value);

  private:
    std::map<std::string, std::string, std::less<>> parameters_;
};

}  // namespace sallyport
