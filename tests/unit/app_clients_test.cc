#include "app/clients.h"
#include "tests/support/jwt_signer.h"
#include "tests/support/matchers.h"
#include "tests/support/temporary_directory.h"

#include <gmock/gmock.h>

#include <fstream>

namespace sallyport::app {
namespace {

using test::failsWith;
using test::isOk;
using test::JwtSigner;
using testing::HasSubstr;

class ClientsTest : public testing::Test {
  protected:
    static Config::Client client(const std::string& id, Config::Texts keys) {
        Config::Client client;
        client.id = id;
        client.name = "Name of " + id;
        client.keys = std::move(keys);
        client.min_acr = "phr";
        return client;
    }

    std::string refusal() {
        const auto clients = clientsOf(config_);
        EXPECT_THAT(clients, failsWith(ErrorCode::kInvalidRequest));
        return clients ? std::string() : clients.error().detail;
    }

    Config config_;
    JwtSigner one_{token::Algorithm::kEs256, "1"};
    JwtSigner two_{token::Algorithm::kEdDsa, "2"};
    test::TemporaryDirectory folder_;
};

TEST_F(ClientsTest, haveKeysFromFileAndFromTheTable) {
    const std::string file = folder_.file("keys.json");
    std::ofstream(file) << R"({"keys":[)" << one_.jwk() << "]}";
    config_.clients = {client("shop", {two_.jwk()}), client("bank", {JwtSigner().jwk()})};
    config_.clients[0].jwks_file = file;
    config_.clients[0].redirect_uris = {"https://shop.example/back"};
    config_.clients[1].resource = "https://bank.example";
    const auto clients = clientsOf(config_);
    ASSERT_THAT(clients, isOk());
    const oauth::Client* shop = clients->find("shop");
    ASSERT_NE(shop, nullptr);
    EXPECT_EQ(shop->name, "Name of shop");
    ASSERT_EQ(shop->keys.size(), 2U);
    EXPECT_EQ(shop->keys[0].kid(), "1");
    EXPECT_EQ(shop->keys[1].kid(), "2");
    EXPECT_EQ(shop->resource, "shop");
    EXPECT_EQ(shop->redirect_uris.count("https://shop.example/back"), 1U);
    EXPECT_EQ(clients->find("bank")->resource, "https://bank.example");
    EXPECT_EQ(clients->find("sho"), nullptr);
    EXPECT_EQ(clients->find(""), nullptr);
}

TEST_F(ClientsTest, mayBeNone) {
    EXPECT_THAT(clientsOf(config_), isOk());
}

TEST_F(ClientsTest, needAKeyOfTheirOwn) {
    config_.clients = {client("shop", {})};
    EXPECT_THAT(refusal(), HasSubstr("shop: it has no key"));
    config_.clients = {client("shop", {one_.jwk()}), client("bank", {one_.jwk()})};
    EXPECT_THAT(refusal(), HasSubstr("bank: it shares a key"));
    config_.clients = {client("shop", {one_.jwk(), one_.jwk()})};
    EXPECT_THAT(refusal(), HasSubstr("shop: JWK set: two keys of one kid"));
    config_.clients = {client("shop", {R"({"kty":"oct","k":"AAAA"})"})};
    EXPECT_THAT(refusal(), HasSubstr("clients[0].keys: JWK"));
    auto priv = one_.jwkMembers();
    priv.emplace("d", "AAAA");
    config_.clients = {client("shop", {Json(priv).text()})};
    EXPECT_THAT(refusal(), HasSubstr("private"));
}

TEST_F(ClientsTest, areEachThereOnce) {
    config_.clients = {client("shop", {one_.jwk()}), client("shop", {two_.jwk()})};
    EXPECT_THAT(refusal(), HasSubstr("shop: this client is there twice"));
    config_.clients = {client("shop", {one_.jwk()}), client("bank", {two_.jwk()})};
    config_.clients[1].resource = "shop";
    EXPECT_THAT(refusal(), HasSubstr("bank: it shares its resource"));
}

TEST_F(ClientsTest, haveAFileThatCanBeRead) {
    config_.clients = {client("shop", {})};
    config_.clients[0].jwks_file = folder_.file("none");
    EXPECT_THAT(refusal(), HasSubstr("clients[0].jwks_file: "));
    const std::string file = folder_.file("keys.json");
    config_.clients[0].jwks_file = file;
    std::ofstream(file) << R"({"keys":[]})";
    EXPECT_THAT(refusal(), HasSubstr("no keys"));
    std::ofstream(file) << one_.jwk();
    EXPECT_THAT(refusal(), HasSubstr("no keys"));
}

}  // namespace
}  // namespace sallyport::app
