#include "tests/journey/support/daemon.h"

#include "tests/support/certificates.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace sallyport::test {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kPatience{60};

std::string readAll(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

void writeAll(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

/// Starts `sallyportd` with its standard output and error in files.
pid_t spawn(std::vector<std::string> arguments, const std::string& out, const std::string& err) {
    arguments.insert(arguments.begin(), SALLYPORTD);
    std::vector<char*> words;
    for (std::string& word : arguments) words.push_back(word.data());
    words.push_back(nullptr);
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    const int out_file = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int err_file = ::open(err.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    const int null = ::open("/dev/null", O_RDONLY);
    ::dup2(null, STDIN_FILENO);
    ::dup2(out_file, STDOUT_FILENO);
    ::dup2(err_file, STDERR_FILENO);
    ::execv(words[0], words.data());
    ::_exit(127);
}

int exitCodeOf(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Polls until `done()`, for at most kPatience.
template <class Done>
bool await(Done done) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!done()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

std::string replaceAll(std::string text, const std::string& from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

/// One provisioned folder per profile for the whole test binary.
const TemporaryDirectory& provisioned(const std::string& profile) {
    static std::map<std::string, TemporaryDirectory> folders;
    const auto found = folders.find(profile);
    if (found != folders.end()) return found->second;
    const TemporaryDirectory& folder = folders[profile];
    const auto init = [&] {
        return sallyportd({"init",
                           "--state",
                           folder.path().string(),
                           "--profile",
                           profile,
                           "--dev-token",
                           "--operator",
                           std::string(Installation::kOperator)});
    };
    Finished done = init();
    if (profile == "regulated" && done.exit_code != 0) {
        // It wrote the configuration and asks for the file that the example names: a maker's roots.
        const Certificates roots;
        fs::copy_file(roots.caFile(), folder.file("roots.pem"));
        const std::string config = folder.file("sallyport.toml");
        writeAll(
            config,
            replaceAll(
                readAll(config), "/etc/sallyport/yubico-fido-roots.pem", folder.file("roots.pem")));
        done = init();
    }
    if (done.exit_code != 0) throw std::runtime_error("init failed: " + done.err);
    return folder;
}

}  // namespace

Finished sallyportd(std::vector<std::string> arguments) {
    const TemporaryDirectory folder;
    const std::string out = folder.file("out");
    const std::string err = folder.file("err");
    const pid_t pid = spawn(std::move(arguments), out, err);
    int status = 0;
    if (!await([&] { return ::waitpid(pid, &status, WNOHANG) == pid; })) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, &status, 0);
    }
    return {exitCodeOf(status), readAll(out), readAll(err)};
}

std::uint16_t freePort() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener, generic, size) != 0 || ::getsockname(listener, generic, &size) != 0)
        throw std::runtime_error("no free port");
    ::close(listener);
    return ntohs(address.sin_port);
}

Installation::Installation(std::string_view profile)
    : port_(freePort()), operations_port_(freePort()) {
    const fs::path& source = provisioned(std::string(profile)).path();
    fs::copy(
        source, folder_.path(), fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    for (const std::string name : {"sallyport.toml", "softhsm2.conf"})
        writeAll(path(name),
                 replaceAll(readAll(path(name)), source.string(), folder_.path().string()));
    const std::string local = "127.0.0.1:";
    if (profile != "regulated") replaceInConfig(local + "8080", local + std::to_string(port_));
    if (profile == "dev") replaceInConfig("operations = \"127.0.0.1:0\"\n", "");
    addToConfig("http", "operations = \"" + local + std::to_string(operations_port_) + "\"");
}

std::string Installation::config() const {
    return readAll(configPath());
}

void Installation::setConfig(const std::string& text) const {
    writeAll(configPath(), text);
}

void Installation::replaceInConfig(const std::string& from, const std::string& to) const {
    std::string text = config();
    const auto at = text.find(from);
    if (at == std::string::npos) throw std::runtime_error("not in the configuration: " + from);
    setConfig(text.replace(at, from.size(), to));
}

void Installation::addToConfig(const std::string& table, const std::string& line) const {
    const std::string head = "[" + table + "]\n";
    if (config().find(head) == std::string::npos)
        setConfig(config() + "\n" + head + line + "\n");
    else
        replaceInConfig(head, head + line + "\n");
}

Finished Installation::run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--config", configPath()});
    return sallyportd(std::move(arguments));
}

std::string Installation::pin() const {
    return readAll(path("pin"));
}

std::vector<ReceivedMail> Installation::written(bool with_link) const {
    std::vector<std::pair<fs::file_time_type, std::string>> files;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(path("outbox"), ignored)) {
        if (entry.path().extension() == ".eml")
            files.emplace_back(entry.last_write_time(), entry.path().string());
    }
    std::sort(files.begin(), files.end());
    std::vector<ReceivedMail> mails;
    for (const auto& file : files) {
        ReceivedMail mail = readMail(file.second);
        if (mail.link.empty() != with_link) mails.push_back(std::move(mail));
    }
    return mails;
}

std::vector<ReceivedMail> Installation::mails() const {
    return written(true);
}

std::vector<ReceivedMail> Installation::awaitNotices(std::size_t count) const {
    std::vector<ReceivedMail> found;
    const bool came = await([&] {
        found = written(false);
        return found.size() >= count;
    });
    if (!came)
        throw std::runtime_error("waited for " + std::to_string(count) + " notices, found " +
                                 std::to_string(found.size()));
    return found;
}

std::vector<ReceivedMail> Installation::awaitMails(std::size_t count) const {
    std::vector<ReceivedMail> found;
    const bool came = await([&] {
        found = mails();
        return found.size() >= count;
    });
    if (!came)
        throw std::runtime_error("waited for " + std::to_string(count) + " mails, found " +
                                 std::to_string(found.size()));
    return found;
}

Daemon::Daemon(const Installation& installation) : installation_(installation) {
    start();
}

Daemon::~Daemon() {
    if (pid_ > 0) stop();
}

void Daemon::start() {
    const std::string out = installation_.path("serve.out");
    fs::remove(out);  // of the start before
    std::vector<std::string> arguments{"serve", "--config", installation_.configPath()};
    if (installation_.config().find("profile = \"dev\"") != std::string::npos) {
        arguments.insert(arguments.end(), {"--test-clock", installation_.path("clock")});
    }
    pid_ = spawn(std::move(arguments), out, installation_.path("serve.log"));
    constexpr std::string_view kReady = "ready: ";
    int status = 0;
    bool ended = false;
    const bool ready = await([&] {
        ended = ::waitpid(pid_, &status, WNOHANG) == pid_;
        const std::string text = readAll(out);
        return ended || (text.starts_with(kReady) && text.ends_with('\n'));
    });
    if (ended) pid_ = -1;
    if (ended || !ready) throw std::runtime_error("serve is not ready: " + log());
    origin_ = readAll(out).substr(kReady.size());
    origin_.pop_back();
}

int Daemon::stop() {
    ::kill(pid_, SIGTERM);
    int status = 0;
    if (!await([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; })) kill();
    pid_ = -1;
    return exitCodeOf(status);
}

void Daemon::kill() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

void Daemon::advanceClock(std::chrono::seconds by) {
    offset_ += by;
    const std::string next = installation_.path("clock.new");
    writeAll(next, std::to_string(offset_.count()));
    fs::rename(next, installation_.path("clock"));
}

std::string Daemon::log() const {
    return readAll(installation_.path("serve.log"));
}

}  // namespace sallyport::test
