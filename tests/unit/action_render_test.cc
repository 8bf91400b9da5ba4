#include "action/render.h"
#include "action/transcript_evidence.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>

namespace sallyport::action {
namespace {

using test::failsWith;
using test::isOk;
using Kind = ParameterRule::Kind;

ParameterRule rule(std::string name, Kind kind) {
    ParameterRule made;
    made.name = std::move(name);
    made.kind = kind;
    made.max = 100000000;
    if (kind == Kind::kText) made.max = 70;
    made.optional = true;
    return made;
}

TypePolicy policy() {
    TypePolicy made;
    made.type = "test.all";
    made.parameters = {rule("amount", Kind::kDecimal),
                       rule("count", Kind::kInteger),
                       rule("currency", Kind::kCurrency),
                       rule("payee", Kind::kText),
                       rule("iban", Kind::kIban),
                       rule("day", Kind::kDate),
                       rule("id", Kind::kId),
                       rule("mail", Kind::kAddress)};
    made.text = {{"en", "{amount} {currency} x {count} to {payee} {iban} {day} {id} {mail}."},
                 {"de", "{amount} {count} {currency} {payee} {iban} {day} {id} {mail}"}};
    return made;
}

Action action(Json::Object parameters) {
    Action made;
    made.type = "test.all";
    made.parameters = std::move(parameters);
    return made;
}

std::string shown(const Action& of, std::string_view language = "en") {
    const auto rendered = render(policy(), of, language);
    return rendered ? rendered->text : "refused: " + rendered.error().detail;
}

TEST(Rendering, showsEveryKindSoThatItIsRead) {
    EXPECT_EQ(shown(action({{"amount", "1234567.50"},
                            {"count", 1000},
                            {"currency", "EUR"},
                            {"payee", "Ann, to Bob"},
                            {"iban", "DE89370400440532013000"},
                            {"day", "2026-11-23"},
                            {"id", "AAAAAAAAAAAAAAAAAAAAAA"},
                            {"mail", "a@b.example"}})),
              "1,234,567.50 EUR x 1,000 to “Ann, to Bob” DE89 3704 0044 0532 0130 00 2026-11-23 "
              "“AAAAAAAAAAAAAAAAAAAAAA” “a@b.example”.");
}

TEST(Rendering, putsADashWhereAnOptionalValueIsMissing) {
    EXPECT_EQ(shown(action({{"amount", "999.00"}})), "999.00 – x – to – – – – –.");
}

TEST(Rendering, groupsWithSpacesWhereACommaIsADecimalSign) {
    EXPECT_EQ(shown(action({{"amount", "1000.00"}, {"count", 10000}}), "de"),
              "1 000.00 10 000 – – – – – –");
    EXPECT_EQ(shown(action({{"amount", "1000.00"}}), "fr"), "1,000.00 – x – to – – – – –.");
}

TEST(Rendering, replacesNothingInsideValues) {
    EXPECT_EQ(shown(action({{"payee", "{amount} {payee}"}, {"amount", "1.00"}})),
              "1.00 – x – to “{amount} {payee}” – – – –.");
}

TEST(Rendering, alwaysShowsResourceAndSubject) {
    auto made = action({});
    made.resource = "invoice-7";
    made.subject = "Ada";
    EXPECT_EQ(shown(made), "– – x – to – – – – –., concerning “invoice-7”, for “Ada”");
    auto naming = policy();
    naming.text["en"] += " {resource}";
    const auto rendered = render(naming, made, "en");
    ASSERT_THAT(rendered, isOk());
    EXPECT_EQ(rendered->text, "– – x – to – – – – –. “invoice-7”, for “Ada”");
}

TEST(Rendering, refusesWhatTheRulesDoNotAllow) {
    for (const auto& parameters : {Json::Object{{"amount", "1"}},
                                   Json::Object{{"payee", "a\"b"}},
                                   Json::Object{{"more", "x"}}}) {
        EXPECT_THAT(render(policy(), action(parameters), "en"), failsWith(ErrorCode::kIntegrity));
    }
}

TEST(Languages, areTakenInTheirOrder) {
    EXPECT_EQ(languageFor(policy(), ""), "en");
    EXPECT_EQ(languageFor(policy(), "de"), "de");
    EXPECT_EQ(languageFor(policy(), "fr, DE-at;q=0.5"), "de");
    EXPECT_EQ(languageFor(policy(), "en-GB,de"), "en");
    EXPECT_EQ(languageFor(policy(), ",,;q=,*"), "en");
}

Evidence evidence() {
    Evidence made;
    made.policy = policy().json();
    made.transcript.action = action({{"amount", "1.00"}});
    made.transcript.action.policy_digest = policy().digest();
    made.rp_id = "id.example";
    made.origins = {"https://id.example"};
    made.key.webauthn_id = {1};
    made.key.public_key = {2};
    made.key.algorithm = -7;
    made.key.attestation = "verified";
    made.attestation_object = {3};
    made.enrolment_client_data_json = {4};
    made.client_data_json = {5};
    made.authenticator_data = {6};
    made.signature = {7};
    return made;
}

TEST(EvidenceDocument, isReadAsItWasWritten) {
    const auto json = evidence().json();
    ASSERT_THAT(json, isOk());
    const auto read = Evidence::fromJson(*Json::parse(json->text()));
    ASSERT_THAT(read, isOk());
    EXPECT_EQ(*read, evidence());
}

TEST(EvidenceDocument, isNotReadWithAMemberMissingAddedOrOfAnotherPolicy) {
    const auto json = evidence().json();
    ASSERT_THAT(json, isOk());
    for (const auto& entry : *json->asObject()) {
        auto without = *json->asObject();
        without.erase(entry.first);
        EXPECT_THAT(Evidence::fromJson(without), failsWith(ErrorCode::kInvalidRequest))
            << entry.first;
        auto wrong = *json->asObject();
        wrong[entry.first] = true;
        EXPECT_THAT(Evidence::fromJson(wrong), failsWith(ErrorCode::kInvalidRequest))
            << entry.first;
    }
    auto more = *json->asObject();
    more.emplace("note", "x");
    EXPECT_THAT(Evidence::fromJson(more), failsWith(ErrorCode::kInvalidRequest));
    auto other = evidence();
    auto changed = policy();
    changed.approvers = 2;
    other.policy = changed.json();
    EXPECT_THAT(Evidence::fromJson(*other.json()), failsWith(ErrorCode::kInvalidRequest));
}

/// The document with one of its parts changed: the member itself, or a member of it.
Json bent(const std::string& part, const std::string& member, Json value) {
    Json::Object whole = *evidence().json()->asObject();
    if (member.empty()) {
        whole[part] = std::move(value);
    } else {
        Json::Object inner = *whole[part].asObject();
        inner[member] = std::move(value);
        whole[part] = std::move(inner);
    }
    return whole;
}

TEST(EvidenceDocument, isNotReadWithAPartThatIsNotOne) {
    const auto read = [](const std::string& part, const std::string& member, Json value) {
        return Evidence::fromJson(bent(part, member, std::move(value)));
    };
    EXPECT_THAT(read("credential", "algorithm", -7), isOk());
    EXPECT_THAT(read("origins", "", Json::Array(16, "https://id.example")), isOk());
    for (const char* part : {"credential", "enrolment", "response"}) {
        EXPECT_THAT(read(part, "note", "x"), failsWith(ErrorCode::kInvalidRequest)) << part;
    }
    EXPECT_THAT(read("credential", "algorithm", "ES256"), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(read("credential", "aaguid", base64url::encode(Bytes(15, 1))),
                failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(read("origins", "", "https://id.example"), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(read("origins", "", Json::Array(17, "https://id.example")),
                failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(read("origins", "", Json::Array{7}), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(read("credential", "backup_eligible", 1), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(read("v", "", 2), failsWith(ErrorCode::kInvalidRequest));
}

}  // namespace
}  // namespace sallyport::action
