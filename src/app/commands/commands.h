#pragma once

#include "app/output.h"

#include <cstdint>

#include <optional>
#include <string>
#include <vector>

/// The commands of `sallyportd` (`protocols.md` 10). An error's detail is a sentence for the
/// operator; its code gives the exit code.
namespace sallyport::app::commands {

struct ServeOptions {
    std::string config;
    std::optional<std::uint16_t> port;      ///< profile dev only
    std::optional<std::string> test_clock;  ///< profile dev only
};

/// Serves until SIGTERM or SIGINT.
Status serve(const ServeOptions& options, const Output& output);

struct InitOptions {
    std::string state;    ///< a directory; made if it is missing
    std::string profile;  ///< empty: asked for on a terminal
    std::string config;   ///< empty: sallyport.toml in `state`
    std::vector<std::string> operators;
    bool dev_token = false;
};

/// Makes configuration, token (if asked to), keys, schema and the first accounts. Everything that
/// others rely on is one transaction at the end, so that one that failed can be repeated. Errors:
/// kConflict if it was done before.
Status init(const InitOptions& options, const Output& output);

struct DoctorOptions {
    std::string config;
    bool seals = false;  ///< verify every sealed row
};

/// Checks everything and changes nothing. Errors: kInternal if a check failed.
Status doctor(const DoctorOptions& options, const Output& output);

struct AccountOptions {
    std::string config;
    std::string address;
    std::vector<std::string> roles;  ///< of add
};

/// All only while bootstrap is open; else kForbidden.
Status addAccount(const AccountOptions& options, const Output& output);
Status freezeAccount(const AccountOptions& options, const Output& output);

/// Another enrolment ticket for an account, shown once. Errors: kNotFound.
Status issueTicket(const AccountOptions& options, const Output& output);

}  // namespace sallyport::app::commands
