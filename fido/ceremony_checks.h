#pragma once

#include "base/bytes.h"
#include "fido/authenticator_data.h"
#include "fido/client_data.h"
#include "fido/refusal.h"

#include <string>
#include <vector>

/// The steps that WebAuthn L3 7.1 and 7.2 share.
namespace sallyport::fido {

/// 7.1 step 7, 7.2 step 10. Refuses with `wrong_type`.
Verdict checkType(const ClientData& client_data, std::string_view expected);

/// 7.1 step 8, 7.2 step 11: in constant time. Refuses with `wrong_challenge`.
Verdict checkChallenge(const ClientData& client_data, ByteView expected);

/// 7.1 step 9, 7.2 step 12: byte for byte one of `origins`. Refuses with `wrong_origin`.
Verdict checkOrigin(const ClientData& client_data, const std::vector<std::string>& origins);

/// 7.1 steps 10 and 11, 7.2 steps 13 and 14: never inside another site's page. Refuses with
/// `cross_origin`.
Verdict checkEmbedding(const ClientData& client_data);

/// 7.1 step 14, 7.2 step 15. Refuses with `wrong_rp_id`.
Verdict checkRpId(const AuthenticatorData& data, std::string_view rp_id);

/// 7.1 step 15, 7.2 step 16. Refuses with `user_not_present`.
Verdict checkUserPresent(const AuthenticatorData& data);

/// 7.1 step 16, 7.2 step 17. Refuses with `user_not_verified`.
Verdict checkUserVerified(const AuthenticatorData& data, UserVerification wanted);

/// 7.1 step 17, 7.2 step 18: what cannot be backed up is not. Refuses with `backup_flags`.
Verdict checkBackupState(const AuthenticatorData& data);

/// Keeps what a parser answered, or refuses with `code`.
template <class T>
Verdict keep(Result<T> parsed, std::optional<T>& place, const char* code) {
    if (!parsed.has_value()) return refuse(code, std::move(parsed).error().detail);
    place = *std::move(parsed);
    return {};
}

/// One step of a procedure: where the specification asks for it, and what does it.
template <class Procedure>
struct Step {
    const char* name;
    Verdict (Procedure::*check)();
};

/// What the first step says that refuses, under its name; empty if none does.
template <class Procedure>
Verdict firstRefusal(Procedure& procedure, const std::vector<Step<Procedure>>& steps) {
    for (const Step<Procedure>& step : steps) {
        if (Verdict refused = (procedure.*step.check)()) {
            refused->step = step.name;
            return refused;
        }
    }
    return {};
}

}  // namespace sallyport::fido
