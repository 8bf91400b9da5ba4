#pragma once

#include "base/clock.h"
#include "http/descriptor.h"
#include "http/ip_address.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>

namespace sallyport::http {

/// Who holds a connection and who holds a worker. A connection owns its worker while it lives, so
/// every connection that only waits can be told to go in favor of one that has something to say.
/// Thread-safe.
class ConnectionBoard {
  public:
    struct Limits {
        std::size_t workers;
        /// Connections that may wait for a worker; beyond it a newcomer is refused.
        std::size_t queue;
        std::size_t per_source;
    };

    explicit ConnectionBoard(const Limits& limits) : limits_(limits) {}

    /// Names a connection: the address of Poco's socket object, which is never followed.
    using Handle = const void*;

    /// An accepted connection, before it has a worker.
    struct Admitted {
        Descriptor socket;
        /// Absent for a unix socket.
        std::optional<IpAddress> peer;
        /// What the per-source cap counts; empty where it does not apply.
        std::string source;
    };

    enum class Admission { kAdmitted, kFull, kSourceFull };

    /// Counts a connection in, and takes it then. If all workers are taken the longest idle
    /// connection is told to go.
    Admission admit(Handle handle, Admitted& connection);

    /// A worker takes it up and owns it.
    Admitted start(Handle handle);

    /// Counts it out; before its socket is closed. May be said twice.
    void finish(Handle handle);

    /// Between two requests: may be told to go as soon as another connection waits. False: it shall
    /// close at once.
    bool idle(Handle handle);

    /// Waiting for bytes of a request, until proceed(): at most half of the workers may. One more
    /// tells the one that waits longest to go.
    void waitForRequest(Handle handle);

    /// Has its bytes. False: it was told to go meanwhile.
    bool proceed(Handle handle);

    /// Whether it may stay open after its answer: nobody waits for a worker, it was not told to go,
    /// the server is not stopping.
    bool mayStay(Handle handle);

    /// No connection stays from here on; who is idle or waits for bytes is told to go.
    void stop();

    /// Waits until all are finished; those that are not at `deadline` are cut off. Ends when their
    /// handlers do.
    void drain(Deadline deadline);

  private:
    enum class Phase { kQueued, kIdle, kWaiting, kWorking };

    struct Entry {
        Admitted connection;
        /// To shut it down; valid until finish().
        int socket = -1;
        Phase phase = Phase::kQueued;
        /// Order of entering its phase.
        std::uint64_t since = 0;
        bool told_to_go = false;
    };

    bool mayStayLocked(Handle handle);
    void enter(Handle handle, Phase phase);
    std::size_t countIn(Phase phase) const;
    void tellLongestToGo(Phase phase);
    static void tellToGo(Entry& entry);
    void erase(Handle handle);

    const Limits limits_;
    std::mutex mutex_;
    std::condition_variable finished_;
    std::map<Handle, Entry> entries_;
    std::map<std::string, std::size_t> sources_;
    std::uint64_t clock_ = 0;
    bool stopping_ = false;
};

}  // namespace sallyport::http
