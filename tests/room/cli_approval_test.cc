#include "tests/support/cli_program.h"
#include "tests/support/scripted_sallyport.h"

#include <gmock/gmock.h>

#include <functional>

namespace sallyport::test {
namespace {

using testing::HasSubstr;

/// What the server shows, and what it asks to be signed; a test bends either.
struct Offer {
    Json::Object document;
    action::Transcript transcript;
    Json::Object transcript_json;
    std::optional<Bytes> challenge;  ///< instead of the transcript's
};

action::Transcript transcriptAt(Time now) {
    action::Transcript out;
    out.nonce.fill(9);
    out.id = ActionId::fromText(kAction).value();
    out.action.type = "payment.release";
    out.action.schema_version = 1;
    out.action.parameters = Json::Object{{"amount", "12.50"}, {"payee", "Example Ltd"}};
    out.action.proposer = AccountId::fromText(kAccount).value();
    out.locale = "en";
    out.template_version = 1;
    out.text = "Release 12.50 EUR to Example Ltd";
    out.account = AccountId::fromText(kAccount).value();
    out.session_hash = action::sessionHash(SessionId::fromText("AQIDBAUGBwgJCgsMDQ4PEA").value());
    out.channel = Channel::kCli;
    out.acr = "phr";
    out.issued = now;
    out.expires = now + std::chrono::seconds(120);
    return out;
}

Offer offerAt(Time now) {
    Offer offer;
    offer.transcript = transcriptAt(now);
    offer.document = {
        {"id", kAction},
        {"type", "payment.release"},
        {"text", offer.transcript.text},
        {"action_digest", base64url::encode(offer.transcript.action.digest().value())},
        {"state", "proposed"},
        {"required", 1},
        {"approvals", 0},
        {"expires_in", 300}};
    return offer;
}

class CliApproval : public testing::Test {
  protected:
    CliApproval() {
        KeyModel model;
        model.attestation = KeyModel::Attestation::kSelf;
        model.built_in_uv = true;
        device = &program.slots.add(model);
        enrolled = EnrolledKey::on(device->key());
        offer = offerAt(program.clock.now());
        leaveSession(*program.runtime_directory, site.origin());
    }

    std::string answer(const SiteRequest& request) {
        const std::string path = "/api/v1/actions/" + std::string(kAction);
        if (request.path == "/api/v1/session") return siteAnswer(200, sessionDocument());
        if (request.path == path) return siteAnswer(200, offer.document);
        if (request.path == path + "/challenge") {
            Json::Object members = *offer.transcript.json().value().asObject();
            for (const auto& [name, value] : offer.transcript_json) members[name] = value;
            const Digest digest = offer.transcript.challenge().value();
            const Bytes challenge = offer.challenge.value_or(Bytes(digest.begin(), digest.end()));
            return siteAnswer(200,
                              Json::Object{{"publicKey", requestOptions(challenge)},
                                           {"transcript", std::move(members)}});
        }
        Json::Object approved = offer.document;
        approved["state"] = "granted";
        approved["approvals"] = 1;
        return siteAnswer(200, approved);
    }

    std::ptrdiff_t approvals() const {
        return site.count("POST", "/api/v1/actions/" + std::string(kAction) + "/approvals");
    }

    CliProgram program;
    VirtualDevice* device = nullptr;
    EnrolledKey enrolled;
    Offer offer;
    ScriptedSite site{[this](const SiteRequest& request) { return answer(request); }};
};

TEST_F(CliApproval, signsExactlyWhatWasShown) {
    EXPECT_EQ(program.run({"approve", std::string(kAction)}), 0) << program.err;
    EXPECT_THAT(program.out, HasSubstr("    Release 12.50 EUR to Example Ltd\n"));
    EXPECT_THAT(program.out, HasSubstr("payee = Example Ltd"));
    ASSERT_EQ(approvals(), 1);
    const Digest challenge = offer.transcript.challenge().value();
    EXPECT_EQ(enrolled.judge(site.heard().back().body, challenge, site.origin()), "ok");
}

TEST_F(CliApproval, showsNothingThatATerminalObeys) {
    offer.transcript.text = "Release \x1b[8m9999\x1b[0m EUR \xe2\x80\xae";
    offer.document["text"] = offer.transcript.text;
    EXPECT_EQ(program.run({"approve", std::string(kAction)}), 0) << program.err;
    EXPECT_THAT(program.out, HasSubstr("Release \\u{1b}[8m9999\\u{1b}[0m EUR \\u{202e}"));
    EXPECT_THAT(program.out + program.err, testing::Not(HasSubstr("\x1b[8m")));
}

struct BentCase {
    const char* name;
    std::function<void(Offer&)> bend;
    int code;
    const char* sentence;
};

class CliApprovalRefuses : public CliApproval, public testing::WithParamInterface<BentCase> {};

TEST_P(CliApprovalRefuses, beforeItAsksForATouch) {
    const auto before = device->key().counter();
    GetParam().bend(offer);
    EXPECT_EQ(program.run({"approve", std::string(kAction)}), GetParam().code) << program.err;
    EXPECT_THAT(program.err, HasSubstr(GetParam().sentence));
    EXPECT_EQ(approvals(), 0);
    EXPECT_EQ(device->key().counter(), before);
}

const char* const kCommits = "the challenge does not commit to what the server says it does";

BentCase inTranscript(const char* name, const char* member, Json value) {
    return {name,
            [member, value](Offer& offer) { offer.transcript_json[member] = value; },
            3,
            kCommits};
}

INSTANTIATE_TEST_SUITE_P(
    Bent,
    CliApprovalRefuses,
    testing::Values(
        BentCase{"anotherText",
                 [](Offer& o) { o.transcript.text = "Release 1250.00 EUR to Example Ltd"; },
                 3,
                 "the text is not the one that was shown"},
        BentCase{"anotherAmount",
                 [](Offer& o) {
                     o.transcript.action.parameters =
                         Json::Object{{"amount", "1250.00"}, {"payee", "Example Ltd"}};
                 },
                 3,
                 "the action is not the one that was shown"},
        BentCase{"anotherResource",
                 [](Offer& o) { o.transcript.action.resource = "account 2"; },
                 3,
                 "the action is not the one that was shown"},
        BentCase{"anotherPolicy",
                 [](Offer& o) { o.transcript.action.policy_digest.fill(1); },
                 3,
                 "the action is not the one that was shown"},
        BentCase{"anotherAction",
                 [](Offer& o) { o.transcript.id.bytes.fill(0x33); },
                 3,
                 "another action"},
        BentCase{"anotherAccount",
                 [](Offer& o) { o.transcript.account.bytes.fill(0x33); },
                 3,
                 "another account"},
        BentCase{"anotherSession",
                 [](Offer& o) { o.transcript.session_hash.fill(0x33); },
                 3,
                 "another session"},
        BentCase{"anotherChannel",
                 [](Offer& o) { o.transcript.channel = Channel::kBrowser; },
                 3,
                 "not be marked as given at a workstation"},
        BentCase{"expired",
                 [](Offer& o) { o.transcript.expires = o.transcript.issued; },
                 1,
                 "expired already"},
        BentCase{"anotherChallenge", [](Offer& o) { o.challenge = Bytes(32, 5); }, 3, kCommits},
        inTranscript("nonce", "nonce", base64url::encode(Bytes(32, 8))),
        inTranscript("locale", "locale", "de"),
        inTranscript("templateVersion", "template_version", 2),
        inTranscript("textOfTranscriptOnly", "text", "Release 12.50 EUR to Nobody"),
        inTranscript("acr", "acr", "phrh"),
        BentCase{
            "unknownMember", [](Offer& o) { o.transcript_json["more"] = 1; }, 3, "cannot be read"},
        BentCase{
            "digestOfAnother",
            [](Offer& o) { o.transcript_json["action_digest"] = base64url::encode(Bytes(32, 8)); },
            3,
            "cannot be read"},
        BentCase{"decidedAlready",
                 [](Offer& o) { o.document["state"] = "denied"; },
                 1,
                 "the action is denied"}),
    [](const testing::TestParamInfo<BentCase>& parameter) { return parameter.param.name; });

}  // namespace
}  // namespace sallyport::test
