#include "app/security_keys.h"

namespace sallyport::app {

SecurityKeys::SecurityKeys(const Parts& parts, credential::Options options)
    : options_(std::move(options)),
      credentials_({parts.core.database(),
                    parts.core.sealer(),
                    parts.core.events(),
                    parts.core.incidents().reporter()}),
      assertions_({parts.core.database(),
                   parts.core.sealer(),
                   credentials_,
                   parts.core.events(),
                   parts.core.incidents().reporter(),
                   options_,
                   parts.ground.clock,
                   parts.ground.random,
                   parts.ground.metrics,
                   parts.ground.log}),
      ceremonies_(parts.core.database(), parts.core.sealer(), parts.ground.clock),
      tickets_({parts.core.database(),
                parts.core.mint(),
                parts.core.events(),
                parts.core.incidents().reporter("token"),
                parts.ground.clock,
                parts.ground.random},
               options_),
      enrolment_({parts.core.database(),
                  parts.core.sealer(),
                  parts.core.directory(),
                  parts.sessions,
                  credentials_,
                  ceremonies_,
                  tickets_,
                  parts.approved_action,
                  parts.core.events(),
                  options_,
                  parts.ground.clock,
                  parts.ground.random,
                  parts.ground.metrics,
                  parts.ground.log}),
      own_keys_({parts.core.database(),
                 parts.core.sealer(),
                 parts.core.directory(),
                 credentials_,
                 parts.core.incidents().reporter(),
                 parts.ground.clock}) {}

Result<std::unique_ptr<SecurityKeys>> SecurityKeys::build(const Parts& parts,
                                                          credential::Options options) {
    std::unique_ptr<SecurityKeys> keys(new SecurityKeys(parts, std::move(options)));
    SALLYPORT_TRY(keys->sign_in_,
                  credential::SignIn::open({parts.core.database(),
                                            parts.core.mint(),
                                            parts.core.sealer(),
                                            parts.core.directory(),
                                            parts.sessions,
                                            keys->credentials_,
                                            keys->assertions_,
                                            keys->ceremonies_,
                                            parts.core.incidents().reporter(),
                                            parts.rules,
                                            keys->options_,
                                            parts.ground.clock,
                                            parts.ground.random,
                                            parts.ground.metrics,
                                            parts.ground.log,
                                            {}},
                                           Core::soon()));
    return keys;
}

}  // namespace sallyport::app
