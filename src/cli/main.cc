#include "cli/run.h"
#include "fido/security_key_device.h"

#include <unistd.h>

#include <cstdlib>

#include <exception>
#include <iostream>

int main(int count, char** arguments) {
    try {
        sallyport::cli::Terminal terminal(STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO);
        sallyport::fido::UsbDevices devices;
        const sallyport::SystemClock clock;
        // NOLINTNEXTLINE(concurrency-mt-unsafe): there is no other thread yet
        const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
        return sallyport::cli::run(count,
                                   arguments,
                                   {terminal,
                                    devices,
                                    clock,
                                    runtime ? std::optional<std::string>(runtime) : std::nullopt});
    } catch (const std::exception& error) {
        std::cerr << "sallyport: " << error.what() << '\n';
        return 1;
    }
}
