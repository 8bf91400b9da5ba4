#include "app/config.h"
#include "app/config_schema.h"
#include "tests/support/matchers.h"
#include "tests/support/temporary_directory.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace sallyport::app {
namespace {

using test::failsWith;
using test::isOk;
using testing::HasSubstr;

constexpr std::string_view kLeast = R"(
[hsm]
module = "/usr/lib/softhsm/libsofthsm2.so"
token_label = "sallyport"
[mail]
from = "no-reply@example.org"
)";

std::string referenceText() {
    std::ifstream in(std::string(SALLYPORT_SOURCE_DIR) + "/config/sallyport.toml");
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

struct Described {
    std::string value;
    bool set;             ///< without `#`
    std::string comment;  ///< above it, or above the one before
};

/// What config/sallyport.toml says about each key where it stands first, read without any of the
/// code under test.
std::map<std::string, Described> describedKeys() {
    std::map<std::string, Described> keys;
    std::istringstream in(referenceText());
    std::string table;
    std::string comment;
    const std::regex head("#?\\[\\[?([a-z.]+)\\]\\]?");
    const std::regex assignment("(#?)([a-z_]+) = (.*)");
    std::smatch match;
    for (std::string line; std::getline(in, line);) {
        if (std::regex_match(line, match, head)) {
            table = match[1];
            comment.clear();
        } else if (std::regex_match(line, match, assignment)) {
            const std::string path = table + "." + match[2].str();
            EXPECT_TRUE(keys.count(path) == 0 || findList(table) != nullptr)
                << path << " stands there twice";
            keys.emplace(path, Described{match[3], match[1].length() == 0, comment});
            comment.clear();
        } else {
            comment += line + "\n";
        }
    }
    return keys;
}

TEST(Config, theCommentedFileHasEveryKeyWithItsDefault) {
    const auto described = describedKeys();
    for (const Key& key : configKeys()) {
        const auto found = described.find(std::string(key.path));
        ASSERT_NE(found, described.end()) << key.path << " is not in config/sallyport.toml";
        const bool example = found->second.comment.find("(Example.)") != std::string::npos;
        if (key.presence != Presence::kDefault) {
            EXPECT_TRUE(example) << key.path << " has no default: say (Example.)";
        } else if (found->second.value == key.default_value) {
            EXPECT_FALSE(example) << key.path;
        } else {
            // A table of a list is an example as a whole.
            EXPECT_TRUE(found->second.set && findList(key.table()) != nullptr) << key.path;
            EXPECT_THAT(found->second.comment,
                        HasSubstr("the default is " + std::string(key.default_value)));
        }
        EXPECT_TRUE(found->second.set || key.presence != Presence::kRequired ||
                    findList(key.table()) != nullptr)
            << key.path;
    }
}

TEST(Config, theCommentedFileHasNoOtherKey) {
    for (const auto& [path, described] : describedKeys()) {
        bool known = false;
        for (const Key& key : configKeys()) known = known || key.path == path;
        EXPECT_TRUE(known) << path;
    }
}

TEST(Config, theCommentedFileIsAccepted) {
    EXPECT_THAT(parseConfig(referenceText(), "sallyport.toml"), isOk());
}

TEST(Config, theCommentedFileIsAcceptedWithEveryKeySet) {
    const std::string all =
        std::regex_replace(referenceText(), std::regex("(^|\n)#([a-z_]+ = |\\[\\[)"), "$1$2");
    const auto config = parseConfig(all, "sallyport.toml");
    ASSERT_THAT(config, isOk());
    std::set<std::string> paths;
    for (const auto& [place, line] : config->places)
        paths.insert(std::regex_replace(place, std::regex("\\[[0-9]+\\]"), ""));
    for (const Key& key : configKeys()) EXPECT_EQ(paths.count(std::string(key.path)), 1U);
    EXPECT_EQ(paths.size(), configKeys().size() + configLists().size());
}

TEST(Config, holdsDefaultsForWhatIsNotSet) {
    const auto config = parseConfig(kLeast, "f");
    ASSERT_THAT(config, isOk());
    EXPECT_EQ(config->service.profile, "regulated");
    EXPECT_EQ(config->service.state_dir, "/var/lib/sallyport");
    EXPECT_EQ(config->storage.path, "/var/lib/sallyport/sallyport.db");
    EXPECT_EQ(config->mail.directory, "/var/lib/sallyport/outbox");
    EXPECT_EQ(config->hsm.pin_file, "credential:hsm-pin");
    EXPECT_EQ(config->hsm.deadline, std::chrono::seconds(2));
    EXPECT_EQ(config->links.life, std::chrono::minutes(10));
    EXPECT_EQ(config->links.relay, std::nullopt);
    EXPECT_EQ(config->http.workers, 128);
    EXPECT_EQ(config->sessions.parallel, 5);
}

TEST(Config, takesWhatIsSet) {
    const auto config = parseConfig(std::string(kLeast) + R"(starttls = false
[service]
state_dir = "/srv/s"
[links]
life = "90s"
relay = false
[http]
trusted_proxies = ["10.0.0.0/8", "unix"]
)",
                                    "f");
    ASSERT_THAT(config, isOk());
    EXPECT_EQ(config->storage.path, "/srv/s/sallyport.db");
    EXPECT_EQ(config->links.life, std::chrono::seconds(90));
    EXPECT_EQ(config->links.relay, false);
    EXPECT_FALSE(config->mail.starttls);
    EXPECT_THAT(config->http.trusted_proxies, testing::ElementsAre("10.0.0.0/8", "unix"));
}

struct Wrong {
    const char* name;
    const char* text;   ///< before kLeast
    const char* error;  ///< part of the detail
};

class WrongConfig : public testing::TestWithParam<Wrong> {};

TEST_P(WrongConfig, isRefusedWithItsPlace) {
    const auto config = parseConfig(GetParam().text + std::string(kLeast), "f.toml");
    ASSERT_THAT(config, failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(config.error().detail, HasSubstr(GetParam().error));
}

INSTANTIATE_TEST_SUITE_P(
    Config,
    WrongConfig,
    testing::Values(
        Wrong{"unknownKey",
              "[http]\nlisten = \"127.0.0.1:1\"\nworker = 3\n",
              "f.toml:3:1: unknown key `worker` in [http]; did you mean `workers`?"},
        Wrong{"swappedLetters", "[http]\nlsiten = \"x\"\n", "did you mean `listen`?"},
        Wrong{"keyOfAnotherTable",
              "[http]\nrelay = true\n",
              "f.toml:2:1: unknown key `relay` in [http]; it belongs to [links]"},
        Wrong{"nothingNear", "[http]\nfrobnicate = 1\n", "unknown key `frobnicate` in [http]"},
        Wrong{"unknownTable", "[htp]\n", "f.toml:1:2: unknown name `htp`; did you mean `http`?"},
        Wrong{"topLevelKey", "profile = \"dev\"\n", "f.toml:1:1: unknown name `profile`"},
        Wrong{"tableIsNoTable", "http = 3\n", "f.toml:1:1: `http` is a table: [http]"},
        Wrong{"tableTwice", "[hsm]\nring = \"a\"\n", "f.toml:4:"},
        Wrong{"keyTwice", "[log]\nlevel = \"info\"\nlevel = \"info\"\n", "f.toml:3:"},
        Wrong{"syntax", "[http\n", "f.toml:1:"},
        Wrong{"textForNumber",
              "[http]\nworkers = \"8\"\n",
              "f.toml:2:11: http.workers: must be a whole number"},
        Wrong{"fractionForNumber", "[http]\nworkers = 8.0\n", "must be a whole number"},
        Wrong{"numberTooSmall", "[http]\nworkers = 1\n", "must be 2 to 1024"},
        Wrong{"numberTooLarge", "[http]\nworkers = 1025\n", "must be 2 to 1024"},
        Wrong{"numberForText", "[log]\nlevel = 1\n", "must be text in quotes"},
        Wrong{"numberForFlag", "[links]\nrelay = 1\n", "must be true or false"},
        Wrong{"numberForDuration", "[links]\nlife = 10\n", "must be a duration in quotes"},
        Wrong{"durationWithoutUnit", "[links]\nlife = \"10\"\n", "a whole number and a unit"},
        Wrong{"linkLongerThanTenMinutes", "[links]\nlife = \"601s\"\n", "must be 1m to 10m"},
        Wrong{"deadlineBeyondHangLimit", "[hsm]\n", "f.toml:"},
        Wrong{"textForList", "[limits]\nshared_sources = \"10.0.0.0/8\"\n", "must be a list"},
        Wrong{"numberInList", "[limits]\nshared_sources = [1]\n", "must be text in quotes"},
        Wrong{"cidrWithHostBits", "[limits]\nshared_sources = [\"10.0.0.1/8\"]\n", "f.toml:2:"},
        Wrong{"unixAsSharedSource", "[limits]\nshared_sources = [\"unix\"]\n", "CIDR block"},
        Wrong{"proxyName", "[http]\ntrusted_proxies = [\"proxy.example\"]\n", "f.toml:2:"},
        Wrong{"listenerByName", "[http]\nlisten = \"localhost:80\"\n", "f.toml:2:"},
        Wrong{"unknownProfile", "[service]\nprofile = \"prod\"\n", "dev, standard or regulated"},
        Wrong{"urlWithPath", "[service]\npublic_url = \"https://a.example/x\"\n", "f.toml:2:"},
        Wrong{"relativePath", "[storage]\npath = \"sallyport.db\"\n", "absolute path"},
        Wrong{"level", "[log]\nlevel = \"verbose\"\n", "debug, info, warning or error"}),
    [](const auto& each) { return each.param.name; });

struct Missing {
    const char* name;
    const char* text;
    const char* key;
};

class IncompleteConfig : public testing::TestWithParam<Missing> {};

TEST_P(IncompleteConfig, namesWhatIsMissing) {
    const auto config = parseConfig(GetParam().text, "f");
    ASSERT_THAT(config, failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(config.error().detail, HasSubstr(std::string(GetParam().key) + " is missing"));
}

INSTANTIATE_TEST_SUITE_P(
    Config,
    IncompleteConfig,
    testing::Values(Missing{"module",
                            "[hsm]\ntoken_label = \"t\"\n[mail]\nfrom = \"a@b.example\"",
                            "hsm.module"},
                    Missing{"label",
                            "[hsm]\nmodule = \"/m\"\n[mail]\nfrom = \"a@b.example\"",
                            "hsm.token_label"},
                    Missing{"from", "[hsm]\nmodule = \"/m\"\ntoken_label = \"t\"", "mail.from"}),
    [](const auto& each) { return each.param.name; });

struct BadValue {
    const char* name;
    const char* line;
};

class BadHsmValue : public testing::TestWithParam<BadValue> {};

TEST_P(BadHsmValue, isRefused) {
    const std::string text = "[hsm]\nmodule = \"/m\"\ntoken_label = \"t\"\n" +
                             std::string(GetParam().line) + "\n[mail]\nfrom = \"a@b.example\"";
    const auto config = parseConfig(text, "f");
    ASSERT_THAT(config, failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(config.error().detail, HasSubstr("f:4:"));
}

INSTANTIATE_TEST_SUITE_P(
    Config,
    BadHsmValue,
    testing::Values(BadValue{"deadlineBeyondHangLimit", "deadline = \"6s\""},
                    BadValue{"noLane", "lanes = 0"},
                    BadValue{"ringWithColon", "ring = \"a:b\""},
                    BadValue{"ringInCapitals", "ring = \"Main\""},
                    BadValue{"pinInTheFile", "pin = \"1234\""},
                    BadValue{"pinFileRelative", "pin_file = \"pin\""},
                    BadValue{"credentialOutside", "pin_file = \"credential:../pin\""},
                    BadValue{"credentialHidden", "pin_file = \"credential:.pin\""}),
    [](const auto& each) { return each.param.name; });

TEST(Config, aFileThatEverybodyMayWriteIsRefused) {
    const test::TemporaryDirectory folder;
    const std::string path = folder.file("sallyport.toml");
    std::ofstream(path) << kLeast;
    ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
    EXPECT_THAT(readConfig(path), isOk());
    ASSERT_EQ(::chmod(path.c_str(), 0646), 0);
    EXPECT_THAT(readConfig(path), failsWith(ErrorCode::kInvalidRequest));
}

TEST(Config, whatIsNoReadableFileIsRefused) {
    const test::TemporaryDirectory folder;
    EXPECT_THAT(readConfig(folder.file("none")), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(readConfig(folder.path().string()), failsWith(ErrorCode::kInvalidRequest));
    const std::string path = folder.file("large");
    std::ofstream(path) << std::string(300 * 1024, '#');
    EXPECT_THAT(readConfig(path), failsWith(ErrorCode::kInvalidRequest));
}

}  // namespace
}  // namespace sallyport::app
