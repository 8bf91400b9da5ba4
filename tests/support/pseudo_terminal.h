#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>

#include <map>
#include <string>
#include <vector>

namespace sallyport::test {

/// A program at a terminal, and the person in front of it.
class PseudoTerminal {
  public:
    PseudoTerminal(std::vector<std::string> command,
                   const std::map<std::string, std::string>& environment) {
        std::vector<char*> arguments;
        for (std::string& word : command) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        if (::openpty(&master_, &slave_, nullptr, nullptr, nullptr) != 0) {
            ADD_FAILURE() << "no pseudo-terminal";
            return;
        }
        pid_ = ::fork();
        if (pid_ == 0) {
            for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
            ::close(master_);
            ::login_tty(slave_);
            ::execv(arguments[0], arguments.data());
            ::_exit(127);
        }
    }

    PseudoTerminal(const PseudoTerminal&) = delete;
    PseudoTerminal& operator=(const PseudoTerminal&) = delete;

    ~PseudoTerminal() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        ::close(master_);
        ::close(slave_);
    }

    /// Until `text` stands on the screen behind what was awaited before; false after `patience`.
    bool shows(const std::string& text, std::chrono::seconds patience = std::chrono::seconds(30)) {
        const auto give_up = std::chrono::steady_clock::now() + patience;
        while (true) {
            const std::size_t found = screen_.find(text, read_);
            if (found != std::string::npos) {
                read_ = found + text.size();
                return true;
            }
            if (std::chrono::steady_clock::now() > give_up) return false;
            if (!look() && !running()) {
                while (look()) {
                }
                if (screen_.find(text, read_) == std::string::npos) return false;
            }
        }
    }

    void type(const std::string& keys) const {
        EXPECT_EQ(::write(master_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
    }

    void signal(int number) const { ::kill(pid_, number); }

    /// Whether what is typed can be seen.
    bool echoes() const {
        termios mode{};
        EXPECT_EQ(::tcgetattr(slave_, &mode), 0);
        return (mode.c_lflag & ECHO) != 0;
    }

    /// The exit code, 128 + signal, or -1 if it does not end.
    int finish(std::chrono::seconds patience = std::chrono::seconds(30)) {
        const auto give_up = std::chrono::steady_clock::now() + patience;
        while (running()) {
            if (std::chrono::steady_clock::now() > give_up) return -1;
            look();
        }
        while (look()) {
        }
        return code_;
    }

    /// Everything so far.
    const std::string& screen() const { return screen_; }

  private:
    bool running() {
        if (pid_ <= 0) return false;
        int status = 0;
        if (::waitpid(pid_, &status, WNOHANG) != pid_) return true;
        pid_ = -1;
        code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        return false;
    }

    /// Takes what is there within 20 ms.
    bool look() {
        pollfd waiting{master_, POLLIN, 0};
        if (::poll(&waiting, 1, 20) <= 0) return false;
        char chunk[4096];
        const ssize_t got = ::read(master_, chunk, sizeof(chunk));
        if (got <= 0) return false;
        screen_.append(chunk, static_cast<std::size_t>(got));
        return true;
    }

    int master_ = -1;
    int slave_ = -1;
    pid_t pid_ = -1;
    int code_ = -1;
    std::string screen_;
    std::size_t read_ = 0;
};

}  // namespace sallyport::test
