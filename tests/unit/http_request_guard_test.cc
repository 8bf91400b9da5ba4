#include "http/request_guard.h"

#include <gmock/gmock.h>

namespace sallyport::http {
namespace {

/// A request that passes, but for what a case changes.
std::string headOf(std::string_view request_line, std::string_view fields) {
    return std::string(request_line) + "\r\n" + std::string(fields) + "\r\n";
}

std::string post(std::string_view fields) {
    return headOf("POST /api/v1/links HTTP/1.1",
                  std::string("Host: id.example\r\n") + std::string(fields));
}

std::string get(std::string_view target) {
    return headOf("GET " + std::string(target) + " HTTP/1.1", "Host: id.example\r\n");
}

std::string_view codeOf(const Refusal& refusal) {
    return info(refusal.problem).code;
}

/// "accepted", "more", or the code of the refusal.
std::string_view verdict(std::string_view bytes) {
    const auto end = findHeadEnd(bytes);
    if (const auto* refusal = std::get_if<Refusal>(&end)) return codeOf(*refusal);
    const auto size = std::get<std::optional<std::size_t>>(end);
    if (!size.has_value()) return "more";
    const auto head = parseHead(bytes.substr(0, *size));
    const auto* refusal = std::get_if<Refusal>(&head);
    return refusal == nullptr ? "accepted" : codeOf(*refusal);
}

struct GuardCase {
    std::string name;
    std::string bytes;
    std::string_view verdict;
};

void PrintTo(const GuardCase& guard_case,
             std::ostream* out) {  // NOLINT(readability-identifier-naming)
    *out << guard_case.name;
}

class RequestGuardTable : public testing::TestWithParam<GuardCase> {};

TEST_P(RequestGuardTable, decides) {
    RecordProperty("requirement", "L-13,O-02");
    EXPECT_EQ(verdict(GetParam().bytes), GetParam().verdict);
}

std::vector<GuardCase> framingCases() {
    return {
        {"plainPost", post("Content-Length: 2\r\n"), "accepted"},
        {"emptyBody", post("Content-Length: 0\r\n"), "accepted"},
        {"largestBody", post("Content-Length: 65536\r\n"), "accepted"},
        {"bodyTooLarge", post("Content-Length: 65537\r\n"), "too_large"},
        {"lengthBeyondEveryNumber",
         post("Content-Length: 99999999999999999999999\r\n"),
         "too_large"},
        {"noLength", post(""), "length_required"},
        {"deleteWithoutLength",
         headOf("DELETE /api/v1/session HTTP/1.1", "Host: h\r\n"),
         "accepted"},
        {"getWithZeroLength",
         headOf("GET / HTTP/1.1", "Host: h\r\nContent-Length: 0\r\n"),
         "accepted"},
        {"getWithBody",
         headOf("GET / HTTP/1.1", "Host: h\r\nContent-Length: 1\r\n"),
         "bad_request"},
        {"transferEncoding", post("Transfer-Encoding: chunked\r\n"), "length_required"},
        {"transferEncodingIdentity", post("Transfer-Encoding: identity\r\n"), "length_required"},
        {"transferEncodingEmpty", post("Transfer-Encoding:\r\n"), "length_required"},
        {"transferEncodingBesideLength",
         post("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"),
         "length_required"},
        {"transferEncodingInOtherCase", post("tRANSFER-eNCODING: chunked\r\n"), "length_required"},
        {"lengthNegative", post("Content-Length: -1\r\n"), "bad_request"},
        {"lengthPlus", post("Content-Length: +2\r\n"), "bad_request"},
        {"lengthHexadecimal", post("Content-Length: 0x2\r\n"), "bad_request"},
        {"lengthList", post("Content-Length: 2, 2\r\n"), "bad_request"},
        {"lengthEmpty", post("Content-Length: \r\n"), "bad_request"},
        {"lengthWithSpaceInside", post("Content-Length: 1 2\r\n"), "bad_request"},
        {"lengthSigned", post("Content-Length: 2\v\r\n"), "bad_request"},
        {"lengthTwiceTheSame", post("Content-Length: 2\r\nContent-Length: 2\r\n"), "bad_request"},
        {"lengthTwiceInOtherCase",
         post("Content-Length: 2\r\ncontent-length: 3\r\n"),
         "bad_request"},
        {"expect", post("Content-Length: 2\r\nExpect: 100-continue\r\n"), "bad_request"},
    };
}

std::vector<GuardCase> fieldCases() {
    const std::string ok = "Content-Length: 2\r\n";
    std::vector<GuardCase> cases = {
        {"noHost", headOf("GET / HTTP/1.1", ""), "bad_request"},
        {"twoHosts", headOf("GET / HTTP/1.1", "Host: a\r\nHost: a\r\n"), "bad_request"},
        {"foldedLine", post(ok + "X-A: 1\r\n 2\r\n"), "bad_request"},
        {"foldedLineWithTab", post(ok + "X-A: 1\r\n\t2\r\n"), "bad_request"},
        {"foldedFirstLine", headOf("GET / HTTP/1.1", " Host: a\r\n"), "bad_request"},
        {"spaceBeforeColon", post(ok + "X-A : 1\r\n"), "bad_request"},
        {"tabBeforeColon", post(ok + "X-A\t: 1\r\n"), "bad_request"},
        {"noColon", post(ok + "X-A\r\n"), "bad_request"},
        {"noName", post(ok + ": 1\r\n"), "bad_request"},
        {"nameWithBracket", post(ok + "X(A): 1\r\n"), "bad_request"},
        {"nameBeyondAscii", post(ok + "X-\xc3\xa4: 1\r\n"), "bad_request"},
        {"valueWithNul", post(ok + "X-A: 1" + std::string(1, '\0') + "\r\n"), "bad_request"},
        {"valueWithBell", post(ok + "X-A: \a\r\n"), "bad_request"},
        {"valueWithDelete", post(ok + "X-A: \x7f\r\n"), "bad_request"},
        {"valueWithBareReturn", post(ok + "X-A: 1\r2\r\n"), "bad_request"},
        {"valueWithTab", post(ok + "X-A: 1\t2\r\n"), "accepted"},
        {"valueBeyondAscii", post(ok + "User-Agent: \xc3\xa4\r\n"), "accepted"},
        {"valueEmpty", post(ok + "X-A:\r\n"), "accepted"},
        {"bareLineFeed", "GET / HTTP/1.1\nHost: a\n\n", "bad_request"},
        {"bareLineFeedInside", "GET / HTTP/1.1\r\nHost: a\nX-A: 1\r\n\r\n", "bad_request"},
        {"bareLineFeedAtTheEnd", "GET / HTTP/1.1\r\nHost: a\r\n\n", "bad_request"},
        {"emptyLineBefore", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "bad_request"},
        {"unfinished", "GET / HTTP/1.1\r\nHost: a\r\n", "more"},
        {"nothing", "", "more"},
    };

    struct Single {
        std::string case_name;
        std::string field;
    };

    for (const Single& single : {Single{"Authorization", "Authorization"},
                                 Single{"ContentType", "Content-Type"},
                                 Single{"Origin", "Origin"},
                                 Single{"Cookie", "Cookie"},
                                 Single{"CsrfToken", "X-CSRF-Token"},
                                 Single{"ClientCert", "Client-Cert"}}) {
        const std::string once = ok + single.field + ": a\r\n";
        cases.push_back({"one" + single.case_name, post(once), "accepted"});
        cases.push_back(
            {"two" + single.case_name, post(once + single.field + ": b\r\n"), "bad_request"});
    }
    return cases;
}

std::vector<GuardCase> sizeCases() {
    const auto with_fields = [](std::size_t count) {
        std::string fields = "Host: a\r\n";
        for (std::size_t i = 1; i < count; ++i) fields += "X-" + std::to_string(i) + ": 1\r\n";
        return headOf("GET / HTTP/1.1", fields);
    };
    const auto of_bytes = [](std::size_t size) {
        const std::string rest = "GET / HTTP/1.1\r\nHost: a\r\nX-A: \r\n\r\n";
        return "GET / HTTP/1.1\r\nHost: a\r\nX-A: " + std::string(size - rest.size(), 'a') +
               "\r\n\r\n";
    };
    return {
        {"mostFields", with_fields(64), "accepted"},
        {"tooManyFields", with_fields(65), "headers_too_large"},
        {"mostBytes", of_bytes(kMaxHeadBytes), "accepted"},
        {"tooManyBytes", of_bytes(kMaxHeadBytes + 1), "headers_too_large"},
        {"endlessLine", "GET /" + std::string(kMaxHeadBytes, 'a'), "headers_too_large"},
        {"longestTarget", get("/" + std::string(kMaxTargetBytes - 1, 'a')), "accepted"},
        {"targetTooLong", get("/" + std::string(kMaxTargetBytes, 'a')), "headers_too_large"},
    };
}

std::vector<GuardCase> requestLineCases() {
    const std::string host = "Host: a\r\n";
    return {
        {"unknownMethod", headOf("BREW / HTTP/1.1", host + "Content-Length: 0\r\n"), "accepted"},
        {"methodNoToken", headOf("G(T / HTTP/1.1", host), "bad_request"},
        {"methodMissing", headOf(" / HTTP/1.1", host), "bad_request"},
        {"twoSpaces", headOf("GET  / HTTP/1.1", host), "bad_request"},
        {"spaceInTarget", headOf("GET /a b HTTP/1.1", host), "bad_request"},
        {"tabForSpace", headOf("GET\t/ HTTP/1.1", host), "bad_request"},
        {"trailingSpace", headOf("GET / HTTP/1.1 ", host), "bad_request"},
        {"noVersion", headOf("GET /", host), "bad_request"},
        {"versionTwo", headOf("GET / HTTP/2.0", host), "bad_request"},
        {"versionOnePointTwo", headOf("GET / HTTP/1.2", host), "bad_request"},
        {"versionInLowerCase", headOf("GET / http/1.1", host), "bad_request"},
        {"versionOnePointZero", headOf("GET / HTTP/1.0", host), "accepted"},
        {"versionOnePointZeroWithoutHost", headOf("GET / HTTP/1.0", ""), "bad_request"},
        {"absoluteForm", get("http://id.example/"), "bad_request"},
        {"authorityForm", headOf("CONNECT id.example:443 HTTP/1.1", host), "bad_request"},
        {"asteriskForm", headOf("OPTIONS * HTTP/1.1", host), "bad_request"},
        {"noSlash", get("links"), "bad_request"},
        {"fragment", get("/link#a"), "bad_request"},
        {"escapeOfLetter", get("/%61"), "accepted"},
        {"escapeCut", get("/%6"), "bad_request"},
        {"escapeNotHexadecimal", get("/%6g"), "bad_request"},
        {"escapeOfNul", get("/%00"), "bad_request"},
        {"escapeOfLineFeed", get("/%0a"), "bad_request"},
        {"escapeOfSlash", get("/a%2Fb"), "bad_request"},
        {"escapeOfBackslash", get("/a%5cb"), "bad_request"},
        {"escapeBeyondAscii", get("/%c3%a4"), "bad_request"},
        {"beyondAscii", get("/\xc3\xa4"), "bad_request"},
        {"backslash", get("/a\\b"), "bad_request"},
        {"dotSegment", get("/a/./b"), "bad_request"},
        {"dotDotSegment", get("/a/../b"), "bad_request"},
        {"dotDotSegmentAtTheEnd", get("/a/.."), "bad_request"},
        {"dotDotSegmentEscaped", get("/a/%2e%2e/b"), "bad_request"},
        {"dotsInAName", get("/.well-known/a..b"), "accepted"},
        {"query", get("/a?wait=30&x=%20/?"), "accepted"},
        {"queryWithBadEscape", get("/a?x=%zz"), "bad_request"},
        {"queryWithQuote", get("/a?x=\""), "bad_request"},
        {"queryEmpty", get("/a?"), "accepted"},
    };
}

std::string caseName(const testing::TestParamInfo<GuardCase>& parameter) {
    return parameter.param.name;
}

INSTANTIATE_TEST_SUITE_P(Framing, RequestGuardTable, testing::ValuesIn(framingCases()), caseName);
INSTANTIATE_TEST_SUITE_P(Fields, RequestGuardTable, testing::ValuesIn(fieldCases()), caseName);
INSTANTIATE_TEST_SUITE_P(Sizes, RequestGuardTable, testing::ValuesIn(sizeCases()), caseName);
INSTANTIATE_TEST_SUITE_P(RequestLine,
                         RequestGuardTable,
                         testing::ValuesIn(requestLineCases()),
                         caseName);

TEST(RequestGuard, readsWhatItAccepts) {
    const std::string bytes =
        "POST /a%20b/c?d=%20e HTTP/1.1\r\nHost: id.example\r\nX-Name: \t two words "
        "\t\r\ncontent-length: 5\r\n\r\n";
    const auto end = findHeadEnd(bytes + "hello");
    ASSERT_EQ(std::get<std::optional<std::size_t>>(end), bytes.size());
    const auto parsed = parseHead(bytes);
    const auto& head = std::get<RequestHead>(parsed);
    EXPECT_EQ(head.request.method, "POST");
    EXPECT_EQ(head.request.path, "/a b/c");
    EXPECT_EQ(head.request.query, "d=%20e");
    EXPECT_EQ(*head.request.headers.find("x-name"), "two words");
    EXPECT_EQ(head.content_length, 5U);
    EXPECT_TRUE(head.keep_alive);
}

TEST(RequestGuard, closesWhenItIsAsked) {
    const auto keeps = [](std::string_view version, std::string_view field) {
        const auto parsed =
            parseHead(headOf("GET / " + std::string(version), "Host: a\r\n" + std::string(field)));
        return std::get<RequestHead>(parsed).keep_alive;
    };
    EXPECT_TRUE(keeps("HTTP/1.1", ""));
    EXPECT_TRUE(keeps("HTTP/1.1", "Connection: keep-alive\r\n"));
    EXPECT_TRUE(keeps("HTTP/1.1", "Connection: closed\r\n"));
    EXPECT_FALSE(keeps("HTTP/1.1", "Connection: Close\r\n"));
    EXPECT_FALSE(keeps("HTTP/1.1", "Connection: upgrade , close\r\n"));
    EXPECT_FALSE(keeps("HTTP/1.1", "Connection: upgrade\r\nConnection: close\r\n"));
    EXPECT_FALSE(keeps("HTTP/1.0", ""));
    EXPECT_FALSE(keeps("HTTP/1.0", "Connection: keep-alive\r\n"));
}

}  // namespace
}  // namespace sallyport::http
