#pragma once

#include "tests/journey/support/daemon.h"

#include <gtest/gtest.h>

#include <sstream>

namespace sallyport::test {

/// The rows that `query` gives, read from the database file by Python's own SQLite, also of a
/// service that was killed: columns joined by `|`, bytes in hexadecimal.
inline std::vector<std::string> linesOf(const Installation& installation,
                                        const std::string& query) {
    const auto text = outputOf(
        {"python3",
         "-c",
         "import sqlite3, sys\n"
         "database = sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True, timeout=30)\n"
         "for row in database.execute(sys.argv[2]):\n"
         "    print('|'.join(x.hex() if isinstance(x, bytes) else str(x) for x in row))",
         installation.path("sallyport.db"),
         query});
    if (!text) ADD_FAILURE() << "cannot read: " << query;
    std::vector<std::string> lines;
    std::istringstream in(text.value_or(""));
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

/// The one number that `query` gives.
inline std::int64_t valueOf(const Installation& installation, const std::string& query) {
    const auto lines = linesOf(installation, query);
    if (lines.size() == 1) return std::stoll(lines.front());
    ADD_FAILURE() << "not one value: " << query;
    return -1;
}

}  // namespace sallyport::test
