#include "storage/schema.h"
#include "tests/support/matchers.h"
#include "tests/support/test_database.h"

#include <array>

namespace sallyport::storage {
namespace {

using test::failsWith;
using test::isOk;
using test::isOkAndHolds;
using test::TestDatabase;

constexpr Migration kFirst{
    1, "-- a comment;\nCREATE TABLE a (\n    n INTEGER\n) STRICT;\n\nCREATE INDEX a_n ON a (n);\n"};
constexpr Migration kSecond{2,
                            "CREATE TABLE b (n INTEGER) STRICT;\nINSERT INTO b (n) VALUES (2);\n"};
constexpr std::array kOne = {kFirst};
constexpr std::array kTwo = {kFirst, kSecond};

Status migrate(TestDatabase& database, std::span<const Migration> steps) {
    database.close();
    database.options().migrations = steps;
    auto opened = SqliteDatabase::open(database.options(), database.log(), database.metrics());
    if (!opened) return opened.error();
    return (*opened)->migrate(TestDatabase::soon());
}

TEST(StorageSchema, aTextIsReadAsStatements) {
    using testing::ElementsAre;
    EXPECT_THAT(statementsOf(kFirst.text),
                isOkAndHolds(ElementsAre("CREATE TABLE a (\nn INTEGER\n) STRICT",
                                         "CREATE INDEX a_n ON a (n)")));
    EXPECT_THAT(statementsOf(""), isOkAndHolds(ElementsAre()));
    EXPECT_THAT(statementsOf("SELECT 1;"), isOkAndHolds(ElementsAre("SELECT 1")));
    EXPECT_THAT(statementsOf("SELECT 1;\nSELECT 2"), failsWith(ErrorCode::kInternal));
}

TEST(StorageSchema, missingStepsAreAppliedOnce) {
    TestDatabase database;
    ASSERT_THAT(migrate(database, kOne), isOk());
    ASSERT_THAT(migrate(database, kOne), isOk());
    ASSERT_THAT(migrate(database, kTwo), isOk());
    ASSERT_THAT(migrate(database, kTwo), isOk());
    EXPECT_EQ(database.number("SELECT count(*) AS n FROM b", "n"), 1);
    EXPECT_EQ(database.number("SELECT max(version) AS n FROM schema_version", "n"), 2);
}

TEST(StorageSchema, aSchemaNewerThanTheProgramIsRefusedAndSaysWhatToDo) {
    TestDatabase database;
    ASSERT_THAT(migrate(database, kTwo), isOk());
    const Status refused = migrate(database, kOne);
    EXPECT_THAT(refused, failsWith(ErrorCode::kConflict));
    EXPECT_THAT(refused.error().detail, testing::HasSubstr("start the newer sallyportd"));
}

TEST(StorageSchema, aStepThatFailsLeavesNothingOfAnyStep) {
    constexpr Migration kBroken{
        2, "CREATE TABLE b (n INTEGER) STRICT;\nCREATE TABLE a (n INTEGER) STRICT;\n"};
    constexpr std::array kSteps = {kFirst, kBroken};
    TestDatabase database;
    EXPECT_THAT(migrate(database, kSteps), failsWith(ErrorCode::kInternal));
    ASSERT_THAT(migrate(database, kTwo), isOk());
    EXPECT_EQ(database.number("SELECT count(*) AS n FROM b", "n"), 1);
}

TEST(StorageSchema, stepsThatDoNotCountFromOneAreRefused) {
    constexpr std::array kGap = {kFirst, Migration{3, "SELECT 1;\n"}};
    constexpr std::array kTwice = {kFirst, kFirst};
    for (const std::span<const Migration> steps :
         {std::span<const Migration>(kGap), std::span<const Migration>(kTwice)}) {
        TestDatabase database;
        EXPECT_THAT(migrate(database, steps), failsWith(ErrorCode::kInternal));
    }
}

TEST(StorageSchema, everyTableOfOursIsStrict) {
    TestDatabase database;
    const auto tables = database.query("SELECT name, sql FROM sqlite_schema WHERE type = 'table'");
    ASSERT_THAT(tables, isOk());
    EXPECT_GT(tables->size(), 10U);
    for (const Row& table : *tables) {
        EXPECT_THAT(table.text("sql").value(), testing::EndsWith("STRICT"))
            << table.text("name").value();
    }
}

}  // namespace
}  // namespace sallyport::storage
