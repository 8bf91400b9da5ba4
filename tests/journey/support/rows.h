#pragma once

#include "tests/journey/support/daemon.h"

#include <gtest/gtest.h>

namespace sallyport::test {

/// The one value that `query` gives, read from the database file by Python's own SQLite.
inline std::int64_t valueOf(const Installation& installation, const std::string& query) {
    const auto text =
        outputOf({"python3",
                  "-c",
                  "import sqlite3, sys; print(sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', "
                  "uri=True, timeout=30).execute(sys.argv[2]).fetchone()[0])",
                  installation.path("sallyport.db"),
                  query});
    if (!text) {
        ADD_FAILURE() << "cannot read: " << query;
        return -1;
    }
    return std::stoll(*text);
}

}  // namespace sallyport::test
