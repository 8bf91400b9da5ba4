#include "mint/batch.h"

#include "mint/encoding.h"
#include "mint/relay_code.h"
#include "mint/token_text.h"

#include <algorithm>

namespace sallyport::mint {

namespace {

bool keepsNoRow(const TokenFields& fields) {
    return std::holds_alternative<KnownBrowserFields>(fields);
}

}  // namespace

Batch::~Batch() {
    for (Digest& mac : macs_) wipe(mac.data(), mac.size());
}

Status Batch::add(const Request& request) {
    SALLYPORT_TRY(const Plan planned,
                  std::visit([this](const auto& kind) { return plan(kind); }, request));
    plans_.push_back(planned);
    return {};
}

Status Batch::perform(hsm::Device& device, Deadline deadline) {
    if (inputs_.empty()) return {};
    SALLYPORT_TRY(macs_, device.macs(inputs_, deadline));
    if (macs_.size() != inputs_.size()) {
        return fail(ErrorCode::kInternal, "the device answered another batch");
    }
    return {};
}

Result<Answer> Batch::answer(const Request& request, std::size_t index) const {
    return std::visit([&](const auto& kind) { return answer(kind, plans_.at(index)); }, request);
}

Result<Batch::Plan> Batch::make(const hsm::KeyUse& key, Inputs inputs) {
    if (std::find(inputs.begin(), inputs.end(), std::nullopt) != inputs.end()) {
        return fail(ErrorCode::kInvalidRequest, "a value that has no canonical encoding");
    }
    return push(key, std::move(inputs));
}

Batch::Plan Batch::check(hsm::KeyPurpose purpose, Generation generation, Inputs inputs) {
    const auto key = ring_.checking(purpose, generation);
    if (!key.has_value()) return {};
    if (std::find(inputs.begin(), inputs.end(), std::nullopt) != inputs.end()) return {};
    return push(*key, std::move(inputs));
}

Batch::Plan Batch::push(const hsm::KeyUse& key, Inputs inputs) {
    const Plan planned{inputs_.size(), inputs.size(), key.key.generation};
    for (auto& input : inputs) inputs_.push_back({key, std::move(*input)});
    return planned;
}

Result<Batch::Plan> Batch::plan(const MintToken& request) {
    SALLYPORT_TRY(const hsm::KeyUse key, ring_.active(encoding::purposeOf(request.fields)));
    return make(key, {encoding::token(key.key.generation, request.id, request.fields)});
}

Result<Batch::Plan> Batch::plan(const CheckToken& request) {
    if (keepsNoRow(request.fields) == request.check.has_value()) {
        return fail(ErrorCode::kInvalidRequest, "a token is checked with its row, if it has one");
    }
    return check(encoding::purposeOf(request.fields),
                 request.generation,
                 {encoding::token(request.generation, request.id, request.fields)});
}

Result<Batch::Plan> Batch::plan(const CheckRelay& request) {
    return check(hsm::KeyPurpose::kLinkMac,
                 request.generation,
                 {encoding::token(request.generation, request.id, request.fields),
                  encoding::relay(request.generation, request.id, request.fields)});
}

Result<Batch::Plan> Batch::plan(const VerifyRow& request) {
    if (keepsNoRow(request.fields)) {
        return fail(ErrorCode::kInvalidRequest, "a known browser has no row");
    }
    return check(encoding::purposeOf(request.fields),
                 request.generation,
                 {encoding::token(request.generation, request.id, request.fields)});
}

Result<Batch::Plan> Batch::plan(const EmitLink& request) {
    return check(hsm::KeyPurpose::kLinkMac,
                 request.generation,
                 {encoding::token(request.generation, request.id, request.fields),
                  encoding::relay(request.generation, request.id, request.fields)});
}

Result<Batch::Plan> Batch::plan(const SealRow& request) {
    SALLYPORT_TRY(const hsm::KeyUse key, ring_.active(hsm::KeyPurpose::kSealMac));
    return make(key, {encoding::seal(request.content)});
}

Result<Batch::Plan> Batch::plan(const CheckSeal& request) {
    return check(
        hsm::KeyPurpose::kSealMac, request.seal.generation, {encoding::seal(request.content)});
}

Result<Batch::Plan> Batch::plan(const Lookup& request) {
    constexpr auto kPurpose = hsm::KeyPurpose::kLookupMac;
    if (!request.generation.has_value()) {
        SALLYPORT_TRY(const hsm::KeyUse key, ring_.active(kPurpose));
        return make(key, {encoding::lookup(request)});
    }
    const auto key = ring_.checking(kPurpose, *request.generation);
    if (!key.has_value()) {
        return fail(ErrorCode::kIntegrity,
                    "the key ring has no usable " + hsm::text({kPurpose, *request.generation}));
    }
    return make(*key, {encoding::lookup(request)});
}

Result<Batch::Plan> Batch::plan(const EncryptPii&) {
    return Plan{};
}

Result<Batch::Plan> Batch::plan(const DecryptPii&) {
    return Plan{};
}

Result<Batch::Plan> Batch::plan(const SignJwt&) {
    return Plan{};
}

Result<Batch::Plan> Batch::plan(const PublicKeys&) {
    return Plan{};
}

bool Batch::rowIsGood(const Plan& plan, const Check& check) const {
    return plan.count != 0 && constantTimeEquals(sha256(macs_[plan.first]), check);
}

Result<Answer> Batch::answer(const MintToken& request, const Plan& plan) const {
    const Digest& tag = macs_[plan.first];
    MintedToken minted{plan.generation, sha256(tag), std::nullopt};
    if (!std::holds_alternative<LinkFields>(request.fields)) minted.tag.emplace(ByteView(tag));
    return Answer(std::move(minted));
}

Result<Answer> Batch::answer(const CheckToken& request, const Plan& plan) const {
    if (request.check.has_value() && !rowIsGood(plan, *request.check))
        return Answer(Verdict::kBadRow);
    const bool right =
        plan.count != 0 && constantTimeEquals(macs_[plan.first], request.presented_tag.expose());
    return Answer(right ? Verdict::kValid : Verdict::kWrongToken);
}

Result<Answer> Batch::answer(const CheckRelay& request, const Plan& plan) const {
    if (!rowIsGood(plan, request.check)) return Answer(Verdict::kBadRow);
    return Answer(guard_.compare(
        request.id, request.fields.expires, relayCodeOf(macs_[plan.first + 1]), request.code));
}

Result<Answer> Batch::answer(const VerifyRow& request, const Plan& plan) const {
    return Answer(rowIsGood(plan, request.check) ? Verdict::kValid : Verdict::kBadRow);
}

Result<Answer> Batch::answer(const EmitLink& request, const Plan& plan) const {
    if (!rowIsGood(plan, request.check)) return Answer(EmittedLink{});
    const TokenText token{plan.generation, request.id, Secret(ByteView(macs_[plan.first]))};
    return Answer(EmittedLink{
        true, formatToken(kLinkPrefix, token), shownRelayCode(relayCodeOf(macs_[plan.first + 1]))});
}

Result<Answer> Batch::answer(const SealRow&, const Plan& plan) const {
    return Answer(Seal{plan.generation, macs_[plan.first]});
}

Result<Answer> Batch::answer(const CheckSeal& request, const Plan& plan) const {
    const bool right = plan.count != 0 && constantTimeEquals(macs_[plan.first], request.seal.tag);
    return Answer(right ? Verdict::kValid : Verdict::kBadRow);
}

Result<Answer> Batch::answer(const Lookup&, const Plan& plan) const {
    return Answer(LookupAnswer{plan.generation, macs_[plan.first]});
}

Result<Answer> Batch::answer(const EncryptPii&, const Plan&) const {
    return fail(ErrorCode::kInternal, "personal data is not MAC'd");
}

Result<Answer> Batch::answer(const DecryptPii&, const Plan&) const {
    return fail(ErrorCode::kInternal, "personal data is not MAC'd");
}

Result<Answer> Batch::answer(const SignJwt&, const Plan&) const {
    return fail(ErrorCode::kInternal, "a signature is no MAC");
}

Result<Answer> Batch::answer(const PublicKeys&, const Plan&) const {
    return fail(ErrorCode::kInternal, "a public key is no MAC");
}

}  // namespace sallyport::mint
