#pragma once

#include "base/result.h"

namespace sallyport::storage {

/// An exclusive advisory lock (flock) on a file of its own, held until destruction or the end of
/// the process, however it ends.
class FileLock {
  public:
    FileLock() = default;

    /// Creates the file with mode 0600 if it is missing; it stays, because deleting a lock file
    /// races with the next holder. Errors: kConflict if another process (or another lock in this
    /// one) holds it, kUnavailable if the file cannot be made.
    static Result<FileLock> acquire(const std::string& path);

    FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

    FileLock& operator=(FileLock&& other) noexcept;
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    ~FileLock();

  private:
    explicit FileLock(int descriptor) : descriptor_(descriptor) {}

    int descriptor_ = -1;
};

}  // namespace sallyport::storage
