#include "tests/support/virtual_key/commands.h"

#include <algorithm>

namespace sallyport::test {

namespace {

using Kind = cbor::Value::Kind;

const cbor::Value* at(const cbor::Value& map, std::int64_t key, Kind kind) {
    const cbor::Value* found = map.at(key);
    return found != nullptr && found->kind == kind ? found : nullptr;
}

/// An option of map `where`, or what it is without being said.
bool option(const cbor::Value& request, std::int64_t where, std::string_view name, bool otherwise) {
    const cbor::Value* options = at(request, where, Kind::kMap);
    const cbor::Value* found = options != nullptr ? options->at(name) : nullptr;
    return found != nullptr ? found->isTrue() : otherwise;
}

std::vector<Bytes> idsOf(const cbor::Value* list) {
    std::vector<Bytes> ids;
    if (list == nullptr) return ids;
    for (const cbor::Value& item : list->items) {
        const cbor::Value* id = item.at("id");
        if (id != nullptr) ids.push_back(id->bytes);
    }
    return ids;
}

std::vector<int> algorithmsOf(const cbor::Value& list) {
    std::vector<int> algorithms;
    for (const cbor::Value& item : list.items) {
        const cbor::Value* algorithm = item.at("alg");
        const cbor::Value* type = item.at("type");
        if (algorithm != nullptr && type != nullptr && type->text == "public-key") {
            algorithms.push_back(static_cast<int>(algorithm->number));
        }
    }
    return algorithms;
}

void writeOptions(cbor::Writer& out, const KeyModel& model, bool pin_set) {
    const bool pin = model.supports_pin;
    const bool token = model.supports_permissions && (pin || model.built_in_uv);
    out.map(4u + (model.built_in_uv ? 1u : 0u) + (pin ? 1u : 0u) + (token ? 1u : 0u));
    out.text("rk").boolean(true).text("up").boolean(true);
    if (model.built_in_uv) out.text("uv").boolean(true);
    out.text("alwaysUv").boolean(model.always_uv);
    if (pin) out.text("clientPin").boolean(pin_set);
    if (token) out.text("pinUvAuthToken").boolean(true);
    out.text("makeCredUvNotRqd").boolean(model.make_cred_uv_not_required);
}

}  // namespace

Outcome Commands::handle(const Bytes& message) {
    if (message.empty()) return answer(CtapStatus::kInvalidLength);
    cbor::Value request;
    if (message.size() > 1) {
        auto parsed = cbor::parse(Bytes(message.begin() + 1, message.end()));
        if (!parsed || parsed->kind != Kind::kMap) return answer(CtapStatus::kInvalidCbor);
        request = *std::move(parsed);
    }
    const std::uint8_t command = message[0];
    if (command != 0x08) remaining_.clear();
    switch (command) {
        case 0x01:
            return makeCredential(request);
        case 0x02:
            return getAssertion(request);
        case 0x04:
            return getInfo();
        case 0x06:
            return pin_.handle(request);
        case 0x07:
            return reset();
        case 0x08:
            return getNextAssertion();
        default:
            return answer(CtapStatus::kInvalidCommand);
    }
}

/// CTAP 2.1 section 6.4; every map in canonical order.
Outcome Commands::getInfo() const {
    const KeyModel& model = key_.model();
    cbor::Writer out;
    out.map(13).integer(1).array(2).text("FIDO_2_0").text("FIDO_2_1");
    out.integer(2).array(2).text("credProtect").text("minPinLength");
    out.integer(3).bytes(Bytes(model.aaguid.begin(), model.aaguid.end()));
    out.integer(4);
    writeOptions(out, model, !key_.pin().hash.empty());
    out.integer(5).integer(2048).integer(6).array(model.pin_protocols.size());
    for (const int protocol : model.pin_protocols) out.integer(protocol);
    out.integer(7).integer(8).integer(8).integer(static_cast<int>(model.credential_id_size));
    out.integer(9).array(1).text("usb").integer(10).array(model.algorithms.size());
    for (const int algorithm : model.algorithms) {
        out.map(2).text("alg").integer(algorithm).text("type").text("public-key");
    }
    out.integer(12).boolean(model.force_pin_change);
    out.integer(13).integer(static_cast<std::int64_t>(model.min_pin_length));
    out.integer(14).integer(model.firmware);
    return answer(out.done());
}

/// CTAP 2.1 sections 6.1.2 and 6.2.2, the steps about user verification.
Commands::Verification Commands::verification(const cbor::Value& request,
                                              const Parameters& where,
                                              const Bytes& client_data_hash,
                                              const std::string& rp_id) {
    const KeyModel& model = key_.model();
    const cbor::Value* parameter = at(request, where.parameter, Kind::kBytes);
    if (parameter != nullptr) {
        const cbor::Value* protocol = request.at(where.parameter + 1);
        if (protocol == nullptr) return {CtapStatus::kMissingParameter, false};
        const CtapStatus status = pin_.check(
            client_data_hash, parameter->bytes, protocol->number, where.permission, rp_id);
        return {status, status == CtapStatus::kOk};
    }
    const bool asked = option(request, where.options, "uv", false);
    if (asked && !model.built_in_uv) return {CtapStatus::kInvalidOption, false};
    if ((asked || model.always_uv) && model.built_in_uv) {
        if (key_.faults().finger_not_recognized) return {CtapStatus::kUvInvalid, false};
        return {CtapStatus::kOk, true};
    }
    if (model.always_uv) {
        return {model.supports_pin ? CtapStatus::kPinRequired : CtapStatus::kOperationDenied,
                false};
    }
    return {};
}

Outcome Commands::makeCredential(const cbor::Value& request) {
    const cbor::Value* hash = at(request, 1, Kind::kBytes);
    const cbor::Value* rp = at(request, 2, Kind::kMap);
    const cbor::Value* user = at(request, 3, Kind::kMap);
    const cbor::Value* algorithms = at(request, 4, Kind::kArray);
    if (hash == nullptr || rp == nullptr || user == nullptr || algorithms == nullptr ||
        rp->at("id") == nullptr || user->at("id") == nullptr) {
        return answer(CtapStatus::kMissingParameter);
    }
    // A platform that lets several keys blink sends an empty parameter (6.1.2 step 1).
    const cbor::Value* parameter = at(request, 8, Kind::kBytes);
    if (parameter != nullptr && parameter->bytes.empty()) {
        return afterTouch([this] {
            return answer(key_.pin().hash.empty() ? CtapStatus::kPinNotSet
                                                  : CtapStatus::kPinInvalid);
        });
    }
    MakeCredential wanted;
    wanted.client_data_hash = hash->bytes;
    wanted.rp_id = rp->at("id")->text;
    wanted.user_id = user->at("id")->bytes;
    if (user->at("name") != nullptr) wanted.user_name = user->at("name")->text;
    wanted.algorithms = algorithmsOf(*algorithms);
    if (!key_.firstKnown(wanted.algorithms)) return answer(CtapStatus::kUnsupportedAlgorithm);
    wanted.exclude = idsOf(at(request, 5, Kind::kArray));
    wanted.resident = option(request, 7, "rk", false);
    if (const cbor::Value* extensions = at(request, 6, Kind::kMap); extensions != nullptr) {
        const cbor::Value* protect = extensions->at("credProtect");
        if (protect != nullptr) wanted.cred_protect = static_cast<int>(protect->number);
        const cbor::Value* length = extensions->at("minPinLength");
        wanted.min_pin_length = length != nullptr && length->isTrue();
    }
    const Verification who =
        verification(request, {8, 7, kMayMakeCredential}, wanted.client_data_hash, wanted.rp_id);
    if (who.status != CtapStatus::kOk) return answer(who.status);
    const bool guarded = !key_.pin().hash.empty() || key_.model().built_in_uv;
    const bool may_go_without = key_.model().make_cred_uv_not_required && !wanted.resident;
    if (guarded && !who.verified && !may_go_without) return answer(CtapStatus::kPinRequired);
    wanted.verified = who.verified;
    return afterTouch([this, wanted] {
        pin_.used();
        MadeCredential made;
        const CtapStatus status = key_.make(wanted, made);
        if (status != CtapStatus::kOk) return answer(status);
        cbor::Writer out;
        out.map(3).integer(1).text(made.format).integer(2).bytes(made.auth_data);
        return answer(out.integer(3).raw(made.statement).done());
    });
}

Outcome Commands::getAssertion(const cbor::Value& request) {
    const cbor::Value* rp_id = at(request, 1, Kind::kText);
    const cbor::Value* hash = at(request, 2, Kind::kBytes);
    if (rp_id == nullptr || hash == nullptr) return answer(CtapStatus::kMissingParameter);
    GetAssertion wanted;
    wanted.rp_id = rp_id->text;
    wanted.client_data_hash = hash->bytes;
    wanted.allow = idsOf(at(request, 3, Kind::kArray));
    wanted.present = option(request, 5, "up", true);
    Verification who;
    // alwaysUv spares the silent question whether a credential is there (6.2.2 step 5).
    if (wanted.present || at(request, 6, Kind::kBytes) != nullptr) {
        who =
            verification(request, {6, 5, kMayGetAssertion}, wanted.client_data_hash, wanted.rp_id);
    }
    if (who.status != CtapStatus::kOk) return answer(who.status);
    wanted.verified = who.verified;
    if (!key_.holds(wanted)) return answer(CtapStatus::kNoCredentials);
    const auto finish = [this, wanted] {
        if (wanted.present) pin_.used();
        std::vector<MadeAssertion> made;
        const CtapStatus status = key_.assertWith(wanted, made);
        if (status != CtapStatus::kOk) return answer(status);
        Outcome first = assertionAnswer(made.front(), made.size());
        remaining_.assign(made.rbegin(), made.rend() - 1);
        return first;
    };
    return wanted.present ? afterTouch(finish) : finish();
}

Outcome Commands::assertionAnswer(const MadeAssertion& made, std::size_t total) const {
    const bool many = total > 1;
    cbor::Writer out;
    out.map(3u + (made.user_id ? 1u : 0u) + (many ? 1u : 0u));
    out.integer(1).map(2).text("id").bytes(made.credential_id);
    out.text("type").text("public-key");
    out.integer(2).bytes(made.auth_data).integer(3).bytes(made.signature);
    if (made.user_id) out.integer(4).map(1).text("id").bytes(*made.user_id);
    if (many) out.integer(5).integer(static_cast<std::int64_t>(total));
    return answer(out.done());
}

Outcome Commands::getNextAssertion() {
    if (remaining_.empty()) return answer(CtapStatus::kNotAllowed);
    const MadeAssertion next = remaining_.back();
    remaining_.pop_back();
    return assertionAnswer(next, 1);
}

Outcome Commands::reset() {
    return afterTouch([this] {
        key_.reset();
        return answer(CtapStatus::kOk);
    });
}

}  // namespace sallyport::test
