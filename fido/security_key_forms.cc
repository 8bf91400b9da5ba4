#include "fido/security_key_handles.h"

namespace sallyport::fido {

namespace {

using Item = Handle<cbor_item_t>;

Item load(const unsigned char* bytes, std::size_t size) {
    if (bytes == nullptr) return nullptr;
    cbor_load_result result{};
    return Item(cbor_load(bytes, size, &result));
}

/// cbor_map_add takes references of its own.
bool add(cbor_item_t* map, const char* name, const Item& value) {
    const Item key(cbor_build_string(name));
    return key && value && cbor_map_add(map, {key.get(), value.get()});
}

Bytes serialize(const cbor_item_t* item) {
    unsigned char* out = nullptr;
    std::size_t capacity = 0;
    const std::size_t size = cbor_serialize_alloc(item, &out, &capacity);
    Bytes bytes(out, out + size);
    std::free(out);  // NOLINT(cppcoreguidelines-no-malloc): libcbor hands it over like this
    return bytes;
}

fido_opt_t optionOf(bool value) {
    return value ? FIDO_OPT_TRUE : FIDO_OPT_OMIT;
}

}  // namespace

int fill(fido_cred_t* cred,
         const fido_dev_t* dev,
         const CredentialRequest& request,
         int algorithm) {
    int result = fido_cred_set_type(cred, algorithm);
    const auto then = [&](int next) {
        if (result == FIDO_OK) result = next;
    };
    then(fido_cred_set_clientdata(
        cred, request.client_data_json.data(), request.client_data_json.size()));
    then(fido_cred_set_rp(cred, request.rp_id.c_str(), request.rp_name.c_str()));
    then(fido_cred_set_user(cred,
                            request.user_id.data(),
                            request.user_id.size(),
                            request.user_name.c_str(),
                            request.user_display_name.c_str(),
                            nullptr));
    then(fido_cred_set_rk(cred, optionOf(request.resident)));
    for (const Bytes& id : request.exclude) then(fido_cred_exclude(cred, id.data(), id.size()));
    // A key that does not know the extension would refuse the whole request; the service says
    // whether it can do without (R26).
    if (request.cred_protect != 0 && fido_dev_supports_cred_prot(dev)) {
        then(fido_cred_set_prot(cred, request.cred_protect));
    }
    if (request.min_pin_length && fido_dev_supports_cred_prot(dev)) {
        then(fido_cred_set_pin_minlen(cred, 4));  // the number is not sent, only the question
    }
    return result;
}

int fill(fido_assert_t* statement, const AssertionRequest& request) {
    int result = fido_assert_set_clientdata(
        statement, request.client_data_json.data(), request.client_data_json.size());
    if (result == FIDO_OK) result = fido_assert_set_rp(statement, request.rp_id.c_str());
    for (const Bytes& id : request.allow) {
        if (result == FIDO_OK) result = fido_assert_allow_cred(statement, id.data(), id.size());
    }
    return result;
}

Bytes attestationObjectOf(const fido_cred_t* cred) {
    const char* format = fido_cred_fmt(cred);
    const Item object(cbor_new_definite_map(3));
    if (format == nullptr || fido_cred_authdata_raw_ptr(cred) == nullptr || !object) return {};
    const Item name(cbor_build_string(format));
    const Item statement = load(fido_cred_attstmt_ptr(cred), fido_cred_attstmt_len(cred));
    const Item auth_data(
        cbor_build_bytestring(fido_cred_authdata_raw_ptr(cred), fido_cred_authdata_raw_len(cred)));
    if (!add(object.get(), "fmt", name) || !add(object.get(), "attStmt", statement) ||
        !add(object.get(), "authData", auth_data)) {
        return {};
    }
    return serialize(object.get());
}

Bytes authenticatorDataOf(const fido_assert_t* statement, std::size_t index) {
    const Item wrapped = load(fido_assert_authdata_ptr(statement, index),
                              fido_assert_authdata_len(statement, index));
    if (!wrapped || !cbor_isa_bytestring(wrapped.get()) ||
        !cbor_bytestring_is_definite(wrapped.get())) {
        return {};
    }
    const unsigned char* at = cbor_bytestring_handle(wrapped.get());
    return {at, at + cbor_bytestring_length(wrapped.get())};
}

}  // namespace sallyport::fido
