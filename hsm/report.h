#pragma once

#include "base/log.h"
#include "base/metrics.h"
#include "hsm/pkcs11/errors.h"

#include <mutex>

namespace sallyport::hsm {

/// Log and metrics of a device. A thread that hangs in the library may outlive both: close() cuts
/// it off. Thread-safe.
class Report final {
  public:
    Report(Log& log, Metrics& metrics) : log_(&log), metrics_(&metrics) {}

    Report(const Report&) = delete;
    Report& operator=(const Report&) = delete;

    /// A call of the port as its caller saw it.
    void operation(std::string_view name, std::string_view outcome, Duration took);

    /// A PKCS#11 function that did not answer CKR_OK.
    void failure(const pkcs11::Failure& failure);

    /// A change of Health::State: one line each.
    void state(std::string_view state, std::string_view reason, std::uint64_t epoch);

    void lanes(std::size_t hung, std::size_t waiting);

    void close();

  private:
    std::mutex mutex_;
    Log* log_;
    Metrics* metrics_;
};

}  // namespace sallyport::hsm
