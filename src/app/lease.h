#pragma once

#include "base/random.h"
#include "storage/database.h"

namespace sallyport::app {

/// Work that one node at a time does: a row of the table `leases` with a fence that grows with each
/// change of hands.
class Lease {
  public:
    Lease(std::string name, Duration length, const Clock& clock, Random& random)
        : name_(std::move(name)), length_(length), clock_(clock), owner_(random.bytes<16>()) {}

    /// Takes it, or keeps it for another `length`. False: another node has it. Errors: those of the
    /// database.
    Result<bool> hold(storage::Database& database, Deadline deadline) const;

    /// Lets the next one have it at once.
    Status release(storage::Database& database, Deadline deadline) const;

  private:
    const std::string name_;
    const Duration length_;
    const Clock& clock_;
    const FixedBytes<16> owner_;
};

}  // namespace sallyport::app
