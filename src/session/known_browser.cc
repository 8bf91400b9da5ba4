#include "session/known_browser.h"

#include "mint/token_text.h"

namespace sallyport::session {

KnownBrowser KnownBrowser::draft(AccountId account, Random& random, Time now) {
    return {TokenId::random(random), account, now, now + kKnownBrowserLife};
}

mint::Request KnownBrowser::request() const {
    return mint::MintToken{id, mint::KnownBrowserFields{account, issued, expires}};
}

Result<Secret> KnownBrowser::cookie(mint::MintedToken minted) const {
    if (!minted.tag.has_value()) return fail(ErrorCode::kInternal, "a cookie without a tag");
    return mint::formatKnownBrowser(
        {{minted.generation, id, std::move(*minted.tag)}, issued, expires});
}

}  // namespace sallyport::session
