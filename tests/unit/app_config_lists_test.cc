#include "app/config.h"
#include "app/config_schema.h"
#include "tests/support/matchers.h"

#include <gmock/gmock.h>

namespace sallyport::app {
namespace {

using test::failsWith;
using test::isOk;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr std::string_view kLeast = R"(
[hsm]
module = "/usr/lib/softhsm/libsofthsm2.so"
token_label = "sallyport"
[mail]
from = "no-reply@example.org"
)";

Result<Config> parsed(std::string_view text) {
    return parseConfig(std::string(kLeast) + std::string(text), "f.toml");
}

TEST(ConfigLists, holdTablesInTheirOrderWithDefaultsOfTheirOwn) {
    const auto config = parsed(R"(
[[clients]]
id = "b"
name = "B"
keys = ["{}"]
[[clients]]
id = "a"
name = "A"
min_acr = "phrh"
[[actions]]
type = "one"
text = { en = "One {x}", de = "Eins {x}" }
delay = "1m"
[[actions.parameters]]
name = "x"
kind = "text"
max = 7
[[actions.parameters]]
name = "y"
kind = "iban"
[[actions]]
type = "two"
text = { en = "Two" }
[[webauthn.authenticators]]
aaguid = "cb69481e-8ff7-4039-93ec-0a2729a154a8"
name = "Key"
roots = "/r.pem"
)");
    ASSERT_THAT(config, isOk());
    ASSERT_EQ(config->clients.size(), 2U);
    EXPECT_EQ(config->clients[0].id, "b");
    EXPECT_THAT(config->clients[0].keys, ElementsAre("{}"));
    EXPECT_EQ(config->clients[0].min_acr, "phr");
    EXPECT_EQ(config->clients[1].min_acr, "phrh");
    EXPECT_THAT(config->clients[1].keys, ElementsAre());
    ASSERT_EQ(config->actions.size(), 2U);
    EXPECT_EQ(config->actions[0].delay, std::chrono::minutes(1));
    EXPECT_THAT(config->actions[0].text,
                ElementsAre(Pair("de", "Eins {x}"), Pair("en", "One {x}")));
    ASSERT_EQ(config->actions[0].parameters.size(), 2U);
    EXPECT_EQ(config->actions[0].parameters[0].max, 7);
    EXPECT_EQ(config->actions[0].parameters[1].max, 140);
    EXPECT_EQ(config->actions[1].delay, Duration::zero());
    EXPECT_EQ(config->actions[1].approvers, 1);
    EXPECT_TRUE(config->actions[1].parameters.empty());
    ASSERT_EQ(config->webauthn.authenticators.size(), 1U);
    EXPECT_TRUE(config->webauthn.cli_origin);
}

TEST(ConfigLists, mayBeEmpty) {
    const auto config = parsed("");
    ASSERT_THAT(config, isOk());
    EXPECT_TRUE(config->clients.empty());
    EXPECT_TRUE(config->actions.empty());
    EXPECT_FALSE(config->webauthn.attestation.has_value());
}

TEST(ConfigLists, aRefusalNamesTheTableThatItIsAbout) {
    const auto config = parsed(
        "[[clients]]\nid = \"a\"\nname = \"A\"\n[[clients]]\nid = \"b\"\n"
        "name = \"B\"\n");
    ASSERT_THAT(config, isOk());
    EXPECT_EQ(config->refuse("clients[1].id", "no").detail, "f.toml:11:6: clients[1].id: no");
    EXPECT_EQ(config->refuse("clients[1].keys", "no").detail, "f.toml:10:1: clients[1].keys: no");
    EXPECT_EQ(config->refuse("clients[2].keys", "no").detail, "f.toml: clients[2].keys: no");
}

struct Wrong {
    const char* name;
    const char* text;   ///< from line 7 on
    const char* error;  ///< part of the detail
};

class WrongList : public testing::TestWithParam<Wrong> {};

TEST_P(WrongList, isRefusedWithItsPlace) {
    const auto config = parsed(GetParam().text);
    ASSERT_THAT(config, failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(config.error().detail, HasSubstr(GetParam().error));
}

INSTANTIATE_TEST_SUITE_P(
    Config,
    WrongList,
    testing::Values(
        Wrong{"unknownKey",
              "[[clients]]\nid = \"a\"\nnmae = \"A\"\n",
              "f.toml:9:1: unknown key `nmae` in [[clients]]; did you mean `name`?"},
        Wrong{"keyOfAnotherTable",
              "[[clients]]\nid = \"a\"\nname = \"A\"\napprovers = 2\n",
              "it belongs to [[actions]]"},
        Wrong{"unknownInner",
              "[[actions]]\ntype = \"t\"\ntext = { en = \"T\" }\n[[actions.parameter]]\nname = "
              "\"x\"\n",
              "did you mean `parameters`?"},
        Wrong{"tableForList",
              "[clients]\nid = \"a\"\n",
              "`clients` is a list of tables: [[clients]]"},
        Wrong{"listForTable", "[[http]]\nlisten = \"127.0.0.1:1\"\n", "`http` is a table: [http]"},
        Wrong{"valuesInList", "[webauthn]\nauthenticators = [1]\n", "must be a table"},
        Wrong{"withoutId",
              "[[clients]]\nname = \"A\"\n",
              "f.toml:7:1: clients.id is missing: set `id` in [[clients]]"},
        Wrong{"withoutParameterKind",
              "[[actions]]\ntype = \"t\"\ntext = { en = \"T\" }\n[[actions.parameters]]\nname = "
              "\"x\"\n",
              "actions.parameters.kind is missing"},
        Wrong{"withoutText", "[[actions]]\ntype = \"t\"\n", "actions.text is missing"},
        Wrong{"capitalsInId",
              "[[clients]]\nid = \"Shop\"\nname = \"A\"\n",
              "f.toml:8:6: clients[0].id: must be 1 to 64 lower-case letters"},
        Wrong{"secondClient",
              "[[clients]]\nid = \"a\"\nname = \"A\"\n[[clients]]\nid = 3\nname = \"B\"\n",
              "f.toml:11:6: clients[1].id: must be text in quotes"},
        Wrong{"redirectWithoutPath",
              "[[clients]]\nid = \"a\"\nname = \"A\"\nredirect_uris = [\"https://a.example\"]\n",
              "with a path"},
        Wrong{"redirectWithFragment",
              "[[clients]]\nid = \"a\"\nname = \"A\"\nredirect_uris = [\"https://a.example/#x\"]\n",
              "without fragment"},
        Wrong{"redirectInClear",
              "[[clients]]\nid = \"a\"\nname = \"A\"\nredirect_uris = [\"http://a.example/x\"]\n",
              "must be https://"},
        Wrong{"redirectToScript",
              "[[clients]]\nid = \"a\"\nname = \"A\"\nredirect_uris = [\"javascript:x\"]\n",
              "must be https://"},
        Wrong{
            "redirectWithUser",
            "[[clients]]\nid = \"a\"\nname = \"A\"\nredirect_uris = [\"https://u@a.example/x\"]\n",
            "must be https://"},
        Wrong{
            "redirectWithWildcard",
            "[[clients]]\nid = \"a\"\nname = \"A\"\nredirect_uris = [\"https://*.a.example/x\"]\n",
            "must be https://"},
        Wrong{"unknownAcr",
              "[[clients]]\nid = \"a\"\nname = \"A\"\nmin_acr = \"1\"\n",
              "must be \"0\", urn:sallyport:acr:key, phr or phrh"},
        Wrong{"weakApproval",
              "[[actions]]\ntype = \"t\"\ntext = { en = \"T\" }\nacr = \"0\"\n",
              "must be phr or phrh"},
        Wrong{"noApprover",
              "[[actions]]\ntype = \"t\"\ntext = { en = \"T\" }\napprovers = 0\n",
              "actions[0].approvers: must be 1 to 9"},
        Wrong{"livesTooLong",
              "[[actions]]\ntype = \"t\"\ntext = { en = \"T\" }\nttl = \"8d\"\n",
              "must be 1m to 7d"},
        Wrong{"textWithoutLanguage",
              "[[actions]]\ntype = \"t\"\ntext = \"T\"\n",
              "must be texts by language"},
        Wrong{"numberAsText",
              "[[actions]]\ntype = \"t\"\ntext = { en = 1 }\n",
              "must be text in quotes"},
        Wrong{"unknownChannel",
              "[[actions]]\ntype = \"t\"\ntext = { en = \"T\" }\nchannel = \"phone\"\n",
              "must be browser or cli"},
        Wrong{"unknownKind",
              "[[actions]]\ntype = \"t\"\ntext = { en = \"T\" }\n[[actions.parameters]]\nname = "
              "\"x\"\nkind = \"bytes\"\n",
              "f.toml:12:8: actions[0].parameters[0].kind: must be text, decimal"},
        Wrong{"roleWithSpace",
              "[[actions]]\ntype = \"t\"\ntext = { en = \"T\" }\napprover_roles = [\"a b\"]\n",
              "approver_roles: must be 1 to 32"},
        Wrong{"unknownFormat", "[webauthn]\nattestation = [\"tpm\"]\n", "none, self or packed"},
        Wrong{"noAaguid",
              "[[webauthn.authenticators]]\naaguid = \"1234\"\nname = \"n\"\nroots = \"/r\"\n",
              "must be an AAGUID"},
        Wrong{"noFirmware",
              "[[webauthn.authenticators]]\naaguid = \"cb69481e-8ff7-4039-93ec-0a2729a154a8\"\n"
              "name = \"n\"\nroots = \"/r\"\nmin_firmware = \"5.7\"\n",
              "must be three numbers"}),
    [](const auto& each) { return each.param.name; });

TEST(Config, readsFirmwareOfThreeNumbersInOneSpelling) {
    EXPECT_EQ(firmwareFromText("5.7.0"), 0x00050700U);
    EXPECT_EQ(firmwareFromText("0.0.1"), 0x00000001U);
    EXPECT_EQ(firmwareFromText("255.255.255"), 0x00ffffffU);
    for (const char* bad : {"",
                            "5",
                            "5.7",
                            "5.7.",
                            ".5.7",
                            "5..7",
                            "5.7.0.1",
                            "05.7.0",
                            "256.0.0",
                            "5.7.-1",
                            "5.7.x",
                            "5.7.0 ",
                            "1000.0.0"}) {
        EXPECT_EQ(firmwareFromText(bad), std::nullopt) << bad;
    }
}

}  // namespace
}  // namespace sallyport::app
