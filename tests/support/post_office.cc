#include "tests/support/post_office.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace sallyport::test {
namespace {

std::string field(const std::string& headers, const std::string& name) {
    const auto at = headers.find("\n" + name + ": ");
    if (at == std::string::npos) return {};
    const auto from = at + name.size() + 3;
    return headers.substr(from, headers.find('\n', from) - from);
}

/// RFC 2045 6.7.
std::string decoded(const std::string& body) {
    std::string text;
    for (std::size_t i = 0; i < body.size(); ++i) {
        if (body[i] != '=') {
            text += body[i];
        } else if (i + 1 < body.size() && body[i + 1] == '\n') {
            i += 1;
        } else {
            text += static_cast<char>(std::stoi(body.substr(i + 1, 2), nullptr, 16));
            i += 2;
        }
    }
    return text;
}

/// The body of the part with this type, from its blank line to the next boundary.
std::string part(const std::string& message, const std::string& type) {
    const auto at = message.find("Content-Type: " + type);
    if (at == std::string::npos) return {};
    const auto from = message.find("\n\n", at) + 2;
    return decoded(message.substr(from, message.find("\n--=_", from) - from));
}

SentMail read(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    const std::string raw{std::istreambuf_iterator<char>(in), {}};
    std::string message = "\n";
    for (const char c : raw) {
        if (c != '\r') message += c;
    }
    SentMail mail;
    mail.headers = message.substr(0, message.find("\n\n"));
    mail.to = field(mail.headers, "To");
    mail.subject = field(mail.headers, "Subject");
    mail.text = part(message, "text/plain");
    mail.html = part(message, "text/html");
    return mail;
}

}  // namespace

PostOffice::PostOffice(TestHouse& house)
    : door_(folder_.path().string()),
      notices_({house.database(), house.sealer(), house.directory(), house.clock()},
               "https://id.example"),
      worker_(
          {house.database(), door_, house.clock(), house.random(), house.log(), house.metrics()},
          {"Sallyport", "no-reply@id.example"},
          {notices_.asTemplate()}) {}

std::vector<SentMail> PostOffice::deliver() {
    EXPECT_TRUE(worker_.runDue().has_value());
    std::vector<SentMail> mails;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
        if (!seen_.insert(entry.path().string()).second) continue;
        mails.push_back(read(entry.path().string()));
    }
    return mails;
}

}  // namespace sallyport::test
