#include "app/config.h"

#include "app/config_schema.h"
#include "app/suggestion.h"
#include "app/units.h"

#include <sys/stat.h>
#include <toml++/toml.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace sallyport::app {
namespace {

constexpr std::size_t kLargestFile = std::size_t{256} * 1024;

std::string placeOf(const toml::source_region& source) {
    return std::to_string(source.begin.line) + ":" + std::to_string(source.begin.column);
}

Error wrong(std::string text) {
    return fail(ErrorCode::kInvalidRequest, std::move(text));
}

Result<std::string> textOf(const Key& key, const toml::node& node) {
    const auto* value = node.as_string();
    if (value == nullptr) return wrong("must be text in quotes");
    if (key.check != nullptr) SALLYPORT_CHECK(key.check(value->get()));
    return value->get();
}

/// One reader for each type of key.
struct Reader {
    const Key& key;
    const toml::node& node;
    Config& config;

    Status operator()(Slot<std::string> slot) const {
        SALLYPORT_TRY(slot(config), textOf(key, node));
        return {};
    }

    Status operator()(Slot<std::vector<std::string>> slot) const {
        const auto* array = node.as_array();
        if (array == nullptr) return wrong("must be a list of texts: [\"…\", \"…\"]");
        std::vector<std::string> texts;
        for (const toml::node& element : *array) {
            SALLYPORT_TRY(std::string text, textOf(key, element));
            texts.push_back(std::move(text));
        }
        slot(config) = std::move(texts);
        return {};
    }

    Status operator()(Slot<std::int64_t> slot) const {
        const auto* value = node.as_integer();
        if (value == nullptr) return wrong("must be a whole number");
        if (value->get() < key.least || value->get() > key.most)
            return wrong("must be " + std::to_string(key.least) + " to " +
                         std::to_string(key.most));
        slot(config) = value->get();
        return {};
    }

    Status operator()(Slot<Duration> slot) const {
        const auto* value = node.as_string();
        if (value == nullptr) return wrong("must be a duration in quotes: \"10m\"");
        SALLYPORT_TRY(const Duration duration, parseDuration(value->get()));
        if (duration.count() < key.least || duration.count() > key.most)
            return wrong("must be " + durationText(Duration(key.least)) + " to " +
                         durationText(Duration(key.most)));
        slot(config) = duration;
        return {};
    }

    Status operator()(Slot<bool> slot) const {
        SALLYPORT_TRY(slot(config), flag());
        return {};
    }

    Status operator()(Slot<std::optional<bool>> slot) const {
        SALLYPORT_TRY(slot(config), flag());
        return {};
    }

    Result<bool> flag() const {
        const auto* value = node.as_boolean();
        if (value == nullptr) return wrong("must be true or false");
        return value->get();
    }
};

std::string suggest(std::string_view typed, const std::vector<std::string_view>& names) {
    const std::string_view meant = nearest(typed, names);
    return meant.empty() ? "" : "; did you mean `" + std::string(meant) + "`?";
}

/// What an unknown key may have meant: a neighbor in its table, or the same name in another one.
std::string suggestKey(std::string_view table, std::string_view name) {
    std::vector<std::string_view> names;
    for (const Key& key : configKeys())
        if (key.table() == table) names.push_back(key.name());
    std::string suggestion = suggest(name, names);
    if (!suggestion.empty()) return suggestion;
    for (const Key& key : configKeys()) {
        if (key.name() == name) return "; it belongs to [" + std::string(key.table()) + "]";
    }
    return "";
}

class Parser {
  public:
    Parser(const toml::table& root, std::string_view file) : root_(root) { config_.file = file; }

    Result<Config> run() {
        SALLYPORT_CHECK(applyDefaults());
        for (const auto& [name, node] : root_) SALLYPORT_CHECK(readTable(name, node));
        for (const Key& key : configKeys()) {
            if (key.presence == Presence::kRequired &&
                config_.places.count(std::string(key.path)) == 0)
                return wrong(config_.file + ": " + std::string(key.path) + " is missing: set `" +
                             std::string(key.name()) + "` in [" + std::string(key.table()) + "]");
        }
        return std::move(config_);
    }

  private:
    /// Through the same readers, so that a default obeys the rules of its key.
    Status applyDefaults() {
        for (const Key& key : configKeys()) {
            if (key.presence != Presence::kDefault) continue;
            const toml::table parsed = toml::parse("value = " + std::string(key.default_value));
            const Status read = std::visit(Reader{key, *parsed.get("value"), config_}, key.slot);
            SALLYPORT_ASSERT(read.has_value());
        }
        return {};
    }

    Error at(const toml::source_region& source, std::string_view text) const {
        return wrong(config_.file + ":" + placeOf(source) + ": " + std::string(text));
    }

    Status readTable(const toml::key& name, const toml::node& node) {
        std::vector<std::string_view> tables;
        for (const Key& key : configKeys()) tables.push_back(key.table());
        if (std::find(tables.begin(), tables.end(), name.str()) == tables.end())
            return at(
                name.source(),
                "unknown name `" + std::string(name.str()) + "`" + suggest(name.str(), tables));
        const toml::table* table = node.as_table();
        if (table == nullptr)
            return at(
                name.source(),
                "`" + std::string(name.str()) + "` is a table: [" + std::string(name.str()) + "]");
        for (const auto& [key_name, value] : *table)
            SALLYPORT_CHECK(readKey(name.str(), key_name, value));
        return {};
    }

    Status readKey(std::string_view table, const toml::key& name, const toml::node& node) {
        const std::string path = std::string(table) + "." + std::string(name.str());
        for (const Key& key : configKeys()) {
            if (key.path != path) continue;
            const Status read = std::visit(Reader{key, node, config_}, key.slot);
            if (!read) return at(node.source(), path + ": " + read.error().detail);
            config_.places[path] = placeOf(node.source());
            return {};
        }
        return at(name.source(),
                  "unknown key `" + std::string(name.str()) + "` in [" + std::string(table) + "]" +
                      suggestKey(table, name.str()));
    }

    const toml::table& root_;
    Config config_;
};

}  // namespace

Error Config::refuse(std::string_view key, std::string_view text) const {
    std::string where = file;
    const auto place = places.find(std::string(key));
    if (place != places.end()) where += ":" + place->second;
    return wrong(where + ": " + std::string(key) + ": " + std::string(text));
}

Result<Config> parseConfig(std::string_view text, std::string_view file) {
    try {
        const toml::table root = toml::parse(text);
        SALLYPORT_TRY(Config config, Parser(root, file).run());
        if (config.storage.path.empty())
            config.storage.path = config.service.state_dir + "/sallyport.db";
        if (config.mail.directory.empty())
            config.mail.directory = config.service.state_dir + "/outbox";
        return config;
    } catch (const toml::parse_error& error) {
        return wrong(std::string(file) + ":" + placeOf(error.source()) + ": " +
                     std::string(error.description()));
    } catch (const std::exception& error) {
        return wrong(std::string(file) + ": " + error.what());
    }
}

Result<Config> readConfig(const std::string& path) {
    std::ifstream in(path, std::ios::binary);

    struct stat status {};

    if (!in || ::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
        return wrong(path + " cannot be read");
    if ((status.st_mode & S_IWOTH) != 0)
        return wrong(path + " is writable by everybody: chmod o-w");
    if (status.st_size > static_cast<off_t>(kLargestFile))
        return wrong(path + " is larger than 256 KiB");
    std::ostringstream text;
    text << in.rdbuf();
    return parseConfig(text.view(), path);
}

}  // namespace sallyport::app
