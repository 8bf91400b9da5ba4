// However the server's bytes are cut into packets, they give the same replies, and what is taken
// has its one spelling.

#include "mail/smtp_reply.h"

#include "base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using sallyport::mail::SmtpReply;
using sallyport::mail::takeReply;

std::string spelled(const SmtpReply& reply) {
    std::string text;
    for (std::size_t i = 0; i < reply.lines.size(); ++i) {
        const bool last = i + 1 == reply.lines.size();
        text += std::to_string(reply.code) + (last ? " " : "-") + reply.lines[i] + "\r\n";
    }
    return text;
}

// All replies in one text, until nothing whole is left or one is refused.
std::string takeAll(std::string& buffer, bool& refused) {
    std::string all;
    while (true) {
        auto reply = takeReply(buffer);
        refused = !reply.has_value();
        if (refused || !reply->has_value()) return all;
        SALLYPORT_ASSERT((*reply)->code >= 200 && (*reply)->code < 560);
        static_cast<void>((*reply)->enhancedStatus());
        all += spelled(**reply);
    }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto input = sallyport::asText({data, size});
    std::string whole(input);
    bool whole_refused = false;
    const std::string at_once = takeAll(whole, whole_refused);

    std::string growing;
    std::string piecewise;
    bool refused = false;
    for (std::size_t i = 0; i < size && !refused; ++i) {
        growing += input[i];
        piecewise += takeAll(growing, refused);
    }
    SALLYPORT_ASSERT(refused == whole_refused || size == 0);
    SALLYPORT_ASSERT(piecewise == at_once);

    std::string again = at_once;
    bool again_refused = false;
    SALLYPORT_ASSERT(takeAll(again, again_refused) == at_once && !again_refused && again.empty());
    return 0;
}
