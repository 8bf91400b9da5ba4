#pragma once

#include "tests/support/virtual_key/virtual_key.h"

namespace sallyport::test {

/// What a command comes to: a status and its CBOR at once, or something that waits for a touch.
struct Outcome {
    CtapStatus status = CtapStatus::kOk;
    Bytes body;
    std::function<Outcome()> after_touch;
};

inline Outcome answer(CtapStatus status) {
    return {status, {}, nullptr};
}

inline Outcome answer(Bytes body) {
    return {CtapStatus::kOk, std::move(body), nullptr};
}

inline Outcome afterTouch(std::function<Outcome()> then) {
    return {CtapStatus::kOk, {}, std::move(then)};
}

}  // namespace sallyport::test
