#include "app/output.h"

#include <iostream>

namespace sallyport::app {

void Output::line(std::string_view text) const {
    if (!json_) std::cout << text << std::endl;
}

void Output::document(const Json& document) const {
    if (json_) std::cout << document.text() << std::endl;
}

}  // namespace sallyport::app
