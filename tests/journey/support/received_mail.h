#pragma once

#include <string>

namespace sallyport::test {

/// A mail as its reader sees it.
struct ReceivedMail {
    std::string file;
    std::string raw;
    std::string to;
    std::string subject;
    std::string text;        ///< the text part, decoded
    std::string link;        ///< `http…/link#<token>x`; empty if there is none
    std::string token;       ///< what the page takes from it
    std::string relay_code;  ///< `XXXX-XXXX`; empty if there is none
    std::string disown_id;   ///< the link id of the not-me address
};

ReceivedMail readMail(const std::string& file);

}  // namespace sallyport::test
