#pragma once

#include "base/clock.h"
#include "base/secret.h"
#include "mail/smtp_reply.h"

#include <openssl/ssl.h>

#include <memory>

namespace sallyport::mail {

/// Where to connect and whom to trust.
struct SmtpPeer {
    std::string host;  ///< the name (or address) that its certificate must carry
    std::uint16_t port;
    std::string ca_file;  ///< PEM; empty: the system's roots
};

template <class T, void (*free_it)(T*)>
struct Free {
    void operator()(T* it) const { free_it(it); }
};

using TlsContext = std::unique_ptr<SSL_CTX, Free<SSL_CTX, SSL_CTX_free>>;

/// For clients: TLS 1.2 or newer, a certificate by a root in `ca_file` (PEM; empty: the system's
/// roots). Errors: kInvalidRequest if the roots cannot be read.
Result<TlsContext> makeTlsContext(const std::string& ca_file);

/// Bytes to and from one SMTP server, in clear and then under TLS. Every call ends at its deadline,
/// however slowly the other side drips: that, and OpenSSL's own check of the name, is why this does
/// not use Poco's streams. Errors: kUnavailable for whatever the network or the other side does.
class SmtpChannel {
  public:
    static Result<std::unique_ptr<SmtpChannel>> connect(const SmtpPeer& peer, Deadline deadline);

    SmtpChannel(const SmtpChannel&) = delete;
    SmtpChannel& operator=(const SmtpChannel&) = delete;
    ~SmtpChannel();

    Status write(std::string_view text, Deadline deadline);
    Result<SmtpReply> readReply(Deadline deadline);

    /// TLS with a certificate for `host`, a name or an address. Bytes that came before it are
    /// refused: they were not protected, and must not be read as if they were (CVE-2011-0411).
    Status startTls(SSL_CTX& context, const std::string& host, Deadline deadline);

    bool peerIsLoopback() const { return peer_is_loopback_; }

  private:
    using Session = std::unique_ptr<SSL, Free<SSL, SSL_free>>;

    explicit SmtpChannel(int descriptor) : descriptor_(descriptor) {}

    Status sendAll(ByteView bytes, Deadline deadline) const;
    Result<std::size_t> receiveSome(std::span<std::uint8_t> into, Deadline deadline) const;
    Status wait(short events, Deadline deadline) const;
    Status flushTls(Deadline deadline);
    /// After an SSL_ function that gave `result`: moves bytes so that it can be called again.
    Status continueTls(int result, Deadline deadline);
    Status fill(Deadline deadline);

    int descriptor_;
    bool peer_is_loopback_ = false;
    std::string received_;
    Session session_;
    BIO* from_network_ = nullptr;  // owned by session_
    BIO* to_network_ = nullptr;    // owned by session_
};

}  // namespace sallyport::mail
