#include "session/assurance.h"

#include <algorithm>
#include <array>

namespace sallyport::session {
namespace {

constexpr std::array kOrder = {
    kAcrMailbox, kAcrKey, kAcrPhishingResistant, kAcrPhishingResistantHardware};

}  // namespace

Assurance assuranceOfLink() {
    return {std::string(kAcrMailbox), {std::string(kAmrEmailLink)}};
}

Assurance assuranceOf(bool user_verified, bool hardware) {
    // UP is on in every assertion (WebAuthn L3 7.2 step 17), and possession is its signature.
    Assurance assurance{std::string(kAcrKey), {"pop", "user"}};
    if (hardware) assurance.amr.emplace("hwk");
    if (!user_verified) return assurance;
    assurance.amr.emplace("mfa");
    assurance.acr = hardware ? kAcrPhishingResistantHardware : kAcrPhishingResistant;
    return assurance;
}

bool meets(std::string_view acr, std::string_view wanted) {
    const auto* const has = std::find(kOrder.begin(), kOrder.end(), acr);
    const auto* const needs = std::find(kOrder.begin(), kOrder.end(), wanted);
    if (has == kOrder.end() || needs == kOrder.end()) return acr == wanted;
    return has >= needs;
}

}  // namespace sallyport::session
