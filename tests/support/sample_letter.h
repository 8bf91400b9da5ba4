#pragma once

#include "mail/message.h"

namespace sallyport::test {

inline mail::Letter sampleLetter() {
    return {Secret("user@example.test"),
            "Sign in to example.test",
            Secret("Hello\n\nhttps://example.test/link#token\n"),
            Secret("<p>Hello</p>\n")};
}

inline mail::OutboxRow sampleOutboxRow() {
    mail::OutboxRow row;
    row.template_name = "sign-in";
    row.language = "en";
    row.message_id = "<abc-_123@example.test>";
    row.boundary = "=_boundary";
    row.date = timeFromMicros(1'795'428'120'000'000);  // 2026-11-23T10:02:00Z
    row.expires = row.date + std::chrono::minutes(10);
    return row;
}

inline mail::Sender sampleSender() {
    return {"Sallyport", "no-reply@example.test"};
}

}  // namespace sallyport::test
