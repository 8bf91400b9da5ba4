#pragma once

#include "mail/transport.h"

namespace sallyport::mail {

/// Writes each mail to a file instead of sending it: for development and tests.
class FileTransport final : public Transport {
  public:
    /// `directory` is made with mode 0700 if it is missing.
    explicit FileTransport(std::string directory) : directory_(std::move(directory)) {}

    /// Writes DIRECTORY/NAME.eml, mode 0600, whole or not at all. NAME is the local part of the
    /// Message-ID, so that a retry overwrites.
    Outcome deliver(const Envelope& envelope, const Secret& message, Deadline deadline) override;

  private:
    std::string directory_;
};

}  // namespace sallyport::mail
