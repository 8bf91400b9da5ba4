#include "http/connection_board.h"

#include <sys/socket.h>

#include <algorithm>

namespace sallyport::http {

ConnectionBoard::Admission ConnectionBoard::admit(Handle handle, Admitted& connection) {
    const std::scoped_lock lock(mutex_);
    erase(handle);  // a connection that the dispatcher dropped unseen
    if (entries_.size() >= limits_.workers + limits_.queue) return Admission::kFull;
    if (!connection.source.empty()) {
        std::size_t& held = sources_[connection.source];
        if (held >= limits_.per_source) return Admission::kSourceFull;
        ++held;
    }
    Entry& entry = entries_[handle];
    entry.socket = connection.socket.get();
    entry.connection = std::move(connection);
    if (entries_.size() > limits_.workers) tellLongestToGo(Phase::kIdle);
    return Admission::kAdmitted;
}

ConnectionBoard::Admitted ConnectionBoard::start(Handle handle) {
    const std::scoped_lock lock(mutex_);
    enter(handle, Phase::kWorking);
    Admitted& connection = entries_[handle].connection;
    return {std::move(connection.socket), connection.peer, connection.source};
}

void ConnectionBoard::finish(Handle handle) {
    const std::scoped_lock lock(mutex_);
    erase(handle);
    finished_.notify_all();
}

bool ConnectionBoard::idle(Handle handle) {
    const std::scoped_lock lock(mutex_);
    if (!mayStayLocked(handle)) return false;
    enter(handle, Phase::kIdle);
    return true;
}

void ConnectionBoard::waitForRequest(Handle handle) {
    const std::scoped_lock lock(mutex_);
    if (entries_[handle].phase == Phase::kWaiting) return;
    const std::size_t half = std::max<std::size_t>(limits_.workers / 2, 1);
    if (countIn(Phase::kWaiting) >= half) tellLongestToGo(Phase::kWaiting);
    enter(handle, Phase::kWaiting);
    if (stopping_) tellToGo(entries_[handle]);
}

bool ConnectionBoard::proceed(Handle handle) {
    const std::scoped_lock lock(mutex_);
    enter(handle, Phase::kWorking);
    return !entries_[handle].told_to_go;
}

bool ConnectionBoard::mayStay(Handle handle) {
    const std::scoped_lock lock(mutex_);
    return mayStayLocked(handle);
}

/// Those that were told to go free a worker each, so that no more of them close than wait.
bool ConnectionBoard::mayStayLocked(Handle handle) {
    const auto leaving = std::count_if(entries_.begin(), entries_.end(), [](const auto& entry) {
        return entry.second.told_to_go;
    });
    Entry& entry = entries_[handle];
    if (stopping_ || entries_.size() > limits_.workers + static_cast<std::size_t>(leaving))
        entry.told_to_go = true;
    return !entry.told_to_go;
}

void ConnectionBoard::stop() {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    for (auto& entry : entries_) {
        const Phase phase = entry.second.phase;
        if (phase == Phase::kIdle || phase == Phase::kWaiting) tellToGo(entry.second);
    }
}

void ConnectionBoard::drain(Deadline deadline) {
    std::unique_lock lock(mutex_);
    // What is still in the dispatcher's queue when the server stops never gets a worker.
    const auto all_finished = [this] { return countIn(Phase::kQueued) == entries_.size(); };
    if (finished_.wait_until(lock, deadline.at(), all_finished)) return;
    for (auto& entry : entries_) {
        if (entry.second.phase != Phase::kQueued) ::shutdown(entry.second.socket, SHUT_RDWR);
    }
}

void ConnectionBoard::enter(Handle handle, Phase phase) {
    Entry& entry = entries_[handle];
    entry.phase = phase;
    entry.since = ++clock_;
}

std::size_t ConnectionBoard::countIn(Phase phase) const {
    const auto count = std::count_if(entries_.begin(), entries_.end(), [phase](const auto& entry) {
        return entry.second.phase == phase && !entry.second.told_to_go;
    });
    return static_cast<std::size_t>(count);
}

void ConnectionBoard::tellLongestToGo(Phase phase) {
    auto longest = entries_.end();
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
        if (entry->second.phase != phase || entry->second.told_to_go) continue;
        if (longest == entries_.end() || entry->second.since < longest->second.since)
            longest = entry;
    }
    if (longest != entries_.end()) tellToGo(longest->second);
}

/// Its worker waits in poll(): an end of input wakes it. Bytes that came before are still read, so
/// no request is lost in the crossing.
void ConnectionBoard::tellToGo(Entry& entry) {
    entry.told_to_go = true;
    ::shutdown(entry.socket, SHUT_RD);
}

void ConnectionBoard::erase(Handle handle) {
    const auto entry = entries_.find(handle);
    if (entry == entries_.end()) return;
    const auto source = sources_.find(entry->second.connection.source);
    if (source != sources_.end() && --source->second == 0) sources_.erase(source);
    entries_.erase(entry);
}

}  // namespace sallyport::http
