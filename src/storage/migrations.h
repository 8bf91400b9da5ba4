#pragma once

#include <cstdint>

#include <span>
#include <string_view>

namespace sallyport::storage {

/// One step of the schema. Statements end with `;` at a line's end; the words BLOB and INTEGER are
/// all that PostgreSQL reads differently.
struct Migration {
    std::int64_t version;
    std::string_view text;
};

/// In order, without gaps, from 1.
std::span<const Migration> migrations();

}  // namespace sallyport::storage
