#pragma once

#include "tests/support/virtual_key/commands.h"

#include <fido.h>

#include <chrono>

#include <condition_variable>
#include <deque>
#include <mutex>

/// The virtual key in a slot: CTAPHID (CTAP 2.1 section 11.2) behind libfido2's I/O functions.
namespace sallyport::test {

/// What happens between the key and whoever talks to it. None is on by itself.
struct LinkFaults {
    enum class Touch {
        kAtOnce,   ///< somebody has his finger there already
        kWaits,    ///< until VirtualDevice::touch()
        kRefused,  ///< the person declines: CTAP2_ERR_OPERATION_DENIED
        kNever,    ///< the key gives up: CTAP2_ERR_USER_ACTION_TIMEOUT
    };

    Touch touch = Touch::kAtOnce;
    int keepalives_before_touch = 0;  ///< of kAtOnce, kRefused and kNever: one each 5 ms
    bool no_response = false;         ///< it hangs
    bool ignores_cancel = false;
    std::optional<int> pull_after_reports;  ///< out of the slot after so many reads and writes
    std::map<std::uint8_t, Bytes> answers;  ///< command byte -> this instead (status, CBOR)
};

/// Registers itself under its path for libfido2's open function. Thread-safe but for key(), which
/// is not for use while a command runs.
class VirtualDevice {
  public:
    explicit VirtualDevice(std::string path, KeyModel model = {});
    ~VirtualDevice();
    VirtualDevice(const VirtualDevice&) = delete;
    VirtualDevice& operator=(const VirtualDevice&) = delete;

    const std::string& path() const { return path_; }

    VirtualKey& key() { return key_; }

    void setFaults(LinkFaults faults);

    /// A finger on the key, now; without a command that waits for it nothing happens.
    void touch();
    /// Out of the slot: every read and write fails, and the path cannot be opened.
    void pull();
    /// In again, with new power.
    void insert();
    bool inserted() const;
    /// Until a command waits for a touch; false if none does within `limit`.
    bool waitUntilBlinking(std::chrono::milliseconds limit = std::chrono::seconds(5));

    /// Commands that were answered CTAP2_ERR_KEEPALIVE_CANCEL.
    int cancelled() const;
    int winks() const;

    /// For fido_dev_set_io_functions; open() takes the path of a device that is in its slot.
    static fido_dev_io_t io();

  private:
    static void* openPath(const char* path);
    static void closeHandle(void* handle);
    static int readReport(void* handle, unsigned char* out, std::size_t size, int milliseconds);
    static int writeReport(void* handle, const unsigned char* report, std::size_t size);

    struct Incoming {
        std::uint32_t channel = 0;
        std::uint8_t command = 0;
        std::size_t size = 0;
        std::uint8_t sequence = 0;
        Bytes data;
    };

    struct Waiting {
        std::uint32_t channel = 0;
        std::function<Outcome()> then;
        int keepalives = 0;
    };

    void open();
    int read(unsigned char* out, int milliseconds);
    int write(const unsigned char* report);
    bool countReport();
    void initialFrame(std::uint32_t channel, const unsigned char* report);
    void continuation(const unsigned char* report);
    void message(const Incoming& message);
    void initialize(const Incoming& message);
    void command(const Incoming& message);
    void finish(std::uint32_t channel, Outcome outcome);
    void cancel(std::uint32_t channel);
    void decide(bool touched);
    void keepAlive();
    void send(std::uint32_t channel, std::uint8_t command, const Bytes& data);
    void sendError(std::uint32_t channel, CtapStatus status);

    std::string path_;
    VirtualKey key_;
    Commands commands_;
    LinkFaults faults_;
    bool inserted_ = true;
    std::uint32_t next_channel_ = 0x51000001;
    std::optional<Incoming> incoming_;
    std::optional<Waiting> waiting_;
    std::deque<std::array<std::uint8_t, 64>> out_;
    int cancelled_ = 0;
    int winks_ = 0;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
};

}  // namespace sallyport::test
