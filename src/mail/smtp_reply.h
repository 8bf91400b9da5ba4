#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <vector>

namespace sallyport::mail {

/// What an SMTP server answers (RFC 5321 4.2).
struct SmtpReply {
    int code = 0;                    ///< 200 to 559
    std::vector<std::string> lines;  ///< the text of each line, without code and separator

    bool positive() const { return code >= 200 && code < 300; }

    bool permanent() const { return code >= 500; }

    /// `5.1.1` of RFC 3463 at the start of the last line; empty if there is none. The rest of a
    /// text may name the recipient.
    std::string enhancedStatus() const;
};

/// Takes one whole reply from the front of `buffer`; nothing yet if it is incomplete.
/// Strict: CRLF ends a line, the first digit is 2 to 5, all lines have one code, a `-` after the
/// code goes on and a space or the end of the line ends. Errors: kInvalidRequest for anything else,
/// a line beyond 1000 bytes or more than 64 lines.
Result<std::optional<SmtpReply>> takeReply(std::string& buffer);

}  // namespace sallyport::mail
