#include "cli/run.h"

#include <unistd.h>

#include <exception>
#include <iostream>

int main(int count, char** arguments) {
    try {
        sallyport::cli::Terminal terminal(STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO);
        const sallyport::SystemClock clock;
        return sallyport::cli::run(count, arguments, {terminal, clock});
    } catch (const std::exception& error) {
        std::cerr << "sallyport: " << error.what() << '\n';
        return 1;
    }
}
