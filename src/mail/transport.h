#pragma once

#include "base/clock.h"
#include "base/secret.h"

#include <string>

namespace sallyport::mail {

/// What stands outside of a mail.
struct Envelope {
    std::string sender;
    Secret recipient;
    std::string message_id;  ///< with angle brackets; the same in every retry
};

/// What became of one attempt.
struct Outcome {
    enum class Class {
        kDelivered,  ///< the next server has taken responsibility: never again
        kTemporary,  ///< nothing was taken, or that is not known; try again
        kPermanent,  ///< this mail will never be taken
    };

    Class reply;
    std::string reason;  ///< for the operator's log; no address, no text of the other side
};

/// Hands mails over. Used by one thread.
class Transport {
  public:
    virtual ~Transport() = default;

    /// `message` as compose() made it. Returns by the deadline.
    virtual Outcome deliver(const Envelope& envelope, const Secret& message, Deadline deadline) = 0;
};

}  // namespace sallyport::mail
