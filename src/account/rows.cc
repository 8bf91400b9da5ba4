#include "account/rows.h"

namespace sallyport::account {

Result<std::optional<seal::UnverifiedRow>> readRow(storage::Transaction& transaction,
                                                   const seal::Table& table,
                                                   std::string_view where,
                                                   const std::vector<storage::Value>& values) {
    std::string columns;
    for (const seal::Column& column : table.columns) {
        if (!columns.empty()) columns += ", ";
        columns += column.name;
    }
    SALLYPORT_TRY(auto row,
                  transaction.first("SELECT " + columns + " FROM " + std::string(table.name) +
                                        " WHERE " + std::string(where),
                                    values));
    if (!row.has_value()) return std::optional<seal::UnverifiedRow>();
    return std::optional<seal::UnverifiedRow>({&table, std::move(*row)});
}

}  // namespace sallyport::account
