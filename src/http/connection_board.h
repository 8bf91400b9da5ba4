#pragma once

#include "base/clock.h"
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

    /// An accepted connection, before it has a worker.
    struct Admitted {
        std::optional<IpAddress> peer;
        /// What the per-source cap counts; empty where it does not apply.
        std::string source;
    };

    enum class Admission { kAdmitted, kFull, kSourceFull };

    /// Counts a connection in. If all workers are taken the longest idle connection is told to go.
    Admission admit(int socket, Admitted connection);

    /// A worker takes it up.
    Admitted start(int socket);

    /// Counts it out; before the socket is closed.
    void finish(int socket);

    /// Between two requests: may be told to go as soon as another connection waits. False: it shall
    /// close at once.
    bool idle(int socket);

    /// Waiting for bytes of a request, until proceed(): at most half of the workers may. One more
    /// tells the one that waits longest to go.
    void waitForRequest(int socket);

    /// Has its bytes. False: it was told to go meanwhile.
    bool proceed(int socket);

    /// Whether it may stay open after its answer: nobody waits for a worker, it was not told to go,
    /// the server is not stopping.
    bool mayStay(int socket);

    /// No connection stays from here on; who is idle or waits for bytes is told to go.
    void stop();

    /// Waits until all are finished; those that are not at `deadline` are cut off. Ends when their
    /// handlers do.
    void drain(Deadline deadline);

    std::size_t open();

  private:
    enum class Phase { kQueued, kIdle, kWaiting, kWorking };

    struct Entry {
        Admitted connection;
        Phase phase = Phase::kQueued;
        /// Order of entering its phase.
        std::uint64_t since = 0;
        bool told_to_go = false;
    };

    bool mayStayLocked(int socket);
    void enter(int socket, Phase phase);
    std::size_t countIn(Phase phase) const;
    void tellLongestToGo(Phase phase);
    static void tellToGo(int socket, Entry& entry);
    void erase(int socket);

    const Limits limits_;
    std::mutex mutex_;
    std::condition_variable finished_;
    std::map<int, Entry> entries_;  ///< by file descriptor, which is ours alone until it is closed
    std::map<std::string, std::size_t> sources_;
    std::uint64_t clock_ = 0;
    bool stopping_ = false;
};

}  // namespace sallyport::http
