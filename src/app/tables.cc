#include "app/tables.h"

#include "account/tables.h"
#include "action/tables.h"
#include "audit/tables.h"
#include "credential/tables.h"
#include "keyring/key_states.h"
#include "limit/tables.h"
#include "link/tables.h"
#include "mail/outbox.h"
#include "oauth/tables.h"
#include "session/tables.h"

namespace sallyport::app {

const std::vector<const seal::Table*>& allTables() {
    static const std::vector<const seal::Table*> tables = {&account::accountsTable(),
                                                           &account::authoritiesTable(),
                                                           &account::addressesTable(),
                                                           &account::installationTable(),
                                                           &account::noticesTable(),
                                                           &action::actionsTable(),
                                                           &action::approvalsTable(),
                                                           &action::challengesTable(),
                                                           &action::evidenceTable(),
                                                           &action::grantsTable(),
                                                           &audit::eventsTable(),
                                                           &audit::eventPayloadsTable(),
                                                           &audit::incidentsTable(),
                                                           &credential::attestationsTable(),
                                                           &credential::ceremoniesTable(),
                                                           &credential::countersTable(),
                                                           &credential::credentialsTable(),
                                                           &credential::ticketsTable(),
                                                           &keyring::keyStatesTable(),
                                                           &limit::hitsTable(),
                                                           &limit::saltsTable(),
                                                           &link::linksTable(),
                                                           &mail::outboxTable(),
                                                           &oauth::replaysTable(),
                                                           &session::sessionsTable()};
    return tables;
}

}  // namespace sallyport::app
