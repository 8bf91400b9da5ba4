#include "audit/tables.h"

namespace sallyport::audit {

using seal::Binding;
using seal::ColumnClass;
using seal::Table;

const Table& eventsTable() {
    static const Table kTable{"events",
                              Binding::kState,
                              {{"id", ColumnClass::kKey},
                               {"at", ColumnClass::kState},
                               {"entry", ColumnClass::kState},
                               {"leaf", ColumnClass::kState},
                               {"log_index", ColumnClass::kState}}};
    return kTable;
}

const Table& eventPayloadsTable() {
    static const Table kTable{"event_payloads",
                              Binding::kState,
                              {{"event_id", ColumnClass::kKey},
                               {"salt", ColumnClass::kState},
                               {"payload", ColumnClass::kState}}};
    return kTable;
}

const Table& incidentsTable() {
    static const Table kTable{"incidents",
                              Binding::kSealed,
                              {{"id", ColumnClass::kKey},
                               {"at", ColumnClass::kBound},
                               {"kind", ColumnClass::kBound},
                               {"table_name", ColumnClass::kBound},
                               {"row_key", ColumnClass::kBound},
                               {"event_id", ColumnClass::kBound},
                               {"version", ColumnClass::kSeal},
                               {"seal_gen", ColumnClass::kSeal},
                               {"seal", ColumnClass::kSeal}}};
    return kTable;
}

}  // namespace sallyport::audit
