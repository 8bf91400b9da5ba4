#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <sys/types.h>

#include <string>

/// Secrets come from files only: a path, or `credential:NAME` in the directory that systemd gives
/// (`$CREDENTIALS_DIRECTORY`).
namespace sallyport::app {

/// The path that a key of the configuration means. Errors: kInvalidRequest for a credential without
/// that directory.
Result<std::string> secretPath(const std::string& configured);

/// Whether a process of `user` takes a secret from a file of `owner`: whoever else owns it could
/// change it.
bool mayOwnSecret(uid_t owner, uid_t user);

/// Without a line end at its end; never more than 256 bytes. Errors: kInvalidRequest, naming the
/// file and what to do, unless it is a regular file (no link), mode 0600 or 0400, owned by root or
/// this user, and not empty.
Result<Secret> readSecretFile(const std::string& configured);

}  // namespace sallyport::app
