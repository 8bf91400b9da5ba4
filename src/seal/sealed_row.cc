#include "seal/sealed_row.h"

#include <algorithm>
#include <limits>

namespace sallyport::seal {

namespace {

constexpr std::string_view kVersion = "version";
constexpr std::string_view kSealGeneration = "seal_gen";
constexpr std::string_view kSealTag = "seal";

/// A primary key as the seal names it; an integer as the canonical encoding writes one.
Result<Bytes> keyBytes(const Table& table, const storage::Row& row) {
    SALLYPORT_TRY(const storage::Value value, row.value(table.key()));
    if (const auto* bytes = value.asBytes()) return *bytes;
    if (const auto* text = value.asText()) return copyBytes(asBytes(*text));
    const auto* number = value.asInteger();
    if (number == nullptr || *number < 0) {
        return fail(ErrorCode::kIntegrity, "a key of " + std::string(table.name) + " is no key");
    }
    Bytes bytes(sizeof(std::uint64_t));
    auto rest = static_cast<std::uint64_t>(*number);
    for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte, rest >>= 8U) {
        *byte = static_cast<std::uint8_t>(rest & 0xffU);
    }
    return bytes;
}

/// A declaration that promises less than the seal does, or more, is a mistake in the program.
Status isSealed(const Table& table) {
    const bool has_state =
        std::any_of(table.columns.begin(), table.columns.end(), [](const Column& column) {
            return column.column_class == ColumnClass::kState;
        });
    if (table.binding == Binding::kSealed && !has_state) return {};
    return fail(ErrorCode::kInternal,
                "table " + std::string(table.name) + " is not declared as a sealed one");
}

/// What the seal covers: everything but the free columns (`protocols.md` 8).
Result<mint::SealedContent> contentOf(const Table& table,
                                      const storage::Row& row,
                                      std::uint64_t version) {
    SALLYPORT_CHECK(isSealed(table));
    SALLYPORT_TRY(Bytes key, keyBytes(table, row));
    mint::SealedContent content{std::string(table.name), std::move(key), version, {}};
    for (const Column& column : table.columns) {
        if (column.column_class != ColumnClass::kBound) continue;
        SALLYPORT_TRY(storage::Value value, row.value(column.name));
        content.columns.push_back(std::move(value));
    }
    return content;
}

struct Stored {
    mint::Seal seal;
    std::uint64_t version;
};

Result<Stored> sealOf(const storage::Row& row) {
    SALLYPORT_TRY(const std::int64_t version, row.integer(kVersion));
    SALLYPORT_TRY(const std::int64_t generation, row.integer(kSealGeneration));
    SALLYPORT_TRY(const Digest tag, row.digest(kSealTag));
    if (version < 1 || generation < 1 ||
        generation > std::int64_t{std::numeric_limits<mint::Generation>::max()}) {
        return fail(ErrorCode::kIntegrity, "a seal that was never made");
    }
    return Stored{{static_cast<mint::Generation>(generation), tag},
                  static_cast<std::uint64_t>(version)};
}

Error badSeal(const Table& table) {
    return fail(ErrorCode::kIntegrity,
                "a row of " + std::string(table.name) + " whose seal does not hold");
}

Error changedMeanwhile(const Table& table) {
    return fail(ErrorCode::kConflict,
                "a row of " + std::string(table.name) + " is no longer the one that was read");
}

std::string columnNames(const Table& table) {
    std::string names;
    for (const Column& column : table.columns) {
        if (!names.empty()) names += ", ";
        names += column.name;
    }
    return names;
}

std::string parameter(std::size_t number) {
    return "$" + std::to_string(number);
}

Result<std::vector<storage::Value>> values(const Table& table, const storage::Row& row) {
    std::vector<storage::Value> values;
    for (const Column& column : table.columns) {
        SALLYPORT_TRY(storage::Value value, row.value(column.name));
        values.push_back(std::move(value));
    }
    return values;
}

}  // namespace

Result<mint::Request> Sealer::checkRequest(const UnverifiedRow& row) const {
    auto stored = sealOf(row.row);
    auto content = stored ? contentOf(*row.table, row.row, stored->version)
                          : Result<mint::SealedContent>(stored.error());
    if (!content) {
        if (content.error().code == ErrorCode::kIntegrity) report(row);
        return content.error();
    }
    return mint::Request(mint::CheckSeal{std::move(*content), stored->seal});
}

Result<VerifiedRow> Sealer::accept(UnverifiedRow row, const mint::Answer& answer) {
    const auto* verdict = std::get_if<mint::Verdict>(&answer);
    if (verdict == nullptr) return fail(ErrorCode::kInternal, "the mint answered another request");
    if (*verdict != mint::Verdict::kValid) {
        report(row);
        return badSeal(*row.table);
    }
    SALLYPORT_TRY(const Stored stored, sealOf(row.row));
    return VerifiedRow(*row.table, std::move(row.row), stored.version, stored.seal);
}

Result<std::vector<VerifiedRow>> Sealer::verify(std::vector<UnverifiedRow> rows,
                                                Deadline deadline) {
    std::vector<mint::Request> requests;
    std::optional<Error> first;
    std::vector<UnverifiedRow> readable;
    for (UnverifiedRow& row : rows) {
        auto request = checkRequest(row);
        if (request) {
            requests.push_back(std::move(*request));
            readable.push_back(std::move(row));
        } else if (!first.has_value()) {
            first = request.error();
        }
    }
    SALLYPORT_TRY(const auto answers, mint_.perform(std::move(requests), deadline));
    std::vector<VerifiedRow> verified;
    for (std::size_t i = 0; i < readable.size(); ++i) {
        auto row = accept(std::move(readable[i]), answers[i]);
        if (row) {
            verified.push_back(std::move(*row));
        } else if (!first.has_value()) {
            first = row.error();
        }
    }
    if (first.has_value()) return *first;
    return verified;
}

Result<SealedRow> Sealer::seal(const Table& table, storage::Row row, Deadline deadline) {
    std::vector<Next> rows;
    rows.push_back({&table, nullptr, std::move(row)});
    SALLYPORT_TRY(auto sealed, sealAll(std::move(rows), deadline));
    return std::move(sealed.front());
}

Result<SealedRow> Sealer::sealNext(const VerifiedRow& old, storage::Row row, Deadline deadline) {
    std::vector<Next> rows;
    rows.push_back({&old.table(), &old, std::move(row)});
    SALLYPORT_TRY(auto sealed, sealAll(std::move(rows), deadline));
    return std::move(sealed.front());
}

Result<std::vector<SealedRow>> Sealer::sealAll(std::vector<Next> rows, Deadline deadline) {
    std::vector<mint::Request> requests;
    std::vector<std::uint64_t> versions;
    for (const Next& next : rows) {
        SALLYPORT_TRY(mint::Request request, sealRequest(next));
        versions.push_back(std::get<mint::SealRow>(request).content.version);
        requests.push_back(std::move(request));
    }
    SALLYPORT_TRY(auto answers, mint_.perform(std::move(requests), deadline));
    std::vector<SealedRow> sealed;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        SALLYPORT_TRY(const mint::Seal row_seal, mint::take<mint::Seal>(answers, i));
        storage::Row row = std::move(rows[i].row);
        row.set(std::string(kVersion), static_cast<std::int64_t>(versions[i]));
        row.set(std::string(kSealGeneration), std::int64_t{row_seal.generation});
        row.set(std::string(kSealTag), row_seal.tag);
        sealed.push_back(SealedRow(*rows[i].table, std::move(row)));
    }
    return sealed;
}

Result<mint::Request> Sealer::sealRequest(const Next& next) {
    const Table& table = *next.table;
    for (const Column& column : table.columns) {
        if (column.column_class == ColumnClass::kSeal || next.row.find(column.name) != nullptr) {
            continue;
        }
        return fail(ErrorCode::kInternal,
                    "a row of " + std::string(table.name) + " without " + std::string(column.name));
    }
    const std::uint64_t version = next.old == nullptr ? 1 : next.old->version() + 1;
    auto content = contentOf(table, next.row, version);
    if (!content) return fail(ErrorCode::kInternal, content.error().detail);
    if (next.old != nullptr) {
        SALLYPORT_TRY(const Bytes key, keyBytes(next.old->table(), next.old->row()));
        if (&next.old->table() != &table || key != content->key) {
            return fail(ErrorCode::kInternal, "a successor of another row");
        }
    }
    return mint::Request(mint::SealRow{std::move(*content)});
}

void Sealer::report(const UnverifiedRow& row) const {
    const auto key = keyBytes(*row.table, row.row);
    report_(row.table->name, key ? *key : Bytes());
}

Status Sealer::insert(storage::Transaction& transaction, const SealedRow& row) {
    const Table& table = row.table();
    SALLYPORT_TRY(const auto parameters, values(table, row.row()));
    std::string marks;
    for (std::size_t i = 1; i <= parameters.size(); ++i) {
        marks += (marks.empty() ? "" : ", ") + parameter(i);
    }
    SALLYPORT_CHECK(transaction.execute("INSERT INTO " + std::string(table.name) + " (" +
                                            columnNames(table) + ") VALUES (" + marks + ")",
                                        parameters));
    return {};
}

Status Sealer::replace(storage::Transaction& transaction,
                       const VerifiedRow& old,
                       const SealedRow& next) {
    const Table& table = old.table();
    SALLYPORT_TRY(const Stored stored, sealOf(next.row()));
    SALLYPORT_TRY(const storage::Value key, next.row().value(table.key()));
    if (&next.table() != &table || stored.version != old.version() + 1 ||
        old.row().find(table.key()) == nullptr || !(*old.row().find(table.key()) == key)) {
        return fail(ErrorCode::kInternal, "a successor of another row");
    }
    SALLYPORT_TRY(auto parameters, values(table, next.row()));
    std::string assignments;
    for (std::size_t i = 1; i < table.columns.size(); ++i) {
        assignments +=
            (i == 1 ? "" : ", ") + std::string(table.columns[i].name) + " = " + parameter(i + 1);
    }
    const std::size_t first = parameters.size() + 1;
    parameters.insert(parameters.end(), {static_cast<std::int64_t>(old.version()), old.seal_.tag});
    SALLYPORT_TRY(const std::int64_t changed,
                  transaction.execute("UPDATE " + std::string(table.name) + " SET " + assignments +
                                          " WHERE " + std::string(table.key()) +
                                          " = $1 AND version = " + parameter(first) +
                                          " AND seal = " + parameter(first + 1),
                                      parameters));
    if (changed == 1) return {};
    return changedMeanwhile(table);
}

Status Sealer::isUnchanged(storage::Transaction& transaction, const VerifiedRow& row) {
    const Table& table = row.table();
    SALLYPORT_TRY(const storage::Value key, row.row().value(table.key()));
    SALLYPORT_TRY(const auto found,
                  transaction.first("SELECT 1 FROM " + std::string(table.name) + " WHERE " +
                                        std::string(table.key()) +
                                        " = $1 AND version = $2 AND seal_gen = $3 AND seal = $4",
                                    {key,
                                     static_cast<std::int64_t>(row.version()),
                                     std::int64_t{row.seal_.generation},
                                     row.seal_.tag}));
    if (found.has_value()) return {};
    return changedMeanwhile(table);
}

}  // namespace sallyport::seal
