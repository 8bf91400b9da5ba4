#pragma once

#include "tests/journey/support/received_mail.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

#include <chrono>

#include <memory>
#include <string>
#include <vector>

namespace sallyport::test {

/// What a finished command left.
struct Finished {
    int exit_code;  ///< 128 + signal if it was killed
    std::string out;
    std::string err;
};

/// Runs the real `sallyportd` to its end.
Finished sallyportd(std::vector<std::string> arguments);

/// A folder in which `sallyportd init` ran: SoftHSM token, database, configuration with a free
/// port. Provisioned once per test binary and profile, then copied. In `standard` and `regulated`
/// the public URL is https://login.example.org.
class Installation {
  public:
    static constexpr std::string_view kOperator = "operator@example.test";

    explicit Installation(std::string_view profile = "dev");

    std::string path(const std::string& name) const { return folder_.file(name); }

    std::string configPath() const { return path("sallyport.toml"); }

    std::string config() const;
    void setConfig(const std::string& text) const;

    /// Replaces a text that must be there once, or adds a line below `[table]`.
    void replaceInConfig(const std::string& from, const std::string& to) const;
    void addToConfig(const std::string& table, const std::string& line) const;

    /// `sallyportd ARGUMENTS --config …` with this folder.
    Finished run(std::vector<std::string> arguments) const;

    /// The value of SOFTHSM2_CONF and the user PIN, for tools that look at the token.
    std::string softHsmConf() const { return path("softhsm2.conf"); }

    std::string pin() const;

    /// The mails with a link that the `file` transport wrote, oldest first.
    std::vector<ReceivedMail> mails() const;

    /// Those without one: what the holder of an account is told. Waits until there are `count`;
    /// fails the test after 20 seconds.
    std::vector<ReceivedMail> awaitNotices(std::size_t count) const;

    /// Waits until there are `count`; fails the test after 20 seconds.
    std::vector<ReceivedMail> awaitMails(std::size_t count) const;

    /// The last of awaitMails(count).
    ReceivedMail awaitMail(std::size_t count = 1) const { return awaitMails(count).back(); }

    std::uint16_t port() const { return port_; }

    std::uint16_t operationsPort() const { return operations_port_; }

  private:
    std::vector<ReceivedMail> written(bool with_link) const;

    TemporaryDirectory folder_;
    std::uint16_t port_;
    std::uint16_t operations_port_;
};

/// `sallyportd serve` on an installation, with a clock that the test moves (profile dev). Stopped
/// by SIGTERM at the end.
class Daemon {
  public:
    /// Returns when it said `ready:`; throws with its standard error otherwise.
    explicit Daemon(const Installation& installation);
    ~Daemon();
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    const Installation& installation() const { return installation_; }

    /// What it printed as ready: the public origin.
    const std::string& origin() const { return origin_; }

    /// SIGTERM, and how it ended (0: clean).
    int stop();

    /// SIGKILL.
    void kill();

    /// Again after stop() or kill().
    void start();

    /// From now on its time is so much later (profile dev).
    void advanceClock(std::chrono::seconds by);

    /// Everything that it logged.
    std::string log() const;

    pid_t pid() const { return pid_; }

  private:
    const Installation& installation_;
    std::string origin_;
    pid_t pid_ = -1;
    std::chrono::seconds offset_{0};
};

/// A port that nobody listens on just now.
std::uint16_t freePort();

}  // namespace sallyport::test
