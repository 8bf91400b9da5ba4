#include "hsm/report.h"

namespace sallyport::hsm {

void Report::operation(std::string_view name, std::string_view outcome, Duration took) {
    const std::lock_guard lock(mutex_);
    if (metrics_ == nullptr) return;
    metrics_->count(
        "sallyport_hsm_operations_total", {{"operation", name}, {"outcome", outcome}}, 1);
    metrics_->observe("sallyport_hsm_operation_seconds",
                      {{"operation", name}},
                      std::chrono::duration<double>(took).count());
}

void Report::failure(const pkcs11::Failure& failure) {
    const std::lock_guard lock(mutex_);
    if (metrics_ == nullptr) return;
    metrics_->count("sallyport_hsm_failures_total",
                    {{"function", failure.function},
                     {"code", pkcs11::nameOf(failure.code)},
                     {"class", pkcs11::name(pkcs11::classOf(failure.code))}},
                    1);
}

void Report::state(std::string_view state, std::string_view reason, std::uint64_t epoch) {
    const std::lock_guard lock(mutex_);
    if (log_ == nullptr) return;
    const Log::Level level = state == "serving" ? Log::Level::kInfo : Log::Level::kWarning;
    log_->write(
        level,
        "hsm_state",
        {{"state", state}, {"reason", reason}, {"epoch", static_cast<std::int64_t>(epoch)}});
    metrics_->set("sallyport_hsm_epoch", {}, static_cast<double>(epoch));
    metrics_->set("sallyport_hsm_serving", {}, state == "serving" ? 1 : 0);
}

void Report::lanes(std::size_t hung, std::size_t waiting) {
    const std::lock_guard lock(mutex_);
    if (metrics_ == nullptr) return;
    metrics_->set("sallyport_hsm_lanes_hung", {}, static_cast<double>(hung));
    metrics_->set("sallyport_hsm_queue", {}, static_cast<double>(waiting));
}

void Report::close() {
    const std::lock_guard lock(mutex_);
    log_ = nullptr;
    metrics_ = nullptr;
}

}  // namespace sallyport::hsm
