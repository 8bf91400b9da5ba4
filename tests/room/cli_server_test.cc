#include "tests/support/certificates.h"
#include "tests/support/cli_program.h"
#include "tests/support/scripted_sallyport.h"
#include "tests/support/scripted_server.h"

#include <gmock/gmock.h>

namespace sallyport::test {
namespace {

using testing::HasSubstr;
using testing::Not;

KeyModel keyWithSensor() {
    KeyModel model;
    model.attestation = KeyModel::Attestation::kSelf;
    model.built_in_uv = true;
    return model;
}

struct AnswerCase {
    const char* name;
    std::string answer;
    int code;
    const char* sentence;
};

class CliServer : public testing::TestWithParam<AnswerCase> {};

TEST_P(CliServer, thatMisbehavesIsRefusedInPlainWords) {
    ScriptedSite site([](const SiteRequest&) { return GetParam().answer; });
    CliProgram program;
    EnrolledKey::on(program.slots.add(keyWithSensor()).key());
    leaveSession(*program.runtime_directory, site.origin());
    EXPECT_EQ(program.run({"actions"}), GetParam().code) << program.err;
    EXPECT_THAT(program.err, HasSubstr(GetParam().sentence));
    EXPECT_EQ(program.out, "");
    EXPECT_THAT(program.err, Not(HasSubstr("\x1b")));
    EXPECT_EQ(site.heard().size(), 1U);
}

std::string raw(const std::string& status, const std::string& head, const std::string& body) {
    return "HTTP/1.1 " + status + "\r\n" + head + "Content-Length: " + std::to_string(body.size()) +
           "\r\nConnection: close\r\n\r\n" + body;
}

std::string problem(int status, const char* code, const char* more = "") {
    return siteAnswer(status,
                      Json::Object{{"type", "about:blank"},
                                   {"title", "T"},
                                   {"status", status},
                                   {"code", code},
                                   {"trace", "0123456789abcdef"}},
                      more);
}

const std::string kJson = "Content-Type: application/json\r\n";

INSTANTIATE_TEST_SUITE_P(
    Answers,
    CliServer,
    testing::Values(
        AnswerCase{"redirect",
                   raw("302 Found", kJson + "Location: https://evil.test/\r\n", "{}"),
                   1,
                   "elsewhere (redirect)"},
        AnswerCase{"tooMuch", raw("200 OK", kJson, std::string(2 << 20, ' ')), 1, "more than any"},
        AnswerCase{"html",
                   raw("200 OK", "Content-Type: text/html\r\n", "<html>{}</html>"),
                   1,
                   "is no Sallyport"},
        AnswerCase{"noType", raw("200 OK", "", "{}"), 1, "is no Sallyport"},
        AnswerCase{"brokenJson", raw("200 OK", kJson, "{\"actions\":[}"), 1, "is no Sallyport"},
        AnswerCase{"jsonTwice", raw("200 OK", kJson, R"({"a":1,"a":2})"), 1, "is no Sallyport"},
        AnswerCase{"otherDocument", raw("200 OK", kJson, "{}"), 1, "has no \"actions\""},
        AnswerCase{"notHttp", "SSH-2.0-OpenSSH_9.2\r\n", 1, "is no Sallyport"},
        AnswerCase{"hangsUp", "", 4, "closed the connection"},
        AnswerCase{"unauthenticated",
                   problem(401, "unauthenticated"),
                   1,
                   "You are not signed in. Touch your key: sallyport login"},
        AnswerCase{"locked",
                   problem(401, "session_locked"),
                   1,
                   "Your session is locked. Touch your key: sallyport login (session_locked, trace "
                   "0123456789abcdef)"},
        AnswerCase{"stepUp", problem(403, "step_up_required"), 3, "session.step-up"},
        AnswerCase{"forbidden", problem(403, "forbidden"), 3, "You may not do this. (forbidden"},
        AnswerCase{"origin", problem(403, "bad_origin"), 3, "webauthn.cli_origin"},
        AnswerCase{"notFound", problem(404, "not_found"), 1, "does not know this"},
        AnswerCase{"tooMany",
                   problem(429, "rate_limited", "Retry-After: 17\r\n"),
                   4,
                   "Try again in 17 s."},
        AnswerCase{"unavailable",
                   problem(503, "unavailable", "Retry-After: 5\r\n"),
                   4,
                   "cannot do this at the moment. Try again in 5 s."},
        AnswerCase{"unknownCode", problem(418, "teapot"), 1, "The server refuses this. (teapot"},
        AnswerCase{
            "escapes", problem(403, "\x1b[2J\xe2\x80\xae"), 1, "(\\u{1b}[2J\\u{202e}, trace"}),
    [](const testing::TestParamInfo<AnswerCase>& parameter) { return parameter.param.name; });

TEST(CliLogin, makesNoAssertionForAnothersName) {
    ScriptedSite site([](const SiteRequest& request) {
        Json::Object options = *requestOptions(Bytes(32, 7)).asObject();
        options["rpId"] = "bank.test";
        if (request.path != "/api/v1/sign-in") return signInAnswer(request);
        return siteAnswer(200,
                          Json::Object{{"id", "CCCCCCCCCCCCCCCCCCCCCA"},
                                       {"publicKey", std::move(options)},
                                       {"csrf_token", "t"}});
    });
    CliProgram program;
    auto& device = program.slots.add(keyWithSensor());
    EnrolledKey::on(device.key());
    const auto before = device.key().counter();
    EXPECT_EQ(program.run({"login", "--server", site.origin()}), 3) << program.err;
    EXPECT_THAT(program.err, HasSubstr("bank.test"));
    EXPECT_EQ(device.key().counter(), before);
    EXPECT_EQ(site.heard().size(), 1U);
}

TEST(CliLogin, keepsTheSessionAndForgetsItAtTheEnd) {
    ScriptedSite site([](const SiteRequest& request) {
        if (request.method == "DELETE") return siteAnswer(204, Json());
        return signInAnswer(request);
    });
    CliProgram program;
    EnrolledKey::on(program.slots.add(keyWithSensor()).key());
    EXPECT_EQ(program.run({"login", "--json", "--server", site.origin()}), 0) << program.err;
    EXPECT_THAT(program.out, HasSubstr(R"("address":"alice@example.test")"));
    EXPECT_THAT(program.out, Not(HasSubstr("token-of-session")));
    const std::string file = program.file("sallyport/session");
    EXPECT_TRUE(std::filesystem::exists(file));

    EXPECT_EQ(program.run({"logout"}), 0) << program.err;
    EXPECT_FALSE(std::filesystem::exists(file));
    const SiteRequest last = site.heard().back();
    EXPECT_EQ(last.path, "/api/v1/session");
    EXPECT_EQ(last.headers.at("cookie"), "sallyport-session=" + std::string(kSessionCookie));
    EXPECT_EQ(last.headers.at("x-csrf-token"), "token-of-session");
    EXPECT_EQ(last.headers.at("origin"), "sallyport-cli:" + site.origin());
}

TEST(CliLogin, forgetsTheSessionEvenIfTheServerIsGone) {
    CliProgram program;
    leaveSession(*program.runtime_directory, "http://localhost:1");
    EXPECT_EQ(program.run({"logout"}), 4);
    EXPECT_THAT(program.err, HasSubstr("has forgotten the session"));
    EXPECT_FALSE(std::filesystem::exists(program.file("sallyport/session")));
}

/// A server with TLS that answers one request, if it gets one.
class CliTls : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        certificates = std::make_unique<Certificates>();
        ::setenv("SSL_CERT_FILE", certificates->caFile().c_str(), 1);
    }

    static void TearDownTestSuite() {
        ::unsetenv("SSL_CERT_FILE");
        certificates.reset();
    }

    int ask(const Certificates::Pair& pair) {
        ScriptedServer server([&](ScriptedServer::Conversation& conversation) {
            if (!conversation.startTls(pair.certificate, pair.key)) return;
            while (!conversation.hear().empty()) {
            }
            if (conversation.heard().empty()) return;
            requests += 1;
            conversation.say(siteAnswer(200, Json::Object{{"actions", Json::Array{}}}));
        });
        leaveSession(*program.runtime_directory,
                     "https://localhost:" + std::to_string(server.port()));
        const int code = program.run({"actions"});
        server.finish();
        return code;
    }

    static std::unique_ptr<Certificates> certificates;
    CliProgram program;
    int requests = 0;
};

std::unique_ptr<Certificates> CliTls::certificates;

TEST_F(CliTls, speaksToTheServerOfThatName) {
    EXPECT_EQ(ask(certificates->good()), 0) << program.err;
    EXPECT_EQ(requests, 1);
    EXPECT_THAT(program.out, HasSubstr("Nothing waits for you."));
}

TEST_F(CliTls, saysNothingToAServerOfAnotherName) {
    EXPECT_EQ(ask(certificates->otherName()), 4) << program.err;
    EXPECT_THAT(program.err, HasSubstr("certificate"));
    EXPECT_EQ(requests, 0);
}

TEST_F(CliTls, saysNothingToAServerOfAnUnknownAuthority) {
    EXPECT_EQ(ask(certificates->untrusted()), 4) << program.err;
    EXPECT_THAT(program.err, HasSubstr("certificate"));
    EXPECT_EQ(requests, 0);
}

}  // namespace
}  // namespace sallyport::test
