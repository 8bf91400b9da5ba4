#include "app/application.h"

#include "account/notice_mail.h"
#include "app/action_policies.h"
#include "app/actions.h"
#include "app/clients.h"
#include "app/credential_options.h"
#include "app/housekeeping.h"
#include "app/outgoing_mail.h"
#include "app/process.h"
#include "app/proxy_gate.h"
#include "app/security_keys.h"
#include "http/endpoints/action_types.h"
#include "http/endpoints/actions.h"
#include "http/endpoints/client_call.h"
#include "http/endpoints/grants.h"
#include "http/endpoints/jwks.h"
#include "http/endpoints/keys.h"
#include "http/gate.h"
#include "http/operations.h"
#include "http/server.h"
#include "limit/hits.h"
#include "link/mail.h"
#include "mail/outbox.h"
#include "mail/worker.h"
#include "oauth/client_assertion.h"
#include "web/dev_outbox.h"
#include "web/pages.h"

namespace sallyport::app {
namespace {

constexpr Duration kStopPatience = std::chrono::seconds(10);
constexpr Duration kPing = std::chrono::seconds(1);

Result<std::unique_ptr<Clock>> makeClock(const Policy& policy,
                                         const Application::Options& options) {
    if (!options.test_clock.has_value()) return std::unique_ptr<Clock>(new SystemClock());
    if (!policy.allows_test_clock || !policy.listen.isLocal())
        return fail(ErrorCode::kInvalidRequest, "--test-clock is for profile dev on loopback only");
    return std::unique_ptr<Clock>(new OffsetFileClock(*options.test_clock));
}

http::Server::Options serverOptions(const Config& config, const Policy& policy) {
    http::Server::Options options;
    options.listen = policy.listen;
    options.trusted_proxies = policy.trusted_proxies;
    options.workers = static_cast<std::size_t>(config.http.workers);
    options.queue = static_cast<std::size_t>(config.http.queue);
    options.connections_per_source = static_cast<std::size_t>(config.http.connections_per_source);
    options.header_time = config.http.header_timeout;
    options.body_time = config.http.body_timeout;
    options.keep_alive_time = config.http.keep_alive;
    options.requests_per_connection = static_cast<unsigned>(config.http.requests_per_connection);
    return options;
}

http::Server::Options operationsOptions(const Policy& policy) {
    http::Server::Options options;
    options.listen = policy.operations;
    options.workers = 4;
    options.queue = 16;
    return options;
}

/// In `dev` the real port makes the URL: http://localhost:PORT.
Result<http::PublicUrl> publicUrl(const Policy& policy, std::uint16_t port) {
    if (policy.public_url) return *policy.public_url;
    if (port == 0) {
        return fail(ErrorCode::kInvalidRequest,
                    "service.public_url is missing: a unix socket has no port to make it from");
    }
    return http::PublicUrl::parse(port == 80 ? "http://localhost"
                                             : "http://localhost:" + std::to_string(port));
}

limit::Rules limitRules(const Config& config, const Policy& policy) {
    limit::Config limits;
    limits.multiplier = policy.limit_multiplier;
    if (config.mail.mails_per_hour > 0) limits.mails_per_hour = config.mail.mails_per_hour;
    return limit::makeRules(limits);
}

session::Lifetimes lifetimes(const Config& config) {
    session::Lifetimes lifetimes;
    lifetimes.pending = config.sessions.pending;
    lifetimes.inbox_idle = config.sessions.inbox_idle;
    lifetimes.inbox_absolute = config.sessions.inbox_absolute;
    lifetimes.key_idle = config.sessions.key_idle;
    lifetimes.key_absolute = config.sessions.key_absolute;
    lifetimes.parallel = config.sessions.parallel;
    return lifetimes;
}

link::Options linkOptions(const Config& config, const Policy& policy) {
    link::Options options;
    options.life = config.links.life;
    options.relay = policy.relay;
    options.create_accounts = policy.create_accounts;
    options.opens = policy.link_opens;
    options.mail_domain = mailDomain(config);
    return options;
}

Result<http::SharedSource> sharedSource(const std::string& text) {
    const auto slash = text.find('/');
    SALLYPORT_TRY(const auto network, http::IpAddress::parse(text.substr(0, slash)));
    // The whole entry was read once by the configuration: what is behind the slash is a number.
    const unsigned prefix = slash == std::string::npos
                                ? network.bits()
                                : static_cast<unsigned>(std::stoul(text.substr(slash + 1)));
    return http::SharedSource{network, prefix};
}

Result<http::SignInOptions> signInOptions(const Config& config) {
    http::SignInOptions options;
    for (const std::string& text : config.limits.shared_sources) {
        SALLYPORT_TRY(auto source, sharedSource(text));
        options.shared_sources.push_back(source);
    }
    return options;
}

}  // namespace

/// In the order of the start; destroyed in reverse.
struct Application::Parts {
    Parts(const Config& given, Policy judged, std::unique_ptr<Clock> chosen, http::PublicUrl url)
        : config(given),
          policy(std::move(judged)),
          clock(std::move(chosen)),
          log(*clock, standardErrorSink(), logLevel(config)),
          public_url(std::move(url)),
          rules(limitRules(config, policy)) {}

    Ground ground() { return {*clock, random, log, metrics}; }

    Status build(http::SignInOptions options);
    void buildSignIn();
    Status buildKeys();
    Status buildActions();
    void addEndpoints();
    Status buildMail();
    Status startServers();
    std::vector<http::Dependency> dependencies();
    std::vector<Housekeeping::Task> tasks();

    const Config config;
    const Policy policy;
    std::unique_ptr<Clock> clock;
    SystemRandom random;
    Log log;
    http::PrometheusMetrics metrics;
    const http::PublicUrl public_url;
    const limit::Rules rules;
    http::SignInOptions sign_in_options;
    oauth::Clients clients;
    std::unique_ptr<Core> core;
    std::unique_ptr<oauth::ClientAssertions> assertions;
    std::unique_ptr<session::Service> sessions;
    std::unique_ptr<link::Service> links;
    std::unique_ptr<link::SignInMail> sign_in_mail;
    std::unique_ptr<account::NoticeMail> notice_mail;
    std::unique_ptr<SecurityKeys> keys;
    std::unique_ptr<Actions> actions;
    std::unique_ptr<http::Jwks> jwks;
    std::unique_ptr<mail::Transport> transport;
    std::unique_ptr<mail::Worker> mail_worker;
    std::unique_ptr<Housekeeping> housekeeping;
    http::Router router;
    std::unique_ptr<http::Gate> gate;
    std::unique_ptr<ProxyGate> proxy_gate;
    std::unique_ptr<http::Operations> operations;
    std::unique_ptr<http::Server> operations_server;
    std::unique_ptr<http::Server> server;
};

void Application::Parts::buildSignIn() {
    const seal::IntegrityReport token_report = core->incidents().reporter("token");
    sessions = std::make_unique<session::Service>(session::Service::Parts{core->database(),
                                                                          core->mint(),
                                                                          core->sealer(),
                                                                          core->directory(),
                                                                          core->events(),
                                                                          token_report,
                                                                          *clock,
                                                                          random,
                                                                          metrics,
                                                                          log},
                                                  lifetimes(config));
    links = std::make_unique<link::Service>(link::Service::Parts{core->database(),
                                                                 core->mint(),
                                                                 core->directory(),
                                                                 *sessions,
                                                                 core->events(),
                                                                 token_report,
                                                                 rules,
                                                                 *clock,
                                                                 random,
                                                                 metrics,
                                                                 log,
                                                                 [this] { mail_worker->notify(); }},
                                            linkOptions(config, policy));
    sign_in_mail =
        std::make_unique<link::SignInMail>(link::SignInMail::Parts{core->database(),
                                                                   core->mint(),
                                                                   core->directory(),
                                                                   core->events(),
                                                                   token_report,
                                                                   *clock,
                                                                   random},
                                           link::MailOptions{public_url.origin(), policy.relay});
    notice_mail = std::make_unique<account::NoticeMail>(
        account::NoticeMail::Parts{core->database(), core->sealer(), core->directory(), *clock},
        public_url.origin());
}

Status Application::Parts::buildKeys() {
    SALLYPORT_TRY(auto options, credentialOptions(config, policy, public_url));
    const auto approved =
        [this](const session::Session& session, const ActionId& id, Deadline deadline) {
            return actions->execution().claim(id, session, deadline);
        };
    SALLYPORT_TRY(
        keys,
        SecurityKeys::build({*core, *sessions, rules, approved, ground()}, std::move(options)));
    return {};
}

Status Application::Parts::buildActions() {
    SALLYPORT_TRY(auto policies, actionPolicies(config));
    SALLYPORT_TRY(actions,
                  Actions::build({*core, *sessions, *keys, policy, ground(), public_url.origin()},
                                 std::move(policies)));
    return {};
}

Status Application::Parts::buildMail() {
    SALLYPORT_TRY(transport, openTransport(config, public_url.host()));
    mail_worker = std::make_unique<mail::Worker>(
        mail::Worker::Parts{core->database(), *transport, *clock, random, log, metrics},
        mail::Sender{"Sallyport", config.mail.from},
        std::vector<mail::Template>{sign_in_mail->asTemplate(), notice_mail->asTemplate()});
    return {};
}

std::vector<http::Dependency> Application::Parts::dependencies() {
    return {{"device",
             [this]() -> Status {
                 const hsm::Health health = core->mint().health();
                 if (health.state == hsm::Health::State::kServing) return {};
                 return fail(ErrorCode::kUnavailable, health.reason);
             }},
            {"database", [this] { return core->database().ping(Deadline::after(kPing)); }}};
}

std::vector<Housekeeping::Task> Application::Parts::tasks() {
    const auto in_transaction = [this](auto purge) {
        return [this, purge](std::int64_t batch, Deadline deadline) {
            const Time now = clock->now();
            return core->database().write(deadline,
                                          [purge, now, batch](storage::Transaction& transaction) {
                                              return purge(transaction, now, batch);
                                          });
        };
    };
    return {
        {"links",
         [this](std::int64_t batch, Deadline deadline) { return links->purge(batch, deadline); }},
        {"sessions",
         [this](std::int64_t batch, Deadline deadline) {
             return sessions->purge(batch, deadline);
         }},
        {"ceremonies",
         [this](std::int64_t batch, Deadline deadline) {
             return keys->ceremonies().purge(batch, deadline);
         }},
        {"tickets",
         [this](std::int64_t batch, Deadline deadline) {
             return keys->tickets().purge(batch, deadline);
         }},
        {"approved actions",
         [this](std::int64_t batch, Deadline deadline) {
             return actions->execution().resume(batch, deadline);
         }},
        {"expired actions",
         [this](std::int64_t batch, Deadline deadline) {
             return actions->execution().expire(batch, deadline);
         }},
        {"limits", in_transaction(limit::purge)},
        {"outbox", in_transaction(mail::purge)},
        {"notices", in_transaction(account::purgeNotices)},
        {"replays", in_transaction(oauth::purgeReplays)},
        {"grants", in_transaction(action::purgeGrants)}};
}

void Application::Parts::addEndpoints() {
    const http::SignIn sign_in{*links, *sessions, sign_in_options};
    http::addLinkEndpoints(router, sign_in);
    http::addSessionEndpoints(router, sign_in);
    const http::Keys key_endpoints{sign_in, keys->signIn(), keys->enrolment(), keys->ownKeys()};
    http::addKeySignInEndpoints(router, key_endpoints);
    http::addEnrolmentEndpoints(router, key_endpoints);
    http::addCredentialEndpoints(router, key_endpoints);
    http::addActionTypeEndpoint(router,
                                http::ActionTypes{sign_in, actions->types(), core->directory()});
    const http::ClientCalls client_calls{*assertions, clients};
    http::addActionEndpoints(router,
                             http::Actions{sign_in,
                                           actions->service(),
                                           public_url.origin(),
                                           client_calls.authorization(),
                                           [this](const std::string& id, const std::string& uri) {
                                               const oauth::Client* client = clients.find(id);
                                               return client != nullptr && client->redirectsTo(uri);
                                           }});
    http::addGrantEndpoints(
        router,
        {actions->grants(), client_calls, [sign_in](const http::Request& request, Deadline until) {
             return sign_in.session(request, until);
         }});
    jwks = std::make_unique<http::Jwks>(core->mint(), *clock);
    jwks->addTo(router);
    web::registerPages(router);
    if (policy.dev_pages && config.mail.transport == "file")
        web::registerDevOutbox(router, config.mail.directory);
}

Status Application::Parts::build(http::SignInOptions options) {
    sign_in_options = std::move(options);
    // Before the PIN is tried: a client's file that cannot be read is found out first.
    SALLYPORT_TRY(clients, clientsOf(config));
    SALLYPORT_TRY(core, Core::open(config, policy, ground()));
    core->mint().issueAs(public_url.origin());
    assertions = std::make_unique<oauth::ClientAssertions>(
        oauth::ClientAssertions::Parts{clients, core->database(), *clock, metrics, log},
        public_url.origin());
    buildSignIn();
    SALLYPORT_CHECK(buildKeys());
    SALLYPORT_CHECK(buildActions());
    SALLYPORT_CHECK(buildMail());
    housekeeping = std::make_unique<Housekeeping>(core->database(), *clock, random, log, tasks());
    addEndpoints();
    gate = std::make_unique<http::Gate>(
        http::Gate::Options{public_url,
                            http::CookiePolicy(public_url, isDev(policy)),
                            policy.trusted_proxies,
                            config.webauthn.cli_origin},
        router,
        random,
        log,
        metrics);
    if (policy.proxies_only)
        proxy_gate = std::make_unique<ProxyGate>(policy.trusted_proxies, *gate);
    operations =
        std::make_unique<http::Operations>(dependencies(), core->notices(), metrics, random);
    return {};
}

Status Application::Parts::startServers() {
    mail_worker->start();
    housekeeping->start();
    SALLYPORT_CHECK(operations_server->start(*operations, *clock, metrics));
    if (proxy_gate) return server->start(*proxy_gate, *clock, metrics);
    return server->start(*gate, *clock, metrics);
}

Application::Application(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Application::~Application() {
    // Requests end first, while everything that they need still stands.
    if (parts_->actions) parts_->actions->stopWaiting();
    if (parts_->server) parts_->server->stop(Deadline::after(kStopPatience));
    if (parts_->operations_server) parts_->operations_server->stop(Deadline::after(kStopPatience));
}

Result<std::unique_ptr<Application>> Application::start(const Config& config,
                                                        Policy policy,
                                                        const Options& options) {
    SALLYPORT_TRY(auto clock, makeClock(policy, options));
    SALLYPORT_TRY(auto sign_in_options, signInOptions(config));
    // The ports come first: in `dev` they make the public URL, and a port in use is found out
    // before the PIN is tried.
    SALLYPORT_TRY(auto server, http::Server::bind(serverOptions(config, policy)));
    SALLYPORT_TRY(auto operations_server, http::Server::bind(operationsOptions(policy)));
    SALLYPORT_TRY(auto public_url, publicUrl(policy, server->boundPort()));
    std::unique_ptr<Application> application(new Application(std::make_unique<Parts>(
        config, std::move(policy), std::move(clock), std::move(public_url))));
    Parts& parts = *application->parts_;
    hardenProcess(parts.log);
    parts.server = std::move(server);
    parts.operations_server = std::move(operations_server);
    SALLYPORT_CHECK(parts.build(std::move(sign_in_options)));
    SALLYPORT_CHECK(parts.startServers());
    for (const std::string& notice : parts.core->notices())
        parts.log.warning("service.notice", {{"text", notice}});
    return application;
}

const std::string& Application::publicOrigin() const {
    return parts_->public_url.origin();
}

const http::Router& Application::router() const {
    return parts_->router;
}

Log& Application::log() {
    return parts_->log;
}

}  // namespace sallyport::app
