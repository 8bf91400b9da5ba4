#pragma once

#include "base/json.h"
#include "base/result.h"

#include <string>

namespace sallyport::app {

/// What a command says on standard output: lines for people, or one JSON document at its end.
class Output {
  public:
    explicit Output(bool json) : json_(json) {}

    bool json() const { return json_; }

    /// For people only; at once.
    void line(std::string_view text) const;

    /// For programs only; once, at the end.
    void document(const Json& document) const;

  private:
    bool json_;
};

}  // namespace sallyport::app
