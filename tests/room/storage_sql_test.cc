#include "tests/support/matchers.h"
#include "tests/support/test_database.h"

#include <array>

namespace sallyport::storage {
namespace {

using test::failsWith;
using test::isOk;
using test::isOkAndHolds;
using test::TestDatabase;

constexpr std::string_view kSchema = R"sql(
CREATE TABLE things (
    name TEXT PRIMARY KEY,
    number INTEGER,
    bytes BLOB
) STRICT;
CREATE TABLE parts (
    thing TEXT NOT NULL REFERENCES things (name),
    size INTEGER NOT NULL CHECK (size > 0)
) STRICT;
)sql";
constexpr std::array<Migration, 1> kMigrations = {{{1, kSchema}}};

class StorageSql : public testing::Test {
  protected:
    StorageSql() { database_.options().migrations = kMigrations; }

    Result<std::int64_t> put(const char* name, std::int64_t number) {
        return database_.execute("INSERT INTO things (name, number) VALUES ($1, $2)",
                                 {Value(name), Value(number)});
    }

    TestDatabase database_;
};

TEST_F(StorageSql, writesAndReadsEveryTypeOfValue) {
    const Bytes bytes{0, 1, 255};
    ASSERT_THAT(
        database_.execute("INSERT INTO things (name, number, bytes) VALUES ($1, $2, $3)",
                          {Value(std::string("a\0b", 3)), Value(std::int64_t{-5}), Value(bytes)}),
        isOkAndHolds(1));
    ASSERT_THAT(database_.execute("INSERT INTO things (name, bytes) VALUES ($1, $2)",
                                  {Value("empty"), Value(Bytes())}),
                isOkAndHolds(1));

    const auto rows = database_.query("SELECT name, number, bytes FROM things ORDER BY name");
    ASSERT_THAT(rows, isOk());
    ASSERT_EQ(rows->size(), 2U);
    EXPECT_THAT((*rows)[0].text("name"), isOkAndHolds(std::string("a\0b", 3)));
    EXPECT_THAT((*rows)[0].integer("number"), isOkAndHolds(-5));
    EXPECT_THAT((*rows)[0].bytes("bytes"), isOkAndHolds(bytes));
    EXPECT_TRUE((*rows)[1].value("number").value().isNull());
    EXPECT_THAT((*rows)[1].bytes("bytes"), isOkAndHolds(Bytes()));
}

TEST_F(StorageSql, bindsByNameNotByPlaceInTheText) {
    ASSERT_THAT(database_.execute("INSERT INTO things (number, name) VALUES ($2, $1)",
                                  {Value("a"), Value(std::int64_t{7})}),
                isOkAndHolds(1));
    EXPECT_EQ(database_.number("SELECT number FROM things WHERE name = 'a'", "number"), 7);
    EXPECT_THAT(
        database_
            .query("SELECT $2 AS second, $1 AS first, $2 AS again", {Value("one"), Value("two")})
            .value()
            .front()
            .text("second"),
        isOkAndHolds(std::string("two")));
}

struct BadStatement {
    const char* name;
    std::string sql;
    std::vector<Value> parameters;
    ErrorCode code;
};

TEST_F(StorageSql, refusesBadStatements) {
    ASSERT_THAT(put("a", 1), isOk());
    const std::vector<BadStatement> cases{
        {"too few parameters", "DELETE FROM things WHERE name = $1", {}, ErrorCode::kInternal},
        {"too many parameters",
         "DELETE FROM things WHERE name = $1",
         {Value("b"), Value("c")},
         ErrorCode::kInternal},
        {"a gap in the names",
         "DELETE FROM things WHERE name = $2",
         {Value("b")},
         ErrorCode::kInternal},
        {"parameters without names",
         "DELETE FROM things WHERE name = ?",
         {Value("b")},
         ErrorCode::kInternal},
        {"two statements", "DELETE FROM things; DELETE FROM parts", {}, ErrorCode::kInternal},
        {"a hidden second statement",
         "SELECT 1; -- x\n DELETE FROM things",
         {},
         ErrorCode::kInternal},
        {"no statement", "-- nothing", {}, ErrorCode::kInternal},
        {"no text", "", {}, ErrorCode::kInternal},
        {"NUL in the text", std::string("SELECT 1\0; x", 12), {}, ErrorCode::kInternal},
        {"bad syntax", "SELEKT 1", {}, ErrorCode::kInternal},
        {"no such table", "SELECT * FROM nothing", {}, ErrorCode::kInternal},
        {"a string in double quotes", "SELECT \"mistyped\" FROM things", {}, ErrorCode::kInternal},
        {"BEGIN", "BEGIN", {}, ErrorCode::kInternal},
        {"COMMIT", "COMMIT", {}, ErrorCode::kInternal},
        {"ROLLBACK", "ROLLBACK", {}, ErrorCode::kInternal},
        {"SAVEPOINT", "SAVEPOINT mine", {}, ErrorCode::kInternal},
        {"RELEASE", "RELEASE body", {}, ErrorCode::kInternal},
        {"PRAGMA", "PRAGMA synchronous = OFF", {}, ErrorCode::kInternal},
        {"ATTACH", "ATTACH 'other.db' AS other", {}, ErrorCode::kInternal},
        {"a real number", "SELECT 0.5 AS half", {}, ErrorCode::kInternal},
        {"one name twice", "SELECT 1 AS a, 2 AS a", {}, ErrorCode::kInternal},
        {"UNIQUE", "INSERT INTO things (name) VALUES ('a')", {}, ErrorCode::kConflict},
        {"a reference to nothing",
         "INSERT INTO parts (thing, size) VALUES ('b', 1)",
         {},
         ErrorCode::kConflict},
        {"CHECK", "INSERT INTO parts (thing, size) VALUES ('a', 0)", {}, ErrorCode::kInternal},
        {"NOT NULL",
         "INSERT INTO parts (thing, size) VALUES ('a', NULL)",
         {},
         ErrorCode::kInternal},
        {"another type", "UPDATE things SET number = $1", {Value("text")}, ErrorCode::kInternal},
        {"schema by hand", "DELETE FROM sqlite_schema", {}, ErrorCode::kInternal},
    };
    for (const BadStatement& bad : cases) {
        SCOPED_TRACE(bad.name);
        EXPECT_THAT(database_.execute(bad.sql, bad.parameters), failsWith(bad.code));
        // Nothing happened, and the connection still works.
        EXPECT_EQ(database_.number("SELECT count(*) AS n FROM things", "n"), 1);
        EXPECT_EQ(database_.number("SELECT count(*) AS n FROM parts", "n"), 0);
    }
}

TEST_F(StorageSql, acceptsAClosingSemicolon) {
    EXPECT_THAT(database_.query("SELECT 1 AS one; \n"), isOk());
}

TEST_F(StorageSql, countsChangedRows) {
    ASSERT_THAT(put("a", 1), isOkAndHolds(1));
    ASSERT_THAT(put("b", 1), isOkAndHolds(1));
    EXPECT_THAT(database_.execute("UPDATE things SET number = 2 WHERE number = 1"),
                isOkAndHolds(2));
    EXPECT_THAT(database_.execute("UPDATE things SET number = 3 WHERE number = 1"),
                isOkAndHolds(0));
    EXPECT_THAT(database_.execute("CREATE TABLE later (a INTEGER) STRICT"), isOkAndHolds(0));
}

TEST_F(StorageSql, aReadCannotWrite) {
    EXPECT_THAT(database_.query("INSERT INTO things (name) VALUES ('a') RETURNING name"),
                failsWith(ErrorCode::kInternal));
    EXPECT_EQ(database_.number("SELECT count(*) AS n FROM things", "n"), 0);
}

TEST_F(StorageSql, afterAFailedStatementNothingMoreWorksAndThatIsTheAnswer) {
    ASSERT_THAT(put("a", 1), isOk());
    const Status status =
        database_->write(TestDatabase::soon(), [](Transaction& transaction) -> Status {
            EXPECT_THAT(transaction.execute("INSERT INTO things (name) VALUES ('b')", {}), isOk());
            EXPECT_THAT(transaction.execute("INSERT INTO things (name) VALUES ('a')", {}),
                        failsWith(ErrorCode::kConflict));
            EXPECT_THAT(transaction.execute("INSERT INTO things (name) VALUES ('c')", {}),
                        failsWith(ErrorCode::kConflict));
            return {};
        });
    EXPECT_THAT(status, failsWith(ErrorCode::kConflict));
    EXPECT_EQ(database_.number("SELECT count(*) AS n FROM things", "n"), 1);
}

TEST_F(StorageSql, firstGivesTheFirstRowOrNone) {
    ASSERT_THAT(put("a", 1), isOk());
    const Status status =
        database_->read(TestDatabase::soon(), [](Transaction& transaction) -> Status {
            SALLYPORT_TRY(const auto some, transaction.first("SELECT name FROM things", {}));
            EXPECT_TRUE(some);
            SALLYPORT_TRY(const auto none,
                          transaction.first("SELECT name FROM things WHERE number = 9", {}));
            EXPECT_FALSE(none);
            return {};
        });
    EXPECT_THAT(status, isOk());
}

TEST_F(StorageSql, errorsNameNoValue) {
    ASSERT_THAT(put("canary", 1), isOk());
    EXPECT_THAT(put("canary", 1).error().detail, testing::Not(testing::HasSubstr("canary")));
    const auto wrong_type = database_.execute("UPDATE things SET number = $1", {Value("canary")});
    EXPECT_THAT(wrong_type.error().detail, testing::Not(testing::HasSubstr("canary")));
}

}  // namespace
}  // namespace sallyport::storage
