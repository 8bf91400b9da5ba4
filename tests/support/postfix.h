#pragma once

#include "tests/support/certificates.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

namespace sallyport::test {

/// A port of 127.0.0.1 that nobody had a moment ago, for programs that cannot take port 0.
inline std::uint16_t freePort() {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    const bool bound =
        ::bind(descriptor, generic, size) == 0 && ::getsockname(descriptor, generic, &size) == 0;
    ::close(descriptor);
    return bound ? ntohs(address.sin_port) : std::uint16_t{0};
}

/// A real Postfix in a folder of its own: four listeners on loopback that differ in their TLS, and
/// a mailbox `user@example.test`. Needs root, by sudo if this is not root.
class Postfix {
  public:
    explicit Postfix(const Certificates& certificates) {
        std::filesystem::permissions(directory_.path(), std::filesystem::perms(0755));
        for (const char* name : {"etc", "queue", "data", "mail"})
            std::filesystem::create_directory(directory_.path() / name);
        command({"chown", "postfix", directory_.file("data"), directory_.file("mail")});
        writeMain();
        writeServices(certificates);
        start();
    }

    Postfix(const Postfix&) = delete;
    Postfix& operator=(const Postfix&) = delete;

    ~Postfix() {
        stop();
        // Its files are those of its own user.
        command({"rm", "-rf", directory_.path().string()});
    }

    void start() { control("start"); }

    /// Until its listeners are gone.
    void stop() { control("stop"); }

    std::uint16_t port() const { return good_; }

    std::uint16_t portOfOtherName() const { return other_name_; }

    std::uint16_t portOfUntrusted() const { return untrusted_; }

    std::uint16_t portWithoutTls() const { return plain_; }

    /// The mails that have arrived, as soon as there are `count`, or as many as there are after ten
    /// seconds.
    std::vector<std::string> mails(std::size_t count) const {
        std::vector<std::string> found;
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        do {
            found.clear();
            // Postfix delivers into folders that only its own user may read.
            if (::geteuid() != 0) command({"chmod", "-R", "a+rX", directory_.file("mail")});
            std::error_code missing;
            for (const auto& file : std::filesystem::directory_iterator(
                     directory_.path() / "mail/user/new", missing)) {
                std::ifstream stream(file.path());
                found.emplace_back(std::istreambuf_iterator<char>(stream),
                                   std::istreambuf_iterator<char>());
            }
        } while (found.size() < count && std::chrono::steady_clock::now() < give_up);
        return found;
    }

    std::string log() const {
        std::ifstream stream(directory_.file("maillog"));
        return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    }

  private:
    static bool command(std::vector<std::string> words) {
        if (::geteuid() != 0) words.insert(words.begin(), {"sudo", "-n"});
        return outputOf(std::move(words)).has_value();
    }

    void control(const char* verb) {
        if (!command({"/usr/sbin/postfix", "-c", directory_.file("etc"), verb})) {
            ADD_FAILURE() << "postfix " << verb << " failed (it needs root):\n" << log();
        }
    }

    void writeMain() const {
        const passwd* user = ::getpwnam("postfix");
        if (user == nullptr) {
            ADD_FAILURE() << "postfix is not installed";
            return;
        }
        const std::string at = directory_.path().string();
        std::ofstream(at + "/etc/main.cf")
            << "compatibility_level = 3.6\n"
            << "queue_directory = " << at << "/queue\n"
            << "data_directory = " << at << "/data\n"
            << "maillog_file = " << at << "/maillog\n"
            << "maillog_file_prefixes = " << at << "\n"
            << "myhostname = localhost\nmydestination =\ninet_interfaces = "
               "127.0.0.1\ninet_protocols = ipv4\n"
            << "mynetworks = 127.0.0.0/8\nvirtual_mailbox_domains = example.test\n"
            << "virtual_mailbox_base = " << at << "/mail\n"
            << "virtual_mailbox_maps = inline:{ {user@example.test=user/} }\nvirtual_minimum_uid = "
               "1\n"
            << "virtual_uid_maps = static:" << user->pw_uid << "\n"
            << "virtual_gid_maps = static:" << user->pw_gid << "\n"
            << "smtpd_tls_received_header = yes\nsmtp_tls_security_level = may\n";
    }

    void writeServices(const Certificates& certificates) {
        std::ofstream file(directory_.file("etc/master.cf"));
        const auto listen = [&file](const Certificates::Pair* pair) {
            const std::uint16_t port = freePort();
            file << "127.0.0.1:" << port << " inet n - n - - smtpd\n";
            if (pair != nullptr) {
                file << " -o smtpd_tls_security_level=encrypt -o smtpd_tls_cert_file="
                     << pair->certificate << " -o smtpd_tls_key_file=" << pair->key << "\n";
            }
            return port;
        };
        good_ = listen(&certificates.good());
        other_name_ = listen(&certificates.otherName());
        untrusted_ = listen(&certificates.untrusted());
        plain_ = listen(nullptr);
        file << "cleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\ntlsmgr unix - - n "
                "1000? 1 tlsmgr\n"
                "rewrite unix - - n - - trivial-rewrite\nbounce unix - - n - 0 bounce\ndefer unix "
                "- - n - 0 bounce\n"
                "trace unix - - n - 0 bounce\nproxymap unix - - n - - proxymap\nerror unix - - n - "
                "- error\n"
                "retry unix - - n - - error\nvirtual unix - n n - - virtual\nanvil unix - - n - 1 "
                "anvil\n"
                "postlog unix-dgram n - n - 1 postlogd\n";
    }

    TemporaryDirectory directory_;
    std::uint16_t good_ = 0;
    std::uint16_t other_name_ = 0;
    std::uint16_t untrusted_ = 0;
    std::uint16_t plain_ = 0;
};

}  // namespace sallyport::test
