// A process of its own for storage_durability_test: it is killed, or kept from opening.
#include "base/log.h"
#include "base/metrics.h"
#include "storage/sqlite_database.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace sallyport::storage {
namespace {

constexpr std::array<Migration, 1> kMigrations = {
    {{1, "CREATE TABLE acknowledged (n INTEGER PRIMARY KEY) STRICT;\n"}}};

Deadline soon() {
    return Deadline::after(std::chrono::seconds(30));
}

// One write(2) a line: a line that the parent reads was written after the answer.
bool say(const std::string& line) {
    const std::string text = line + "\n";
    return ::write(STDOUT_FILENO, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

void writeForEver(Database& database, std::atomic<std::int64_t>& next) {
    while (true) {
        const std::int64_t n = next.fetch_add(1);
        const auto answer = database.write(soon(), [n](Transaction& transaction) {
            return transaction.execute("INSERT INTO acknowledged (n) VALUES ($1)", {Value(n)});
        });
        if (!answer || !say(std::to_string(n))) return;
    }
}

int run(const std::string& path, std::int64_t first) {
    const SystemClock clock;
    Log log(clock, standardErrorSink());
    NoMetrics metrics;
    SqliteOptions options;
    options.path = path;
    options.migrations = kMigrations;
    auto database = SqliteDatabase::open(options, log, metrics);
    if (!database || !(*database)->migrate(soon())) {
        say("refused");
        return 1;
    }
    std::atomic<std::int64_t> next = first;
    std::vector<std::thread> writers;
    for (int i = 0; i < 4; ++i) writers.emplace_back([&] { writeForEver(**database, next); });
    for (std::thread& writer : writers) writer.join();
    return 0;
}

}  // namespace
}  // namespace sallyport::storage

/// storage_child PATH FIRST: inserts FIRST, FIRST + 1, … and says each after its acknowledgement.
int main(int argc, char** argv) {
    if (argc != 3) return 2;
    return sallyport::storage::run(argv[1], std::stoll(argv[2]));
}
