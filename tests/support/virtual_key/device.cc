#include "tests/support/virtual_key/device.h"

#include <algorithm>

namespace sallyport::test {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// CTAP 2.1 section 11.2.9.
constexpr std::uint8_t kPing = 0x01;
constexpr std::uint8_t kInit = 0x06;
constexpr std::uint8_t kWink = 0x08;
constexpr std::uint8_t kCbor = 0x10;
constexpr std::uint8_t kCancel = 0x11;
constexpr std::uint8_t kKeepalive = 0x3b;
constexpr std::uint8_t kError = 0x3f;
constexpr std::uint32_t kBroadcast = 0xffffffff;
constexpr std::size_t kReport = 64;
constexpr std::size_t kFirst = kReport - 7;
constexpr std::size_t kNext = kReport - 5;
constexpr std::size_t kMaxMessage = kFirst + 128 * kNext;
constexpr milliseconds kKeepalivePeriod{5};

struct Slots {
    std::mutex mutex;
    std::map<std::string, VirtualDevice*> devices;
};

/// libfido2's open function gets a path and nothing else.
Slots& slots() {
    static Slots all;
    return all;
}

std::uint32_t channelOf(const unsigned char* report) {
    std::uint32_t channel = 0;
    for (std::size_t i = 0; i < 4; ++i) channel = channel << 8u | report[i];
    return channel;
}

}  // namespace

VirtualDevice::VirtualDevice(std::string path, KeyModel model)
    : path_(std::move(path)), key_(std::move(model)), commands_(key_) {
    const std::lock_guard<std::mutex> lock(slots().mutex);
    slots().devices[path_] = this;
}

VirtualDevice::~VirtualDevice() {
    const std::lock_guard<std::mutex> lock(slots().mutex);
    slots().devices.erase(path_);
}

void VirtualDevice::setFaults(LinkFaults faults) {
    const std::lock_guard<std::mutex> lock(mutex_);
    faults_ = std::move(faults);
}

void VirtualDevice::touch() {
    const std::lock_guard<std::mutex> lock(mutex_);
    decide(true);
}

void VirtualDevice::pull() {
    const std::lock_guard<std::mutex> lock(mutex_);
    inserted_ = false;
    changed_.notify_all();
}

void VirtualDevice::insert() {
    const std::lock_guard<std::mutex> lock(mutex_);
    inserted_ = true;
    faults_.pull_after_reports.reset();
    incoming_.reset();
    waiting_.reset();
    out_.clear();
    key_.powerCycle();
}

bool VirtualDevice::inserted() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return inserted_;
}

bool VirtualDevice::waitUntilBlinking(milliseconds limit) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, limit, [this] { return waiting_.has_value(); });
}

int VirtualDevice::cancelled() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return cancelled_;
}

int VirtualDevice::winks() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return winks_;
}

fido_dev_io_t VirtualDevice::io() {
    return {openPath, closeHandle, readReport, writeReport};
}

void* VirtualDevice::openPath(const char* path) {
    const std::lock_guard<std::mutex> lock(slots().mutex);
    const auto found = slots().devices.find(path);
    if (found == slots().devices.end() || !found->second->inserted()) return nullptr;
    found->second->open();
    return found->second;
}

void VirtualDevice::closeHandle(void* handle) {
    static_cast<VirtualDevice*>(handle)->open();  // whatever waits is forgotten
}

int VirtualDevice::readReport(void* handle, unsigned char* out, std::size_t size, int timeout) {
    return size == kReport ? static_cast<VirtualDevice*>(handle)->read(out, timeout) : -1;
}

int VirtualDevice::writeReport(void* handle, const unsigned char* report, std::size_t size) {
    // Byte 0 is the HID report id.
    if (size != kReport + 1 || report[0] != 0) return -1;
    return static_cast<VirtualDevice*>(handle)->write(report + 1);
}

void VirtualDevice::open() {
    const std::lock_guard<std::mutex> lock(mutex_);
    incoming_.reset();
    waiting_.reset();
    out_.clear();
}

bool VirtualDevice::countReport() {
    if (faults_.pull_after_reports && (*faults_.pull_after_reports)-- <= 0) {
        inserted_ = false;
        changed_.notify_all();
    }
    return inserted_;
}

int VirtualDevice::read(unsigned char* out, int timeout) {
    std::unique_lock<std::mutex> lock(mutex_);
    if (!countReport()) return -1;
    const auto until = steady_clock::now() + milliseconds(timeout);
    const auto left = [&] { return timeout < 0 || steady_clock::now() < until; };
    while (out_.empty() || faults_.no_response) {
        if (!inserted_ || !left()) return -1;
        if (waiting_ && !faults_.no_response) {
            changed_.wait_for(lock, kKeepalivePeriod);
            if (waiting_ && out_.empty()) keepAlive();
        } else if (timeout < 0) {
            changed_.wait(lock);
        } else {
            changed_.wait_until(lock, until);
        }
    }
    if (!inserted_) return -1;
    std::copy(out_.front().begin(), out_.front().end(), out);
    out_.pop_front();
    return static_cast<int>(kReport);
}

void VirtualDevice::keepAlive() {
    ++waiting_->keepalives;
    const bool enough = waiting_->keepalives > faults_.keepalives_before_touch;
    if (faults_.touch != LinkFaults::Touch::kWaits && enough) {
        decide(faults_.touch == LinkFaults::Touch::kAtOnce);
    } else {
        send(waiting_->channel, kKeepalive, {2});  // user presence is needed
    }
}

int VirtualDevice::write(const unsigned char* report) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!countReport()) return -1;
    if (!faults_.no_response) {
        if ((report[4] & 0x80u) != 0) {
            initialFrame(channelOf(report), report + 4);
        } else {
            continuation(report);
        }
    }
    changed_.notify_all();
    return static_cast<int>(kReport + 1);
}

void VirtualDevice::initialFrame(std::uint32_t channel, const unsigned char* report) {
    const auto command = static_cast<std::uint8_t>(report[0] & 0x7fu);
    const std::size_t size = static_cast<std::size_t>(report[1] << 8u | report[2]);
    if (command == kCancel) return cancel(channel);
    const bool busy = incoming_ || waiting_;
    if (busy && command != kInit) return sendError(channel, CtapStatus::kChannelBusy);
    if (channel == kBroadcast && command != kInit) {
        return sendError(channel, CtapStatus::kInvalidChannel);
    }
    if (size > kMaxMessage) return sendError(channel, CtapStatus::kInvalidLength);
    Incoming next{channel, command, size, 0, {}};
    next.data.assign(report + 3, report + 3 + std::min(size, kFirst));
    if (next.data.size() == size) return message(next);
    incoming_ = std::move(next);
}

void VirtualDevice::continuation(const unsigned char* report) {
    if (!incoming_ || incoming_->channel != channelOf(report)) return;  // spurious: ignored
    if (report[4] != incoming_->sequence++) {
        const std::uint32_t channel = incoming_->channel;
        incoming_.reset();
        return sendError(channel, CtapStatus::kInvalidSeq);
    }
    const std::size_t rest = incoming_->size - incoming_->data.size();
    incoming_->data.insert(incoming_->data.end(), report + 5, report + 5 + std::min(rest, kNext));
    if (incoming_->data.size() < incoming_->size) return;
    const Incoming whole = *std::move(incoming_);
    incoming_.reset();
    message(whole);
}

void VirtualDevice::message(const Incoming& message) {
    switch (message.command) {
        case kInit:
            return initialize(message);
        case kPing:
            return send(message.channel, kPing, message.data);
        case kWink:
            ++winks_;
            return send(message.channel, kWink, {});
        case kCbor:
            return command(message);
        default:
            return sendError(message.channel, CtapStatus::kInvalidCommand);
    }
}

void VirtualDevice::initialize(const Incoming& message) {
    if (message.data.size() != 8) {
        return sendError(message.channel, CtapStatus::kInvalidLength);
    }
    // On a channel that exists it aborts what runs there (11.2.9.1.3).
    incoming_.reset();
    waiting_.reset();
    const std::uint32_t channel = message.channel == kBroadcast ? next_channel_++ : message.channel;
    const std::uint32_t firmware = key_.model().firmware;
    Bytes out = message.data;
    for (const unsigned shift : {24u, 16u, 8u, 0u}) {
        out.push_back(static_cast<std::uint8_t>(channel >> shift));
    }
    out.push_back(2);  // CTAPHID protocol version
    for (const unsigned shift : {16u, 8u, 0u}) {
        out.push_back(static_cast<std::uint8_t>(firmware >> shift));
    }
    out.push_back(0x01 | 0x04 | 0x08);  // WINK, CBOR, no U2F messages
    send(message.channel, kInit, out);
}

void VirtualDevice::command(const Incoming& message) {
    const std::uint8_t byte = message.data.empty() ? std::uint8_t{0} : message.data[0];
    const auto scripted = faults_.answers.find(byte);
    if (scripted != faults_.answers.end()) {
        return send(message.channel, kCbor, scripted->second);
    }
    finish(message.channel, commands_.handle(message.data));
}

void VirtualDevice::finish(std::uint32_t channel, Outcome outcome) {
    if (outcome.after_touch) {
        waiting_ = Waiting{channel, std::move(outcome.after_touch), 0};
        changed_.notify_all();
        return;
    }
    Bytes out{static_cast<std::uint8_t>(outcome.status)};
    out.insert(out.end(), outcome.body.begin(), outcome.body.end());
    send(channel, kCbor, out);
}

/// CTAP 2.1 section 11.2.9.1.5: no answer of its own.
void VirtualDevice::cancel(std::uint32_t channel) {
    if (!waiting_ || waiting_->channel != channel || faults_.ignores_cancel) return;
    waiting_.reset();
    ++cancelled_;
    finish(channel, answer(CtapStatus::kKeepaliveCancel));
}

void VirtualDevice::decide(bool touched) {
    if (!waiting_) return;
    const Waiting decided = *std::move(waiting_);
    waiting_.reset();
    const CtapStatus no = faults_.touch == LinkFaults::Touch::kNever
                              ? CtapStatus::kUserActionTimeout
                              : CtapStatus::kOperationDenied;
    finish(decided.channel, touched ? decided.then() : answer(no));
    changed_.notify_all();
}

void VirtualDevice::send(std::uint32_t channel, std::uint8_t command, const Bytes& data) {
    std::size_t sent = 0;
    std::uint8_t sequence = 0;
    do {
        std::array<std::uint8_t, kReport> frame{};
        for (std::size_t i = 0; i < 4; ++i) {
            frame[i] = static_cast<std::uint8_t>(channel >> (24 - 8 * i));
        }
        const bool first = sent == 0;
        if (first) {
            frame[4] = command | 0x80u;
            frame[5] = static_cast<std::uint8_t>(data.size() >> 8u);
            frame[6] = static_cast<std::uint8_t>(data.size());
        } else {
            frame[4] = sequence++;
        }
        const std::size_t size = std::min(data.size() - sent, first ? kFirst : kNext);
        const auto begin = data.begin() + static_cast<std::ptrdiff_t>(sent);
        std::copy(begin,
                  begin + static_cast<std::ptrdiff_t>(size),
                  frame.begin() + static_cast<std::ptrdiff_t>(kReport - (first ? kFirst : kNext)));
        sent += size;
        out_.push_back(frame);
    } while (sent < data.size());
}

void VirtualDevice::sendError(std::uint32_t channel, CtapStatus status) {
    send(channel, kError, {static_cast<std::uint8_t>(status)});
}

}  // namespace sallyport::test
