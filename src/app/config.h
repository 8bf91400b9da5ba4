#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::app {

/// What stands in the configuration file, with defaults; members are named as their keys. Every
/// value kept its own rules (config_schema.cc); what they mean together is `profile.h`.
struct Config {
    struct Service {
        std::string profile;
        std::string public_url;  ///< empty in `dev`: from the listener
        std::string state_dir;
    };

    struct Http {
        std::string listen;
        std::string operations;
        std::vector<std::string> trusted_proxies;
        std::int64_t workers = 0;
        std::int64_t queue = 0;
        std::int64_t connections_per_source = 0;
        std::int64_t requests_per_connection = 0;
        Duration header_timeout{};
        Duration body_timeout{};
        Duration keep_alive{};
    };

    struct Hsm {
        std::string module;
        std::string token_label;
        std::string ring;
        std::string pin_file;
        std::int64_t lanes = 0;
        std::int64_t queue = 0;
        Duration deadline{};
        bool allow_soft_token = false;
        std::string softhsm_conf;  ///< empty: not set
    };

    struct Storage {
        std::string path;
    };

    struct Mail {
        std::string transport;
        std::string from;
        std::string directory;
        std::string host;
        std::int64_t port = 0;
        bool starttls = true;
        std::string user;
        std::string password_file;
        std::string ca_file;
        std::int64_t mails_per_hour = 0;  ///< 0: no limit
    };

    struct Links {
        Duration life{};
        std::optional<bool> relay;            ///< absent: as the profile says
        std::optional<bool> create_accounts;  ///< likewise
    };

    struct Sessions {
        Duration pending{};
        Duration inbox_idle{};
        Duration inbox_absolute{};
        std::int64_t parallel = 0;
    };

    struct Webauthn {
        std::string rp_id;  ///< empty: host of public_url
        std::vector<std::string> origins;
        bool cli_origin = true;
    };

    struct LogSection {
        std::string level;
    };

    struct Limits {
        std::vector<std::string> shared_sources;
    };

    Service service;
    Http http;
    Hsm hsm;
    Storage storage;
    Mail mail;
    Links links;
    Sessions sessions;
    Webauthn webauthn;
    LogSection log;
    Limits limits;

    std::string file;                           ///< where it was read from
    std::map<std::string, std::string> places;  ///< key path to `LINE:COLUMN`, of keys that are set

    /// kInvalidRequest with `FILE:LINE:COLUMN: KEY: text`, as far as the place is known.
    Error refuse(std::string_view key, std::string_view text) const;
};

/// Errors: kInvalidRequest with `FILE:LINE:COLUMN:`, what is wrong, and for an unknown name the one
/// that was probably meant.
Result<Config> parseConfig(std::string_view text, std::string_view file);

/// Errors: those of parseConfig(); kInvalidRequest if the file cannot be read, is writable by
/// everybody or larger than 256 KiB.
Result<Config> readConfig(const std::string& path);

}  // namespace sallyport::app
