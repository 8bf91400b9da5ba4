#pragma once

#include "http/router.h"

#include <filesystem>

namespace sallyport::web {

/// What the development outbox shows of a mail.
struct OutboxMail {
    std::string subject;
    std::string to;
    std::string date;
    std::string text;  ///< the text/plain part, decoded
};

/// Reads a message file (RFC 5322, MIME): the first text/plain part in 7bit, quoted-printable or
/// base64. Lenient: what is missing or broken is empty.
OutboxMail readOutboxMail(std::string_view message);

/// One mail as HTML, everything escaped; a line that is a web address becomes a link.
std::string outboxMailHtml(const OutboxMail& mail);

/// GET /dev/outbox: the newest 20 mails of `directory`, for profile `dev` only. They hold live
/// links and codes: whoever can open this page can sign in as anybody.
void registerDevOutbox(http::Router& router, std::filesystem::path directory);

}  // namespace sallyport::web
