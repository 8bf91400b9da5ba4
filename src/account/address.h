#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <string_view>

namespace sallyport::account {

/// One mailbox in the one spelling that is looked up, stored and mailed to (`protocols.md` 8).
class MailAddress {
  public:
    struct Options {
        /// Local parts beyond ASCII (RFC 6531); by config.
        bool international_local_part = false;
    };

    /// Exactly one `local@domain`: the local part a dot-atom (RFC 5321 4.1.2) of at most 64 octets,
    /// ASCII letters folded to lower case; the domain through IDNA 2008 (UTS 46, non-transitional)
    /// to lower-case A-labels, at least two of them, the last not a number; at most 254 octets in
    /// all. Quoted strings, comments, literals, source routes, display names and lists are refused.
    /// Errors: kInvalidRequest, without the address.
    static Result<MailAddress> parse(std::string_view typed, const Options& options);

    static Result<MailAddress> parse(std::string_view typed) { return parse(typed, Options()); }

    /// `local@domain`, normalized.
    const Secret& text() const { return text_; }

    MailAddress duplicate() const { return MailAddress(text_.duplicate()); }

  private:
    explicit MailAddress(Secret text) : text_(std::move(text)) {}

    Secret text_;
};

}  // namespace sallyport::account
