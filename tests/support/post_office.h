#pragma once

#include "account/notice_mail.h"
#include "mail/file_transport.h"
#include "mail/worker.h"
#include "tests/support/house.h"
#include "tests/support/temporary_directory.h"

#include <set>
#include <string>
#include <vector>

namespace sallyport::test {

/// A mail as its reader has it, decoded by hand.
struct SentMail {
    std::string headers;
    std::string to;
    std::string subject;
    std::string text;
    std::string html;
};

/// The mail worker of a house with the template `notice`; what it sends goes into files.
class PostOffice {
  public:
    explicit PostOffice(TestHouse& house);

    /// Sends what is due and answers the mails that were not answered before.
    std::vector<SentMail> deliver();

    /// While it is closed nothing is taken, for the moment.
    void close(bool closed = true) { door_.closed = closed; }

  private:
    class Door final : public mail::Transport {
      public:
        explicit Door(std::string folder) : files_(std::move(folder)) {}

        mail::Outcome deliver(const mail::Envelope& envelope,
                              const Secret& message,
                              Deadline deadline) override {
            if (closed) return {mail::Outcome::Class::kTemporary, "closed"};
            return files_.deliver(envelope, message, deadline);
        }

        bool closed = false;

      private:
        mail::FileTransport files_;
    };

    TemporaryDirectory folder_;
    Door door_;
    account::NoticeMail notices_;
    mail::Worker worker_;
    std::set<std::string> seen_;
};

}  // namespace sallyport::test
