#include "storage/migrations.h"

#include <array>

namespace sallyport::storage {
namespace {

// Times are microseconds UTC; ids 16 random bytes. Sealed tables end in version, seal_gen, seal;
// token tables carry gen and check_value. Classes of the columns: the table declarations in the
// rooms, held against this text by a test.
constexpr std::string_view kFirst = R"sql(
CREATE TABLE installation (
    id INTEGER PRIMARY KEY,
    ring TEXT NOT NULL,
    profile TEXT NOT NULL,
    bootstrap TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    seal_gen INTEGER NOT NULL,
    seal BLOB NOT NULL
) STRICT;
CREATE TABLE key_states (
    id BLOB PRIMARY KEY,
    purpose TEXT NOT NULL,
    generation INTEGER NOT NULL,
    algorithm TEXT NOT NULL,
    state TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    seal_gen INTEGER NOT NULL,
    seal BLOB NOT NULL,
    UNIQUE (purpose, generation)
) STRICT;
CREATE TABLE accounts (
    id BLOB PRIMARY KEY,
    kind TEXT NOT NULL,
    pii_part BLOB,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    seal_gen INTEGER NOT NULL,
    seal BLOB NOT NULL
) STRICT;
CREATE TABLE authorities (
    account_id BLOB PRIMARY KEY,
    status TEXT NOT NULL,
    roles TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    person_id BLOB,
    addresses_digest BLOB NOT NULL,
    credentials_digest BLOB NOT NULL,
    version INTEGER NOT NULL,
    seal_gen INTEGER NOT NULL,
    seal BLOB NOT NULL
) STRICT;
CREATE TABLE addresses (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL,
    lookup_gen INTEGER NOT NULL,
    lookup BLOB NOT NULL,
    cipher_gen INTEGER NOT NULL,
    cipher BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    seal_gen INTEGER NOT NULL,
    seal BLOB NOT NULL,
    UNIQUE (lookup_gen, lookup)
) STRICT;
CREATE INDEX addresses_by_account ON addresses (account_id);
CREATE TABLE links (
    id BLOB PRIMARY KEY,
    gen INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    account_id BLOB,
    address_id BLOB,
    binding BLOB NOT NULL,
    request_id BLOB,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    check_value BLOB NOT NULL,
    consumed_at INTEGER,
    revoked_at INTEGER,
    replaced_by BLOB,
    attempts INTEGER NOT NULL,
    disown_attempts INTEGER NOT NULL,
    mails INTEGER NOT NULL,
    asks INTEGER NOT NULL,
    asked_at INTEGER NOT NULL,
    tag TEXT NOT NULL,
    source BLOB NOT NULL,
    known INTEGER NOT NULL,
    mailbox BLOB NOT NULL,
    language TEXT NOT NULL,
    browser TEXT NOT NULL
) STRICT;
CREATE INDEX links_by_binding ON links (binding);
CREATE INDEX links_by_account ON links (account_id, expires_at);
CREATE INDEX links_by_expiry ON links (expires_at);
CREATE TABLE sessions (
    id BLOB PRIMARY KEY,
    gen INTEGER NOT NULL,
    account_id BLOB NOT NULL,
    account_epoch INTEGER NOT NULL,
    kind TEXT NOT NULL,
    acr TEXT NOT NULL,
    amr TEXT NOT NULL,
    auth_time INTEGER NOT NULL,
    credential_id BLOB,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    predecessor BLOB,
    check_value BLOB NOT NULL,
    last_seen_at INTEGER NOT NULL,
    revoked_at INTEGER,
    replaced_by BLOB,
    browser TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_by_account ON sessions (account_id, expires_at);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE TABLE outbox (
    id BLOB PRIMARY KEY,
    template TEXT NOT NULL,
    subject_id BLOB NOT NULL,
    language TEXT NOT NULL,
    message_id TEXT NOT NULL,
    date INTEGER NOT NULL,
    boundary TEXT NOT NULL,
    void INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    lease_owner BLOB,
    lease_until INTEGER,
    attempts INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    done_at INTEGER,
    outcome TEXT
) STRICT;
CREATE INDEX outbox_waiting ON outbox (done_at, next_at);
CREATE TABLE limit_hits (
    id BLOB PRIMARY KEY,
    rule TEXT NOT NULL,
    bucket BLOB NOT NULL,
    source BLOB NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX limit_hits_by_bucket ON limit_hits (rule, bucket, at);
CREATE INDEX limit_hits_by_time ON limit_hits (at);
CREATE TABLE limit_salts (
    day INTEGER PRIMARY KEY,
    salt BLOB NOT NULL
) STRICT;
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    owner BLOB NOT NULL,
    fence INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE TABLE events (
    id BLOB PRIMARY KEY,
    at INTEGER NOT NULL,
    entry TEXT NOT NULL,
    leaf BLOB NOT NULL,
    log_index INTEGER UNIQUE
) STRICT;
CREATE TABLE event_payloads (
    event_id BLOB PRIMARY KEY,
    salt BLOB NOT NULL,
    payload TEXT NOT NULL
) STRICT;
CREATE TABLE incidents (
    id BLOB PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    table_name TEXT NOT NULL,
    row_key BLOB NOT NULL,
    event_id BLOB NOT NULL,
    version INTEGER NOT NULL,
    seal_gen INTEGER NOT NULL,
    seal BLOB NOT NULL
) STRICT;
CREATE INDEX incidents_by_row ON incidents (table_name, row_key);
)sql";

// Security keys, actions and grants.
constexpr std::string_view kSecond = R"sql(
ALTER TABLE sessions ADD COLUMN refused_at INTEGER;
CREATE TABLE credentials (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL,
    webauthn_id BLOB NOT NULL UNIQUE,
    public_key BLOB NOT NULL,
    algorithm TEXT NOT NULL,
    aaguid BLOB NOT NULL,
    attestation TEXT NOT NULL,
    backup_eligible INTEGER NOT NULL,
    transports TEXT NOT NULL,
    label TEXT NOT NULL,
    status TEXT NOT NULL,
    channel TEXT NOT NULL,
    authorized_by BLOB,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    seal_gen INTEGER NOT NULL,
    seal BLOB NOT NULL
) STRICT;
CREATE INDEX credentials_by_account ON credentials (account_id);
CREATE TABLE credential_counters (
    credential_id BLOB PRIMARY KEY,
    sign_count INTEGER NOT NULL,
    backed_up INTEGER NOT NULL,
    last_used_at INTEGER,
    version INTEGER NOT NULL,
    seal_gen INTEGER NOT NULL,
    seal BLOB NOT NULL
) STRICT;
CREATE TABLE attestations (
    credential_id BLOB PRIMARY KEY,
    attestation_object BLOB NOT NULL,
    client_data_json BLOB NOT NULL,
    version INTEGER NOT NULL,
    seal_gen INTEGER NOT NULL,
    seal BLOB NOT NULL
) STRICT;
CREATE TABLE tickets (
    id BLOB PRIMARY KEY,
    gen INTEGER NOT NULL,
    account_id BLOB NOT NULL,
    action_id BLOB,
    policy_digest BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    check_value BLOB NOT NULL,
    consumed_at INTEGER,
    revoked_at INTEGER
) STRICT;
CREATE INDEX tickets_by_account ON tickets (account_id, expires_at);
CREATE INDEX tickets_by_expiry ON tickets (expires_at);
CREATE TABLE ceremonies (
    id BLOB PRIMARY KEY,
    purpose TEXT NOT NULL,
    nonce BLOB NOT NULL,
    account_id BLOB,
    session_id BLOB,
    binding BLOB,
    channel TEXT NOT NULL,
    authority_kind TEXT,
    authorized_by BLOB,
    policy_digest BLOB,
    label TEXT,
    listed BLOB,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    seal_gen INTEGER NOT NULL,
    seal BLOB NOT NULL
) STRICT;
CREATE INDEX ceremonies_by_expiry ON ceremonies (expires_at);
CREATE TABLE actions (
    id BLOB PRIMARY KEY,
    type TEXT NOT NULL,
    schema_version INTEGER NOT NULL,
    parameters TEXT NOT NULL,
    resource TEXT,
    subject TEXT,
    proposer_id BLOB,
    proposer_session BLOB,
    client TEXT,
    policy_digest BLOB NOT NULL,
    digest BLOB NOT NULL,
    state TEXT NOT NULL,
    required INTEGER NOT NULL,
    redirect_uri TEXT,
    client_state TEXT,
    created_at INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    settled_at INTEGER,
    result TEXT,
    version INTEGER NOT NULL,
    seal_gen INTEGER NOT NULL,
    seal BLOB NOT NULL
) STRICT;
CREATE INDEX actions_by_proposer ON actions (proposer_id, created_at);
CREATE INDEX actions_by_state ON actions (state, expires_at);
CREATE TABLE approval_challenges (
    id BLOB PRIMARY KEY,
    action_id BLOB NOT NULL,
    account_id BLOB NOT NULL,
    session_id BLOB NOT NULL,
    nonce BLOB NOT NULL,
    locale TEXT NOT NULL,
    template_version INTEGER NOT NULL,
    text_hash BLOB NOT NULL,
    channel TEXT NOT NULL,
    acr TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    seal_gen INTEGER NOT NULL,
    seal BLOB NOT NULL
) STRICT;
CREATE INDEX approval_challenges_by_action ON approval_challenges (action_id, account_id);
CREATE INDEX approval_challenges_by_expiry ON approval_challenges (expires_at);
CREATE TABLE approvals (
    id BLOB PRIMARY KEY,
    action_id BLOB NOT NULL,
    account_id BLOB NOT NULL,
    account_epoch INTEGER NOT NULL,
    person_id BLOB,
    credential_id BLOB NOT NULL,
    session_hash BLOB NOT NULL,
    nonce BLOB NOT NULL,
    locale TEXT NOT NULL,
    template_version INTEGER NOT NULL,
    text TEXT NOT NULL,
    channel TEXT NOT NULL,
    acr TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    client_data_json BLOB NOT NULL,
    authenticator_data BLOB NOT NULL,
    signature BLOB NOT NULL,
    evidence_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    seal_gen INTEGER NOT NULL,
    seal BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX approvals_once ON approvals (action_id, account_id);
CREATE TABLE evidence (
    id BLOB PRIMARY KEY,
    action_id BLOB NOT NULL,
    event_id BLOB NOT NULL,
    document TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX evidence_by_action ON evidence (action_id);
CREATE TABLE grants (
    id BLOB PRIMARY KEY,
    action_id BLOB NOT NULL UNIQUE,
    audience TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    redeemed_at INTEGER,
    idempotency_hash BLOB,
    version INTEGER NOT NULL,
    seal_gen INTEGER NOT NULL,
    seal BLOB NOT NULL
) STRICT;
CREATE TABLE replays (
    id BLOB PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX replays_by_expiry ON replays (expires_at);
ALTER TABLE sessions ADD COLUMN channel TEXT NOT NULL DEFAULT 'browser';
)sql";

// What the holder of an account is told by mail.
constexpr std::string_view kThird = R"sql(
CREATE TABLE notices (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    label TEXT NOT NULL,
    happened_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    seal_gen INTEGER NOT NULL,
    seal BLOB NOT NULL
) STRICT;
CREATE INDEX notices_by_time ON notices (happened_at);
)sql";

constexpr std::array<Migration, 3> kMigrations = {{{1, kFirst}, {2, kSecond}, {3, kThird}}};

}  // namespace

std::span<const Migration> migrations() {
    return kMigrations;
}

}  // namespace sallyport::storage
