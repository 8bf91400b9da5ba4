#include "app/command_line.h"

#include <exception>
#include <iostream>

int main(int count, char** arguments) {
    try {
        return sallyport::app::runCommandLine(count, arguments);
    } catch (const std::exception& error) {
        std::cerr << "sallyportd: " << error.what() << '\n';
        return 1;
    }
}
