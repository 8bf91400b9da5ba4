#include "app/tables.h"

#include "account/tables.h"
#include "audit/tables.h"
#include "keyring/key_states.h"
#include "limit/tables.h"
#include "link/tables.h"
#include "mail/outbox.h"
#include "session/tables.h"

namespace sallyport::app {

const std::vector<const seal::Table*>& allTables() {
    static const std::vector<const seal::Table*> tables = {&account::accountsTable(),
                                                           &account::authoritiesTable(),
                                                           &account::addressesTable(),
                                                           &account::installationTable(),
                                                           &audit::eventsTable(),
                                                           &audit::eventPayloadsTable(),
                                                           &audit::incidentsTable(),
                                                           &keyring::keyStatesTable(),
                                                           &limit::hitsTable(),
                                                           &limit::saltsTable(),
                                                           &link::linksTable(),
                                                           &mail::outboxTable(),
                                                           &session::sessionsTable()};
    return tables;
}

}  // namespace sallyport::app
