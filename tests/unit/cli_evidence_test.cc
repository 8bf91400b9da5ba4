#include "action/transcript_evidence.h"
#include "base/base64url.h"
#include "cli/evidence_check.h"
#include "tests/support/cli_program.h"
#include "tests/support/matchers.h"
#include "tests/support/virtual_key/browser.h"

#include <functional>

namespace sallyport::cli {
namespace {

using action::Evidence;
using testing::HasSubstr;

constexpr const char* kOrigin = "sallyport-cli:https://login.example.test";
const Time kNow = timeFromMicros(1'767'323'045'000'000);

action::Transcript transcriptOf(std::uint8_t account, const Json& policy) {
    action::Transcript out;
    out.nonce.fill(9);
    out.id.bytes.fill(0x22);
    out.action.type = "payment.release";
    out.action.schema_version = 1;
    out.action.parameters = Json::Object{{"amount", "12.50"}};
    out.action.policy_digest = sha256(asBytes(policy.canonical().value()));
    out.locale = "en";
    out.template_version = 1;
    out.text = "Release 12.50 EUR";
    out.account.bytes.fill(account);
    out.channel = Channel::kCli;
    out.acr = "phr";
    out.issued = kNow;
    out.expires = kNow + std::chrono::seconds(120);
    return out;
}

/// What a service would write down about an approval by a new key.
Evidence evidenceOf(std::uint8_t account = 0x11) {
    test::VirtualKey key;
    test::BrowserCeremony ceremony;
    ceremony.challenge = Bytes(32, 1);
    ceremony.origin = kOrigin;
    ceremony.rp_id = "example.test";
    ceremony.user_id = Bytes(16, account);
    ceremony.algorithms = {test::crypto::kEs256};
    const auto made = test::registration(key, ceremony);

    Evidence out;
    out.id.bytes.fill(account);
    out.at = kNow + std::chrono::seconds(5);
    out.policy = Json::Object{{"acr", "phr"}, {"type", "payment.release"}};
    out.transcript = transcriptOf(account, out.policy);
    out.rp_id = "example.test";
    out.origins = {kOrigin};
    out.key.id.bytes.fill(account);
    out.key.webauthn_id = made.id;
    out.key.public_key = test::crypto::coseKey(key.credentials().back().key, test::crypto::kEs256);
    out.key.algorithm = -7;
    out.key.aaguid = key.model().aaguid;
    out.key.attestation = "unverified";
    out.attestation_object = made.attestation_object;
    out.enrolment_client_data_json = made.client_data_json;

    const Digest challenge = out.transcript.challenge().value();
    ceremony.challenge.assign(challenge.begin(), challenge.end());
    const auto touch = test::assertion(key, ceremony);
    out.client_data_json = touch.client_data_json;
    out.authenticator_data = touch.authenticator_data;
    out.signature = touch.signature;
    return out;
}

Json pieceOf(const Evidence& evidence) {
    const Json document = evidence.json().value();
    const Digest hash = action::evidenceHash(document).value();
    return Json::Object{
        {"document", document},
        {"event",
         Json::Object{{"data", Json::Object{{"evidence_hash", base64url::encode(hash)}}}}}};
}

Json bundleOf(const std::vector<Evidence>& approvals) {
    Json::Array pieces;
    for (const Evidence& each : approvals) pieces.push_back(pieceOf(each));
    const action::Transcript& first = approvals.front().transcript;
    return Json::Object{{"v", 1},
                        {"id", first.id.text()},
                        {"action", first.action.json()},
                        {"digest", base64url::encode(first.action.digest().value())},
                        {"state", "granted"},
                        {"evidence", std::move(pieces)}};
}

std::string reasonOf(const Json& answer) {
    const Json* const reason = answer.find("reason");
    return reason == nullptr ? "" : *reason->asString();
}

TEST(EvidenceCheck, holdsForADocumentAndForABundle) {
    const Evidence one = evidenceOf(0x11);
    const Evidence two = evidenceOf(0x12);
    const Json single = checkEvidence(one.json().value());
    EXPECT_TRUE(holds(single)) << single.text();
    EXPECT_EQ(*single.find("text"), Json("Release 12.50 EUR"));

    const Json both = checkEvidence(bundleOf({one, two}));
    ASSERT_TRUE(holds(both)) << both.text();
    EXPECT_EQ(both.find("approvals")->asArray()->size(), 2U);
}

struct BentCase {
    const char* name;
    std::function<void(Evidence&)> bend;
    const char* reason;
};

class EvidenceRefused : public testing::TestWithParam<BentCase> {};

TEST_P(EvidenceRefused, whenItIsBent) {
    Evidence evidence = evidenceOf();
    GetParam().bend(evidence);
    const auto document = evidence.json();
    ASSERT_TRUE(document);
    const Json answer = checkEvidence(*document);
    EXPECT_FALSE(holds(answer));
    EXPECT_THAT(reasonOf(answer), HasSubstr(GetParam().reason)) << answer.text();
}

INSTANTIATE_TEST_SUITE_P(
    Bent,
    EvidenceRefused,
    testing::Values(
        BentCase{"amount",
                 [](Evidence& e) {
                     e.transcript.action.parameters = Json::Object{{"amount", "1250.00"}};
                 },
                 "touch: "},
        BentCase{"text", [](Evidence& e) { e.transcript.text = "Release 1 EUR"; }, "touch: "},
        BentCase{"account", [](Evidence& e) { e.transcript.account.bytes.fill(3); }, "touch: "},
        BentCase{"locale", [](Evidence& e) { e.transcript.locale = "de"; }, "touch: "},
        BentCase{"nonce", [](Evidence& e) { e.transcript.nonce.fill(3); }, "touch: "},
        BentCase{
            "channel", [](Evidence& e) { e.transcript.channel = Channel::kBrowser; }, "touch: "},
        BentCase{"late",
                 [](Evidence& e) { e.at = e.transcript.expires + std::chrono::seconds(1); },
                 "not given in its time"},
        BentCase{"early",
                 [](Evidence& e) { e.at = e.transcript.issued - std::chrono::seconds(1); },
                 "not given in its time"},
        BentCase{"acr", [](Evidence& e) { e.transcript.acr = "0"; }, "another acr"},
        BentCase{"policy",
                 [](Evidence& e) {
                     e.policy = Json::Object{{"acr", "phr"}};
                 },
                 "policy"},
        BentCase{"signature", [](Evidence& e) { e.signature.back() ^= 1; }, "touch: "},
        BentCase{
            "authenticatorData", [](Evidence& e) { e.authenticator_data[40 - 8] ^= 1; }, "touch"},
        BentCase{"origins", [](Evidence& e) { e.origins = {"https://evil.test"}; }, "touch: "},
        BentCase{"rpId", [](Evidence& e) { e.rp_id = "evil.test"; }, "enrolment: "},
        BentCase{"publicKey",
                 [](Evidence& e) { e.key.public_key = evidenceOf(0x33).key.public_key; },
                 "another key was enrolled"},
        BentCase{"credentialId", [](Evidence& e) { e.key.webauthn_id[0] ^= 1; }, "enrolment: "},
        BentCase{"aaguid", [](Evidence& e) { e.key.aaguid[0] ^= 1; }, "another key was enrolled"},
        BentCase{
            "backupEligible", [](Evidence& e) { e.key.backup_eligible = true; }, "another key"},
        BentCase{"attestation", [](Evidence& e) { e.key.attestation = "self"; }, "another way"},
        BentCase{"attestationObject",
                 [](Evidence& e) { e.attestation_object.back() ^= 1; },
                 "enrolment: "},
        BentCase{"algorithm", [](Evidence& e) { e.key.algorithm = -8; }, "enrolment: "}),
    [](const testing::TestParamInfo<BentCase>& parameter) { return parameter.param.name; });

struct BundleCase {
    const char* name;
    std::function<void(Json::Object&)> bend;
};

class BundleRefused : public testing::TestWithParam<BundleCase> {};

TEST_P(BundleRefused, whenItIsBent) {
    Json::Object bundle = *bundleOf({evidenceOf(0x11), evidenceOf(0x12)}).asObject();
    GetParam().bend(bundle);
    const Json answer = checkEvidence(bundle);
    EXPECT_FALSE(holds(answer)) << answer.text();
    EXPECT_NE(reasonOf(answer), "");
}

INSTANTIATE_TEST_SUITE_P(
    Bent,
    BundleRefused,
    testing::Values(
        BundleCase{"nobody", [](auto& b) { b["evidence"] = Json::Array{}; }},
        BundleCase{"noList", [](auto& b) { b["evidence"] = "x"; }},
        BundleCase{"twiceTheSame",
                   [](auto& b) {
                       const Json piece = b["evidence"].asArray()->front();
                       b["evidence"] = Json::Array{piece, piece};
                   }},
        BundleCase{"anotherId", [](auto& b) { b["id"] = "AAAAAAAAAAAAAAAAAAAAAA"; }},
        BundleCase{"anotherDigest", [](auto& b) { b["digest"] = base64url::encode(Bytes(32, 1)); }},
        BundleCase{"noAction", [](auto& b) { b.erase("action"); }},
        BundleCase{"eventOfAnother",
                   [](auto& b) {
                       const Json::Array& pieces = *b["evidence"].asArray();
                       b["evidence"] =
                           Json::Array{Json::Object{{"document", *pieces[0].find("document")},
                                                    {"event", *pieces[1].find("event")}}};
                   }},
        BundleCase{"noDocument", [](auto& b) { b["evidence"] = Json::Array{Json::Object{}}; }}),
    [](const testing::TestParamInfo<BundleCase>& parameter) { return parameter.param.name; });

TEST(EvidenceProgram, saysWhetherItHoldsAsExitCode) {
    test::CliProgram program;
    const auto write = [&](const std::string& text) {
        std::ofstream(program.file("evidence.json")) << text;
        return program.run({"evidence", "verify", program.file("evidence.json")});
    };
    Evidence evidence = evidenceOf();
    EXPECT_EQ(write(evidence.json().value().text()), 0) << program.err;
    EXPECT_THAT(program.out, HasSubstr("HOLDS. What was approved:\n\n    Release 12.50 EUR\n"));
    evidence.transcript.text = "Release 1 EUR";
    EXPECT_EQ(write(evidence.json().value().text()), 3);
    EXPECT_THAT(program.out, HasSubstr("REFUSED: touch: "));
    EXPECT_EQ(write("{}"), 3);
    EXPECT_EQ(write("{"), 2);
}

}  // namespace
}  // namespace sallyport::cli
