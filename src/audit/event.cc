#include "audit/event.h"

#include "base/log.h"

#include <algorithm>
#include <array>

namespace sallyport::audit {

namespace {

constexpr std::int64_t kEntryFormat = 1;
constexpr std::array<std::string_view, 3> kResults = {"ok", "refused", "failed"};

/// `link.redeemed`: what a search and a metric can rely on.
bool isType(std::string_view type) {
    return !type.empty() && type.size() <= 64 && std::all_of(type.begin(), type.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    });
}

Digest joinedDigest(ByteView first, ByteView second) {
    Bytes joined = copyBytes(first);
    joined.insert(joined.end(), second.begin(), second.end());
    return sha256(joined);
}

}  // namespace

Result<EventLog::Prepared> EventLog::prepare(const Event& event) const {
    if (!isType(event.type) ||
        std::find(kResults.begin(), kResults.end(), event.result) == kResults.end()) {
        return fail(ErrorCode::kInternal, "an event of no known form");
    }
    Prepared prepared{EventId::random(random_), clock_.now(), {}, {}, std::nullopt, {}};
    Json::Object members{{"v", kEntryFormat},
                         {"id", prepared.id.text()},
                         {"at", micros(prepared.at)},
                         {"type", event.type},
                         {"result", event.result}};
    if (event.actor.has_value()) members.emplace("actor", event.actor->text());
    if (event.subject.has_value()) members.emplace("subject", event.subject->text());
    if (const auto trace = TraceScope::current(); !trace.empty()) members.emplace("trace", trace);
    if (!event.data.empty()) members.emplace("data", event.data);
    if (!event.private_data.empty()) {
        SALLYPORT_TRY(prepared.payload, Json(event.private_data).canonical());
        prepared.salt = random_.bytes<16>();
        const Digest hash = joinedDigest(*prepared.salt, asBytes(prepared.payload));
        members.emplace("private", base64url::encode(hash));
    }
    SALLYPORT_TRY(prepared.entry, Json(std::move(members)).canonical());
    // RFC 9162 2.1.1: leaves and nodes have prefixes of their own.
    prepared.leaf = joinedDigest(FixedBytes<1>{0x00}, asBytes(prepared.entry));
    return prepared;
}

Status append(storage::Transaction& transaction, const EventLog::Prepared& event) {
    SALLYPORT_CHECK(
        transaction.execute("INSERT INTO events (id, at, entry, leaf, log_index) "
                            "VALUES ($1, $2, $3, $4, NULL)",
                            {event.id, event.at, event.entry, event.leaf}));
    if (!event.salt.has_value()) return {};
    SALLYPORT_CHECK(
        transaction.execute("INSERT INTO event_payloads (event_id, salt, payload) "
                            "VALUES ($1, $2, $3)",
                            {event.id, *event.salt, event.payload}));
    return {};
}

}  // namespace sallyport::audit
