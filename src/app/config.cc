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

    Status operator()(Slot<Config::Texts> slot) const {
        SALLYPORT_TRY(slot(config), texts());
        return {};
    }

    Status operator()(Slot<std::optional<Config::Texts>> slot) const {
        SALLYPORT_TRY(slot(config), texts());
        return {};
    }

    Status operator()(Slot<Config::TextByName> slot) const {
        constexpr std::size_t kMostName = 16;
        const auto* table = node.as_table();
        if (table == nullptr) return wrong("must be texts by language: { en = \"…\" }");
        for (const auto& [name, value] : *table) {
            if (name.str().empty() || name.str().size() > kMostName)
                return wrong("must be texts by language: { en = \"…\" }");
            SALLYPORT_TRY(std::string text, textOf(key, value));
            slot(config).emplace(name.str(), std::move(text));
        }
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

    Result<Config::Texts> texts() const {
        const auto* array = node.as_array();
        if (array == nullptr) return wrong("must be a list of texts: [\"…\", \"…\"]");
        Config::Texts texts;
        for (const toml::node& element : *array) {
            SALLYPORT_TRY(std::string text, textOf(key, element));
            texts.push_back(std::move(text));
        }
        return texts;
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

/// `[http]`, `[[clients]]`.
std::string headOf(std::string_view table) {
    return (findList(table) != nullptr ? "[[" : "[") + std::string(table) +
           (findList(table) != nullptr ? "]]" : "]");
}

/// What may stand in a table: keys, and lists of tables.
std::vector<std::string_view> namesIn(std::string_view table) {
    std::vector<std::string_view> names;
    for (const Key& key : configKeys())
        if (key.table() == table) names.push_back(key.name());
    const std::string prefix = std::string(table) + ".";
    for (const ListTable& list : configLists())
        if (list.path.starts_with(prefix)) names.push_back(list.path.substr(prefix.size()));
    return names;
}

/// The tables that stand at the top.
std::vector<std::string_view> topTables() {
    std::vector<std::string_view> names;
    for (const Key& key : configKeys())
        if (key.table().find('.') == std::string_view::npos) names.push_back(key.table());
    return names;
}

/// What an unknown key may have meant: a neighbor in its table, or the same name in another one.
std::string suggestKey(std::string_view table, std::string_view name) {
    std::string suggestion = suggest(name, namesIn(table));
    if (!suggestion.empty()) return suggestion;
    for (const Key& key : configKeys()) {
        if (key.name() == name) return "; it belongs to " + headOf(key.table());
    }
    return "";
}

/// A table in the file: its path among the keys, and its own name there (`clients[1]`).
struct Place {
    std::string path;
    std::string name;

    Place inside(std::string_view member) const {
        return {path + "." + std::string(member), name + "." + std::string(member)};
    }
};

class Parser {
  public:
    Parser(const toml::table& root, std::string_view file) : root_(root) { config_.file = file; }

    Result<Config> run() {
        for (const std::string_view table : topTables()) {
            if (findList(table) == nullptr) SALLYPORT_CHECK(applyDefaults(table));
        }
        for (const auto& [name, node] : root_) SALLYPORT_CHECK(readTop(name, node));
        for (const Key& key : configKeys()) {
            if (key.presence == Presence::kRequired && findList(key.table()) == nullptr &&
                config_.places.count(std::string(key.path)) == 0)
                return wrong(config_.file + ": " + missing(key));
        }
        return std::move(config_);
    }

  private:
    static std::string missing(const Key& key) {
        return std::string(key.path) + " is missing: set `" + std::string(key.name()) + "` in " +
               headOf(key.table());
    }

    /// Through the same readers, so that a default obeys the rules of its key.
    Status applyDefaults(std::string_view table) {
        for (const Key& key : configKeys()) {
            if (key.presence != Presence::kDefault || key.table() != table) continue;
            const toml::table parsed = toml::parse("value = " + std::string(key.default_value));
            const Status read = std::visit(Reader{key, *parsed.get("value"), config_}, key.slot);
            SALLYPORT_ASSERT(read.has_value());
        }
        return {};
    }

    Error at(const toml::source_region& source, std::string_view text) const {
        return wrong(config_.file + ":" + placeOf(source) + ": " + std::string(text));
    }

    Status readTop(const toml::key& name, const toml::node& node) {
        const std::vector<std::string_view> tables = topTables();
        const std::string text(name.str());
        if (std::find(tables.begin(), tables.end(), text) == tables.end())
            return at(name.source(), "unknown name `" + text + "`" + suggest(text, tables));
        if (const ListTable* list = findList(text))
            return readList(*list, name, {text, text}, node);
        const toml::table* table = node.as_table();
        if (table == nullptr)
            return at(name.source(), "`" + text + "` is a table: " + headOf(text));
        return readMembers({text, text}, *table);
    }

    Status readMembers(const Place& place, const toml::table& table) {
        for (const auto& [name, node] : table)
            SALLYPORT_CHECK(readMember(place, place.inside(name.str()), name, node));
        return {};
    }

    Status readMember(const Place& table,
                      const Place& place,
                      const toml::key& name,
                      const toml::node& node) {
        if (const ListTable* list = findList(place.path)) return readList(*list, name, place, node);
        for (const Key& key : configKeys()) {
            if (key.path != place.path) continue;
            const Status read = std::visit(Reader{key, node, config_}, key.slot);
            if (!read) return at(node.source(), place.name + ": " + read.error().detail);
            config_.places[place.name] = placeOf(node.source());
            return {};
        }
        return at(name.source(),
                  "unknown key `" + std::string(name.str()) + "` in " + headOf(table.path) +
                      suggestKey(table.path, name.str()));
    }

    Status readList(const ListTable& list,
                    const toml::key& name,
                    const Place& place,
                    const toml::node& node) {
        const toml::array* array = node.as_array();
        if (array == nullptr)
            return at(
                name.source(),
                "`" + std::string(name.str()) + "` is a list of tables: " + headOf(list.path));
        std::size_t index = 0;
        for (const toml::node& element : *array) {
            const toml::table* table = element.as_table();
            if (table == nullptr)
                return at(element.source(), "must be a table: " + headOf(list.path));
            const Place here{place.path, place.name + "[" + std::to_string(index++) + "]"};
            list.add(config_);
            SALLYPORT_CHECK(applyDefaults(list.path));
            config_.places[here.name] = placeOf(table->source());
            SALLYPORT_CHECK(readMembers(here, *table));
            SALLYPORT_CHECK(checkRequired(here, *table));
        }
        return {};
    }

    Status checkRequired(const Place& place, const toml::table& table) {
        for (const Key& key : configKeys()) {
            if (key.presence == Presence::kRequired && key.table() == place.path &&
                !table.contains(key.name()))
                return at(table.source(), missing(key));
        }
        return {};
    }

    const toml::table& root_;
    Config config_;
};

}  // namespace

Error Config::refuse(std::string_view key, std::string_view text) const {
    std::string where = file;
    // Of a key that is not set, the place of the table in the list that it should stand in.
    auto place = places.find(std::string(key));
    if (place == places.end())
        place = places.find(std::string(key.substr(0, std::min(key.rfind('.'), key.size()))));
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
