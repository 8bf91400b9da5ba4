#include "http/headers.h"
#include "http/ip_address.h"
#include "http/listen_address.h"
#include "http/public_url.h"
#include "http/response_writer.h"
#include "http/trusted_proxies.h"
#include "tests/support/fakes.h"
#include "tests/support/matchers.h"

namespace sallyport::http {
namespace {

using test::failsWith;
using test::isOk;
using testing::HasSubstr;
using testing::Not;

IpAddress ip(std::string_view text) {
    return IpAddress::parse(text).value();
}

TEST(Headers, knowOneMediaTypeInUtf8) {
    const std::string form = "application/x-www-form-urlencoded";
    for (const std::string& good : {form,
                                    form + "; charset=utf-8",
                                    form + " ;charset=\"UTF-8\"",
                                    std::string("APPLICATION/X-WWW-FORM-URLENCODED ")})
        EXPECT_TRUE(isUtf8MediaType(good, form)) << good;
    for (const std::string& bad : {std::string(),
                                   std::string("application/json"),
                                   form + "x",
                                   form + ";",
                                   form + "; charset=latin1",
                                   form + "; boundary=a",
                                   form + "; charset=utf-8; a=b"})
        EXPECT_FALSE(isUtf8MediaType(bad, form)) << bad;
}

TEST(IpAddress, readsBareAddressesOnly) {
    for (const std::string_view good : {"192.0.2.1", "2001:db8::1", "::", "::ffff:192.0.2.1"}) {
        EXPECT_THAT(IpAddress::parse(good), isOk()) << good;
    }
    for (const std::string_view bad : {"",
                                       "192.0.2",
                                       "192.0.2.256",
                                       "192.0.2.01",
                                       "192.0.2.1:80",
                                       "[::1]",
                                       "fe80::1%eth0",
                                       " 192.0.2.1",
                                       "localhost",
                                       "unknown",
                                       "_hidden"}) {
        EXPECT_THAT(IpAddress::parse(bad), failsWith(ErrorCode::kInvalidRequest)) << bad;
    }
    EXPECT_THAT(IpAddress::parse(std::string_view("192.0.2.1\0", 10)),
                failsWith(ErrorCode::kInvalidRequest));
}

TEST(IpAddress, countsAnIpv6SubscriberAsOneSource) {
    EXPECT_EQ(ip("192.0.2.1").sourceKey(), "192.0.2.1");
    EXPECT_EQ(ip("::ffff:192.0.2.1").sourceKey(), "192.0.2.1");
    EXPECT_EQ(ip("2001:db8:1:2:3:4:5:6").sourceKey(), "2001:db8:1:2::/64");
    EXPECT_EQ(ip("2001:db8:1:2:ffff::1").sourceKey(), ip("2001:db8:1:2::").sourceKey());
    EXPECT_NE(ip("2001:db8:1:3::1").sourceKey(), ip("2001:db8:1:2::1").sourceKey());
}

TEST(IpAddress, knowsLoopback) {
    EXPECT_TRUE(ip("127.0.0.1").isLoopback());
    EXPECT_TRUE(ip("127.9.9.9").isLoopback());
    EXPECT_TRUE(ip("::1").isLoopback());
    EXPECT_TRUE(ip("::ffff:127.0.0.1").isLoopback());
    EXPECT_FALSE(ip("128.0.0.1").isLoopback());
    EXPECT_FALSE(ip("::2").isLoopback());
    EXPECT_FALSE(ip("7f00::1").isLoopback());
}

TEST(ListenAddress, readsAddressesAndSocketPaths) {
    const ListenAddress v4 = ListenAddress::parse("127.0.0.1:8080").value();
    EXPECT_EQ(v4.port, 8080);
    EXPECT_TRUE(v4.isLocal());
    EXPECT_TRUE(ListenAddress::parse("[::1]:0").value().isLocal());
    EXPECT_FALSE(ListenAddress::parse("0.0.0.0:80").value().isLocal());
    EXPECT_FALSE(ListenAddress::parse("[::]:80").value().isLocal());
    const ListenAddress socket = ListenAddress::parse("unix:/run/http.sock").value();
    EXPECT_TRUE(socket.isUnix() && socket.isLocal());
    EXPECT_EQ(socket.unix_path, "/run/http.sock");
    for (const std::string& bad : {std::string("localhost:80"),
                                   std::string("127.0.0.1"),
                                   std::string("127.0.0.1:65536"),
                                   std::string("127.0.0.1:"),
                                   std::string("::1:80"),
                                   std::string("[127.0.0.1]:80"),
                                   std::string("unix:relative"),
                                   std::string(":80"),
                                   "unix:/" + std::string(120, 'a')}) {
        EXPECT_THAT(ListenAddress::parse(bad), failsWith(ErrorCode::kInvalidRequest)) << bad;
    }
}

TEST(PublicUrl, isWhatTheBrowserShows) {
    RecordProperty("requirement", "L-13");
    const PublicUrl url = PublicUrl::parse("https://id.example/").value();
    EXPECT_EQ(url.origin(), "https://id.example");
    EXPECT_EQ(url.authority(), "id.example");
    EXPECT_TRUE(url.isHttps());
    EXPECT_FALSE(url.isLoopbackHttp());
    const PublicUrl dev = PublicUrl::parse("http://[::1]:8080").value();
    EXPECT_EQ(dev.origin(), "http://[::1]:8080");
    EXPECT_EQ(dev.host(), "[::1]");
    EXPECT_TRUE(dev.isLoopbackHttp());
    EXPECT_TRUE(PublicUrl::parse("http://localhost:8080").value().isLoopbackHttp());
    EXPECT_FALSE(PublicUrl::parse("http://localhost.example").value().isLoopbackHttp());
    EXPECT_FALSE(PublicUrl::parse("https://localhost").value().isLoopbackHttp());
    for (const std::string_view bad : {"id.example",
                                       "ftp://id.example",
                                       "https://",
                                       "https://ID.example",
                                       "https://id.example/a",
                                       "https://id.example:443",
                                       "http://a:80",
                                       "https://a:0",
                                       "https://a:65536",
                                       "https://a:",
                                       "https://a:080",
                                       "https://user@a",
                                       "https://[::1",
                                       "https://a b",
                                       "https://-a"}) {
        EXPECT_THAT(PublicUrl::parse(bad), failsWith(ErrorCode::kInvalidRequest)) << bad;
    }
}

TEST(TrustedProxies, readsAddressesAndBlocks) {
    for (const std::string good :
         {"192.0.2.1", "10.0.0.0/8", "0.0.0.0/0", "2001:db8::/32", "::1/128", "unix"}) {
        EXPECT_THAT(TrustedProxies::parse(std::vector<std::string>{good}), isOk()) << good;
    }
    for (const std::string bad : {"10.0.0.1/8",
                                  "10.0.0.0/33",
                                  "10.0.0.0/",
                                  "10.0.0.0/-1",
                                  "2001:db8::1/32",
                                  "proxy",
                                  "",
                                  "Unix"}) {
        EXPECT_THAT(TrustedProxies::parse(std::vector<std::string>{bad}),
                    failsWith(ErrorCode::kInvalidRequest))
            << bad;
    }
}

struct ForwardedCase {
    std::string name;
    std::string peer;  ///< empty for a unix socket
    std::vector<std::string> forwarded_for;
    std::string source;
};

void PrintTo(const ForwardedCase& forwarded,
             std::ostream* out) {  // NOLINT(readability-identifier-naming)
    *out << forwarded.name;
}

class ClientSource : public testing::TestWithParam<ForwardedCase> {};

TEST_P(ClientSource, isTheRightMostUntrustedHop) {
    const TrustedProxies proxies =
        TrustedProxies::parse(std::vector<std::string>{"10.0.0.0/8", "2001:db8:f::/48", "unix"})
            .value();
    Request request;
    if (!GetParam().peer.empty()) request.peer = ip(GetParam().peer);
    for (const std::string& field : GetParam().forwarded_for)
        request.headers.add("x-forwarded-for", field);
    proxies.resolveClient(request);
    EXPECT_EQ(request.source, GetParam().source);
    EXPECT_EQ(request.headers.count("X-Forwarded-For"), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    TrustedProxies,
    ClientSource,
    testing::Values(
        ForwardedCase{"directPeer", "192.0.2.9", {}, "192.0.2.9"},
        ForwardedCase{"untrustedPeerForges", "192.0.2.9", {"203.0.113.1"}, "192.0.2.9"},
        ForwardedCase{"oneHop", "10.0.0.1", {"203.0.113.1"}, "203.0.113.1"},
        ForwardedCase{"clientForgesTheLeft", "10.0.0.1", {"127.0.0.1, 203.0.113.1"}, "203.0.113.1"},
        ForwardedCase{
            "chainOfProxies", "10.0.0.1", {"203.0.113.1, 10.0.0.7,10.0.0.8"}, "203.0.113.1"},
        ForwardedCase{
            "twoFieldsAreOneList", "10.0.0.1", {"198.51.100.1", "203.0.113.1"}, "203.0.113.1"},
        ForwardedCase{"everyHopTrusted", "10.0.0.1", {"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
        ForwardedCase{"noHop", "10.0.0.1", {}, "10.0.0.1"},
        ForwardedCase{"garbage", "10.0.0.1", {"203.0.113.1, unknown"}, "10.0.0.1"},
        ForwardedCase{"garbageBehindProxy", "10.0.0.1", {"evil, 10.0.0.9"}, "10.0.0.9"},
        ForwardedCase{"emptyHop", "10.0.0.1", {"203.0.113.1,"}, "10.0.0.1"},
        ForwardedCase{"ipv6", "2001:db8:f::1", {"2001:db8:1:2:3::4"}, "2001:db8:1:2::/64"},
        ForwardedCase{"unixSocket", "", {"203.0.113.1"}, "203.0.113.1"},
        ForwardedCase{"unixSocketWithoutHop", "", {}, "unix"}),
    [](const testing::TestParamInfo<ForwardedCase>& parameter) { return parameter.param.name; });

TEST(TrustedProxies, stripWhatOthersMayNotSay) {
    const auto resolved = [](std::string_view peer) {
        Request request;
        request.peer = ip(peer);
        for (const char* name : {"Forwarded",
                                 "X-Forwarded-Host",
                                 "X-Forwarded-Proto",
                                 "Client-Cert",
                                 "Client-Cert-Chain"}) {
            request.headers.add(name, "x");
        }
        request.headers.add("X-Forward", "kept");
        TrustedProxies::parse(std::vector<std::string>{"10.0.0.0/8"})
            .value()
            .resolveClient(request);
        return request;
    };
    const Request stranger = resolved("192.0.2.1");
    EXPECT_EQ(stranger.headers.size(), 1U);
    EXPECT_NE(stranger.headers.find("X-Forward"), nullptr);
    const Request proxy = resolved("10.1.2.3");
    EXPECT_EQ(proxy.headers.size(), 3U);
    EXPECT_NE(proxy.headers.find("Client-Cert"), nullptr);
    EXPECT_EQ(proxy.headers.find("X-Forwarded-Host"), nullptr);
}

TEST(TrustedProxies, trustNobodyByDefault) {
    Request request;
    request.headers.add("X-Forwarded-For", "203.0.113.1");
    TrustedProxies().resolveClient(request);
    EXPECT_EQ(request.source, "unix");
}

TEST(Headers, areFoundWithoutRegardToCase) {
    Headers headers;
    headers.add("X-One", "1");
    headers.add("x-one", "2");
    headers.add("X-Two", "3");
    EXPECT_EQ(*headers.find("X-ONE"), "1");
    EXPECT_EQ(headers.count("x-One"), 2U);
    EXPECT_EQ(headers.find("X-On"), nullptr);
    headers.set("X-ONE", "4");
    EXPECT_EQ(headers.count("X-One"), 1U);
    headers.removeStartingWith("x-t");
    EXPECT_EQ(headers.size(), 1U);
}

TEST(ResponseWriter, framesAnAnswer) {
    const test::TestClock clock;
    Response response = Response::empty(200);
    response.headers.add("X-A", "b");
    response.body = "hello";
    EXPECT_EQ(writeResponse(response, clock.now(), false, true),
              "HTTP/1.1 200 OK\r\nDate: Fri, 02 Jan 2026 03:04:05 GMT\r\nX-A: b\r\nContent-Length: "
              "5\r\n\r\nhello");
    EXPECT_THAT(writeResponse(response, clock.now(), true, false),
                testing::EndsWith("Content-Length: 5\r\nConnection: close\r\n\r\n"));
    EXPECT_THAT(writeResponse(Response::noContent(), clock.now(), false, true),
                Not(HasSubstr("Content-Length")));
}

TEST(ResponseWriter, leavesOutAHeaderThatWouldSplitTheAnswer) {
    Response response = Response::seeOther("/a\r\nSet-Cookie: b=c");
    EXPECT_THAT(writeResponse(response, test::TestClock().now(), false, true),
                Not(HasSubstr("Set-Cookie")));
    response = Response::seeOther("/a");
    EXPECT_THAT(writeResponse(response, test::TestClock().now(), false, true),
                HasSubstr("Location: /a\r\n"));
}

}  // namespace
}  // namespace sallyport::http
