#include "app/commands/ticket.h"

namespace sallyport::app::commands {

credential::Tickets ticketsOf(Core& core,
                              const credential::Options& rules,
                              const Clock& clock,
                              Random& random) {
    return credential::Tickets({core.database(),
                                core.mint(),
                                core.events(),
                                core.incidents().reporter("token"),
                                clock,
                                random},
                               rules);
}

Json showTicket(const account::MailAddress& address,
                const credential::Tickets::Prepared& ticket,
                const Output& output) {
    const std::string mailbox(address.text().exposeText());
    const std::string text(ticket.text.exposeText());
    const std::string until = rfc3339(ticket.fields.expires);
    output.line("enrolment ticket for " + mailbox + ", until " + until +
                ", shown this once; never mail it:");
    output.line("  " + text);
    return Json::Object{{"address", mailbox}, {"ticket", text}, {"expires_at", until}};
}

}  // namespace sallyport::app::commands
