#pragma once

#include "base/metrics.h"

#include <memory>
#include <string>

namespace sallyport::http {

/// The Metrics port on prometheus-cpp. A name keeps the kind of its first use; a use as another
/// kind or with bad labels is dropped, because counting must never fail a request.
class PrometheusMetrics final : public Metrics {
  public:
    PrometheusMetrics();
    ~PrometheusMetrics() override;

    void count(std::string_view name, Labels labels, std::uint64_t by) override;
    void set(std::string_view name, Labels labels, double value) override;
    void observe(std::string_view name, Labels labels, double value) override;

    /// Prometheus text format 0.0.4.
    std::string text() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sallyport::http
