#pragma once

#include "mint/mint.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <utility>

namespace sallyport::test {

/// Hands every batch on; a test may have something happen once, just before the device works on a
/// certain request: what another process or an editor of the database does at that moment.
/// Thread-safe.
class InterruptedMint final : public mint::Mint {
  public:
    using Which = std::function<bool(const mint::Request&)>;

    explicit InterruptedMint(mint::Mint& mint) : mint_(mint) {}

    /// A row of this table is sealed.
    static Which sealing(std::string_view table) {
        return [table](const mint::Request& request) {
            const auto* seal = std::get_if<mint::SealRow>(&request);
            return seal != nullptr && seal->content.table == table;
        };
    }

    /// The seal of a row of this table is checked.
    static Which checking(std::string_view table) {
        return [table](const mint::Request& request) {
            const auto* check = std::get_if<mint::CheckSeal>(&request);
            return check != nullptr && check->content.table == table;
        };
    }

    /// A session is made.
    static Which minting() {
        return [](const mint::Request& request) {
            return std::holds_alternative<mint::MintToken>(request);
        };
    }

    /// `what` happens before the `nth` batch from now on with such a request.
    void once(Which which, std::function<void()> what, int nth = 1) {
        const std::lock_guard lock(mutex_);
        which_ = std::move(which);
        what_ = std::move(what);
        left_ = nth;
    }

    /// The device is gone for the next batch with such a request.
    void failOnce(Which which) {
        once(std::move(which), [this] { is_gone_ = true; });
    }

    Result<std::vector<mint::Answer>> perform(std::vector<mint::Request> requests,
                                              Deadline deadline) override {
        const auto what = due(requests);
        if (what) what();
        if (is_gone_.exchange(false)) return fail(ErrorCode::kUnavailable, "the device is gone");
        return mint_.perform(std::move(requests), deadline);
    }

    std::map<std::string, std::uint64_t> counters() const override { return mint_.counters(); }

    hsm::Health health() const override { return mint_.health(); }

  private:
    std::function<void()> due(const std::vector<mint::Request>& requests) {
        const std::lock_guard lock(mutex_);
        if (!what_ || std::none_of(requests.begin(), requests.end(), which_)) return nullptr;
        if (--left_ > 0) return nullptr;
        return std::exchange(what_, nullptr);
    }

    mint::Mint& mint_;
    std::mutex mutex_;
    Which which_;
    std::function<void()> what_;
    int left_ = 0;
    std::atomic<bool> is_gone_ = false;
};

}  // namespace sallyport::test
