#pragma once

#include "action/grant.h"
#include "action/service.h"
#include "admin/types.h"
#include "app/core.h"
#include "app/security_keys.h"

namespace sallyport::app {

/// The action room put together, with every type that there is: those of the configuration, the
/// built-in ones and those of administration. Everything that it is given outlives it.
class Actions {
  public:
    struct Parts {
        Core& core;
        session::Service& sessions;
        const SecurityKeys& keys;
        const Policy& policy;
        Ground ground;
        std::string issuer;  ///< the public origin
    };

    /// Errors: kInvalidRequest for a type that cannot be used.
    static Result<std::unique_ptr<Actions>> build(const Parts& parts,
                                                  std::vector<action::TypePolicy> configured);

    Actions(const Actions&) = delete;
    Actions& operator=(const Actions&) = delete;

    action::Service& service() { return service_; }

    action::Execution& execution() { return execution_; }

    action::Grants& grants() { return grants_; }

    const action::Approvals& approvals() const { return approvals_; }

    const action::Types& types() const { return types_; }

    /// Lets every request go on that waits for a change; before the servers stop.
    void stopWaiting() { changes_.stop(); }

  private:
    Actions(const Parts& parts, action::Types types);

    const action::Types types_;
    action::Changes changes_;
    const action::Approvals approvals_;
    action::Execution execution_;
    action::Service service_;
    action::Grants grants_;
};

}  // namespace sallyport::app
