#include "account/tables.h"

namespace sallyport::account {

using seal::Binding;
using seal::ColumnClass;
using seal::Table;

const Table& accountsTable() {
    static const Table kTable{"accounts",
                              Binding::kSealed,
                              {{"id", ColumnClass::kKey},
                               {"kind", ColumnClass::kBound},
                               {"pii_part", ColumnClass::kBound},
                               {"created_at", ColumnClass::kBound},
                               {"version", ColumnClass::kSeal},
                               {"seal_gen", ColumnClass::kSeal},
                               {"seal", ColumnClass::kSeal}}};
    return kTable;
}

const Table& authoritiesTable() {
    static const Table kTable{"authorities",
                              Binding::kSealed,
                              {{"account_id", ColumnClass::kKey},
                               {"status", ColumnClass::kBound},
                               {"roles", ColumnClass::kBound},
                               {"epoch", ColumnClass::kBound},
                               {"person_id", ColumnClass::kBound},
                               {"addresses_digest", ColumnClass::kBound},
                               {"credentials_digest", ColumnClass::kBound},
                               {"version", ColumnClass::kSeal},
                               {"seal_gen", ColumnClass::kSeal},
                               {"seal", ColumnClass::kSeal}}};
    return kTable;
}

const Table& addressesTable() {
    static const Table kTable{"addresses",
                              Binding::kSealed,
                              {{"id", ColumnClass::kKey},
                               {"account_id", ColumnClass::kBound},
                               {"lookup_gen", ColumnClass::kBound},
                               {"lookup", ColumnClass::kBound},
                               {"cipher_gen", ColumnClass::kBound},
                               {"cipher", ColumnClass::kBound},
                               {"created_at", ColumnClass::kBound},
                               {"version", ColumnClass::kSeal},
                               {"seal_gen", ColumnClass::kSeal},
                               {"seal", ColumnClass::kSeal}}};
    return kTable;
}

const Table& installationTable() {
    static const Table kTable{"installation",
                              Binding::kSealed,
                              {{"id", ColumnClass::kKey},
                               {"ring", ColumnClass::kBound},
                               {"profile", ColumnClass::kBound},
                               {"bootstrap", ColumnClass::kBound},
                               {"created_at", ColumnClass::kBound},
                               {"version", ColumnClass::kSeal},
                               {"seal_gen", ColumnClass::kSeal},
                               {"seal", ColumnClass::kSeal}}};
    return kTable;
}

const Table& noticesTable() {
    static const Table kTable{"notices",
                              Binding::kSealed,
                              {{"id", ColumnClass::kKey},
                               {"account_id", ColumnClass::kBound},
                               {"kind", ColumnClass::kBound},
                               {"label", ColumnClass::kBound},
                               {"happened_at", ColumnClass::kBound},
                               {"version", ColumnClass::kSeal},
                               {"seal_gen", ColumnClass::kSeal},
                               {"seal", ColumnClass::kSeal}}};
    return kTable;
}

}  // namespace sallyport::account
