#include "base/texts.h"
#include "web/pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

namespace sallyport::web {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file.good()) << path;
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::filesystem::path> filesUnder(std::string_view folder, std::string_view extension) {
    std::vector<std::filesystem::path> found;
    const auto root = std::filesystem::path(SALLYPORT_SOURCE_DIR) / folder;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
        if (entry.path().extension() == extension) found.push_back(entry.path());
    }
    return found;
}

void collect(const std::string& content, const std::regex& pattern, std::set<std::string>& into) {
    for (auto it = std::sregex_iterator(content.begin(), content.end(), pattern);
         it != std::sregex_iterator();
         ++it) {
        into.insert((*it)[1].str());
    }
}

std::string_view body(std::string_view path) {
    const Asset* asset = findAsset(path);
    EXPECT_NE(asset, nullptr) << path;
    return asset == nullptr ? std::string_view() : asset->body;
}

const std::string_view kPages[] = {
    "/login", "/link", "/not-me", "/account", "/enrol", "/approve", "/propose", "/step-up"};

TEST(Pages, areFoundByTheirExactPathOnly) {
    for (const auto path : kPages) EXPECT_NE(findAsset(path), nullptr) << path;
    for (const auto path :
         {"", "/", "/login/", "/LOGIN", "/login?a", "/assets", "/assets/", "/assets/../login"}) {
        EXPECT_EQ(findAsset(path), nullptr) << path;
    }
}

TEST(Pages, holdNoInlineScriptStyleOrHandlerAndNoForeignAddress) {
    const std::regex inline_code(
        "<style|<script(?! type=\"module\" src=\"/assets/)|[\" ]on[a-z]+=\"| "
        "style=\"|javascript:|https?://|//[a-z]",
        std::regex::icase);
    for (const auto path : kPages) {
        const std::string html(body(path));
        EXPECT_FALSE(std::regex_search(html, inline_code)) << path;
    }
}

TEST(Pages, haveNoOpenPlaceholders) {
    for (const auto path : kPages) {
        EXPECT_THAT(std::string(body(path)), Not(HasSubstr("{{"))) << path;
        EXPECT_FALSE(std::regex_search(std::string(body(path)), std::regex("@[a-z]+@"))) << path;
    }
}

TEST(Pages, nameAssetsThatExist) {
    std::set<std::string> named;
    for (const Asset& asset : assets()) {
        const std::string content(asset.body);
        collect(content, std::regex("(?:href|src)=\"(/assets/[^\"]+)\""), named);
        std::set<std::string> modules;
        collect(content, std::regex("from \"\\./([a-z_]+\\.js)\""), modules);
        for (const auto& module : modules) named.insert("/assets/" + module);
    }
    EXPECT_GE(named.size(), 10U);
    for (const auto& path : named) EXPECT_NE(findAsset(path), nullptr) << path;
    for (const Asset& asset : assets()) {
        if (!asset.path.starts_with("/assets/")) continue;
        EXPECT_TRUE(named.contains(std::string(asset.path))) << asset.path;
    }
}

TEST(Pages, haveDistinctEntityTags) {
    std::set<std::string_view> tags;
    for (const Asset& asset : assets()) {
        EXPECT_TRUE(std::regex_match(std::string(asset.etag), std::regex("\"[0-9a-f]{32}\"")))
            << asset.path;
        EXPECT_TRUE(tags.insert(asset.etag).second) << asset.path;
    }
}

TEST(Pages, areSentWithAStrictPolicy) {
    for (const auto* part : {"default-src 'none'",
                             "form-action 'none'",
                             "base-uri 'none'",
                             "frame-ancestors 'none'",
                             "require-trusted-types-for 'script'"}) {
        EXPECT_THAT(std::string(kContentSecurityPolicy), HasSubstr(part));
    }
    EXPECT_THAT(std::string(kContentSecurityPolicy), Not(HasSubstr("unsafe")));
}

http::Response answer(std::string_view path, std::string_view if_none_match = {}) {
    http::Router router;
    registerPages(router);
    http::Request request;
    if (!if_none_match.empty()) request.headers.add("If-None-Match", std::string(if_none_match));
    const auto match = router.find("GET", path);
    if (match.endpoint == nullptr) return http::Response::empty(404);
    const Json body;
    const http::CookiePolicy policy(http::PublicUrl::parse("http://localhost").value(), true);
    auto response = match.endpoint->handler(http::Call{request, body, policy});
    return response.has_value() ? *std::move(response) : http::Response::empty(500);
}

TEST(Pages, areServedWithPolicyTypeAndTag) {
    for (const Asset& asset : assets()) {
        const auto response = answer(asset.path);
        EXPECT_EQ(response.status, 200) << asset.path;
        EXPECT_EQ(response.body, asset.body) << asset.path;
        for (const auto& expected :
             {std::pair<const char*, std::string_view>("Content-Type", asset.content_type),
              {"ETag", asset.etag},
              {"Cache-Control", "no-cache"},
              {"Content-Security-Policy", kContentSecurityPolicy}}) {
            const auto* value = response.headers.find(expected.first);
            ASSERT_NE(value, nullptr) << asset.path << expected.first;
            EXPECT_EQ(*value, expected.second) << asset.path;
        }
    }
}

TEST(Pages, areNotSentAgainToWhoHasThem) {
    const auto tag = findAsset("/login")->etag;
    for (const auto& condition : {std::string(tag),
                                  "W/" + std::string(tag),
                                  "\"a\", " + std::string(tag),
                                  std::string("*")}) {
        const auto response = answer("/login", condition);
        EXPECT_EQ(response.status, 304) << condition;
        EXPECT_TRUE(response.body.empty()) << condition;
        EXPECT_NE(response.headers.find("ETag"), nullptr) << condition;
    }
    EXPECT_EQ(answer("/login", findAsset("/link")->etag).status, 200);
}

TEST(Pages, showEveryActionOnOnePage) {
    const auto response = answer("/approve/AAAAAAAAAAAAAAAAAAAAAA");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, findAsset("/approve")->body);
    EXPECT_EQ(answer("/approve/AAAAAAAAAAAAAAAAAAAAAA/more").status, 404);
}

TEST(Pages, beginAtTheSignIn) {
    const auto response = answer("/");
    EXPECT_EQ(response.status, 303);
    EXPECT_EQ(*response.headers.find("Location"), "/login");
    EXPECT_EQ(answer("/dev/outbox").status, 404);
}

/// A script shows what stands in the page; a sentence in a script would be a text outside the
/// catalogue.
TEST(Pages, scriptsHoldNoTexts) {
    const std::regex literal("\"([^\"\n]*)\"|'([^'\n]*)'|`([^`]*)`");
    const std::regex sentence("[A-Za-z]{2,} [a-z]{2,}");
    const std::regex selector(R"([#\[>]|^\. )");
    for (const auto& file : filesUnder("src/web/assets", ".js")) {
        const std::string script = std::regex_replace(read(file), std::regex("//[^\n]*"), "");
        for (auto it = std::sregex_iterator(script.begin(), script.end(), literal);
             it != std::sregex_iterator();
             ++it) {
            const std::string value = it->str();
            if (std::regex_search(value, selector)) continue;
            EXPECT_FALSE(std::regex_search(value, sentence)) << file << ": " << value;
        }
    }
}

std::set<std::string> usedKeys() {
    std::set<std::string> used;
    for (const auto& file : filesUnder("src/web/pages", ".html"))
        collect(read(file), std::regex(R"(\{\{([a-z0-9_.-]+)\}\})"), used);
    // The layout's title names the page.
    for (const auto path : kPages) used.insert(std::string(path.substr(1)) + ".title");
    return used;
}

TEST(Texts, everyKeyIsUsed) {
    std::string sources;
    for (const auto& file : filesUnder("src", ".cc")) sources += read(file);
    auto used = usedKeys();
    for (const auto key : textKeys()) {
        const std::string name(key);
        EXPECT_TRUE(used.contains(name) || sources.find('"' + name + '"') != std::string::npos)
            << name;
    }
}

TEST(Texts, everyKeyThatThePagesNameExists) {
    std::set<std::string_view> known;
    for (const auto key : textKeys()) known.insert(key);
    for (const auto& key : usedKeys()) EXPECT_TRUE(known.contains(key)) << key;
}

TEST(Texts, everyKeyThatTheSourcesNameExists) {
    std::set<std::string_view> known;
    for (const auto key : textKeys()) known.insert(key);
    std::set<std::string> named;
    for (const auto& file : filesUnder("src", ".cc")) {
        collect(
            read(file), std::regex("\\btext\\(\\s*[A-Za-z_.\"]+,\\s*\"([a-z0-9_.-]+)\""), named);
    }
    for (const auto& key : named) EXPECT_TRUE(known.contains(key)) << key;
}

}  // namespace
}  // namespace sallyport::web
