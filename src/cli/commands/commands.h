#pragma once

#include "base/exit_code.h"
#include "cli/run.h"

#include <optional>
#include <string>
#include <vector>

/// One function per command of `sallyport`. Each answers the exit code, or the error that ended it;
/// its detail is for the person.
namespace sallyport::cli::commands {

/// What every command that speaks with a server or a key takes.
struct CommonOptions {
    std::optional<std::string> server;  ///< public URL; else that of the session
    std::optional<std::string> key;     ///< path of a security key; else the one that is touched
};

struct LoginOptions {
    std::optional<std::string> email;
    bool link = false;  ///< by a mailed link: no key yet
};

/// `sallyport login`: by key, or by link.
Result<ExitCode> login(const CommonOptions& common,
                       const LoginOptions& options,
                       const Surroundings& around);

/// `sallyport logout`: ends the session at the server and forgets it.
Result<ExitCode> logout(const CommonOptions& common, const Surroundings& around);

struct EnrolOptions {
    std::string label = "Security key";
    std::optional<std::string> ticket_file;
    std::optional<std::string> action;  ///< an approved `credential.add`
};

/// `sallyport enrol`: binds a key to the account.
Result<ExitCode> enrol(const CommonOptions& common,
                       const EnrolOptions& options,
                       const Surroundings& around);

struct ProposeOptions {
    std::string type;
    std::vector<std::string> parameters;  ///< `name=text` or `name:=JSON`
    std::optional<std::string> resource;
    std::optional<std::string> subject;
    bool wait = false;  ///< until it is decided
};

/// `sallyport propose`: kRefused if it was waited for and denied.
Result<ExitCode> propose(const CommonOptions& common,
                         const ProposeOptions& options,
                         const Surroundings& around);

/// `sallyport actions`: those that wait for this person, or one of them.
Result<ExitCode> actions(const CommonOptions& common,
                         const std::optional<std::string>& id,
                         const Surroundings& around);

/// `sallyport approve`: shows what will happen, makes sure that the touch commits to exactly that,
/// asks for the touch.
Result<ExitCode> approve(const CommonOptions& common,
                         const std::string& id,
                         const Surroundings& around);

/// `sallyport deny`: no key is needed.
Result<ExitCode> deny(const CommonOptions& common,
                      const std::string& id,
                      const Surroundings& around);

/// `sallyport key info`.
Result<ExitCode> keyInfo(const CommonOptions& common, const Surroundings& around);

enum class PinChange { kSet, kChange };

/// `sallyport key set-pin`, `sallyport key change-pin`.
Result<ExitCode> changePin(const CommonOptions& common,
                           PinChange change,
                           const Surroundings& around);

/// `sallyport evidence get`: the bundle of an action, as it is verified.
Result<ExitCode> getEvidence(const CommonOptions& common,
                             const std::string& id,
                             const Surroundings& around);

/// `sallyport evidence verify`: kRefused for evidence that does not hold.
Result<ExitCode> verifyEvidence(const std::string& file, const Surroundings& around);

/// `sallyport webauthn check`; `-` is standard input. kRefused for a response that the verifiers
/// refuse.
Result<ExitCode> checkWebAuthn(const std::string& file, const Surroundings& around);

}  // namespace sallyport::cli::commands
