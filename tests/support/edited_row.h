#pragma once

#include "seal/table.h"
#include "tests/support/house.h"

#include <string>

namespace sallyport::test {

/// Another value of the same type, as an editor of the database might write it.
inline storage::Value edited(const storage::Value& value) {
    if (const auto* number = value.asInteger()) return *number + 1;
    if (const auto* text = value.asText()) return *text + "x";
    if (const auto* bytes = value.asBytes(); bytes != nullptr && !bytes->empty()) {
        Bytes other = *bytes;
        other.front() ^= 1U;
        return other;
    }
    return Bytes(16, 1);
}

/// One column of one row, edited for as long as this lives, then put back.
class EditedColumn {
  public:
    EditedColumn(TestHouse& house,
                 const seal::Table& table,
                 const storage::Value& key,
                 std::string_view column)
        : house_(house), table_(table), column_(column), key_(key) {
        const auto rows = house_.query("SELECT * FROM " + std::string(table_.name) + " WHERE " +
                                           std::string(table_.key()) + " = $1",
                                       {key_});
        const storage::Value* found = rows.size() == 1 ? rows.front().find(column_) : nullptr;
        if (found == nullptr) return;
        before_ = *found;
        after_ = edited(before_);
        changed_ = write(key_, after_);
    }

    EditedColumn(const EditedColumn&) = delete;
    EditedColumn& operator=(const EditedColumn&) = delete;

    ~EditedColumn() {
        if (changed_ == 1) write(column_ == table_.key() ? after_ : key_, before_);
    }

    /// Whether exactly one row was edited.
    bool done() const { return changed_ == 1; }

  private:
    std::int64_t write(const storage::Value& key, const storage::Value& value) {
        return house_.tamper("UPDATE " + std::string(table_.name) + " SET " + column_ +
                                 " = $1 WHERE " + std::string(table_.key()) + " = $2",
                             {value, key});
    }

    TestHouse& house_;
    const seal::Table& table_;
    std::string column_;
    storage::Value key_;
    storage::Value before_;
    storage::Value after_;
    std::int64_t changed_ = 0;
};

}  // namespace sallyport::test
