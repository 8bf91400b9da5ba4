#include "cli/http_client.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>

#include <charconv>

#include <algorithm>
#include <array>
#include <istream>
#include <memory>
#include <ostream>

namespace sallyport::cli {
namespace {

namespace net = Poco::Net;

constexpr int kMostHeaders = 64;
constexpr auto kConnectPatience = std::chrono::seconds(10);

Poco::Timespan timespan(Duration duration) {
    return {duration.count()};
}

std::uint16_t portOf(const PublicUrl& server) {
    const std::string& authority = server.authority();
    std::uint16_t port = server.isHttps() ? 443 : 80;
    const std::size_t colon = server.host().size();  // the authority is host [":" port]
    if (authority.size() > colon + 1)
        std::from_chars(authority.data() + colon + 1, authority.data() + authority.size(), port);
    return port;
}

std::string hostOf(const PublicUrl& server) {
    const std::string& host = server.host();
    return host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
}

/// VERIFY_STRICT and the extended verification: without the one the name is not checked for local
/// hosts, without the other for none.
net::Context::Ptr tlsContext() {
    net::Context::Params parameters;
    parameters.verificationMode = net::Context::VERIFY_STRICT;
    parameters.loadDefaultCAs = true;
    net::Context::Ptr context(new net::Context(net::Context::TLS_CLIENT_USE, parameters));
    context->requireMinimumProtocol(net::Context::PROTO_TLSV1_2);
    context->enableExtendedCertificateVerification(true);
    return context;
}

std::unique_ptr<net::HTTPClientSession> connectionTo(const PublicUrl& server) {
    if (!server.isHttps())
        return std::make_unique<net::HTTPClientSession>(hostOf(server), portOf(server));
    return std::make_unique<net::HTTPSClientSession>(hostOf(server), portOf(server), tlsContext());
}

std::string mediaTypeOf(const std::string& header) {
    std::string type = header.substr(0, header.find(';'));
    while (type.ends_with(' ')) type.pop_back();
    std::transform(type.begin(), type.end(), type.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return type;
}

std::optional<int> secondsOf(const std::string& header) {
    int seconds = 0;
    const auto [end, error] =
        std::from_chars(header.data(), header.data() + header.size(), seconds);
    if (error != std::errc() || end != header.data() + header.size() || seconds < 0)
        return std::nullopt;
    return seconds;
}

Result<std::string> bodyOf(std::istream& stream) {
    std::string body;
    std::array<char, 16384> chunk{};
    while (stream.good()) {
        stream.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
        body.append(chunk.data(), static_cast<std::size_t>(stream.gcount()));
        if (body.size() > HttpClient::kMostBody) {
            return fail(ErrorCode::kIntegrity,
                        "The server sent more than any Sallyport does. Is this its address?");
        }
    }
    return body;
}

Result<HttpReply> replyOf(const net::HTTPResponse& response, std::istream& stream) {
    HttpReply reply;
    reply.status = static_cast<int>(response.getStatus());
    if (reply.status >= 300 && reply.status < 400) {
        return fail(ErrorCode::kIntegrity,
                    "The server wants to send us elsewhere (redirect), which no Sallyport does. "
                    "Give its public address with --server.");
    }
    reply.media_type = mediaTypeOf(response.getContentType());
    reply.retry_after = secondsOf(response.get("Retry-After", ""));
    for (auto each = response.find("Set-Cookie");
         each != response.end() && Poco::icompare(each->first, "Set-Cookie") == 0;
         ++each) {
        reply.set_cookies.push_back(each->second);
    }
    SALLYPORT_TRY(reply.body, bodyOf(stream));
    return reply;
}

Error unreachable(const PublicUrl& server, std::string_view why) {
    return fail(ErrorCode::kUnavailable,
                "Cannot reach " + server.origin() + ": " + std::string(why) +
                    ". Is the address right, and the network there?");
}

}  // namespace

Result<HttpClient> HttpClient::to(const PublicUrl& server) {
    if (!server.isHttps() && !server.isLoopbackHttp()) {
        return fail(ErrorCode::kInvalidRequest,
                    "http:// is for localhost only. Give the server's https:// address.");
    }
    return HttpClient(server);
}

Result<HttpReply> HttpClient::send(const HttpRequest& request, Duration patience) const {
    try {
        const auto session = connectionTo(server_);
        session->setKeepAlive(false);
        session->setTimeout(timespan(kConnectPatience), timespan(patience), timespan(patience));
        net::HTTPRequest head(request.method, request.path, net::HTTPMessage::HTTP_1_1);
        head.set("Accept", "application/json");
        head.set("User-Agent", "sallyport/" SALLYPORT_VERSION);
        for (const auto& [name, value] : request.headers) head.set(name, value);
        if (request.body) {
            head.setContentType("application/json");
            head.setContentLength64(static_cast<Poco::Int64>(request.body->size()));
        }
        std::ostream& out = session->sendRequest(head);
        if (request.body) out << *request.body << std::flush;
        net::HTTPResponse response;
        response.setFieldLimit(kMostHeaders);
        std::istream& in = session->receiveResponse(response);
        return replyOf(response, in);
    } catch (const net::SSLException&) {
        return unreachable(server_, "its certificate is not one that this machine trusts");
    } catch (const Poco::TimeoutException&) {
        return unreachable(server_, "it took too long");
    } catch (const net::HTTPException&) {
        return fail(ErrorCode::kIntegrity,
                    "What answers at " + server_.origin() + " is no Sallyport.");
    } catch (const net::NoMessageException&) {
        return unreachable(server_, "it closed the connection");
    } catch (const net::MessageException&) {
        return fail(ErrorCode::kIntegrity,
                    "What answers at " + server_.origin() + " is no Sallyport.");
    } catch (const Poco::Exception& error) {
        return unreachable(server_, error.displayText());
    }
}

}  // namespace sallyport::cli
