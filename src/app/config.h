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
    using Texts = std::vector<std::string>;
    using TextByName = std::map<std::string, std::string>;

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
        Duration key_idle{};
        Duration key_absolute{};
        std::int64_t parallel = 0;
    };

    /// A model of security key that the attestation policy speaks of.
    struct Authenticator {
        std::string aaguid;
        std::string name;
        std::string roots;         ///< a PEM file
        std::string min_firmware;  ///< `5.7.0`; empty: any
        std::string denied;        ///< why it is refused; empty: it is not
    };

    struct Webauthn {
        std::string rp_id;  ///< empty: host of public_url
        std::vector<std::string> origins;
        bool cli_origin = true;
        std::optional<Texts> attestation;  ///< absent: as the profile says
        std::optional<bool> unlisted;      ///< likewise
        std::optional<bool> synced;        ///< likewise
        std::vector<Authenticator> authenticators;
    };

    struct Client {
        std::string id;
        std::string name;
        std::string jwks_file;  ///< empty: none
        Texts keys;             ///< JWKs
        Texts redirect_uris;
        std::string min_acr;
        std::string resource;  ///< empty: its id
    };

    struct Parameter {
        std::string name;
        std::string kind;
        std::int64_t min = 0;
        std::int64_t max = 0;
        std::int64_t scale = 0;
        Texts one_of;
        bool optional = false;
        TextByName label;  ///< by language
    };

    struct Action {
        std::string type;
        std::int64_t version = 0;
        TextByName text;  ///< by language
        std::string acr;
        Duration max_age{};
        std::int64_t approvers = 0;
        Texts approver_roles;
        bool proposer_may_approve = false;
        Duration delay{};
        Duration ttl{};
        Texts proposer_roles;
        Texts clients;
        std::string channel;   ///< empty: any
        std::string audience;  ///< empty: no grants
        std::vector<Parameter> parameters;
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
    std::vector<Client> clients;
    std::vector<Action> actions;

    std::string file;  ///< where it was read from
    /// `http.listen` or `clients[0].id` to `LINE:COLUMN`, of keys that are set, and `clients[0]` of
    /// tables that stand in a list.
    std::map<std::string, std::string> places;

    /// kInvalidRequest with `FILE:LINE:COLUMN: KEY: text`, as far as the place of the key or of its
    /// table is known.
    Error refuse(std::string_view key, std::string_view text) const;
};

/// Errors: kInvalidRequest with `FILE:LINE:COLUMN:`, what is wrong, and for an unknown name the one
/// that was probably meant.
Result<Config> parseConfig(std::string_view text, std::string_view file);

/// Errors: those of parseConfig(); kInvalidRequest if the file cannot be read, is writable by
/// everybody or larger than 256 KiB.
Result<Config> readConfig(const std::string& path);

}  // namespace sallyport::app
