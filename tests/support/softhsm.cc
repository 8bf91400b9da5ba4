#include "tests/support/softhsm.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include <fstream>
#include <iostream>
#include <vector>

namespace sallyport::test {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void broken(const std::string& what) {
    std::cerr << "SoftHSM for tests: " << what << '\n';
    std::abort();
}

void writeConfiguration(const fs::path& folder) {
    fs::create_directories(folder / "tokens");
    std::ofstream(folder / "softhsm2.conf")
        << "directories.tokendir = " << (folder / "tokens").string() << '\n'
        << "objectstore.backend = file\n"
        << "log.level = ERROR\n"
        << "slots.removable = false\n"
        << "library.reset_on_fork = true\n";
}

void pointTo(const fs::path& folder) {
    ::setenv("SOFTHSM2_CONF", (folder / "softhsm2.conf").c_str(), 1);
}

/// Initialized once, removed when the binary ends.
class TokenTemplate {
  public:
    TokenTemplate() {
        writeConfiguration(folder());
        pointTo(folder());
        std::vector<std::string> words = {"softhsm2-util",
                                          "--init-token",
                                          "--free",
                                          "--label",
                                          std::string(SoftHsmToken::kLabel),
                                          "--so-pin",
                                          "12345678",
                                          "--pin",
                                          std::string(SoftHsmToken::kPin)};
        std::vector<char*> arguments;
        for (std::string& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        posix_spawn_file_actions_t quiet{};
        ::posix_spawn_file_actions_init(&quiet);
        ::posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        ::pid_t child = 0;
        const int spawned = ::posix_spawnp(
            &child, words.front().c_str(), &quiet, nullptr, arguments.data(), environ);
        ::posix_spawn_file_actions_destroy(&quiet);
        if (spawned != 0) broken("softhsm2-util is not installed");
        int status = 0;
        if (::waitpid(child, &status, 0) != child || status != 0) broken("softhsm2-util failed");
    }

    const fs::path& folder() const { return folder_.path(); }

  private:
    TemporaryDirectory folder_;
};

}  // namespace

SoftHsmToken::SoftHsmToken() {
    static const TokenTemplate once;
    writeConfiguration(folder());
    fs::copy(once.folder() / "tokens", folder() / "tokens", fs::copy_options::recursive);
    pointTo(folder());
}

hsm::Pkcs11Options SoftHsmToken::options() const {
    hsm::Pkcs11Options options;
    options.module_path = kModule;
    options.token_label = kLabel;
    options.ring = kRing;
    options.pin = Secret(kPin);
    return options;
}

std::string SoftHsmToken::configuration() const {
    return folder_.file("softhsm2.conf");
}

}  // namespace sallyport::test
