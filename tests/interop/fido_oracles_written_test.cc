#include "tests/interop/fido_oracle_cases.h"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <map>
#include <sstream>

/// docs/oracles.md, held against the cases that are tested.
namespace sallyport::test {
namespace {

/// The cells of a Markdown table's line; none for any other line, or for the lines of its head.
std::vector<std::string> cellsOf(const std::string& line) {
    std::vector<std::string> cells;
    if (!line.starts_with("| R") && !line.starts_with("| A")) return cells;
    std::istringstream in(line.substr(2));
    for (std::string cell; std::getline(in, cell, '|');) {
        const auto from = cell.find_first_not_of(' ');
        cells.push_back(from == std::string::npos
                            ? ""
                            : cell.substr(from, cell.find_last_not_of(' ') - from + 1));
    }
    return cells;
}

/// The tables' lines by their row: R0 to R28, A0 to A19.
std::map<std::string, std::vector<std::string>> tableIn(const std::string& file) {
    std::map<std::string, std::vector<std::string>> rows;
    std::ifstream in(std::string(SALLYPORT_SOURCE_DIR) + "/" + file);
    for (std::string line; std::getline(in, line);) {
        const auto cells = cellsOf(line);
        if (cells.empty()) continue;
        EXPECT_TRUE(rows.emplace(cells.front(), cells).second) << line;
    }
    return rows;
}

/// By row, the cases that an oracle refuses where fido/ does: `type`, `origin`.
using Decided = std::map<std::string, std::string>;

void add(Decided& decided, const std::string& row, const std::string& name, Says says) {
    if (row.empty() || says != kNo) return;
    std::string& cell = decided[row];
    cell += (cell.empty() ? "`" : ", `") + name + "`";
}

/// docs/oracles.md says what the tests above show, row by row; the column of Chromium is held
/// against its own test in tests/browser/webauthn_oracle.test.mjs.
TEST(FidoOracles, whoDecidesWhatIsWrittenDown) {
    Decided python;
    Decided libfido2;
    for (const auto& each : registrations()) {
        add(python, each.row, each.name, each.python);
        add(libfido2, each.row, each.name, each.libfido2);
    }
    for (const auto& each : assertions()) {
        add(python, each.row, each.name, each.python);
        add(libfido2, each.row, each.name, each.libfido2);
    }
    const auto checks = tableIn("fido/README.md");
    const auto written = tableIn("docs/oracles.md");
    // R0, R0b, R1 to R28, A0 to A19.
    EXPECT_EQ(checks.size(), 30U + 20U);
    EXPECT_EQ(written.size(), checks.size());
    for (const auto& [row, check] : checks) {
        SCOPED_TRACE(row);
        const auto found = written.find(row);
        if (found == written.end() || found->second.size() != 6) {
            ADD_FAILURE() << "not in docs/oracles.md";
            continue;
        }
        const auto& cells = found->second;
        const auto cell = [&row_ = row](const Decided& decided) {
            const auto at = decided.find(row_);
            return at == decided.end() ? std::string("–") : at->second;
        };
        EXPECT_EQ(cells[1], check[2]) << "the check as in fido/README.md";
        EXPECT_EQ(cells[2], cell(python));
        EXPECT_EQ(cells[3], cell(libfido2));
        std::string who;
        const std::array<const char*, 3> names{"python3-fido2", "libfido2", "Chromium"};
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (cells[2 + i] != "–") who += (who.empty() ? "" : ", ") + std::string(names[i]);
        }
        EXPECT_EQ(cells[5], who.empty() ? "none" : who);
    }
}

}  // namespace
}  // namespace sallyport::test
