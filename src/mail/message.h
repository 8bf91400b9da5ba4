#pragma once

#include "mail/outbox.h"

namespace sallyport::mail {

/// Who a mail comes from.
struct Sender {
    std::string name;     ///< shown to the reader; may be empty
    std::string mailbox;  ///< the address of `From` and of the envelope
};

/// Whether `mailbox` can stand between angle brackets in a header and in an SMTP command as it is:
/// one printable ASCII address without spaces, brackets and commas, at most 254 bytes (RFC
/// 5321 4.5.3.1).
bool isWireMailbox(std::string_view mailbox);

/// The part of a Message-ID that is random: `abc` of `<abc@example.test>`. Empty unless it is made
/// of letters, digits, `-` and `_` only, and so can name a file and stand in an SMTP command.
std::string_view nameOf(std::string_view message_id);

/// `Mon, 23 Nov 2026 10:02:00 +0000` (RFC 5322 3.3).
std::string rfc5322Date(Time time);

/// The mail as it goes over the wire: multipart/alternative of text and HTML, both
/// quoted-printable, lines of at most 78 bytes ended by CRLF. The same row and letter give the same
/// bytes. Errors: kInvalidRequest if a header value holds a control character, an address or
/// identifier is malformed, or a text is not UTF-8: nothing can become a header of its own.
Result<Secret> compose(const Sender& sender, const OutboxRow& row, const Letter& letter);

}  // namespace sallyport::mail
