#include "tests/interop/fido_oracle_cases.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/virtual_key/cbor.h"

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/es384.h>
#include <fido/rs256.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>

/// Three judges of the same responses: fido/, python3-fido2 and libfido2 as it comes. The table
/// says what each decides; where a judge accepts what fido/ refuses, it does not look at that
/// (libfido2: README.md of fido/). What none of the two others decides has no oracle here but the
/// specification.
namespace sallyport::test {
namespace {

/// The statement of an attestation object as it stands there.
Bytes statementIn(const Bytes& object) {
    const auto find = [&](const std::string& key) {
        return std::find_end(object.begin(), object.end(), key.begin(), key.end());
    };
    const std::string statement =
        "\x67"
        "attStmt";
    const std::string auth_data =
        "\x68"
        "authData";
    return {find(statement) + static_cast<std::ptrdiff_t>(statement.size()), find(auth_data)};
}

Says libfido2Says(const BrowserRegistration& made, int algorithm) {
    const auto object = cbor::parse(made.attestation_object);
    if (!object) return kNil;  // 1.12 takes no whole object
    const Bytes& auth_data = object->at("authData")->bytes;
    const Bytes statement = statementIn(made.attestation_object);
    fido_cred_t* cred = fido_cred_new();
    const bool self = object->at("attStmt")->at("x5c") == nullptr;
    bool good = fido_cred_set_type(cred, algorithm) == FIDO_OK &&
                fido_cred_set_rp(cred, kRpId, nullptr) == FIDO_OK &&
                fido_cred_set_uv(cred, FIDO_OPT_TRUE) == FIDO_OK;
    const Bytes& client_data = made.client_data_json;
    good =
        good && fido_cred_set_clientdata(cred, client_data.data(), client_data.size()) == FIDO_OK;
    good = good && fido_cred_set_authdata_raw(cred, auth_data.data(), auth_data.size()) == FIDO_OK;
    good = good && fido_cred_set_fmt(cred, object->at("fmt")->text.c_str()) == FIDO_OK;
    good = good && fido_cred_set_attstmt(cred, statement.data(), statement.size()) == FIDO_OK;
    good = good && (self ? fido_cred_verify_self(cred) : fido_cred_verify(cred)) == FIDO_OK;
    fido_cred_free(&cred);
    return good ? kYes : kNo;
}

template <class Key>
bool verifies(const fido_assert_t* statement,
              int algorithm,
              const Bytes& material,
              Key* key,
              int (*from)(Key*, const void*, std::size_t),
              void (*release)(Key**)) {
    const bool good = from(key, material.data(), material.size()) == FIDO_OK &&
                      fido_assert_verify(statement, 0, algorithm, key) == FIDO_OK;
    release(&key);
    return good;
}

/// x || y, the 32 bytes, or n || e of a COSE_Key.
Bytes materialOf(const Bytes& cose_key) {
    const auto key = cbor::parse(cose_key);
    Bytes out;
    for (const std::int64_t label : {-1, -2, -3}) {
        const cbor::Value* part = key->at(label);
        if (part != nullptr) out.insert(out.end(), part->bytes.begin(), part->bytes.end());
    }
    return out;
}

Says libfido2Says(const BrowserAssertion& made, const fido::StoredCredential& stored) {
    fido_assert_t* statement = fido_assert_new();
    const int algorithm = static_cast<int>(stored.algorithm);
    const Bytes material = materialOf(stored.public_key);
    const Bytes& client_data = made.client_data_json;
    const Bytes& auth_data = made.authenticator_data;
    bool good =
        fido_assert_set_rp(statement, kRpId) == FIDO_OK &&
        fido_assert_set_count(statement, 1) == FIDO_OK &&
        fido_assert_set_up(statement, FIDO_OPT_TRUE) == FIDO_OK &&
        fido_assert_set_uv(statement, FIDO_OPT_TRUE) == FIDO_OK &&
        fido_assert_set_clientdata(statement, client_data.data(), client_data.size()) == FIDO_OK &&
        fido_assert_set_authdata_raw(statement, 0, auth_data.data(), auth_data.size()) == FIDO_OK &&
        fido_assert_set_sig(statement, 0, made.signature.data(), made.signature.size()) == FIDO_OK;
    const auto check = [&](auto* key, auto from, auto release) {
        good = good && verifies(statement, algorithm, material, key, from, release);
    };
    if (algorithm == COSE_ES256) check(es256_pk_new(), es256_pk_from_ptr, es256_pk_free);
    if (algorithm == COSE_EDDSA) check(eddsa_pk_new(), eddsa_pk_from_ptr, eddsa_pk_free);
    if (algorithm == COSE_ES384) check(es384_pk_new(), es384_pk_from_ptr, es384_pk_free);
    if (algorithm == COSE_RS256) check(rs256_pk_new(), rs256_pk_from_ptr, rs256_pk_free);
    fido_assert_free(&statement);
    return good ? kYes : kNo;
}

/// A registration without attestation that shows the stored credential: how python3-fido2 learns of
/// its key.
Bytes enrolledObject(const fido::StoredCredential& stored) {
    Bytes auth_data(32, 0);
    auth_data.push_back(0x41);
    auth_data.insert(auth_data.end(), 4 + 16 + 1, 0);
    auth_data.push_back(static_cast<std::uint8_t>(stored.id.size()));
    auth_data.insert(auth_data.end(), stored.id.begin(), stored.id.end());
    auth_data.insert(auth_data.end(), stored.public_key.begin(), stored.public_key.end());
    return attestationObject("none", cbor::Writer().map(0).done(), auth_data);
}

/// Collects what python3-fido2 shall judge, asks it once, and remembers the answers.
class Python {
  public:
    void ask(const std::string& name,
             const std::string& kind,
             const Enrolment& enrolment,
             const Bytes& challenge,
             const Bytes& enrolled,
             const std::string& response) {
        lines_ += R"({"name":")" + name + R"(","kind":")" + kind + R"(","rp_id":")" + kRpId +
                  R"(","origin":")" + kOrigin + R"(","challenge":")" +
                  crypto::base64url(challenge) + R"(","root":")" +
                  crypto::base64url(enrolment.key.authority().rootDer()) + R"(","enrolled":")" +
                  crypto::base64url(enrolled) + R"(","response":)" + response + "}\n";
    }

    void run() {
        const TemporaryDirectory directory;
        std::ofstream(directory.file("cases")) << lines_;
        // Debian's own Python: another one does not see its packages.
        const std::string script = SALLYPORT_SOURCE_DIR "/tests/interop/webauthn_oracle.py";
        ChildProcess python({"/usr/bin/python3", script, directory.file("cases")});
        while (const auto line = python.line()) {
            const std::size_t space = line->find(' ');
            answers_[line->substr(0, space)] = line->substr(space + 1);
        }
        EXPECT_EQ(python.wait(), 0) << "python3-fido2 is needed: scripts/install-packages test";
    }

    Says says(const std::string& name) const {
        const auto found = answers_.find(name);
        if (found == answers_.end()) {
            ADD_FAILURE() << "no answer about " << name;
            return kNo;
        }
        if (found->second.find("NotImplementedError") != std::string::npos) return kNil;
        return found->second == "accepted" ? kYes : kNo;
    }

    std::string why(const std::string& name) const {
        const auto found = answers_.find(name);
        return found == answers_.end() ? "" : found->second;
    }

  private:
    std::string lines_;
    std::map<std::string, std::string> answers_;
};

/// What refuses is the row of which the case is. R7 is a hash that only the signature shows.
void expectRow(const fido::Refusal* refusal, const std::string& row) {
    EXPECT_EQ(refusal == nullptr, row.empty());
    if (refusal == nullptr) return;
    const std::string step = refusal->step + " ";
    const std::string seen = row == "R7" ? "R17" : row;
    const bool named =
        step.find(seen + ",") != std::string::npos || step.find(seen + ")") != std::string::npos;
    EXPECT_TRUE(named) << step << "is not " << row;
}

TEST(FidoOracles, agreeOnRegistrations) {
    RecordProperty("requirement", "F-01");
    Python python;
    for (const RegistrationCase& each : registrations()) {
        SCOPED_TRACE(each.name);
        Enrolment it(each.model);
        if (each.bend) each.bend(it);
        BrowserRegistration made = registration(it.key, it.ceremony);
        if (each.after) each.after(made);
        const auto judged =
            it.judge({made.id, made.client_data_json, made.attestation_object, made.transports});
        const fido::Refusal* refusal = refusalOf(judged);
        EXPECT_EQ(refusal == nullptr ? kYes : kNo, each.ours)
            << (refusal != nullptr ? refusal->code + " " + refusal->step : "");
        expectRow(refusal, each.row);
        EXPECT_EQ(libfido2Says(made, made.algorithm), each.libfido2) << "libfido2";
        python.ask(each.name, "registration", it, it.expected.challenge, {}, made.json());
    }
    python.run();
    for (const RegistrationCase& each : registrations()) {
        EXPECT_EQ(python.says(each.name), each.python)
            << each.name << ": " << python.why(each.name);
        // Nobody refuses what fido/ accepts.
        EXPECT_TRUE(each.ours == kNo || (each.python != kNo && each.libfido2 == kYes));
    }
}

TEST(FidoOracles, agreeOnAssertions) {
    RecordProperty("requirement", "F-01");
    Python python;
    for (const AssertionCase& each : assertions()) {
        SCOPED_TRACE(each.name);
        SignIn it(each.algorithm);
        const Bytes enrolled = enrolledObject(it.stored);
        if (each.bend) each.bend(it);
        BrowserAssertion made = assertion(it.enrolment.key, it.ceremony);
        if (each.after) each.after(made);
        const auto judged = it.judge({made.id,
                                      made.client_data_json,
                                      made.authenticator_data,
                                      made.signature,
                                      made.user_handle});
        const fido::Refusal* refusal = refusalOf(judged);
        EXPECT_EQ(refusal == nullptr ? kYes : kNo, each.ours)
            << (refusal != nullptr ? refusal->code + " " + refusal->step : "");
        expectRow(refusal, each.row);
        EXPECT_EQ(libfido2Says(made, it.stored), each.libfido2) << "libfido2";
        python.ask(
            each.name, "assertion", it.enrolment, it.expected.challenge, enrolled, made.json());
    }
    python.run();
    for (const AssertionCase& each : assertions()) {
        EXPECT_EQ(python.says(each.name), each.python)
            << each.name << ": " << python.why(each.name);
        EXPECT_TRUE(each.ours == kNo || (each.python != kNo && each.libfido2 == kYes));
    }
}

}  // namespace
}  // namespace sallyport::test
