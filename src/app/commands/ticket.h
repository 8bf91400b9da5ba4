#pragma once

#include "app/core.h"
#include "app/credential_options.h"
#include "app/output.h"
#include "credential/tickets.h"

/// Enrolment tickets of the host, for `init` and `account ticket`.
namespace sallyport::app::commands {

/// `core` and `rules` outlive it.
credential::Tickets ticketsOf(Core& core,
                              const credential::Options& rules,
                              const Clock& clock,
                              Random& random);

/// Shows a ticket on the terminal, once; nothing of ours keeps it. Answers what a program reads of
/// it.
Json showTicket(const account::MailAddress& address,
                const credential::Tickets::Prepared& ticket,
                const Output& output);

}  // namespace sallyport::app::commands
