#include "limit/tables.h"

namespace sallyport::limit {

using seal::Binding;
using seal::ColumnClass;
using seal::Table;

const Table& hitsTable() {
    static const Table kTable{"limit_hits",
                              Binding::kState,
                              {{"id", ColumnClass::kKey},
                               {"rule", ColumnClass::kState},
                               {"bucket", ColumnClass::kState},
                               {"source", ColumnClass::kState},
                               {"at", ColumnClass::kState}}};
    return kTable;
}

const Table& saltsTable() {
    static const Table kTable{"limit_salts",
                              Binding::kState,
                              {{"day", ColumnClass::kKey}, {"salt", ColumnClass::kState}}};
    return kTable;
}

}  // namespace sallyport::limit
