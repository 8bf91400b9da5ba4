#include "base/log.h"
#include "oauth/client_assertion.h"
#include "tests/support/fakes.h"
#include "tests/support/jwt_signer.h"
#include "tests/support/matchers.h"
#include "tests/support/test_database.h"
#include "token/jwk.h"

#include <gmock/gmock.h>

#include <functional>
#include <thread>

namespace sallyport::oauth {
namespace {

using std::chrono::seconds;
using test::failsWith;
using test::isOk;
using test::JwtSigner;

constexpr const char* kIssuer = "https://id.example";

class ClientAssertionsTest : public testing::Test {
  protected:
    static Client client(const std::string& id, const std::vector<const JwtSigner*>& signers) {
        Client client;
        client.id = id;
        client.resource = id;
        for (const JwtSigner* signer : signers)
            client.keys.push_back(token::parseJwk(signer->jwk()).value());
        return client;
    }

    std::int64_t in(std::int64_t offset) const { return micros(clock_.now()) / 1'000'000 + offset; }

    Json::Object claims() {
        return {{"iss", "shop"},
                {"sub", "shop"},
                {"aud", kIssuer},
                {"exp", in(60)},
                {"iat", in(0)},
                {"jti", "jti-" + std::to_string(++count_)}};
    }

    Json::Object changed(const char* name, Json value) {
        Json::Object all = claims();
        all[name] = std::move(value);
        return all;
    }

    Json::Object without(const char* name) {
        Json::Object all = claims();
        all.erase(name);
        return all;
    }

    Result<const Client*> present(const std::string& assertion) {
        return assertions().authenticate(assertion, Deadline::after(seconds(30)));
    }

    ClientAssertions assertions() {
        return ClientAssertions({clients_, database_.get(), clock_, database_.metrics(), log_},
                                kIssuer);
    }

    std::size_t replays() {
        const auto rows =
            database_->read(Deadline::after(seconds(30)), [](storage::Transaction& transaction) {
                return transaction.query("SELECT id FROM replays", {});
            });
        return rows->size();
    }

    test::TestClock clock_;
    test::TestDatabase database_;
    std::vector<std::string> lines_;
    Log log_{clock_, [this](std::string_view line) { lines_.emplace_back(line); }};
    JwtSigner signer_{token::Algorithm::kEs256, "a"};
    JwtSigner second_{token::Algorithm::kPs256, "b"};
    JwtSigner bank_{token::Algorithm::kEdDsa};
    Clients clients_ =
        Clients::make({client("shop", {&signer_, &second_}), client("bank", {&bank_})}).value();
    int count_ = 0;
};

TEST_F(ClientAssertionsTest, showWhichClientCalls) {
    RecordProperty("requirement", "N-02");
    const auto shop = present(signer_.sign(claims()));
    ASSERT_THAT(shop, isOk());
    EXPECT_EQ((*shop)->id, "shop");
    EXPECT_THAT(present(second_.sign(claims())), isOk());
    Json::Object own = claims();
    own["iss"] = own["sub"] = "bank";
    const auto bank = present(bank_.sign(own));
    ASSERT_THAT(bank, isOk());
    EXPECT_EQ((*bank)->id, "bank");
}

TEST_F(ClientAssertionsTest, areOfAnAllowedType) {
    RecordProperty("requirement", "T-02");
    EXPECT_THAT(present(signer_.sign(claims(), "client-authentication+jwt")), isOk());
    EXPECT_THAT(present(signer_.signText(R"({"alg":"ES256"})", Json(claims()).text())), isOk());
    for (const char* typ : {"sallyport-grant+jwt",
                            "at+jwt",
                            "dpop+jwt",
                            "secevent+jwt",
                            "logout+jwt",
                            "oauth-authz-req+jwt",
                            "jwt",
                            "JWT "}) {
        EXPECT_THAT(present(signer_.sign(claims(), typ)), failsWith(ErrorCode::kUnauthenticated))
            << typ;
    }
}

TEST_F(ClientAssertionsTest, areSignedByAKeyOfThatVeryClient) {
    RecordProperty("requirement", "T-02,T-03");
    const auto refused = failsWith(ErrorCode::kUnauthenticated);
    // Another client's key, a stranger's key, a kid of the other key, an algorithm of no key.
    EXPECT_THAT(present(bank_.sign(claims())), refused);
    EXPECT_THAT(present(JwtSigner(token::Algorithm::kEs256, "a").sign(claims())), refused);
    EXPECT_THAT(present(signer_.signText(R"({"alg":"ES256","kid":"b"})", Json(claims()).text())),
                refused);
    EXPECT_THAT(present(signer_.signText(R"({"alg":"ES256","kid":"c"})", Json(claims()).text())),
                refused);
    EXPECT_THAT(present(second_.signText(R"({"alg":"RS256","kid":"b"})", Json(claims()).text())),
                refused);
    EXPECT_THAT(present(signer_.signText(R"({"alg":"none"})", Json(claims()).text())), refused);
    EXPECT_THAT(present(signer_.signText(R"({"alg":"HS256"})", Json(claims()).text())), refused);
    EXPECT_THAT(
        present(signer_.signText(R"({"alg":"ES256","jwk":)" + signer_.jwk() + R"(,"kid":"zz"})",
                                 Json(claims()).text())),
        refused);
}

TEST_F(ClientAssertionsTest, areMadeForUsByWhoHeIs) {
    RecordProperty("requirement", "T-13");
    const auto refused = failsWith(ErrorCode::kUnauthenticated);
    for (const char* name : {"iss", "sub", "aud", "exp", "jti"})
        EXPECT_THAT(present(signer_.sign(without(name))), refused) << name;
    for (const char* other : {"bank", "Shop", "shop ", "", "nobody"}) {
        EXPECT_THAT(present(signer_.sign(changed("iss", other))), refused) << other;
        EXPECT_THAT(present(signer_.sign(changed("sub", other))), refused) << other;
    }
    for (const Json& audience : {Json("https://id.example/"),
                                 Json("https://id.example/oauth2/token"),
                                 Json("https://ID.example"),
                                 Json("http://id.example"),
                                 Json("id.example"),
                                 Json("sallyport-cli:https://id.example"),
                                 Json(Json::Array{kIssuer}),
                                 Json(Json::Array{kIssuer, "https://other.example"}),
                                 Json(1),
                                 Json()}) {
        EXPECT_THAT(present(signer_.sign(changed("aud", audience))), refused) << audience.text();
    }
    EXPECT_THAT(present(signer_.sign(changed("jti", ""))), refused);
    EXPECT_THAT(present(signer_.sign(changed("jti", std::string(129, 'j')))), refused);
    EXPECT_THAT(present(signer_.sign(changed("jti", 1))), refused);
    EXPECT_THAT(present(signer_.sign(changed("iat", "now"))), refused);
    EXPECT_EQ(replays(), 0U);
    EXPECT_THAT(present(signer_.sign(changed("jti", std::string(128, 'j')))), isOk());
}

TEST_F(ClientAssertionsTest, liveForFiveMinutesAtMost) {
    const auto refused = failsWith(ErrorCode::kUnauthenticated);
    EXPECT_THAT(present(signer_.sign(changed("exp", in(300)))), isOk());
    EXPECT_THAT(present(signer_.sign(changed("exp", in(301)))), refused);
    EXPECT_THAT(present(signer_.sign(changed("exp", in(-29)))), isOk());
    EXPECT_THAT(present(signer_.sign(changed("exp", in(-30)))), refused);
    EXPECT_THAT(present(signer_.sign(changed("exp", 0))), refused);
    EXPECT_THAT(present(signer_.sign(changed("exp", "soon"))), refused);
    EXPECT_THAT(present(signer_.sign(changed("nbf", in(0)))), isOk());
    EXPECT_THAT(present(signer_.sign(changed("nbf", in(1)))), refused);
    EXPECT_THAT(present(signer_.sign(without("iat"))), isOk());
}

TEST_F(ClientAssertionsTest, areTakenOnce) {
    const std::string assertion = signer_.sign(claims());
    ASSERT_THAT(present(assertion), isOk());
    EXPECT_THAT(present(assertion), failsWith(ErrorCode::kUnauthenticated));
    // The same jti in another assertion, by another key and with another end.
    Json::Object same = changed("exp", in(200));
    same["jti"] = "jti-1";
    EXPECT_THAT(present(second_.sign(same)), failsWith(ErrorCode::kUnauthenticated));
    // Another client's jti is another one.
    Json::Object other = same;
    other["iss"] = other["sub"] = "bank";
    EXPECT_THAT(present(bank_.sign(other)), isOk());
}

TEST_F(ClientAssertionsTest, areTakenOnceAcrossARestart) {
    const std::string assertion = signer_.sign(claims());
    ASSERT_THAT(present(assertion), isOk());
    database_.close();
    EXPECT_THAT(present(assertion), failsWith(ErrorCode::kUnauthenticated));
}

TEST_F(ClientAssertionsTest, areTakenOnceByManyAtATime) {
    RecordProperty("requirement", "L-04");
    const std::string assertion = signer_.sign(claims());
    database_.get();
    ClientAssertions shared = assertions();
    std::atomic<int> accepted = 0;
    std::vector<std::thread> threads;
    threads.reserve(32);
    for (int i = 0; i < 32; ++i) {
        threads.emplace_back([&] {
            if (shared.authenticate(assertion, Deadline::after(seconds(30)))) ++accepted;
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(accepted, 1);
    EXPECT_EQ(replays(), 1U);
}

TEST_F(ClientAssertionsTest, areRememberedForAsLongAsTheyCouldBeUsed) {
    const auto purge = [this] {
        return *database_->write(Deadline::after(seconds(30)),
                                 [this](storage::Transaction& transaction) {
                                     return purgeReplays(transaction, clock_.now(), 100);
                                 });
    };
    const std::string assertion = signer_.sign(changed("exp", in(300)));
    ASSERT_THAT(present(assertion), isOk());
    clock_.advance(seconds(329));
    EXPECT_EQ(purge(), 0);
    EXPECT_THAT(present(assertion), failsWith(ErrorCode::kUnauthenticated));
    EXPECT_EQ(replays(), 1U);
    clock_.advance(std::chrono::hours(1));
    EXPECT_EQ(purge(), 1);
    EXPECT_EQ(replays(), 0U);
    EXPECT_THAT(present(assertion), failsWith(ErrorCode::kUnauthenticated));
}

TEST_F(ClientAssertionsTest, leaveNothingOfThemselvesInTheLog) {
    RecordProperty("requirement", "S-13");
    const std::string assertion = signer_.sign(claims());
    ASSERT_THAT(present(assertion), isOk());
    ASSERT_THAT(present(assertion), failsWith(ErrorCode::kUnauthenticated));
    ASSERT_THAT(present("canary.canary"), failsWith(ErrorCode::kUnauthenticated));
    ASSERT_EQ(lines_.size(), 2U);
    EXPECT_THAT(lines_[0], testing::HasSubstr("\"client\":\"shop\""));
    for (const std::string& line : lines_) {
        EXPECT_THAT(line, testing::Not(testing::HasSubstr("jti-1")));
        EXPECT_THAT(line, testing::Not(testing::HasSubstr("canary")));
        EXPECT_THAT(line, testing::Not(testing::HasSubstr(assertion)));
    }
}

TEST_F(ClientAssertionsTest, areRefusedWithoutTheDatabase) {
    const std::string assertion = signer_.sign(claims());
    database_.get();
    ClientAssertions shared = assertions();
    EXPECT_THAT(shared.authenticate(assertion, Deadline::after(-seconds(1))),
                failsWith(ErrorCode::kUnavailable));
}

}  // namespace
}  // namespace sallyport::oauth
