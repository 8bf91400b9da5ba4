#include "storage/database.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>

namespace sallyport::storage {
namespace {

using test::failsWith;
using test::isOk;
using test::isOkAndHolds;

Row sampleRow() {
    Row row;
    row.set("number", Value(std::int64_t{5}));
    row.set("negative", Value(std::int64_t{-1}));
    row.set("text", Value("abc"));
    row.set("bytes", Value(Bytes{1, 2}));
    row.set("id", Value(Bytes(16, 7)));
    row.set("digest", Value(Bytes(32, 9)));
    row.set("nothing", Value());
    return row;
}

TEST(StorageRow, givesWhatIsThere) {
    const Row row = sampleRow();
    EXPECT_THAT(row.integer("number"), isOkAndHolds(5));
    EXPECT_THAT(row.text("text"), isOkAndHolds(std::string("abc")));
    EXPECT_THAT(row.bytes("bytes"), isOkAndHolds(Bytes{1, 2}));
    EXPECT_THAT(row.time("number"), isOkAndHolds(timeFromMicros(5)));
    EXPECT_EQ(row.optionalTime("number").value(), std::optional(timeFromMicros(5)));
    EXPECT_EQ(row.optionalTime("nothing").value(), std::optional<Time>());
    EXPECT_EQ(row.digest("digest").value()[31], 9);
    EXPECT_EQ(row.id<LinkId>("id").value().bytes[0], 7);
    EXPECT_EQ(row.optionalId<LinkId>("nothing").value(), std::optional<LinkId>());
    EXPECT_TRUE(row.optionalId<LinkId>("id").value());
    EXPECT_EQ(row.find("missing"), nullptr);
}

TEST(StorageRow, refusesEveryOtherTypeAndSizeAsNotOurs) {
    const Row row = sampleRow();
    const auto all = {"number", "negative", "text", "bytes", "id", "digest", "nothing", "missing"};
    for (const std::string name : all) {
        SCOPED_TRACE(name);
        const bool number = name == "number" || name == "negative";
        const bool bytes = name == "bytes" || name == "id" || name == "digest";
        if (!number) {
            EXPECT_THAT(row.integer(name), failsWith(ErrorCode::kIntegrity));
        }
        if (name != "number") {
            EXPECT_THAT(row.time(name), failsWith(ErrorCode::kIntegrity));
        }
        if (name != "text") {
            EXPECT_THAT(row.text(name), failsWith(ErrorCode::kIntegrity));
        }
        if (!bytes) {
            EXPECT_THAT(row.bytes(name), failsWith(ErrorCode::kIntegrity));
        }
        if (name != "digest") {
            EXPECT_THAT(row.digest(name), failsWith(ErrorCode::kIntegrity));
        }
        if (name != "id") {
            EXPECT_THAT(row.id<LinkId>(name), failsWith(ErrorCode::kIntegrity));
        }
    }
    EXPECT_THAT(row.value("missing"), failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(row.optionalTime("missing"), failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(row.optionalTime("text"), failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(row.optionalId<LinkId>("missing"), failsWith(ErrorCode::kIntegrity));
    EXPECT_THAT(row.optionalId<LinkId>("bytes"), failsWith(ErrorCode::kIntegrity));
}

}  // namespace
}  // namespace sallyport::storage
