#include "tests/journey/support/browser.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <system_error>

namespace sallyport::test {
namespace {

bool sameName(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return std::tolower(static_cast<unsigned char>(x)) ==
               std::tolower(static_cast<unsigned char>(y));
    });
}

sockaddr_in loopback(const std::string& address, std::uint16_t port) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_port = htons(port);
    ::inet_pton(AF_INET, address.c_str(), &made.sin_addr);
    return made;
}

/// One connection: sends everything, reads to the end.
class Connection {
  public:
    Connection(const std::string& source, std::uint16_t port)
        : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const timeval patience{30, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        const sockaddr_in from = loopback(source, 0);
        const sockaddr_in to = loopback("127.0.0.1", port);
        if (::bind(socket_, reinterpret_cast<const sockaddr*>(&from), sizeof(from)) != 0 ||
            ::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) {
            const int reason = errno;
            ::close(socket_);
            throw std::runtime_error("cannot connect: " + std::generic_category().message(reason));
        }
    }

    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    ~Connection() {
        SSL_free(session_);
        SSL_CTX_free(context_);
        ::close(socket_);
    }

    /// Believes any certificate: what is tested is behind it.
    void startTls() {
        context_ = SSL_CTX_new(TLS_client_method());
        session_ = SSL_new(context_);
        SSL_set_fd(session_, socket_);
        if (SSL_connect(session_) != 1) throw std::runtime_error("no TLS");
    }

    std::string exchange(const std::string& request) {
        // The other side may refuse before it has read everything.
        if (session_ != nullptr)
            SSL_write(session_, request.data(), static_cast<int>(request.size()));
        else
            static_cast<void>(::send(socket_, request.data(), request.size(), MSG_NOSIGNAL));
        std::string answer;
        std::array<char, 16384> buffer{};
        for (;;) {
            const ssize_t got = receive(buffer);
            if (got <= 0) return answer;
            answer.append(buffer.data(), static_cast<std::size_t>(got));
        }
    }

  private:
    ssize_t receive(std::array<char, 16384>& buffer) {
        if (session_ != nullptr)
            return SSL_read(session_, buffer.data(), static_cast<int>(buffer.size()));
        return ::recv(socket_, buffer.data(), buffer.size(), 0);
    }

    int socket_;
    SSL_CTX* context_ = nullptr;
    SSL* session_ = nullptr;
};

HttpAnswer parseAnswer(const std::string& bytes) {
    const auto head_end = bytes.find("\r\n\r\n");
    if (head_end == std::string::npos || !bytes.starts_with("HTTP/1.1 "))
        throw std::runtime_error("no HTTP answer: \"" + bytes.substr(0, 200) + "\"");
    HttpAnswer answer;
    answer.status = std::stoi(bytes.substr(9, 3));
    answer.body = bytes.substr(head_end + 4);
    std::size_t at = bytes.find("\r\n") + 2;
    while (at < head_end) {
        const std::size_t end = bytes.find("\r\n", at);
        const std::string line = bytes.substr(at, end - at);
        const std::size_t colon = line.find(": ");
        answer.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
        at = end + 2;
    }
    return answer;
}

/// For the check against docs/openapi.yaml.
void record(const HttpQuestion& question, const HttpAnswer& answer) {
    const char* file = std::getenv("SALLYPORT_ANSWERS");
    if (file == nullptr) return;
    Json::Object headers;
    for (const auto& [name, value] : answer.headers) headers[name] = value;
    const std::string line = Json(Json::Object{{"method", question.method},
                                               {"path", question.path},
                                               {"status", answer.status},
                                               {"headers", headers},
                                               {"body", answer.body}})
                                 .text() +
                             "\n";
    const int log = ::open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0 || ::write(log, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        throw std::runtime_error("cannot record the answer");
    ::close(log);
}

std::string hostOf(const std::string& origin) {
    return origin.substr(origin.find("//") + 2);
}

}  // namespace

std::string HttpAnswer::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (sameName(key, name)) return value;
    return "";
}

Json HttpAnswer::json() const {
    auto parsed = Json::parse(body);
    if (!parsed) throw std::runtime_error("no JSON: " + body);
    return std::move(*parsed);
}

std::string HttpAnswer::text(std::string_view member) const {
    const auto parsed = Json::parse(body);
    const Json* found = parsed ? parsed->find(member) : nullptr;
    return found != nullptr && found->asString() != nullptr ? *found->asString() : "";
}

HttpQuestion& HttpQuestion::set(const std::string& name, const std::string& value) {
    remove(name);
    headers.emplace_back(name, value);
    return *this;
}

HttpQuestion& HttpQuestion::remove(const std::string& name) {
    headers.erase(std::remove_if(headers.begin(),
                                 headers.end(),
                                 [&](const auto& field) { return sameName(field.first, name); }),
                  headers.end());
    return *this;
}

HttpQuestion Browser::compose(const std::string& method,
                              const std::string& path,
                              const std::optional<Json>& body) const {
    HttpQuestion question{method, path, {}, body ? body->text() : ""};
    question.headers.emplace_back("Host", hostOf(daemon_->origin()));
    question.headers.emplace_back("User-Agent", user_agent);
    std::string jar;
    for (const auto& [name, value] : cookies) jar += (jar.empty() ? "" : "; ") + name + "=" + value;
    if (!jar.empty()) question.headers.emplace_back("Cookie", jar);
    if (method != "GET") {
        const bool links = path.starts_with("/api/v1/links") || path.starts_with("/api/v1/sign-in");
        const std::string& token = links ? links_csrf_ : session_csrf_;
        question.headers.emplace_back("Origin", daemon_->origin());
        if (!token.empty()) question.headers.emplace_back("X-CSRF-Token", token);
    }
    if (body) question.headers.emplace_back("Content-Type", "application/json");
    question.headers.insert(question.headers.end(), more_headers.begin(), more_headers.end());
    return question;
}

HttpAnswer Browser::send(const HttpQuestion& question) {
    std::string request = question.method + " " + question.path + " HTTP/1.1\r\n";
    for (const auto& [name, value] : question.headers) request += name + ": " + value + "\r\n";
    request += "Connection: close\r\n";
    if (!question.body.empty())
        request += "Content-Length: " + std::to_string(question.body.size()) + "\r\n";
    request += "\r\n" + question.body;
    Connection connection(source, tls_port != 0 ? tls_port : port_);
    if (tls_port != 0) connection.startTls();
    const HttpAnswer answer = parseAnswer(connection.exchange(request));
    // The operations listener is another surface, which that document does not describe.
    if (port_ != daemon_->installation().operationsPort()) record(question, answer);
    remember(question, answer);
    return answer;
}

void Browser::remember(const HttpQuestion& question, const HttpAnswer& answer) {
    for (const auto& [name, value] : answer.headers) {
        if (!sameName(name, "Set-Cookie")) continue;
        const auto equals = value.find('=');
        const std::string cookie = value.substr(0, equals);
        const std::string text = value.substr(equals + 1, value.find(';') - equals - 1);
        if (text.empty())
            cookies.erase(cookie);
        else
            cookies[cookie] = text;
    }
    const std::string token = answer.text("csrf_token");
    if (token.empty()) return;
    const bool session =
        question.path.starts_with("/api/v1/session") || question.path == "/api/v1/links/redeem" ||
        question.path == "/api/v1/links/relay" || question.path.starts_with("/api/v1/sign-in/");
    (session ? session_csrf_ : links_csrf_) = token;
}

}  // namespace sallyport::test
