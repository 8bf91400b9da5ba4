#include "app/tables.h"
#include "tests/support/schema_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sallyport::app {
namespace {

TEST(AllTables, everyTableOfTheSchemaIsDeclaredWithEveryColumn) {
    for (const std::string& name : test::schemaTables()) {
        if (name == "leases") continue;  // a lease is taken by guarded statements of its own room
        const seal::Table* declared = nullptr;
        for (const auto* table : allTables()) {
            if (table->name == name) declared = table;
        }
        ASSERT_NE(declared, nullptr) << name;
        EXPECT_THAT(test::declaredColumns(*declared),
                    testing::UnorderedElementsAreArray(test::schemaColumns(name)))
            << name;
    }
}

TEST(AllTables, aDeclaredTableIsOneOfTheSchema) {
    for (const auto* table : allTables()) {
        EXPECT_FALSE(test::schemaColumns(table->name).empty()) << table->name;
    }
}

}  // namespace
}  // namespace sallyport::app
