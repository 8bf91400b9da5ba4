#pragma once

#include <cstdint>

#include <initializer_list>
#include <string_view>
#include <utility>

namespace sallyport {

/// Counters, gauges and histograms by Prometheus name (`sallyport_…`). Thread-safe; never fails.
class Metrics {
  public:
    using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    virtual ~Metrics() = default;
    virtual void count(std::string_view name, Labels labels = {}, std::uint64_t by = 1) = 0;
    virtual void set(std::string_view name, Labels labels, double value) = 0;
    /// Durations in seconds.
    virtual void observe(std::string_view name, Labels labels, double value) = 0;
};

/// For programs that serve no metrics.
class NoMetrics final : public Metrics {
  public:
    void count(std::string_view, Labels, std::uint64_t) override {}

    void set(std::string_view, Labels, double) override {}

    void observe(std::string_view, Labels, double) override {}
};

}  // namespace sallyport
