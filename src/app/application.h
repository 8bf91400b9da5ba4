#pragma once

#include "app/core.h"
#include "http/router.h"

namespace sallyport::app {

/// The composition root of `sallyportd serve`: makes every part with what it needs, starts them in
/// order, and stops them in reverse.
class Application {
  public:
    struct Options {
        std::optional<std::string> test_clock;  ///< a file; profile dev on loopback only
    };

    /// When this returns the service answers. Errors: a sentence for the operator, its code giving
    /// the exit code.
    static Result<std::unique_ptr<Application>> start(const Config& config,
                                                      Policy policy,
                                                      const Options& options);

    /// Stops everything: no new requests, running ones end, then mail, housekeeping, device,
    /// database.
    ~Application();
    Application(const Application&) = delete;
    Application& operator=(const Application&) = delete;

    /// `http://localhost:8080`.
    const std::string& publicOrigin() const;

    /// Every endpoint of the public listener.
    const http::Router& router() const;

    Log& log();

  private:
    struct Parts;

    explicit Application(std::unique_ptr<Parts> parts);

    std::unique_ptr<Parts> parts_;
};

}  // namespace sallyport::app
