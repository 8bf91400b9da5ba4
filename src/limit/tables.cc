#include "limit/tables.h"

namespace sallyport::limit {

using seal::Binding;
using seal::ColumnClass;
using seal::Table;

const Table& hitsTable() {
    static const Table table{"limit_hits",
                             Binding::kState,
                             {{"id", ColumnClass::kKey},
                              {"rule", ColumnClass::kState},
                              {"bucket", ColumnClass::kState},
                              {"source", ColumnClass::kState},
                              {"at", ColumnClass::kState}}};
    return table;
}

const Table& saltsTable() {
    static const Table table{"limit_salts",
                             Binding::kState,
                             {{"day", ColumnClass::kKey}, {"salt", ColumnClass::kState}}};
    return table;
}

}  // namespace sallyport::limit
