#include "tests/unit/virtual_key_client.h"

#include <future>

namespace sallyport::test {
namespace {

using Touch = LinkFaults::Touch;

LinkFaults with(Touch touch) {
    LinkFaults faults;
    faults.touch = touch;
    return faults;
}

/// Makes a credential in a thread of its own, as a client does while it shows progress.
std::future<int> makeInBackground(fido_dev_t* dev) {
    return std::async(std::launch::async,
                      [dev] { return fido_dev_make_cred(dev, newCredential().get(), nullptr); });
}

TEST(VirtualKeyLink, waitsForATouchWithKeepAlives) {
    VirtualDevice device("virtual:touch");
    const auto dev = openKey(device);
    device.setFaults(with(Touch::kWaits));
    auto made = makeInBackground(dev.get());
    ASSERT_TRUE(device.waitUntilBlinking());
    EXPECT_EQ(made.wait_for(std::chrono::milliseconds(30)), std::future_status::timeout);
    device.touch();
    EXPECT_EQ(made.get(), FIDO_OK);
}

TEST(VirtualKeyLink, isCancelledFromAnotherThread) {
    VirtualDevice device("virtual:cancel");
    const auto dev = openKey(device);
    device.setFaults(with(Touch::kWaits));
    auto made = makeInBackground(dev.get());
    ASSERT_TRUE(device.waitUntilBlinking());
    ASSERT_EQ(fido_dev_cancel(dev.get()), FIDO_OK);
    EXPECT_EQ(made.get(), FIDO_ERR_KEEPALIVE_CANCEL);
    EXPECT_EQ(device.cancelled(), 1);
    EXPECT_TRUE(device.key().credentials().empty());
    device.setFaults({});
    EXPECT_EQ(makeInBackground(dev.get()).get(), FIDO_OK) << "and goes on as before";
}

TEST(VirtualKeyLink, isRefusedOrLeftAloneByThePerson) {
    VirtualDevice device("virtual:refused");
    const auto dev = openKey(device);
    LinkFaults faults = with(Touch::kRefused);
    faults.keepalives_before_touch = 3;
    device.setFaults(faults);
    EXPECT_EQ(makeInBackground(dev.get()).get(), FIDO_ERR_OPERATION_DENIED);
    device.setFaults(with(Touch::kNever));
    EXPECT_EQ(makeInBackground(dev.get()).get(), FIDO_ERR_USER_ACTION_TIMEOUT);
}

TEST(VirtualKeyLink, runsIntoTheClientsTimeOut) {
    VirtualDevice device("virtual:hangs");
    const auto dev = openKey(device);
    device.setFaults(with(Touch::kWaits));
    fido_dev_set_timeout(dev.get(), 40);
    EXPECT_EQ(makeInBackground(dev.get()).get(), FIDO_ERR_RX);
    LinkFaults dead;
    dead.no_response = true;
    device.setFaults(dead);
    EXPECT_EQ(makeInBackground(dev.get()).get(), FIDO_ERR_RX);
}

TEST(VirtualKeyLink, isPulledMidway) {
    VirtualDevice device("virtual:pulled");
    {
        const auto dev = openKey(device);
        device.setFaults(with(Touch::kWaits));
        auto made = makeInBackground(dev.get());
        ASSERT_TRUE(device.waitUntilBlinking());
        device.pull();
        EXPECT_EQ(made.get(), FIDO_ERR_RX);
        EXPECT_EQ(openKey(device), nullptr);
    }
    device.insert();
    LinkFaults faults;
    faults.pull_after_reports = 9;
    const auto dev = openKey(device);
    ASSERT_NE(dev, nullptr);
    device.setFaults(faults);
    int failed = FIDO_OK;
    for (int i = 0; i < 9 && failed == FIDO_OK; ++i) {
        failed = fido_dev_make_cred(dev.get(), newCredential().get(), nullptr);
    }
    EXPECT_TRUE(failed == FIDO_ERR_RX || failed == FIDO_ERR_TX) << failed;
    EXPECT_FALSE(device.inserted());
}

TEST(VirtualKeyLink, blinksUntilOneOfSeveralIsTouched) {
    VirtualDevice left("virtual:left");
    VirtualDevice right("virtual:right");
    right.key().setPin("1234");
    const auto left_dev = openKey(left);
    const auto right_dev = openKey(right);
    left.setFaults(with(Touch::kWaits));
    right.setFaults(with(Touch::kWaits));
    ASSERT_EQ(fido_dev_get_touch_begin(left_dev.get()), FIDO_OK);
    ASSERT_EQ(fido_dev_get_touch_begin(right_dev.get()), FIDO_OK);
    right.touch();
    int touched = -1;
    EXPECT_EQ(fido_dev_get_touch_status(left_dev.get(), &touched, 20), FIDO_OK);
    EXPECT_EQ(touched, 0);
    EXPECT_EQ(fido_dev_get_touch_status(right_dev.get(), &touched, 1000), FIDO_OK);
    EXPECT_EQ(touched, 1);
    EXPECT_EQ(fido_dev_cancel(left_dev.get()), FIDO_OK);
    EXPECT_EQ(left.cancelled(), 1);
}

TEST(VirtualKeyLink, givesTheAnswerThatATestWrote) {
    VirtualDevice device("virtual:script");
    const auto dev = openKey(device);
    LinkFaults faults;
    faults.answers[0x01] = {0x7f};
    faults.answers[0x02] = {0x00, 0xff};
    device.setFaults(faults);
    EXPECT_EQ(makeInBackground(dev.get()).get(), FIDO_ERR_ERR_OTHER);
    EXPECT_EQ(fido_dev_get_assert(dev.get(), newAssertion().get(), nullptr), FIDO_ERR_RX_NOT_CBOR);
}

using Report = std::array<unsigned char, 65>;

/// A report of the client, written by hand.
class RawLink {
  public:
    explicit RawLink(const VirtualDevice& device)
        : io_(VirtualDevice::io()), handle_(io_.open(device.path().c_str())) {}

    RawLink(const RawLink&) = delete;
    RawLink& operator=(const RawLink&) = delete;

    ~RawLink() { io_.close(handle_); }

    void write(const Bytes& frame) {
        Report report{};
        std::copy(frame.begin(), frame.end(), report.begin() + 1);
        EXPECT_EQ(io_.write(handle_, report.data(), report.size()), 65);
    }

    /// The next report; empty if none comes.
    Bytes read() {
        Bytes report(64);
        return io_.read(handle_, report.data(), report.size(), 20) == 64 ? report : Bytes();
    }

    /// A channel of its own.
    Bytes channel() {
        write({0xff, 0xff, 0xff, 0xff, 0x86, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8});
        const Bytes answer = read();
        return {answer.begin() + 15, answer.begin() + 19};
    }

    void writeOn(const Bytes& channel, const Bytes& rest) {
        Bytes frame = channel;
        frame.insert(frame.end(), rest.begin(), rest.end());
        write(frame);
    }

  private:
    fido_dev_io_t io_;
    void* handle_;
};

/// Command and first byte of a report: {0xbf, code} is a CTAPHID_ERROR.
Bytes kind(const Bytes& report) {
    return report.size() == 64 ? Bytes{report[4], report[7]} : Bytes();
}

TEST(VirtualKeyFraming, echoesAPingOfSeveralReports) {
    const VirtualDevice device("virtual:ping");
    RawLink link(device);
    const Bytes channel = link.channel();
    Bytes first{0x81, 0, 100};
    first.insert(first.end(), 57, 0x61);
    link.writeOn(channel, first);
    Bytes second{0};
    second.insert(second.end(), 43, 0x62);
    link.writeOn(channel, second);
    const Bytes one = link.read();
    const Bytes two = link.read();
    ASSERT_EQ(one.size(), 64u);
    ASSERT_EQ(two.size(), 64u);
    EXPECT_EQ(Bytes(one.begin() + 4, one.begin() + 8), Bytes({0x81, 0, 100, 0x61}));
    EXPECT_EQ(two[4], 0);
    EXPECT_EQ(two[47], 0x62);
    EXPECT_EQ(two[48], 0x00);
    EXPECT_TRUE(link.read().empty());
}

TEST(VirtualKeyFraming, answersMistakesAsTheSpecificationSays) {
    const VirtualDevice device("virtual:framing");
    RawLink link(device);
    const Bytes channel = link.channel();
    const Bytes other = link.channel();
    EXPECT_NE(channel, other);
    link.writeOn(channel, {0x83, 0, 1, 0});
    EXPECT_EQ(kind(link.read()), Bytes({0xbf, 0x01})) << "no U2F messages";
    link.writeOn(channel, {0x86, 0, 3, 0});
    EXPECT_EQ(kind(link.read()), Bytes({0xbf, 0x03})) << "a nonce has 8 bytes";
    link.write({0xff, 0xff, 0xff, 0xff, 0x90, 0, 1, 4});
    EXPECT_EQ(kind(link.read()), Bytes({0xbf, 0x0b})) << "a command on the broadcast channel";
    link.writeOn(channel, {0x90, 0xff, 0xff});
    EXPECT_EQ(kind(link.read()), Bytes({0xbf, 0x03})) << "longer than any message";
    link.writeOn(channel, {0x90, 0, 200});
    link.writeOn(other, {0x90, 0, 1, 4});
    EXPECT_EQ(kind(link.read()), Bytes({0xbf, 0x06})) << "busy with another channel";
    link.writeOn(channel, {5});
    EXPECT_EQ(kind(link.read()), Bytes({0xbf, 0x04})) << "out of order";
    link.writeOn(channel, {0x88, 0, 0});
    EXPECT_EQ(kind(link.read()), Bytes({0x88, 0x00}));
    EXPECT_EQ(device.winks(), 1);
    link.writeOn(channel, {0x91, 0, 0});
    EXPECT_TRUE(link.read().empty()) << "nothing to cancel: no answer";
    link.writeOn(channel, {0x90, 0, 2, 0x01, 0xff});
    EXPECT_EQ(kind(link.read()), Bytes({0x90, 0x12})) << "no CBOR";
    link.writeOn(channel, {0x90, 0, 1, 0x55});
    EXPECT_EQ(kind(link.read()), Bytes({0x90, 0x01})) << "no such command";
    link.writeOn(channel, {0x90, 0, 2, 0x02, 0xa0});
    EXPECT_EQ(kind(link.read()), Bytes({0x90, 0x14})) << "nothing of what it needs";
    link.writeOn(channel, {0x90, 0, 1, 0x08});
    EXPECT_EQ(kind(link.read()), Bytes({0x90, 0x30})) << "no assertion before it";
}

}  // namespace
}  // namespace sallyport::test
