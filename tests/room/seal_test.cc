#include "seal/sealed_row.h"
#include "tests/support/matchers.h"
#include "tests/support/mint_fixture.h"
#include "tests/support/test_database.h"

namespace sallyport::seal {
namespace {

using storage::Value;
using test::failsWith;
using test::isOk;
using test::isOkAndHolds;
using test::MintFixture;
using test::TestDatabase;

const storage::Migration kSchema[] = {{1,
                                       "CREATE TABLE probes (\n"
                                       "  id BLOB PRIMARY KEY,\n"
                                       "  name TEXT NOT NULL,\n"
                                       "  note TEXT,\n"
                                       "  amount INTEGER NOT NULL,\n"
                                       "  part BLOB,\n"
                                       "  remark TEXT NOT NULL,\n"
                                       "  version INTEGER,\n"
                                       "  seal_gen INTEGER,\n"
                                       "  seal BLOB\n"
                                       ") STRICT;\n"
                                       "CREATE TABLE numbers (\n"
                                       "  id INTEGER PRIMARY KEY,\n"
                                       "  name TEXT NOT NULL,\n"
                                       "  version INTEGER NOT NULL,\n"
                                       "  seal_gen INTEGER NOT NULL,\n"
                                       "  seal BLOB NOT NULL\n"
                                       ") STRICT;\n"}};

const Table& probes() {
    using enum ColumnClass;
    static const Table kTable{"probes",
                              Binding::kSealed,
                              {{"id", kKey},
                               {"name", kBound},
                               {"note", kBound},
                               {"amount", kBound},
                               {"part", kBound},
                               {"remark", kFree},
                               {"version", kSeal},
                               {"seal_gen", kSeal},
                               {"seal", kSeal}}};
    return kTable;
}

const Table& numbers() {
    using enum ColumnClass;
    static const Table kTable{
        "numbers",
        Binding::kSealed,
        {{"id", kKey}, {"name", kBound}, {"version", kSeal}, {"seal_gen", kSeal}, {"seal", kSeal}}};
    return kTable;
}

class SealedRows : public testing::Test {
  protected:
    SealedRows() { database_.options().migrations = kSchema; }

    static Deadline soon() { return MintFixture::soon(); }

    static storage::Row probe(std::uint8_t id = 1) {
        storage::Row row;
        row.set("id", Bytes{id});
        row.set("name", "ada");
        row.set("note", nullptr);
        row.set("amount", std::int64_t{5});
        row.set("part", Bytes{1, 2});
        row.set("remark", "anything");
        return row;
    }

    static storage::Row number(std::int64_t id) {
        storage::Row row;
        row.set("id", id);
        row.set("name", "one");
        return row;
    }

    Status insert(const SealedRow& row) {
        return database_->write(soon(), [&](storage::Transaction& transaction) {
            return Sealer::insert(transaction, row);
        });
    }

    Status replace(const VerifiedRow& old, const SealedRow& next) {
        return database_->write(soon(), [&](storage::Transaction& transaction) {
            return Sealer::replace(transaction, old, next);
        });
    }

    void insertProbe(std::uint8_t id = 1) {
        const auto sealed = sealer_.seal(probes(), probe(id), soon());
        ASSERT_THAT(sealed, isOk());
        ASSERT_THAT(insert(*sealed), isOk());
    }

    std::vector<UnverifiedRow> read(const Table& table) {
        auto rows = database_.query("SELECT * FROM " + std::string(table.name) + " ORDER BY id");
        EXPECT_THAT(rows, isOk());
        std::vector<UnverifiedRow> unverified;
        for (auto& row : *rows) unverified.push_back({&table, std::move(row)});
        return unverified;
    }

    Result<std::vector<VerifiedRow>> verify(const Table& table) {
        return sealer_.verify(read(table), soon());
    }

    TestDatabase database_;
    MintFixture fixture_;
    std::vector<std::string> reports_;
    Sealer sealer_{fixture_.mint(), [this](std::string_view table, const Bytes& key) {
                       reports_.push_back(std::string(table) + ":" + toHex(key));
                   }};
};

TEST_F(SealedRows, comeBackVerified) {
    insertProbe();
    const auto rows = verify(probes());
    ASSERT_THAT(rows, isOk());
    ASSERT_EQ(rows->size(), 1U);
    EXPECT_EQ(rows->front().version(), 1U);
    EXPECT_THAT(rows->front().row().text("name"), isOkAndHolds(std::string("ada")));
    EXPECT_EQ(&rows->front().table(), &probes());
    EXPECT_TRUE(reports_.empty());
}

TEST_F(SealedRows, areRefusedAfterAnEditOfAnyColumnButTheFreeOnes) {
    struct Edit {
        std::string name;
        std::string assignment;
        std::string key = "01";
    };

    const std::vector<Edit> edits = {{"key", "id = x'02'", "02"},
                                     {"bound text", "name = 'eve'"},
                                     {"bound text emptied", "name = ''"},
                                     {"bound NULL to empty", "note = ''"},
                                     {"bound NULL to text", "note = 'x'"},
                                     {"bound integer", "amount = 6"},
                                     {"bound integer negative", "amount = -5"},
                                     {"bound bytes", "part = x'0103'"},
                                     {"bound bytes to NULL", "part = NULL"},
                                     {"bound bytes to empty", "part = x''"},
                                     {"version", "version = 2"},
                                     {"version zero", "version = 0"},
                                     {"version negative", "version = -1"},
                                     {"no version", "version = NULL"},
                                     {"seal generation", "seal_gen = 8"},
                                     {"seal generation zero", "seal_gen = 0"},
                                     {"seal generation wrapped", "seal_gen = 4294967303"},
                                     {"no seal generation", "seal_gen = NULL"},
                                     {"seal", "seal = zeroblob(32)"},
                                     {"short seal", "seal = x'00'"},
                                     {"no seal", "seal = NULL"}};
    for (const Edit& edit : edits) {
        ASSERT_THAT(database_.execute("DELETE FROM probes"), isOk());
        insertProbe();
        reports_.clear();
        ASSERT_THAT(database_.execute("UPDATE probes SET " + edit.assignment), isOkAndHolds(1))
            << edit.name;
        EXPECT_THAT(verify(probes()), failsWith(ErrorCode::kIntegrity)) << edit.name;
        EXPECT_THAT(reports_, testing::ElementsAre("probes:" + edit.key)) << edit.name;
    }
}

TEST_F(SealedRows, doNotCoverTheirFreeColumns) {
    insertProbe();
    ASSERT_THAT(database_.execute("UPDATE probes SET remark = 'edited'"), isOkAndHolds(1));
    EXPECT_THAT(verify(probes()), isOk());
}

TEST_F(SealedRows, cannotBeMovedBetweenTablesOrSwapped) {
    insertProbe(1);
    insertProbe(2);
    auto rows = read(probes());
    std::swap(rows[0].row, rows[1].row);
    const Value first = *rows[0].row.find("id");
    rows[0].row.set("id", *rows[1].row.find("id"));
    rows[1].row.set("id", first);
    EXPECT_THAT(sealer_.verify(std::move(rows), soon()), failsWith(ErrorCode::kIntegrity));
    EXPECT_EQ(reports_.size(), 2U);
    using enum ColumnClass;
    const Table other{"others", Binding::kSealed, probes().columns};
    auto moved = read(probes());
    for (auto& row : moved) row.table = &other;
    EXPECT_THAT(sealer_.verify(std::move(moved), soon()), failsWith(ErrorCode::kIntegrity));
}

TEST_F(SealedRows, areVerifiedInOneBatchAndEachBadOneIsReported) {
    for (std::uint8_t id = 1; id <= 4; ++id) insertProbe(id);
    ASSERT_THAT(database_.execute("UPDATE probes SET name = 'eve' WHERE id = x'02'"), isOk());
    ASSERT_THAT(database_.execute("UPDATE probes SET seal = NULL WHERE id = x'03'"), isOk());
    fixture_.device.reset();
    EXPECT_THAT(verify(probes()), failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(reports_, testing::UnorderedElementsAre("probes:02", "probes:03"));
    EXPECT_EQ(fixture_.device.counts().at("batch"), 1U);
}

TEST_F(SealedRows, areReplacedByTheirSuccessorOnce) {
    insertProbe();
    auto rows = verify(probes());
    ASSERT_THAT(rows, isOk());
    const VerifiedRow& old = rows->front();
    storage::Row changed = old.row();
    changed.set("amount", std::int64_t{6});
    const auto next = sealer_.sealNext(old, changed, soon());
    ASSERT_THAT(next, isOk());
    EXPECT_THAT(replace(old, *next), isOk());
    EXPECT_THAT(replace(old, *next), failsWith(ErrorCode::kConflict));
    const auto again = verify(probes());
    ASSERT_THAT(again, isOk());
    EXPECT_EQ(again->front().version(), 2U);
    EXPECT_THAT(again->front().row().integer("amount"), isOkAndHolds(6));
}

TEST_F(SealedRows, areNotReplacedAfterAnEditOfTheirVersion) {
    insertProbe();
    auto rows = verify(probes());
    ASSERT_THAT(rows, isOk());
    const auto next = sealer_.sealNext(rows->front(), rows->front().row(), soon());
    ASSERT_THAT(next, isOk());
    ASSERT_THAT(database_.execute("UPDATE probes SET version = 9"), isOk());
    EXPECT_THAT(replace(rows->front(), *next), failsWith(ErrorCode::kConflict));
}

TEST_F(SealedRows, areNotReplacedAfterAnEditOfTheirSeal) {
    insertProbe();
    auto rows = verify(probes());
    ASSERT_THAT(rows, isOk());
    const auto next = sealer_.sealNext(rows->front(), rows->front().row(), soon());
    ASSERT_THAT(next, isOk());
    ASSERT_THAT(database_.execute("UPDATE probes SET seal = zeroblob(32)"), isOk());
    EXPECT_THAT(replace(rows->front(), *next), failsWith(ErrorCode::kConflict));
}

TEST_F(SealedRows, areNotReplacedByTheSuccessorOfAnother) {
    insertProbe(1);
    insertProbe(2);
    auto rows = verify(probes());
    ASSERT_THAT(rows, isOk());
    storage::Row other = (*rows)[1].row();
    EXPECT_THAT(sealer_.sealNext((*rows)[0], other, soon()), failsWith(ErrorCode::kInternal));
    const auto next = sealer_.sealNext((*rows)[1], other, soon());
    ASSERT_THAT(next, isOk());
    EXPECT_THAT(replace((*rows)[0], *next), failsWith(ErrorCode::kInternal));
    const auto fresh = sealer_.seal(probes(), probe(1), soon());
    ASSERT_THAT(fresh, isOk());
    EXPECT_THAT(replace((*rows)[0], *fresh), failsWith(ErrorCode::kInternal)) << "not a successor";
}

TEST_F(SealedRows, areUnchangedUntilTheyAreReplacedOrDeleted) {
    insertProbe();
    auto rows = verify(probes());
    ASSERT_THAT(rows, isOk());
    const VerifiedRow& old = rows->front();
    const auto unchanged = [&] {
        return database_->read(soon(), [&](storage::Transaction& transaction) -> Result<bool> {
            SALLYPORT_CHECK(Sealer::isUnchanged(transaction, old));
            return true;
        });
    };
    EXPECT_THAT(unchanged(), isOk());
    ASSERT_THAT(database_.execute("UPDATE probes SET remark = 'else'"), isOk());
    EXPECT_THAT(unchanged(), isOk()) << "a free column";
    for (const char* column : {"version", "seal_gen"}) {
        const std::string name(column);
        ASSERT_THAT(database_.execute("UPDATE probes SET " + name + " = " + name + " + 1"), isOk());
        EXPECT_THAT(unchanged(), failsWith(ErrorCode::kConflict)) << name;
        ASSERT_THAT(database_.execute("UPDATE probes SET " + name + " = " + name + " - 1"), isOk());
        EXPECT_THAT(unchanged(), isOk()) << name;
    }
    const auto next = sealer_.sealNext(old, old.row(), soon());
    ASSERT_THAT(next, isOk());
    ASSERT_THAT(replace(old, *next), isOk());
    EXPECT_THAT(unchanged(), failsWith(ErrorCode::kConflict)) << "replaced by the same values";
    ASSERT_THAT(database_.execute("DELETE FROM probes"), isOk());
    EXPECT_THAT(unchanged(), failsWith(ErrorCode::kConflict));
}

TEST_F(SealedRows, areInsertedOnce) {
    const auto sealed = sealer_.seal(probes(), probe(), soon());
    ASSERT_THAT(sealed, isOk());
    EXPECT_THAT(insert(*sealed), isOk());
    EXPECT_THAT(insert(*sealed), failsWith(ErrorCode::kConflict));
}

TEST_F(SealedRows, mayHaveNumbersAsKeys) {
    for (const std::int64_t id : {std::int64_t{1}, std::int64_t{258}}) {
        const auto sealed = sealer_.seal(numbers(), number(id), soon());
        ASSERT_THAT(sealed, isOk());
        ASSERT_THAT(insert(*sealed), isOk());
    }
    EXPECT_THAT(verify(numbers()), isOk());
    ASSERT_THAT(database_.execute("UPDATE numbers SET id = 2 WHERE id = 1"), isOkAndHolds(1));
    EXPECT_THAT(verify(numbers()), failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(reports_, testing::ElementsAre("numbers:0000000000000002"));
    ASSERT_THAT(database_.execute("UPDATE numbers SET id = -2 WHERE id = 2"), isOkAndHolds(1));
    EXPECT_THAT(verify(numbers()), failsWith(ErrorCode::kIntegrity));
}

TEST_F(SealedRows, areWholeBeforeTheyAreSealed) {
    storage::Row row;
    row.set("id", Bytes{1});
    row.set("name", "ada");
    EXPECT_THAT(sealer_.seal(probes(), row, soon()), failsWith(ErrorCode::kInternal));
    storage::Row negative = probe();
    negative.set("amount", std::int64_t{-1});
    EXPECT_THAT(sealer_.seal(probes(), negative, soon()), failsWith(ErrorCode::kInvalidRequest));
    storage::Row keyless = probe();
    keyless.set("id", nullptr);
    EXPECT_THAT(sealer_.seal(probes(), keyless, soon()), failsWith(ErrorCode::kInternal));
}

TEST_F(SealedRows, areOnlyOfTablesThatAreDeclaredSo) {
    using enum ColumnClass;
    Table unsealed = probes();
    unsealed.binding = Binding::kState;
    EXPECT_THAT(sealer_.seal(unsealed, probe(), soon()), failsWith(ErrorCode::kInternal));
    Table with_state = probes();
    with_state.columns[3].column_class = kState;
    EXPECT_THAT(sealer_.seal(with_state, probe(), soon()), failsWith(ErrorCode::kInternal));
    insertProbe();
    auto rows = read(probes());
    rows.front().table = &with_state;
    EXPECT_THAT(sealer_.verify(std::move(rows), soon()), failsWith(ErrorCode::kInternal));
    EXPECT_TRUE(reports_.empty()) << "a mistake of the program is no incident";
}

TEST_F(SealedRows, areNotBadWhileTheDeviceIsGone) {
    insertProbe();
    fixture_.fake.failWith(fail(ErrorCode::kUnavailable, "gone"));
    EXPECT_THAT(verify(probes()), failsWith(ErrorCode::kUnavailable));
    EXPECT_THAT(sealer_.seal(probes(), probe(), soon()), failsWith(ErrorCode::kUnavailable));
    EXPECT_TRUE(reports_.empty());
}

TEST_F(SealedRows, joinAnotherBatch) {
    insertProbe();
    auto rows = read(probes());
    const auto request = sealer_.checkRequest(rows.front());
    ASSERT_THAT(request, isOk());
    EXPECT_THAT(sealer_.accept(rows.front(), mint::Verdict::kValid), isOk());
    EXPECT_TRUE(reports_.empty());
    EXPECT_THAT(sealer_.accept(rows.front(), mint::Verdict::kBadRow),
                failsWith(ErrorCode::kIntegrity));
    EXPECT_EQ(reports_.size(), 1U);
    EXPECT_THAT(sealer_.accept(rows.front(), mint::Seal{}), failsWith(ErrorCode::kInternal));
}

}  // namespace
}  // namespace sallyport::seal
