#include "fido/authenticator_data.h"

#include "fido/cbor.h"

#include <algorithm>

namespace sallyport::fido {

namespace {

constexpr std::uint8_t kUserPresent = 0x01;
constexpr std::uint8_t kUserVerified = 0x04;
constexpr std::uint8_t kBackupEligible = 0x08;
constexpr std::uint8_t kBackupState = 0x10;
constexpr std::uint8_t kAttested = 0x40;
constexpr std::uint8_t kExtensions = 0x80;
constexpr std::uint8_t kReserved = 0x22;

Error malformed(const char* problem) {
    return fail(ErrorCode::kInvalidRequest, std::string("authenticator data: ") + problem);
}

Result<ByteView> take(ByteView& rest, std::size_t size) {
    if (rest.size() < size) return malformed("ends too early");
    const ByteView taken = rest.first(size);
    rest = rest.subspan(size);
    return taken;
}

template <std::size_t N>
Status takeInto(ByteView& rest, FixedBytes<N>& place) {
    SALLYPORT_TRY(const ByteView taken, take(rest, N));
    std::copy(taken.begin(), taken.end(), place.begin());
    return {};
}

Result<std::uint32_t> takeNumber(ByteView& rest, std::size_t size) {
    SALLYPORT_TRY(const ByteView taken, take(rest, size));
    std::uint32_t number = 0;
    for (const std::uint8_t byte : taken) number = number << 8 | byte;
    return number;
}

Result<AttestedCredential> takeCredential(ByteView& rest) {
    AttestedCredential credential;
    SALLYPORT_CHECK(takeInto(rest, credential.aaguid));
    SALLYPORT_TRY(const std::uint32_t id_size, takeNumber(rest, 2));
    SALLYPORT_TRY(const ByteView id, take(rest, id_size));
    credential.id = copyBytes(id);
    SALLYPORT_TRY(const cbor::Item key, cbor::Item::take(rest));
    credential.public_key = copyBytes(key.encoded());
    return credential;
}

Result<std::map<std::string, Bytes, std::less<>>> takeExtensions(ByteView& rest) {
    SALLYPORT_TRY(const cbor::Item item, cbor::Item::take(rest));
    SALLYPORT_TRY(const cbor::Map map, item.map());
    std::map<std::string, Bytes, std::less<>> extensions;
    for (const auto& entry : map.entries()) {
        SALLYPORT_TRY(const std::string_view name, entry.key.text());
        extensions.emplace(name, copyBytes(entry.value.encoded()));
    }
    return extensions;
}

}  // namespace

Result<AuthenticatorData> AuthenticatorData::parse(ByteView bytes) {
    AuthenticatorData data;
    SALLYPORT_CHECK(takeInto(bytes, data.rp_id_hash));
    SALLYPORT_TRY(const std::uint32_t flags, takeNumber(bytes, 1));
    if ((flags & kReserved) != 0) return malformed("reserved flags");
    data.user_present = (flags & kUserPresent) != 0;
    data.user_verified = (flags & kUserVerified) != 0;
    data.backup_eligible = (flags & kBackupEligible) != 0;
    data.backed_up = (flags & kBackupState) != 0;
    SALLYPORT_TRY(data.sign_count, takeNumber(bytes, 4));
    if ((flags & kAttested) != 0) {
        SALLYPORT_TRY(data.credential, takeCredential(bytes));
    }
    if ((flags & kExtensions) != 0) {
        SALLYPORT_TRY(data.extensions, takeExtensions(bytes));
    }
    if (!bytes.empty()) return malformed("bytes that no flag announces");
    return data;
}

}  // namespace sallyport::fido
