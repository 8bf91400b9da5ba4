#pragma once

#include "fido/security_key.h"
#include "tests/support/virtual_key/browser.h"
#include "tests/support/virtual_key/slots.h"

#include <gmock/gmock.h>

#include <deque>
#include <future>

namespace sallyport::fido {

inline void PrintTo(KeyTrouble trouble, std::ostream* out) {
    *out << codeOf(trouble);
}

}  // namespace sallyport::fido

namespace sallyport::test {

/// Somebody at a workstation with virtual keys: what he types is in `pins`, what he saw is written
/// down.
class Person : public testing::Test {
  protected:
    using Trouble = fido::KeyTrouble;
    using Step = fido::Progress::Step;

    fido::SecurityKeys keys() {
        fido::Dialog dialog;
        dialog.pin = [this](const fido::PinRequest& request) -> std::optional<Secret> {
            asked_.push_back(request);
            if (pins_.empty()) return std::nullopt;
            Secret next(std::string_view(pins_.front()));
            pins_.pop_front();
            return next;
        };
        dialog.progress = [this](const fido::Progress& progress) {
            seen_.push_back(progress.step);
            if (on_progress_) on_progress_(progress);
        };
        dialog.stop = stop_.get_token();
        dialog.time_out = time_out_;
        return {slots_, dialog};
    }

    static fido::CredentialRequest wanted() {
        fido::CredentialRequest request;
        request.client_data_json = {'{', '}'};
        request.rp_id = "example.test";
        request.rp_name = "Example";
        request.user_id = Bytes(16, 0x21);
        request.user_name = "ann";
        request.user_display_name = "Ann";
        request.algorithms = {fido::Algorithm::kEdDsa, fido::Algorithm::kEs256};
        return request;
    }

    static fido::AssertionRequest shown(std::vector<Bytes> allow = {}) {
        fido::AssertionRequest request;
        request.client_data_json = {'{', '}'};
        request.rp_id = "example.test";
        request.allow = std::move(allow);
        return request;
    }

    /// A credential that is there already, made in another way than the one under test.
    static Bytes enrolled(VirtualDevice& device, std::optional<int> protection = {}) {
        BrowserCeremony page;
        page.rp_id = "example.test";
        page.user_id = Bytes(16, 0x21);
        page.cred_protect = protection;
        return registration(device.key(), page).id;
    }

    template <class T>
    static Trouble troubleIn(const fido::KeyAnswer<T>& answer) {
        const auto* failed = std::get_if<fido::KeyProblem>(&answer);
        EXPECT_NE(failed, nullptr) << "it went well";
        return failed != nullptr ? failed->trouble : Trouble::kOurFault;
    }

    template <class T>
    static bool wentWell(const fido::KeyAnswer<T>& answer) {
        const auto* failed = std::get_if<fido::KeyProblem>(&answer);
        if (failed != nullptr) ADD_FAILURE() << failed->error().detail;
        return failed == nullptr;
    }

    static LinkFaults touching(LinkFaults::Touch touch) {
        LinkFaults faults;
        faults.touch = touch;
        return faults;
    }

    VirtualSlots slots_;
    std::deque<std::string> pins_;
    std::vector<fido::PinRequest> asked_;
    std::vector<Step> seen_;
    std::function<void(const fido::Progress&)> on_progress_;
    std::stop_source stop_;
    Duration time_out_ = std::chrono::seconds(10);
};

}  // namespace sallyport::test
