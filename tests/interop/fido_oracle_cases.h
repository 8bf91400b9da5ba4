#pragma once

#include "tests/support/fido_ceremonies.h"

#include <functional>
#include <string>
#include <vector>

/// What is put to the oracles, and what each says of it.
namespace sallyport::test {

enum class Says { kAccepts, kRefuses, kCannotSay };

inline constexpr Says kYes = Says::kAccepts;
inline constexpr Says kNo = Says::kRefuses;
inline constexpr Says kNil = Says::kCannotSay;

inline void PrintTo(Says says, std::ostream* out) {
    *out << (says == kYes ? "accepts" : says == kNo ? "refuses" : "cannot say");
}

struct RegistrationCase {
    const char* name;
    const char* row;  ///< of fido/README.md: where fido/ refuses; empty if it accepts
    Says ours;
    Says python;
    Says libfido2;
    std::function<void(Enrolment&)> bend = {};
    KeyModel model = {};
    std::function<void(BrowserRegistration&)> after = {};  ///< the touch
};

struct AssertionCase {
    const char* name;
    const char* row;
    Says ours;
    Says python;
    Says libfido2;
    std::function<void(SignIn&)> bend = {};
    int algorithm = crypto::kEs256;
    std::function<void(BrowserAssertion&)> after = {};
};

inline KeyModel madeBy(KeyModel::Attestation attestation) {
    KeyModel model;
    model.attestation = attestation;
    return model;
}

/// A model whose certificate is bent.
inline KeyModel withLeaf(const std::function<void(LeafShape&)>& bend) {
    KeyModel model;
    LeafShape shape;
    shape.aaguid = model.aaguid;
    bend(shape);
    model.leaf = shape;
    return model;
}

inline std::function<void(Enrolment&)> offering(int algorithm) {
    return [algorithm](Enrolment& it) {
        it.ceremony.algorithms = {algorithm};
        it.expected.algorithms = {static_cast<fido::Algorithm>(algorithm)};
    };
}

inline KeyModel withIdsOf(std::size_t size) {
    KeyModel model;
    model.credential_id_size = size;
    return model;
}

/// Still good JSON, and as good a statement, of which nothing was signed.
inline void changeClientData(Bytes& text) {
    const std::string_view more = R"(,"more":1})";
    text.pop_back();
    text.insert(text.end(), more.begin(), more.end());
}

inline const std::string kCreate = "webauthn.create";
inline const std::string kGet = "webauthn.get";

// clang-format off
inline std::vector<RegistrationCase> registrations() {
    const auto self = madeBy(KeyModel::Attestation::kSelf);
    const auto selfAllowed = [](Enrolment& it) { it.policy.allow_self = true; };
    return {
        // name, row, fido/, python3-fido2, libfido2
        {"packed_es256", "", kYes, kYes, kYes},
        {"packed_eddsa", "", kYes, kYes, kYes, offering(crypto::kEdDsa)},
        {"packed_es384", "", kYes, kYes, kYes, offering(crypto::kEs384)},
        {"packed_rs256", "", kYes, kYes, kYes, offering(crypto::kRs256)},
        {"packed_self", "", kYes, kYes, kYes, selfAllowed, self},
        {"type", "R3", kNo, kNo, kYes, [](Enrolment& it) { it.ceremony.type = kGet; }},
        {"challenge", "R4", kNo, kNo, kYes, [](Enrolment& it) { it.ceremony.challenge[0] ^= 1; }},
        {"origin", "R5", kNo, kNo, kYes, [](Enrolment& it) { it.ceremony.origin = "https://login.example.org.evil.test"; }},
        {"cross_origin", "R6", kNo, kYes, kYes, [](Enrolment& it) { it.ceremony.cross_origin = true; }},
        {"top_origin", "R6", kNo, kYes, kYes, [](Enrolment& it) { it.ceremony.more_members = R"(,"topOrigin":"https://evil.test")"; }},
        {"twice_the_type", "R2", kNo, kYes, kYes, [](Enrolment& it) { it.ceremony.client_data = clientDataText(it.ceremony, kGet, R"(,"type":"webauthn.create")"); }},
        {"no_json", "R2", kNo, kNo, kYes, [](Enrolment& it) { it.ceremony.client_data = "{"; }},
        {"rp_id_hash", "R9", kNo, kNo, kNo, [](Enrolment& it) { it.key.faults().wrong_rp_id_hash = true; }},
        {"no_presence", "R10", kNo, kNo, kNo, [](Enrolment& it) { it.key.faults().strip_user_present = true; }},
        {"no_verification", "R11", kNo, kNo, kNo, [](Enrolment& it) { it.key.faults().strip_user_verified = true; }},
        {"backup_eligible", "R13", kNo, kYes, kYes, [](Enrolment& it) { it.key.faults().backup_eligible = true; }},
        {"backed_up_but_not_eligible", "R12", kNo, kYes, kYes, [](Enrolment& it) { it.key.faults().backup_state = true; }},
        {"reserved_flag", "R14", kNo, kYes, kYes, [](Enrolment& it) { it.key.faults().more_flags = 0x02; }},
        {"trailing_bytes", "R14", kNo, kNo, kYes, [](Enrolment& it) { it.key.faults().trailing = Bytes(4, 0xa0); }},
        {"junk_signature", "R17", kNo, kNo, kNo, [](Enrolment& it) { it.key.faults().junk_signature = true; }},
        {"statement_without_alg", "R16", kNo, kNo, kYes, [](Enrolment& it) { it.key.faults().statement_without_algorithm = true; }},
        {"statement_of_another_alg", "R17", kNo, kNo, kNo, [](Enrolment& it) { it.key.faults().statement_algorithm = crypto::kRs256; }},
        {"self_statement_of_another_alg", "R19", kNo, kNo, kYes,
            [&](Enrolment& it) { it.policy.allow_self = true; it.key.faults().statement_algorithm = crypto::kRs256; }, self},
        {"self_where_it_is_not_allowed", "R19", kNo, kYes, kYes, nullptr, self},
        {"none_where_it_is_not_allowed", "R16", kNo, kNo, kNo, nullptr, madeBy(KeyModel::Attestation::kNone)},
        {"unknown_format", "R16", kNo, kNo, kNo, [](Enrolment& it) { it.key.faults().format = "paper"; }},
        {"certificate_of_another_model", "R18", kNo, kNo, kYes, [](Enrolment& it) { it.key.faults().wrong_certificate_aaguid = true; }},
        {"certificate_unit", "R18", kNo, kNo, kYes, nullptr, withLeaf([](LeafShape& leaf) { leaf.unit = "Toasters"; })},
        {"certificate_country", "R18", kNo, kNo, kYes, nullptr, withLeaf([](LeafShape& leaf) { leaf.country = ""; })},
        {"certificate_of_an_authority", "R18", kNo, kNo, kYes, nullptr, withLeaf([](LeafShape& leaf) { leaf.is_ca = true; })},
        {"certificate_of_version_1", "R18", kNo, kNo, kYes, nullptr, withLeaf([](LeafShape& leaf) { leaf.version = 0; })},
        {"certificate_aaguid_critical", "R18", kNo, kNo, kYes, nullptr, withLeaf([](LeafShape& leaf) { leaf.aaguid_critical = true; })},
        {"certificate_of_itself", "R21", kNo, kNo, kYes, nullptr, withLeaf([](LeafShape& leaf) { leaf.self_signed = true; })},
        {"certificate_expired", "R21", kNo, kYes, kYes, nullptr, withLeaf([](LeafShape& leaf) { leaf.not_after = "20210101000000Z"; })},
        {"point_off_the_curve", "R15", kNo, kYes, kYes, [](Enrolment& it) { it.key.faults().bend_cose_key = [](Bytes& key) { key.back() ^= 1; }; }},
        {"client_data_changed_after_the_touch", "R7", kNo, kNo, kNo, nullptr, {}, [](BrowserRegistration& made) { changeClientData(made.client_data_json); }},
        {"bytes_behind_the_object", "R8", kNo, kNo, kNil, nullptr, {}, [](BrowserRegistration& made) { made.attestation_object.push_back(0); }},
        {"unknown_extension", "R26", kNo, kYes, kYes, [](Enrolment& it) { it.key.faults().unknown_extension = true; }},
        {"short_credential_id", "R24", kNo, kYes, kYes, nullptr, withIdsOf(8)},
    };
}

inline std::vector<AssertionCase> assertions() {
    return {
        {"es256", "", kYes, kYes, kYes},
        {"eddsa", "", kYes, kYes, kYes, nullptr, crypto::kEdDsa},
        {"es384", "", kYes, kNil, kYes, nullptr, crypto::kEs384},
        {"rs256", "", kYes, kYes, kYes, nullptr, crypto::kRs256},
        {"type", "A4", kNo, kNo, kYes, [](SignIn& it) { it.ceremony.type = kCreate; }},
        {"payment", "A4", kNo, kNo, kYes, [](SignIn& it) { it.ceremony.type = "payment.get"; }},
        {"challenge", "A5", kNo, kNo, kYes, [](SignIn& it) { it.ceremony.challenge[31] ^= 1; }},
        {"origin", "A6", kNo, kNo, kYes, [](SignIn& it) { it.ceremony.origin = "http://login.example.org"; }},
        {"cross_origin", "A6", kNo, kYes, kYes, [](SignIn& it) { it.ceremony.cross_origin = true; }},
        {"top_origin", "A6", kNo, kYes, kYes, [](SignIn& it) { it.ceremony.more_members = R"(,"topOrigin":"https://evil.test")"; }},
        {"twice_the_challenge", "A3", kNo, kNo, kYes,
            [](SignIn& it) { it.ceremony.client_data = clientDataText(it.ceremony, kGet, R"(,"challenge":"AAAA")"); }},
        {"rp_id_hash", "A8", kNo, kNo, kNo, [](SignIn& it) { it.faults().wrong_rp_id_hash = true; }},
        {"no_presence", "A9", kNo, kNo, kNo, [](SignIn& it) { it.faults().strip_user_present = true; }},
        {"no_verification", "A10", kNo, kNo, kNo, [](SignIn& it) { it.faults().strip_user_verified = true; }},
        {"backup_eligible_now", "A11", kNo, kYes, kYes, [](SignIn& it) { it.faults().backup_eligible = true; }},
        {"backed_up_but_not_eligible", "A11", kNo, kYes, kYes, [](SignIn& it) { it.faults().backup_state = true; }},
        {"reserved_flag", "A7", kNo, kYes, kYes, [](SignIn& it) { it.faults().more_flags = 0x20; }},
        {"trailing_bytes", "A7", kNo, kNo, kYes, [](SignIn& it) { it.faults().trailing = Bytes(4, 0xa0); }},
        {"junk_signature", "A12", kNo, kNo, kNo, [](SignIn& it) { it.faults().junk_signature = true; }},
        {"counter_rolled_back", "A14", kNo, kYes, kYes, [](SignIn& it) { it.stored.sign_count = 900; }},
        {"counter_gone", "A14", kNo, kYes, kYes, [](SignIn& it) { it.faults().counter = 0; }},
        {"another_user", "A2", kNo, kYes, kYes, [](SignIn& it) { it.stored.user_handle = Bytes(16, 0x7e); }},
        {"client_data_changed_after_the_touch", "A12", kNo, kNo, kNo, nullptr, crypto::kEs256, [](BrowserAssertion& made) { changeClientData(made.client_data_json); }},
        {"another_credential", "A1", kNo, kNo, kYes, nullptr, crypto::kEs256, [](BrowserAssertion& made) { made.id.front() ^= 1; }},
        {"unknown_extension", "A15", kNo, kYes, kYes, [](SignIn& it) { it.faults().unknown_extension = true; }},
    };
}

// clang-format on

}  // namespace sallyport::test
