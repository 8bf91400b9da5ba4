#pragma once

#include "base/log.h"
#include "http/prometheus_metrics.h"
#include "http/request_handler.h"

#include <array>
#include <functional>

namespace sallyport::http {

/// All that the operations listener answers, to GET and HEAD.
inline constexpr std::array<std::string_view, 3> kOperationsPaths = {
    "/livez", "/readyz", "/metrics"};

/// Something that the service cannot serve without.
struct Dependency {
    std::string name;
    /// Quick and thread-safe. The detail of its error is the reason that operators read.
    std::function<Status()> check;
};

/// The operations listener, for a loopback address or a unix socket only: `/livez` (the process
/// answers), `/readyz` (a reason per dependency, 503 if one fails), `/metrics`.
class Operations final : public RequestHandler {
  public:
    /// `notices` stand in `/readyz`: what an operator should know that is no failure, such as a
    /// soft token.
    Operations(std::vector<Dependency> dependencies,
               std::vector<std::string> notices,
               const PrometheusMetrics& metrics,
               Random& random);

    Response handle(Request request) override;
    Response refuse(const Refusal& refusal) override;

  private:
    Response answer(const Request& request) const;
    Response ready() const;

    std::vector<Dependency> dependencies_;
    std::vector<std::string> notices_;
    const PrometheusMetrics& metrics_;
    Random& random_;
};

}  // namespace sallyport::http
