#pragma once

#include "storage/database.h"

#include <string_view>
#include <vector>

namespace sallyport::seal {

/// What protects a column (`protocols.md` 2).
enum class ColumnClass {
    kKey,    ///< the primary key, under the seal or the token's MAC
    kBound,  ///< under the token's MAC or the row's seal
    kState,  ///< may be reverted by an editor; the threat model says what he gains; never in a
             ///< sealed table, where everything but the free columns is under the seal
    kFree,   ///< no decision reads it
    kSeal,   ///< version, generation, check or seal themselves
};

/// How a row is bound.
enum class Binding {
    kSealed,  ///< by `seal-mac` in its columns `version`, `seal_gen`, `seal`
    kToken,   ///< by the MAC of its token (columns `gen`, `check_value`)
    kState,   ///< not at all: limits, leases, outbox, log
};

struct Column {
    std::string_view name;
    ColumnClass column_class;
};

/// The one declaration of a table: sealing, the tamper test, `doctor --seals` and the threat model
/// read it.
struct Table {
    std::string_view name;
    Binding binding;
    std::vector<Column> columns;  ///< in order; the first is the primary key

    std::string_view key() const { return columns.front().name; }
};

}  // namespace sallyport::seal
