#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include <optional>
#include <string>
#include <vector>

namespace sallyport::test {

/// A program started by fork and exec, whose standard output can be read. Killed at the end.
class ChildProcess {
  public:
    explicit ChildProcess(std::vector<std::string> command) {
        std::vector<char*> arguments;
        for (std::string& word : command) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        int ends[2] = {-1, -1};
        if (::pipe2(ends, O_CLOEXEC) != 0) return;
        pid_ = ::fork();
        if (pid_ == 0) {
            ::dup2(ends[1], STDOUT_FILENO);
            ::execvp(arguments[0], arguments.data());
            ::_exit(127);
        }
        ::close(ends[1]);
        output_ = ::fdopen(ends[0], "r");
    }

    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    ~ChildProcess() {
        if (running()) {
            kill(SIGKILL);
            wait();
        }
        if (output_ != nullptr) std::fclose(output_);
    }

    bool running() const { return pid_ > 0; }

    void kill(int signal) const {
        if (running()) ::kill(pid_, signal);
    }

    /// The wait status.
    int wait() {
        int status = -1;
        if (running()) ::waitpid(pid_, &status, 0);
        pid_ = -1;
        return status;
    }

    /// A whole line without its end; none at the end of the output.
    std::optional<std::string> line() {
        std::string text;
        for (int c = std::fgetc(output_); c != EOF; c = std::fgetc(output_)) {
            if (c == '\n') return text;
            text += static_cast<char>(c);
        }
        return std::nullopt;
    }

  private:
    pid_t pid_ = -1;
    std::FILE* output_ = nullptr;
};

/// Runs `command` to its end. Its standard output, or nothing if it failed.
inline std::optional<std::string> outputOf(std::vector<std::string> command) {
    ChildProcess process(std::move(command));
    std::string text;
    while (auto line = process.line()) text += *line + "\n";
    return process.wait() == 0 ? std::optional(text) : std::nullopt;
}

}  // namespace sallyport::test
