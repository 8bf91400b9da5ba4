#include "http/connection_board.h"

#include <sys/socket.h>

#include <algorithm>

namespace sallyport::http {

ConnectionBoard::Admission ConnectionBoard::admit(int socket, Admitted connection) {
    const std::scoped_lock lock(mutex_);
    erase(socket);  // a connection that the dispatcher dropped unseen
    if (entries_.size() >= limits_.workers + limits_.queue) return Admission::kFull;
    if (!connection.source.empty()) {
        std::size_t& held = sources_[connection.source];
        if (held >= limits_.per_source) return Admission::kSourceFull;
        ++held;
    }
    entries_[socket].connection = std::move(connection);
    if (entries_.size() > limits_.workers) tellLongestToGo(Phase::kIdle);
    return Admission::kAdmitted;
}

ConnectionBoard::Admitted ConnectionBoard::start(int socket) {
    const std::scoped_lock lock(mutex_);
    enter(socket, Phase::kWorking);
    return entries_[socket].connection;
}

void ConnectionBoard::finish(int socket) {
    const std::scoped_lock lock(mutex_);
    erase(socket);
    finished_.notify_all();
}

bool ConnectionBoard::idle(int socket) {
    const std::scoped_lock lock(mutex_);
    if (!mayStayLocked(socket)) return false;
    enter(socket, Phase::kIdle);
    return true;
}

void ConnectionBoard::waitForRequest(int socket) {
    const std::scoped_lock lock(mutex_);
    if (entries_[socket].phase == Phase::kWaiting) return;
    const std::size_t half = std::max<std::size_t>(limits_.workers / 2, 1);
    if (countIn(Phase::kWaiting) >= half) tellLongestToGo(Phase::kWaiting);
    enter(socket, Phase::kWaiting);
    if (stopping_) tellToGo(socket, entries_[socket]);
}

bool ConnectionBoard::proceed(int socket) {
    const std::scoped_lock lock(mutex_);
    enter(socket, Phase::kWorking);
    return !entries_[socket].told_to_go;
}

bool ConnectionBoard::mayStay(int socket) {
    const std::scoped_lock lock(mutex_);
    return mayStayLocked(socket);
}

bool ConnectionBoard::mayStayLocked(int socket) {
    return !stopping_ && entries_.size() <= limits_.workers && !entries_[socket].told_to_go;
}

void ConnectionBoard::stop() {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    for (auto& entry : entries_) {
        const Phase phase = entry.second.phase;
        if (phase == Phase::kIdle || phase == Phase::kWaiting) tellToGo(entry.first, entry.second);
    }
}

void ConnectionBoard::drain(Deadline deadline) {
    std::unique_lock lock(mutex_);
    // What is still in the dispatcher's queue when the server stops never gets a worker.
    const auto all_finished = [this] { return countIn(Phase::kQueued) == entries_.size(); };
    if (finished_.wait_until(lock, deadline.at(), all_finished)) return;
    for (auto& entry : entries_) {
        if (entry.second.phase != Phase::kQueued) ::shutdown(entry.first, SHUT_RDWR);
    }
}

std::size_t ConnectionBoard::open() {
    const std::scoped_lock lock(mutex_);
    return entries_.size();
}

void ConnectionBoard::enter(int socket, Phase phase) {
    Entry& entry = entries_[socket];
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
    if (longest != entries_.end()) tellToGo(longest->first, longest->second);
}

/// Its worker waits in poll(): an end of input wakes it. Bytes that came before are still read, so
/// no request is lost in the crossing.
void ConnectionBoard::tellToGo(int socket, Entry& entry) {
    entry.told_to_go = true;
    ::shutdown(socket, SHUT_RD);
}

void ConnectionBoard::erase(int socket) {
    const auto entry = entries_.find(socket);
    if (entry == entries_.end()) return;
    const auto source = sources_.find(entry->second.connection.source);
    if (source != sources_.end() && --source->second == 0) sources_.erase(source);
    entries_.erase(entry);
}

}  // namespace sallyport::http
