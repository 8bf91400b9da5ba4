#include "storage/database.h"

namespace sallyport::storage {

Result<std::optional<Row>> Transaction::first(std::string_view sql,
                                              const std::vector<Value>& parameters) {
    SALLYPORT_TRY(Rows rows, query(sql, parameters));
    if (rows.empty()) return std::optional<Row>();
    return std::optional<Row>(std::move(rows.front()));
}

}  // namespace sallyport::storage
