#include "fido/self_test.h"

namespace sallyport::fido {

Status selfTest() {
    return {};
}

}  // namespace sallyport::fido
