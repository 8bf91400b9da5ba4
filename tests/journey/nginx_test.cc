#include "tests/journey/support/journey.h"
#include "tests/support/certificates.h"

#include <gtest/gtest.h>

#include <fstream>

namespace sallyport::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string kAddress = std::string(Installation::kOperator);

/// Debian's nginx as one process in a folder of its own: ends TLS, hands on to `upstream`.
class Nginx {
  public:
    explicit Nginx(std::uint16_t upstream) : port_(freePort()) {
        const std::string at = folder_.path().string();
        std::ofstream(folder_.file("nginx.conf"))
            << "daemon off; master_process off; pid " << at << "/pid; error_log " << at
            << "/error.log;\nevents {}\nhttp {\n access_log " << at << "/access.log;\n"
            << " client_body_temp_path " << at << "/body; proxy_temp_path " << at << "/proxy;\n"
            << " fastcgi_temp_path " << at << "/fastcgi; uwsgi_temp_path " << at
            << "/uwsgi; scgi_temp_path " << at << "/scgi;\n"
            << " server {\n  listen 127.0.0.1:" << port_ << " ssl;\n"
            << "  ssl_certificate " << certificates_.good().certificate << ";\n"
            << "  ssl_certificate_key " << certificates_.good().key << ";\n"
            << "  location / {\n   proxy_pass http://127.0.0.1:" << upstream << ";\n"
            << "   proxy_http_version 1.1; proxy_set_header Connection \"\";\n"
            << "   proxy_set_header Host $host;\n"
            << "   proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n"
            << "  }\n }\n}\n";
        process_ = std::make_unique<ChildProcess>(std::vector<std::string>{
            "/usr/sbin/nginx", "-p", at, "-e", at + "/error.log", "-c", at + "/nginx.conf"});
    }

    std::uint16_t port() const { return port_; }

    std::string log(const std::string& name) const {
        std::ifstream in(folder_.file(name));
        return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    }

  private:
    TemporaryDirectory folder_;
    Certificates certificates_;
    std::uint16_t port_;
    std::unique_ptr<ChildProcess> process_;
};

std::vector<std::string> cookiesOf(const HttpAnswer& answer) {
    std::vector<std::string> lines;
    for (const auto& [name, value] : answer.headers)
        if (name == "Set-Cookie") lines.push_back(value);
    return lines;
}

/// Profile `standard` behind nginx on 127.0.0.1, which alone is believed.
class NginxInFront : public testing::Test {
  protected:
    NginxInFront() {
        installation.addToConfig("http", R"(trusted_proxies = ["127.0.0.1"])");
        daemon = std::make_unique<Daemon>(installation);
        nginx = std::make_unique<Nginx>(installation.port());
        Browser browser = behind("127.0.0.1");
        const auto answers = [&] {
            try {
                return browser.get("/login").status == 200;
            } catch (const std::runtime_error&) {
                return false;
            }
        };
        EXPECT_TRUE(awaitUntil(answers)) << nginx->log("error.log");
    }

    Browser behind(const std::string& source) const {
        Browser browser(*daemon);
        browser.source = source;
        browser.tls_port = nginx->port();
        return browser;
    }

    Browser direct(const std::string& source) const {
        Browser browser(*daemon);
        browser.source = source;
        return browser;
    }

    Installation installation{"standard"};
    std::unique_ptr<Daemon> daemon;
    std::unique_ptr<Nginx> nginx;
};

TEST_F(NginxInFront, keepsTheCookiesAsTheyAre) {
    RecordProperty("requirement", "S-07, L-13");
    Browser browser = behind("127.0.0.5");
    const std::size_t before = installation.mails().size();
    const HttpAnswer asked = browser.askForLink(kAddress);
    ASSERT_EQ(asked.status, 202) << asked.body;
    const ReceivedMail mail = installation.awaitMail(before + 1);
    EXPECT_THAT(mail.link, StartsWith("https://login.example.org/link#"));
    const HttpAnswer session = browser.redeem(mail.token);
    ASSERT_EQ(session.status, 200) << session.body;

    std::vector<std::string> cookies = cookiesOf(asked);
    ASSERT_EQ(cookies.size(), 1);
    EXPECT_THAT(cookies.front(), StartsWith("__Host-sallyport-login="));
    EXPECT_THAT(cookies.front(), HasSubstr("; SameSite=Strict"));
    const std::vector<std::string> opened = cookiesOf(session);
    ASSERT_EQ(opened.size(), 2);
    EXPECT_THAT(opened[0], StartsWith("__Host-sallyport-session="));
    EXPECT_THAT(opened[0], HasSubstr("; SameSite=Lax"));
    EXPECT_THAT(opened[1], StartsWith("__Host-sallyport-known="));
    EXPECT_THAT(opened[1], HasSubstr("; SameSite=Strict"));
    cookies.insert(cookies.end(), opened.begin(), opened.end());
    for (const std::string& cookie : cookies)
        EXPECT_THAT(cookie,
                    AllOf(HasSubstr("; Secure"),
                          HasSubstr("; HttpOnly"),
                          HasSubstr("; Path=/;"),
                          Not(HasSubstr("Domain"))));
    EXPECT_EQ(session.header("Strict-Transport-Security").empty(), false);
    EXPECT_EQ(browser.get("/api/v1/session").status, 200);
    EXPECT_THAT(nginx->log("access.log"), Not(HasSubstr(mail.token)));
}

TEST_F(NginxInFront, countsTheClientThatItNames) {
    RecordProperty("requirement", "L-12");
    Browser crowd = behind("127.0.0.9");
    for (int i = 0; i < 20; ++i) ASSERT_EQ(crowd.askForLink("nobody@example.test").status, 202);
    EXPECT_THAT(crowd.askForLink(kAddress), isProblem(429, "rate_limited"));
    // What the client wrote itself stands further left, and is not believed.
    crowd.more_headers = {{"X-Forwarded-For", "192.0.2.1"}};
    EXPECT_THAT(crowd.askForLink(kAddress), isProblem(429, "rate_limited"));
    crowd.more_headers = {{"X-Forwarded-For", "127.0.0.1"}};
    EXPECT_THAT(crowd.askForLink(kAddress), isProblem(429, "rate_limited"));
    EXPECT_EQ(behind("127.0.0.10").askForLink(kAddress).status, 202);
}

TEST_F(NginxInFront, aForgedHeaderIsStripped) {
    RecordProperty("requirement", "L-12");
    Browser forger = direct("127.0.0.3");
    for (int i = 0; i < 20; ++i) {
        forger.more_headers = {{"X-Forwarded-For", "192.0.2." + std::to_string(i)},
                               {"Forwarded", "for=192.0.2." + std::to_string(i)}};
        ASSERT_EQ(forger.askForLink("nobody@example.test").status, 202);
    }
    forger.more_headers = {{"X-Forwarded-For", "192.0.2.99"}};
    EXPECT_THAT(forger.askForLink(kAddress), isProblem(429, "rate_limited"));
    // The one that it named last has spent nothing: its own word counts only from the proxy.
    Browser named = direct("127.0.0.1");
    named.more_headers = {{"X-Forwarded-For", "192.0.2.19"}};
    EXPECT_EQ(named.askForLink(kAddress).status, 202);
}

TEST_F(NginxInFront, anotherHostIsMisdirected) {
    RecordProperty("requirement", "L-13");
    for (Browser browser : {direct("127.0.0.3"), behind("127.0.0.3")}) {
        for (const std::string host : {"localhost",
                                       "127.0.0.1",
                                       "evil.example",
                                       "login.example.org.evil.example",
                                       "127.0.0.1:8080"}) {
            HttpQuestion question =
                browser.compose("POST", "/api/v1/links", Json::Object{{"email", kAddress}});
            question.set("Host", host);
            EXPECT_THAT(browser.send(question), isProblem(421, "wrong_host")) << host;
            question.set("X-Forwarded-Host", "login.example.org");
            EXPECT_THAT(browser.send(question), isProblem(421, "wrong_host")) << host;
        }
    }
    EXPECT_EQ(direct("127.0.0.3").askForLink(kAddress).status, 202);
}

}  // namespace
}  // namespace sallyport::test
