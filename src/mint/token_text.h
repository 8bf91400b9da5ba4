#pragma once

#include "base/ids.h"
#include "base/secret.h"
#include "mint/fields.h"

/// The one textual form of tokens: `<prefix>.<gen>.<base64url(id)>.<base64url(tag)>`
/// (`protocols.md` 2).
namespace sallyport::mint {

struct TokenText {
    Generation generation;
    TokenId id;
    Secret tag;  ///< 32 bytes
};

/// Bounded and strict: one spelling per token. Errors: kInvalidRequest, without saying what was
/// wrong.
Result<TokenText> parseToken(std::string_view prefix, std::string_view text);
Secret formatToken(std::string_view prefix, const TokenText& token);

inline constexpr std::string_view kLinkPrefix = "spl";
inline constexpr std::string_view kSessionPrefix = "sps";
inline constexpr std::string_view kKnownBrowserPrefix = "spb";
inline constexpr std::string_view kTicketPrefix = "spt";

/// `spb.<gen>.<id>.<issued µs>.<expires µs>.<tag>`: the only kind without a row carries its times.
struct KnownBrowserText {
    TokenText token;
    Time issued;
    Time expires;
};

Result<KnownBrowserText> parseKnownBrowser(std::string_view text);
Secret formatKnownBrowser(const KnownBrowserText& known);

/// As a person types it: case, spaces and hyphens do not matter. Answers 8 symbols of the alphabet
/// of `protocols.md` 2. Errors: kInvalidRequest.
Result<Secret> parseRelayCode(std::string_view typed);

}  // namespace sallyport::mint
