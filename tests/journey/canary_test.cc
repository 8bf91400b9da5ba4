#include "base/base64url.h"
#include "tests/journey/support/journey.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include <filesystem>
#include <fstream>

namespace sallyport::test {
namespace {

namespace fs = std::filesystem;

using testing::Contains;
using testing::IsEmpty;

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    return text;
}

std::string standardAlphabet(std::string text) {
    std::replace(text.begin(), text.end(), '-', '+');
    std::replace(text.begin(), text.end(), '_', '/');
    return text;
}

/// What of base64url is the same whatever stands before (`offset` bytes mod 3) and behind `text`.
std::string base64Core(const std::string& text, std::size_t offset) {
    constexpr std::array<std::size_t, 3> kFirstWhole{0, 2, 3};
    const std::string padded = std::string(offset, '\0') + text;
    const std::string encoded = base64url::encode(asBytes(padded));
    const std::size_t whole = padded.size() / 3 * 4 + padded.size() % 3;
    return encoded.substr(kFirstWhole.at(offset), whole - kFirstWhole.at(offset));
}

std::string percentEncoded(const std::string& text, bool everything) {
    std::string out;
    for (const char c : text) {
        if (!everything && std::isalnum(static_cast<unsigned char>(c)) != 0)
            out += c;
        else
            out += "%" + toHex(asBytes(std::string(1, c)));
    }
    return out;
}

/// The ways in which a text may have been written down.
struct Form {
    std::string name;
    std::string text;
    bool any_case;
};

std::vector<Form> formsOf(const std::string& secret) {
    std::vector<Form> forms = {{"raw", secret, true},
                               {"hex", toHex(asBytes(secret)), true},
                               {"percent", percentEncoded(secret, false), true},
                               {"every byte percent", percentEncoded(secret, true), true}};
    for (std::size_t offset = 0; offset < 3; ++offset) {
        const std::string core = base64Core(secret, offset);
        forms.push_back({"base64url+" + std::to_string(offset), core, false});
        forms.push_back({"base64+" + std::to_string(offset), standardAlphabet(core), false});
    }
    for (Form& form : forms)
        if (form.any_case) form.text = lower(form.text);
    return forms;
}

constexpr std::size_t kTagSize = 43;  // base64url of 32 bytes

/// A secret; if it is a token, its tag; and the bytes behind it if it is base64url of some.
std::vector<std::string> spellingsOf(const std::string& secret) {
    std::vector<std::string> spellings{secret};
    const std::string last = secret.substr(secret.rfind('.') + 1);
    if (last != secret && last.size() >= kTagSize) spellings.push_back(last);
    const auto decoded = base64url::decode(last, 64);
    if (decoded && decoded->size() >= 16) spellings.emplace_back(decoded->begin(), decoded->end());
    return spellings;
}

struct Place {
    std::string name;
    std::string bytes;
    std::string folded;
};

Place placeOf(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    Place place{file, {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()}, ""};
    place.folded = lower(place.bytes);
    return place;
}

/// Everything that the program writes or shows, but the mails themselves, and the token's files and
/// PIN, which are its device.
std::vector<Place> placesOf(const Installation& installation, const std::string& process) {
    std::vector<Place> places;
    const fs::path root = installation.path("");
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
        const fs::path path = entry.path();
        const bool excepted = path.extension() == ".eml" || path == root / "pin" ||
                              path.string().starts_with((root / "tokens").string());
        if (entry.is_regular_file() && !excepted) places.push_back(placeOf(path.string()));
    }
    if (process.empty()) return places;
    for (const char* name : {"/cmdline", "/environ", "/comm", "/status"})
        places.push_back(placeOf("/proc/" + process + name));
    return places;
}

bool holds(const Place& place, const Form& form) {
    return (form.any_case ? place.folded : place.bytes).find(form.text) != std::string::npos;
}

/// `label in place as form` for each find.
std::vector<std::string> search(const std::vector<Place>& places,
                                const std::map<std::string, std::string>& secrets) {
    std::vector<std::string> found;
    for (const auto& [label, secret] : secrets) {
        if (secret.size() < 8) found.push_back(label + " is too short to be looked for");
        for (const std::string& spelling : spellingsOf(secret)) {
            for (const Form& form : formsOf(spelling)) {
                for (const Place& place : places)
                    if (holds(place, form))
                        found.push_back(label + " in " + place.name + " as " + form.name);
            }
        }
    }
    return found;
}

std::string metricsOf(const Installation& installation) {
    std::string text;
    for (const char* path : {"metrics", "readyz", "livez"})
        text += outputOf({"python3",
                          "-c",
                          "import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).read()"
                          ".decode())",
                          "http://127.0.0.1:" + std::to_string(installation.operationsPort()) +
                              "/" + path})
                    .value_or("");
    return text;
}

/// A sign-in with everything that can go wrong on the way. What must stay secret, by name.
class Life {
  public:
    explicit Life(const Installation& installation, const Daemon& daemon)
        : installation_(installation), daemon_(daemon) {
        secrets["PIN"] = installation.pin();
        secrets["address"] = kMailbox;
        secrets["address as typed"] = kTyped;
        byLink();
        byRelay();
        disowned();
    }

    static constexpr const char* kTyped = "Canary.Person@Example.TEST";
    static constexpr const char* kMailbox = "canary.person@example.test";
    std::map<std::string, std::string> secrets;
    std::string link_id;

  private:
    ReceivedMail ask(Browser& browser, const std::string& label) {
        const std::size_t before = installation_.mails().size();
        EXPECT_EQ(browser.askForLink(kTyped).status, 202);
        const ReceivedMail mail = installation_.awaitMail(before + 1);
        secrets[label + " token"] = mail.token;
        secrets[label + " relay code"] = mail.relay_code;
        std::string typed = mail.relay_code;
        typed.erase(typed.find('-'), 1);
        secrets[label + " relay code as typed"] = typed;
        keep(browser, label);
        return mail;
    }

    void keep(const Browser& browser, const std::string& label) {
        for (const auto& [name, value] : browser.cookies) secrets[label + " " + name] = value;
    }

    void failures(Browser& browser, const ReceivedMail& mail) {
        Browser stranger(daemon_);
        stranger.redeem(mail.token);
        stranger.get("/link?" + mail.token);
        stranger.get("/" + mail.token);
        stranger.get(std::string("/api/v1/") + kMailbox);
        stranger.askForLink(std::string(kMailbox) + " ");
        stranger.post("/api/v1/links", Json::Object{{kMailbox, mail.token}});
        stranger.user_agent = mail.token;
        stranger.askForLink(mail.token);
        browser.relay("2222-2222");
        browser.redeem(mail.token.substr(0, mail.token.size() - 1));
        browser.post("/api/v1/links/inspect", Json::Object{{"token", mail.token}, {"x", kMailbox}});
        HttpQuestion spoiled =
            browser.compose("POST", "/api/v1/links/redeem", Json::Object{{"token", mail.token}});
        const auto with = [&](const std::string& name, const std::string& value) {
            HttpQuestion question = spoiled;
            browser.send(question.set(name, value));
        };
        with("X-CSRF-Token", mail.token);
        with("Origin", "https://" + mail.token);
        with("Host", mail.token);
        with("Authorization", "Bearer " + mail.token);
        spoiled.body += mail.token;
        browser.send(spoiled);
    }

    void byLink() {
        Browser browser(daemon_);
        const ReceivedMail mail = ask(browser, "first");
        link_id = mail.disown_id;
        failures(browser, mail);
        browser.get("/api/v1/links/current");
        EXPECT_EQ(browser.post("/api/v1/links/inspect", Json::Object{{"token", mail.token}}).status,
                  200);
        EXPECT_EQ(browser.redeem(mail.token).status, 200);
        keep(browser, "first");
        browser.redeem(mail.token);
        browser.get("/api/v1/sessions");
        HttpQuestion forged = browser.compose("GET", "/api/v1/session");
        forged.set("Cookie", "sallyport-session=" + mail.token);
        browser.send(forged);
        EXPECT_EQ(browser.del("/api/v1/session").status, 204);
    }

    void byRelay() {
        Browser browser(daemon_);
        const ReceivedMail mail = ask(browser, "second");
        EXPECT_EQ(browser.relay(mail.relay_code).status, 200);
        keep(browser, "second");
    }

    void disowned() {
        Browser browser(daemon_);
        const ReceivedMail mail = ask(browser, "third");
        const std::string words = browser.get("/api/v1/links/current").text("request_tag");
        EXPECT_EQ(browser
                      .post("/api/v1/links/disown",
                            Json::Object{{"id", mail.disown_id}, {"words", words}})
                      .status,
                  204);
        browser.redeem(mail.token);
    }

    const Installation& installation_;
    const Daemon& daemon_;
};

TEST(Canary, noSecretIsWrittenDownAnywhere) {
    RecordProperty("requirement", "S-13, L-10, L-14");
    const Installation installation;
    installation.addToConfig("log", "level = \"debug\"");
    Daemon daemon(installation);
    const Life life(installation, daemon);
    ASSERT_THAT(life.secrets, testing::SizeIs(testing::Ge(15)));

    std::vector<Place> places = placesOf(installation, std::to_string(daemon.pid()));
    const std::string metrics = metricsOf(installation);
    places.push_back({"operations", metrics, lower(metrics)});
    EXPECT_THAT(search(places, life.secrets), IsEmpty());
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_THAT(search(placesOf(installation, ""), life.secrets), IsEmpty());
}

TEST(Canary, theSearchFindsWhatIsThere) {
    ::setenv("SALLYPORT_CANARY", "in-the-environment", 1);
    const Installation installation;
    const Daemon daemon(installation);
    const Life life(installation, daemon);
    const std::vector<Place> places = placesOf(installation, std::to_string(daemon.pid()));

    // Each place shows what is known to be in it.
    const auto id = base64url::decode(life.link_id, 16);
    ASSERT_TRUE(id);
    const auto found = search(places,
                              {{"link id", std::string(id->begin(), id->end())},
                               {"route", "/api/v1/links/redeem"},
                               {"option", "--config"},
                               {"variable", "SALLYPORT_CANARY=in-the-environment"},
                               {"ready", "ready: http"}});
    const std::string proc = "/proc/" + std::to_string(daemon.pid());
    EXPECT_THAT(found,
                Contains(testing::StartsWith("link id in " + installation.path("sallyport"))));
    EXPECT_THAT(found, Contains("route in " + installation.path("serve.log") + " as raw"));
    EXPECT_THAT(found, Contains("ready in " + installation.path("serve.out") + " as raw"));
    EXPECT_THAT(found, Contains("option in " + proc + "/cmdline as raw"));
    EXPECT_THAT(found, Contains("variable in " + proc + "/environ as raw"));

    // And each form is recognized, wherever it stands in a longer text.
    for (const std::string& spelling : spellingsOf(life.secrets.at("first token"))) {
        for (const Form& form : formsOf(spelling)) {
            const std::string file = installation.path("planted");
            std::ofstream(file, std::ios::binary | std::ios::trunc) << "x" << form.text << "y";
            EXPECT_THAT(search({placeOf(file)}, {{"planted", life.secrets.at("first token")}}),
                        Contains("planted in " + file + " as " + form.name));
        }
    }
    for (const std::string padding : {"", "a", "ab"}) {
        const std::string encoded = base64url::encode(asBytes(padding + Life::kMailbox + padding));
        EXPECT_THAT(search({{"encoded", encoded, lower(encoded)}}, {{"mail", Life::kMailbox}}),
                    testing::Not(IsEmpty()));
    }
}

}  // namespace
}  // namespace sallyport::test
