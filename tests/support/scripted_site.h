#pragma once

#include "base/json.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sallyport::test {

/// A request as a site heard it.
struct SiteRequest {
    std::string method;
    std::string path;
    std::map<std::string, std::string> headers;  ///< names in lower case
    std::string body;
};

/// An HTTP answer, byte for byte, of a site that behaves.
inline std::string siteAnswer(int status, const Json& body, const std::string& more_headers = "") {
    const std::string text = status == 204 ? "" : body.text();
    const char* const type = status >= 400 ? "application/problem+json" : "application/json";
    return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: " + type +
           "\r\nContent-Length: " + std::to_string(text.size()) + "\r\nConnection: close\r\n" +
           more_headers + "\r\n" + text;
}

/// An HTTP server on loopback that says what a test wrote down, one connection after the other.
class ScriptedSite {
  public:
    using Script = std::function<std::string(const SiteRequest&)>;

    explicit ScriptedSite(Script script) : script_(std::move(script)) {
        listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listening_, generic, size) != 0 || ::listen(listening_, 8) != 0 ||
            ::getsockname(listening_, generic, &size) != 0) {
            ADD_FAILURE() << "cannot listen";
        }
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }

    ScriptedSite(const ScriptedSite&) = delete;
    ScriptedSite& operator=(const ScriptedSite&) = delete;

    ~ScriptedSite() {
        ::shutdown(listening_, SHUT_RDWR);
        thread_.join();
        ::close(listening_);
    }

    std::string origin() const { return "http://localhost:" + std::to_string(port_); }

    std::vector<SiteRequest> heard() const {
        const std::lock_guard lock(mutex_);
        return heard_;
    }

    /// How many requests went to this method and path.
    std::ptrdiff_t count(const std::string& method, const std::string& path) const {
        const auto all = heard();
        return std::count_if(all.begin(), all.end(), [&](const SiteRequest& each) {
            return each.method == method && each.path == path;
        });
    }

  private:
    void serve() {
        while (true) {
            const int connection = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
            if (connection < 0) return;
            const timeval limit{20, 0};
            ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
            const SiteRequest request = read(connection);
            {
                const std::lock_guard lock(mutex_);
                heard_.push_back(request);
            }
            std::string_view answer;
            const std::string text = script_(request);
            for (answer = text; !answer.empty();) {
                const ssize_t sent = ::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
                if (sent <= 0) break;
                answer.remove_prefix(static_cast<std::size_t>(sent));
            }
            ::close(connection);
        }
    }

    static SiteRequest read(int connection) {
        std::string text;
        std::size_t head = std::string::npos;
        std::size_t wanted = 0;
        SiteRequest request;
        char chunk[4096];
        while (head == std::string::npos || text.size() < head + 4 + wanted) {
            const ssize_t got = ::recv(connection, chunk, sizeof(chunk), 0);
            if (got <= 0) break;
            text.append(chunk, static_cast<std::size_t>(got));
            if (head != std::string::npos) continue;
            head = text.find("\r\n\r\n");
            if (head == std::string::npos) continue;
            readHead(text.substr(0, head), request);
            if (request.headers.contains("content-length"))
                wanted = std::stoul(request.headers["content-length"]);
        }
        if (head != std::string::npos) request.body = text.substr(head + 4);
        return request;
    }

    static void readHead(const std::string& head, SiteRequest& request) {
        const std::size_t first = head.find(' ');
        const std::size_t second = head.find(' ', first + 1);
        request.method = head.substr(0, first);
        request.path = head.substr(first + 1, second - first - 1);
        for (std::size_t at = head.find("\r\n"); at != std::string::npos;) {
            const std::size_t end = head.find("\r\n", at + 2);
            const std::string line =
                head.substr(at + 2, end == std::string::npos ? end : end - at - 2);
            const std::size_t colon = line.find(": ");
            std::string name = line.substr(0, colon);
            for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
            if (colon != std::string::npos) request.headers[name] = line.substr(colon + 2);
            at = end;
        }
    }

    Script script_;
    int listening_ = -1;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::vector<SiteRequest> heard_;
    std::thread thread_;
};

}  // namespace sallyport::test
