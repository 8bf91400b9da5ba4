#include "tests/support/virtual_key/key_file.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdio>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace sallyport::test {
namespace {

constexpr const char* kForm = "virtual-key-1";

std::string hex(const Bytes& bytes) {
    std::string out = "x";  // an empty word would be none
    for (const std::uint8_t byte : bytes) {
        constexpr const char* kDigits = "0123456789abcdef";
        out += kDigits[byte >> 4U];
        out += kDigits[byte & 15U];
    }
    return out;
}

Bytes bytesOf(const std::string& word) {
    Bytes out;
    for (std::size_t i = 1; i + 1 < word.size(); i += 2)
        out.push_back(static_cast<std::uint8_t>(std::stoul(word.substr(i, 2), nullptr, 16)));
    return out;
}

Bytes textBytes(const std::string& text) {
    return {text.begin(), text.end()};
}

std::string textOf(const Bytes& bytes) {
    return {bytes.begin(), bytes.end()};
}

Bytes privateKey(const crypto::PrivateKey& key) {
    unsigned char* der = nullptr;
    const int size = i2d_PrivateKey(key.get(), &der);
    if (size <= 0) throw std::runtime_error("a virtual key cannot be saved");
    Bytes out(der, der + size);
    OPENSSL_free(der);
    return out;
}

crypto::PrivateKey keyOf(const Bytes& der) {
    const unsigned char* at = der.data();
    EVP_PKEY* const key = d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size()));
    if (key == nullptr) throw std::runtime_error("a virtual key's file is damaged");
    return {key, EVP_PKEY_free};
}

}  // namespace

void loadKey(VirtualKey& key, const std::string& path) {
    std::ifstream file(path);
    if (!file) return;
    std::string form;
    std::uint32_t counter = 0;
    std::string pin_hash;
    file >> form >> counter >> pin_hash >> key.pin().length >> key.pin().retries;
    if (form != kForm) throw std::runtime_error(path + " is no virtual key");
    key.setCounter(counter);
    key.pin().hash = bytesOf(pin_hash);
    std::string id;
    std::string rp_id;
    std::string user_id;
    std::string user_name;
    std::string der;
    VirtualKey::Credential credential;
    while (file >> id >> rp_id >> user_id >> user_name >> credential.algorithm >>
           credential.resident >> credential.protection >> der) {
        credential.id = bytesOf(id);
        credential.rp_id = textOf(bytesOf(rp_id));
        credential.user_id = bytesOf(user_id);
        credential.user_name = textOf(bytesOf(user_name));
        credential.key = keyOf(bytesOf(der));
        key.credentials().push_back(credential);
    }
}

void saveKey(VirtualKey& key, const std::string& path) {
    const std::string fresh = path + ".new";
    {
        std::ofstream file(fresh, std::ios::trunc);
        file << kForm << ' ' << key.counter() << ' ' << hex(key.pin().hash) << ' '
             << key.pin().length << ' ' << key.pin().retries << '\n';
        for (const VirtualKey::Credential& each : key.credentials()) {
            file << hex(each.id) << ' ' << hex(textBytes(each.rp_id)) << ' ' << hex(each.user_id)
                 << ' ' << hex(textBytes(each.user_name)) << ' ' << each.algorithm << ' '
                 << each.resident << ' ' << each.protection << ' ' << hex(privateKey(each.key))
                 << '\n';
        }
        if (!file) throw std::runtime_error(path + " cannot be written");
    }
    if (std::rename(fresh.c_str(), path.c_str()) != 0)
        throw std::runtime_error(path + " cannot be written");
}

}  // namespace sallyport::test
