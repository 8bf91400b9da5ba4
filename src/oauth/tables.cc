#include "oauth/tables.h"

namespace sallyport::oauth {

const seal::Table& replaysTable() {
    using enum seal::ColumnClass;
    static const seal::Table table{
        "replays", seal::Binding::kState, {{"id", kKey}, {"expires_at", kState}}};
    return table;
}

}  // namespace sallyport::oauth
