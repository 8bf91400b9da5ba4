#pragma once

#include "base/clock.h"
#include "base/secret.h"

#include <string>
#include <string_view>
#include <vector>

/// How every mail of this service looks: one list of lines, once as plain text and once as HTML.
namespace sallyport::mail {

/// One paragraph of a mail: a sentence, or a value that stands on a line of its own.
struct Line {
    enum class Kind {
        kText,
        kUrl,   ///< in HTML a link
        kCode,  ///< to be typed by hand
        kName,  ///< what a thing is called
    };

    Kind kind;
    std::string text;
};

Secret plainText(const std::vector<Line>& lines);

/// Without styles and pictures of others; nothing in `lines` becomes markup.
Secret htmlText(std::string_view language, const std::vector<Line>& lines);

/// For lines that hold a link or a code.
void wipeAll(std::vector<Line>& lines);

/// `2026-11-23 10:02 UTC`: one zone, because the server knows no other of its reader.
std::string readableTime(Time time);

/// `id.example` of `https://id.example`.
std::string_view hostOf(std::string_view origin);

}  // namespace sallyport::mail
