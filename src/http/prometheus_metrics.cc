#include "http/prometheus_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <exception>

namespace sallyport::http {

namespace {

/// From a row read to a hung device.
const prometheus::Histogram::BucketBoundaries& secondsBuckets() {
    static const prometheus::Histogram::BucketBoundaries kBuckets = {
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
    return kBuckets;
}

prometheus::Labels copyLabels(Metrics::Labels labels) {
    prometheus::Labels copy;
    for (const auto& label : labels) copy.emplace(label.first, label.second);
    return copy;
}

}  // namespace

/// The registry and its families are thread-safe.
struct PrometheusMetrics::State {
    prometheus::Registry registry;
};

PrometheusMetrics::PrometheusMetrics() : state_(std::make_unique<State>()) {}

PrometheusMetrics::~PrometheusMetrics() = default;

void PrometheusMetrics::count(std::string_view name, Labels labels, std::uint64_t by) {
    try {
        auto& family =
            prometheus::BuildCounter().Name(std::string(name)).Register(state_->registry);
        family.Add(copyLabels(labels)).Increment(static_cast<double>(by));
    } catch (
        const std::exception&) {  // NOLINT(bugprone-empty-catch): dropped, see the class comment
    }
}

void PrometheusMetrics::set(std::string_view name, Labels labels, double value) {
    try {
        auto& family = prometheus::BuildGauge().Name(std::string(name)).Register(state_->registry);
        family.Add(copyLabels(labels)).Set(value);
    } catch (
        const std::exception&) {  // NOLINT(bugprone-empty-catch): dropped, see the class comment
    }
}

void PrometheusMetrics::observe(std::string_view name, Labels labels, double value) {
    try {
        auto& family =
            prometheus::BuildHistogram().Name(std::string(name)).Register(state_->registry);
        family.Add(copyLabels(labels), secondsBuckets()).Observe(value);
    } catch (
        const std::exception&) {  // NOLINT(bugprone-empty-catch): dropped, see the class comment
    }
}

std::string PrometheusMetrics::text() const {
    return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace sallyport::http
