#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace sallyport::test {

/// A TCP server on loopback that has one conversation, written down by a test.
class ScriptedServer {
  public:
    /// The server's end. Blocking, thirty seconds at most a call.
    class Conversation {
      public:
        explicit Conversation(int descriptor) : descriptor_(descriptor) {}

        Conversation(const Conversation&) = delete;
        Conversation& operator=(const Conversation&) = delete;

        ~Conversation() {
            SSL_free(session_);
            SSL_CTX_free(context_);
            if (descriptor_ >= 0) ::close(descriptor_);
        }

        void say(std::string_view text) {
            if (session_ != nullptr) {
                SSL_write(session_, text.data(), static_cast<int>(text.size()));
            } else {
                static_cast<void>(::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL));
            }
        }

        /// A line without its end; empty when the other side is gone.
        std::string hear() {
            while (true) {
                const auto end = buffer_.find("\r\n");
                if (end != std::string::npos) {
                    std::string line = buffer_.substr(0, end);
                    buffer_.erase(0, end + 2);
                    heard_ += line + "\n";
                    return line;
                }
                char chunk[4096];
                const auto size =
                    session_ != nullptr
                        ? SSL_read(session_, chunk, sizeof(chunk))
                        : static_cast<int>(::recv(descriptor_, chunk, sizeof(chunk), 0));
                if (size <= 0) {
                    gone_ = true;
                    return {};
                }
                buffer_.append(chunk, static_cast<std::size_t>(size));
            }
        }

        /// Says each reply after a command, whatever that is.
        void answer(std::initializer_list<std::string_view> replies) {
            for (const auto reply : replies) {
                hear();
                if (gone_) return;
                say(reply);
            }
        }

        /// The text of a mail up to its closing dot.
        std::string hearMail() {
            std::string mail;
            for (std::string line = hear(); line != "."; line = hear()) {
                if (gone_) return mail;
                mail += line + "\n";
            }
            return mail;
        }

        bool startTls(const std::string& certificate, const std::string& key) {
            context_ = SSL_CTX_new(TLS_server_method());
            SSL_CTX_use_certificate_file(context_, certificate.c_str(), SSL_FILETYPE_PEM);
            SSL_CTX_use_PrivateKey_file(context_, key.c_str(), SSL_FILETYPE_PEM);
            session_ = SSL_new(context_);
            SSL_set_fd(session_, descriptor_);
            return SSL_accept(session_) == 1;
        }

        /// Everything heard so far.
        const std::string& heard() const { return heard_; }

      private:
        int descriptor_;
        std::string buffer_;
        std::string heard_;
        bool gone_ = false;
        SSL_CTX* context_ = nullptr;
        SSL* session_ = nullptr;
    };

    explicit ScriptedServer(std::function<void(Conversation&)> script) {
        listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listening_, generic, size) != 0 || ::listen(listening_, 1) != 0 ||
            ::getsockname(listening_, generic, &size) != 0) {
            ADD_FAILURE() << "cannot listen";
        }
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this, script = std::move(script)] {
            const int descriptor = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
            if (descriptor < 0) return;
            const timeval limit{30, 0};
            ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
            Conversation conversation(descriptor);
            script(conversation);
        });
    }

    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    ~ScriptedServer() {
        ::shutdown(listening_, SHUT_RDWR);
        finish();
        ::close(listening_);
    }

    std::uint16_t port() const { return port_; }

    /// Waits for the end of the script; what it wrote down may be read after.
    void finish() {
        if (thread_.joinable()) thread_.join();
    }

  private:
    int listening_ = -1;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

}  // namespace sallyport::test
