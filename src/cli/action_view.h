#pragma once

#include "base/json.h"
#include "cli/terminal.h"

#include <string>

namespace sallyport::cli {

/// An action document of the server (`protocols.md` 6.1) as far as this program reads it.
struct ActionView {
    std::string id;
    std::string type;
    std::string text;
    std::string action_digest;
    std::string state;
    std::int64_t required = 0;
    std::int64_t approvals = 0;
    std::int64_t expires_in = 0;  ///< seconds

    /// Errors: kIntegrity.
    static Result<ActionView> parse(const Json& document);

    /// Whether nothing can happen to it any more by approving or denying.
    bool decided() const;

    /// Whether it will not come to its effect.
    bool stopped() const;
};

/// The whole of it for a person: the text large, everything printable.
void show(const ActionView& action, const Terminal& terminal);

/// One line of a list.
std::string lineOf(const ActionView& action);

}  // namespace sallyport::cli
