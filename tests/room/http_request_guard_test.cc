// Every refusal of the request guard, over a real socket: the code, the end of the connection, and
// no handler called.

#include "base/json.h"
#include "tests/support/http_house.h"

#include <gmock/gmock.h>

namespace sallyport::http {
namespace {

using test::HttpHouse;
using test::RawAnswer;
using test::RawClient;

class RequestGuard : public testing::Test {
  protected:
    void expectRefused(std::string_view bytes, int status, std::string_view code) {
        RecordProperty("requirement", "O-02");
        RawClient client = house_.connect();
        const RawAnswer answer = client.ask(bytes);
        EXPECT_EQ(answer.status, status);
        EXPECT_TRUE(answer.has("Connection: close"));
        EXPECT_TRUE(answer.has("Content-Type: application/problem+json"));
        EXPECT_TRUE(answer.has("Cache-Control: no-store"));
        const Result<Json> document = Json::parse(answer.body);
        ASSERT_TRUE(document.has_value()) << answer.body;
        EXPECT_EQ(*document->find("code")->asString(), code);
        EXPECT_TRUE(client.isClosed());
        EXPECT_EQ(house_.handled, 0);
    }

    void expectAccepted(std::string_view bytes) {
        RawClient client = house_.connect();
        EXPECT_EQ(client.ask(bytes).status, 200);
        EXPECT_EQ(client.ask(HttpHouse::get("/hello")).status, 200) << "the connection stays";
    }

    /// Refused with the field twice; a single one passes the guard (and may fail a later check).
    void expectOnlyOnce(const std::string& field) {
        expectRefused("POST /echo HTTP/1.1\r\nHost: id.example\r\nContent-Length: 2\r\n" + field +
                          field + "\r\n{}",
                      400,
                      "bad_request");
        RawClient client = house_.connect();
        const RawAnswer once = client.ask(
            "POST /echo HTTP/1.1\r\nHost: id.example\r\nContent-Length: 2\r\n" + field + "\r\n{}");
        EXPECT_NE(once.status, 0);
        EXPECT_FALSE(once.has("Connection: close"));
    }

    HttpHouse house_;
};

TEST_F(RequestGuard, transferEncodingIs411) {
    expectRefused(
        "POST /echo HTTP/1.1\r\nHost: id.example\r\nTransfer-Encoding: "
        "chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        411,
        "length_required");
    expectAccepted(HttpHouse::post("{}"));
}

TEST_F(RequestGuard, transferEncodingBesideContentLengthIs411) {
    expectRefused(HttpHouse::post("{}", "Transfer-Encoding: chunked\r\n"), 411, "length_required");
}

TEST_F(RequestGuard, missingContentLengthIs411) {
    expectRefused("POST /echo HTTP/1.1\r\nHost: id.example\r\n\r\n{}", 411, "length_required");
}

TEST_F(RequestGuard, repeatedContentLengthIs400) {
    expectRefused(HttpHouse::post("{}", "Content-Length: 2\r\n"), 400, "bad_request");
}

TEST_F(RequestGuard, nonDigitContentLengthIs400) {
    for (const char* length : {"0x2", "+2", "-2", "2,2", "2 2", ""}) {
        expectRefused("POST /echo HTTP/1.1\r\nHost: id.example\r\nContent-Length: " +
                          std::string(length) + "\r\n\r\n{}",
                      400,
                      "bad_request");
    }
}

TEST_F(RequestGuard, repeatedHostIs400) {
    expectRefused(HttpHouse::get("/hello", "Host: id.example\r\n"), 400, "bad_request");
    expectAccepted(HttpHouse::get("/hello"));
}

TEST_F(RequestGuard, missingHostIs400) {
    expectRefused("GET /hello HTTP/1.1\r\n\r\n", 400, "bad_request");
}

TEST_F(RequestGuard, repeatedAuthorizationIs400) {
    expectOnlyOnce("Authorization: Bearer a\r\n");
}

TEST_F(RequestGuard, repeatedContentTypeIs400) {
    expectOnlyOnce("Content-Type: application/json\r\n");
}

TEST_F(RequestGuard, repeatedOriginIs400) {
    expectOnlyOnce("Origin: https://id.example\r\n");
}

TEST_F(RequestGuard, repeatedCookieIs400) {
    expectOnlyOnce("Cookie: a=b\r\n");
}

TEST_F(RequestGuard, moreThan64HeadersIs431) {
    const auto with_fields = [](int count) {
        std::string fields;
        for (int i = 1; i < count; ++i) fields += "X-" + std::to_string(i) + ": 1\r\n";
        return HttpHouse::get("/hello", fields);  // and Host
    };
    expectRefused(with_fields(65), 431, "headers_too_large");
    expectAccepted(with_fields(64));
}

TEST_F(RequestGuard, moreThan16KiBOfHeadIs431) {
    const std::size_t rest = HttpHouse::get("/hello", "X-A: \r\n").size();
    const auto of_size = [rest](std::size_t size) {
        return HttpHouse::get("/hello", "X-A: " + std::string(size - rest, 'a') + "\r\n");
    };
    expectRefused(of_size(16 * 1024 + 1), 431, "headers_too_large");
    expectAccepted(of_size(16 * 1024));
}

TEST_F(RequestGuard, endlessHeadIs431) {
    expectRefused(
        "GET /hello HTTP/1.1\r\nX-A: " + std::string(100'000, 'a'), 431, "headers_too_large");
}

TEST_F(RequestGuard, bodyOver64KiBIs413) {
    const std::string most = "\"" + std::string(64 * 1024 - 2, 'a') + "\"";
    expectRefused(HttpHouse::post(most + " "), 413, "too_large");
    expectAccepted(HttpHouse::post(most));
}

TEST_F(RequestGuard, bodyOfASafeMethodIs400) {
    expectRefused(HttpHouse::get("/hello", "Content-Length: 2\r\n") + "{}", 400, "bad_request");
}

TEST_F(RequestGuard, expectIs400) {
    expectRefused(HttpHouse::post("{}", "Expect: 100-continue\r\n"), 400, "bad_request");
}

TEST_F(RequestGuard, bareLineFeedIs400) {
    expectRefused("GET /hello HTTP/1.1\nHost: id.example\n\n", 400, "bad_request");
}

TEST_F(RequestGuard, foldedHeaderIs400) {
    expectRefused(HttpHouse::get("/hello", "X-A: 1\r\n 2\r\n"), 400, "bad_request");
}

TEST_F(RequestGuard, spaceBeforeColonIs400) {
    expectRefused(HttpHouse::post("{}", "Transfer-Encoding : chunked\r\n"), 400, "bad_request");
}

TEST_F(RequestGuard, controlByteIs400) {
    expectRefused(
        HttpHouse::get("/hello", std::string("X-A: 1") + '\0' + "\r\n"), 400, "bad_request");
}

TEST_F(RequestGuard, absoluteFormIs400) {
    expectRefused(HttpHouse::get("http://id.example/hello"), 400, "bad_request");
}

TEST_F(RequestGuard, escapedSlashIs400) {
    expectRefused(HttpHouse::get("/%2fhello"), 400, "bad_request");
}

TEST_F(RequestGuard, otherVersionsAre400) {
    expectRefused("GET /hello HTTP/2.0\r\nHost: id.example\r\n\r\n", 400, "bad_request");
    expectRefused("GET /hello\r\n\r\n", 400, "bad_request");
}

TEST_F(RequestGuard, unknownHostIs421) {
    RecordProperty("requirement", "L-13");
    RawClient client = house_.connect();
    EXPECT_EQ(client.ask("GET /hello HTTP/1.1\r\nHost: evil.example\r\n\r\n").status, 421);
    EXPECT_EQ(house_.handled, 0);
}

TEST_F(RequestGuard, readsExactlyContentLengthBytes) {
    // The second request is what a smuggler hides in the body of the first: it must be answered as
    // one of its own.
    RawClient client = house_.connect();
    ASSERT_TRUE(client.send(HttpHouse::post("{\"a\":1}") + HttpHouse::get("/hello") +
                            HttpHouse::post("[2]")));
    EXPECT_EQ(client.read().body, "{\"a\":1}");
    EXPECT_EQ(client.read().body, "hello");
    EXPECT_EQ(client.read().body, "[2]");
    EXPECT_EQ(house_.handled, 3);
}

TEST_F(RequestGuard, guardsAPipelinedRequestLikeTheFirst) {
    RawClient client = house_.connect();
    ASSERT_TRUE(client.send(HttpHouse::get("/hello") + "GET /hello HTTP/1.1\nHost: id.example\n\n" +
                            HttpHouse::get("/hello")));
    EXPECT_EQ(client.read().status, 200);
    EXPECT_EQ(client.read().status, 400);
    EXPECT_TRUE(client.isClosed());
    EXPECT_EQ(house_.handled, 1) << "nothing behind a refusal is read";
}

TEST_F(RequestGuard, takesARequestByteByByte) {
    RawClient client = house_.connect();
    for (const char byte : HttpHouse::post("{\"a\":\"b\"}"))
        ASSERT_TRUE(client.send(std::string_view(&byte, 1)));
    EXPECT_EQ(client.read().body, "{\"a\":\"b\"}");
}

}  // namespace
}  // namespace sallyport::http
