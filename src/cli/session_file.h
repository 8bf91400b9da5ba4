#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <optional>
#include <string>

namespace sallyport::cli {

/// A session at the workstation.
struct SavedSession {
    std::string server;       ///< public origin
    std::string cookie_name;  ///< as the server named it
    Secret cookie;
    std::string csrf_token;
};

/// Where the session of this login at the workstation is kept:
/// `$XDG_RUNTIME_DIR/sallyport/session`, in memory, gone when the person logs out of the
/// workstation. 0600 in a folder of 0700.
class SessionFile {
  public:
    /// `runtime_directory` is $XDG_RUNTIME_DIR if it is set. Errors: kInvalidRequest, saying what
    /// to do, unless it is an absolute path of a folder that is ours and nobody else's to enter.
    static Result<SessionFile> in(const std::optional<std::string>& runtime_directory);

    /// Nothing if there is none. Errors: kInvalidRequest for a file that is not ours, that others
    /// may read, or that is damaged.
    Result<std::optional<SavedSession>> read() const;

    /// At once or not at all. Errors: kUnavailable.
    Status write(const SavedSession& session) const;

    /// Fine if there is none. Errors: kUnavailable.
    Status remove() const;

  private:
    explicit SessionFile(std::string folder) : folder_(std::move(folder)) {}

    std::string path() const { return folder_ + "/session"; }

    std::string folder_;
};

}  // namespace sallyport::cli
