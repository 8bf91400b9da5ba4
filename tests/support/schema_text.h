#pragma once

#include "seal/table.h"
#include "storage/migrations.h"

#include <sstream>
#include <string>
#include <vector>

namespace sallyport::test {

/// The columns of a table as the migrations' text has them, in order: what a declaration is held
/// against.
inline std::vector<std::string> schemaColumns(std::string_view table) {
    std::vector<std::string> columns;
    for (const auto& migration : storage::migrations()) {
        std::istringstream text{std::string(migration.text)};
        bool inside = false;
        const std::string added = "ALTER TABLE " + std::string(table) + " ADD COLUMN ";
        for (std::string line; std::getline(text, line);) {
            if (line.starts_with(added)) {
                columns.push_back(
                    line.substr(added.size(), line.find(' ', added.size()) - added.size()));
            }
            if (line == "CREATE TABLE " + std::string(table) + " (") {
                inside = true;
            } else if (line.starts_with(")")) {
                inside = false;
            } else if (inside) {
                std::string name;
                std::istringstream(line) >> name;
                if (name != "UNIQUE") columns.push_back(name);
            }
        }
    }
    return columns;
}

/// Every table that the migrations make.
inline std::vector<std::string> schemaTables() {
    constexpr std::string_view kCreate = "CREATE TABLE ";
    std::vector<std::string> tables;
    for (const auto& migration : storage::migrations()) {
        std::istringstream text{std::string(migration.text)};
        for (std::string line; std::getline(text, line);) {
            if (!line.starts_with(kCreate)) continue;
            tables.push_back(
                line.substr(kCreate.size(), line.find(' ', kCreate.size()) - kCreate.size()));
        }
    }
    return tables;
}

inline std::vector<std::string> declaredColumns(const seal::Table& table) {
    std::vector<std::string> columns;
    for (const auto& column : table.columns) columns.emplace_back(column.name);
    return columns;
}

}  // namespace sallyport::test
