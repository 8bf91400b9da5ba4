#include "tests/journey/support/received_mail.h"

#include "web/dev_outbox.h"

#include <fstream>
#include <regex>
#include <sstream>

namespace sallyport::test {
namespace {

std::string firstMatch(const std::string& text, const std::string& pattern) {
    std::smatch match;
    return std::regex_search(text, match, std::regex(pattern)) ? match[1].str() : "";
}

}  // namespace

ReceivedMail readMail(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream raw;
    raw << in.rdbuf();
    const web::OutboxMail read = web::readOutboxMail(raw.str());
    ReceivedMail mail;
    mail.file = file;
    mail.raw = raw.str();
    mail.to = read.to;
    mail.subject = read.subject;
    mail.text = read.text;
    mail.link = firstMatch(mail.text, "(https?://[^\\s#]+/link#\\S+x)");
    mail.token = firstMatch(mail.link, "#(\\S+)x$");
    mail.relay_code = firstMatch(mail.text, "\\b([0-9A-Z]{4}-[0-9A-Z]{4})\\b");
    mail.disown_id = firstMatch(mail.text, "/not-me#(\\S+)x");
    return mail;
}

}  // namespace sallyport::test
