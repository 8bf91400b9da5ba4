#include "action/transcript.h"
#include "base/canonical.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

namespace sallyport::action {
namespace {

using test::failsWith;
using test::isOk;

template <class AnyId>
AnyId idOf(std::uint8_t byte) {
    AnyId id;
    id.bytes.fill(byte);
    return id;
}

Transcript transcript() {
    Transcript made;
    made.nonce.fill(1);
    made.id = idOf<ActionId>(2);
    made.action.type = "payment.release";
    made.action.schema_version = 3;
    made.action.parameters = Json::Object{{"amount", "1250.00"}};
    made.action.resource = "invoice-7";
    made.action.proposer = idOf<AccountId>(4);
    made.action.policy_digest.fill(5);
    made.locale = "en";
    made.template_version = 3;
    made.text = "Release 1,250.00";
    made.account = idOf<AccountId>(6);
    made.session_hash.fill(7);
    made.channel = Channel::kCli;
    made.acr = "phrh";
    made.issued = timeFromMicros(1'795'000'000'000'001);
    made.expires = timeFromMicros(1'795'000'120'000'001);
    return made;
}

TEST(ApprovalTranscript, isTheEncodingOfItsFieldsInTheirOrder) {
    const auto made = transcript();
    // Written out here, so that a change of order or form shows.
    const std::string action =
        R"({"client":null,"parameters":{"amount":"1250.00"},"policy_digest":)"
        R"("BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU","proposer":"BAQEBAQEBAQEBAQEBAQEBA",)"
        R"("resource":"invoice-7","schema_version":3,"subject":null,"type":"payment.release"})";
    const auto digest = sha256(asBytes(action));
    EXPECT_EQ(*made.action.digest(), digest);
    const auto expected = sha256(Canonical("sallyport/approval/v1")
                                     .add(Bytes(32, 1))
                                     .add(Bytes(16, 2))
                                     .add(digest)
                                     .add("en")
                                     .add(std::uint64_t{3})
                                     .add(sha256(asBytes("Release 1,250.00")))
                                     .add(Bytes(16, 6))
                                     .add(Bytes(32, 7))
                                     .add("cli")
                                     .add("phrh")
                                     .add(std::uint64_t{1'795'000'000'000'001})
                                     .add(std::uint64_t{1'795'000'120'000'001})
                                     .finish());
    EXPECT_EQ(*made.challenge(), expected);
}

TEST(ApprovalTranscript, isReadAsItWasWritten) {
    const auto made = transcript();
    const auto json = made.json();
    ASSERT_THAT(json, isOk());
    const auto read = Transcript::fromJson(*Json::parse(json->text()));
    ASSERT_THAT(read, isOk());
    EXPECT_EQ(*read, made);
    EXPECT_EQ(*read->challenge(), *made.challenge());
}

struct Edit {
    std::string name;
    std::function<void(Transcript&)> apply;
};

void PrintTo(const Edit& edit, std::ostream* out) {
    *out << edit.name;
}

class EditedTranscript : public testing::TestWithParam<Edit> {};

TEST_P(EditedTranscript, hasAnotherChallenge) {
    auto made = transcript();
    const auto challenge = *made.challenge();
    GetParam().apply(made);
    const auto edited = made.challenge();
    ASSERT_THAT(edited, isOk());
    EXPECT_NE(*edited, challenge);
}

INSTANTIATE_TEST_SUITE_P(
    EveryField,
    EditedTranscript,
    testing::Values(
        Edit{"nonce", [](Transcript& edited) { edited.nonce[31] ^= 1; }},
        Edit{"action_id", [](Transcript& edited) { edited.id.bytes[0] ^= 1; }},
        Edit{"type", [](Transcript& edited) { edited.action.type = "payment.hold"; }},
        Edit{"schema_version", [](Transcript& edited) { edited.action.schema_version = 4; }},
        Edit{"parameters",
             [](Transcript& edited) {
                 edited.action.parameters = Json::Object{{"amount", "1250.01"}};
             }},
        Edit{"resource", [](Transcript& edited) { edited.action.resource = "invoice-8"; }},
        Edit{"no_resource", [](Transcript& edited) { edited.action.resource.reset(); }},
        Edit{"subject", [](Transcript& edited) { edited.action.subject = ""; }},
        Edit{"proposer", [](Transcript& edited) { edited.action.proposer->bytes[3] ^= 1; }},
        Edit{"no_proposer", [](Transcript& edited) { edited.action.proposer.reset(); }},
        Edit{"client", [](Transcript& edited) { edited.action.client = "bank"; }},
        Edit{"policy", [](Transcript& edited) { edited.action.policy_digest[9] ^= 1; }},
        Edit{"locale", [](Transcript& edited) { edited.locale = "de"; }},
        Edit{"template_version", [](Transcript& edited) { edited.template_version = 4; }},
        Edit{"text", [](Transcript& edited) { edited.text += " "; }},
        Edit{"account", [](Transcript& edited) { edited.account.bytes[15] ^= 1; }},
        Edit{"session", [](Transcript& edited) { edited.session_hash[0] ^= 1; }},
        Edit{"channel", [](Transcript& edited) { edited.channel = Channel::kBrowser; }},
        Edit{"acr", [](Transcript& edited) { edited.acr = "phr"; }},
        Edit{"issued", [](Transcript& edited) { edited.issued += Duration(1); }},
        Edit{"expires", [](Transcript& edited) { edited.expires += Duration(1); }}),
    [](const auto& sample) { return sample.param.name; });

TEST(ApprovalTranscript, isNotReadWithAMemberMissingAddedOrWrong) {
    const auto json = transcript().json();
    ASSERT_THAT(json, isOk());
    const Json::Object& members = *json->asObject();
    ASSERT_EQ(members.size(), 13U);
    for (const auto& entry : members) {
        auto without = members;
        without.erase(entry.first);
        EXPECT_THAT(Transcript::fromJson(without), failsWith(ErrorCode::kInvalidRequest))
            << entry.first;
        auto wrong = members;
        wrong[entry.first] = Json::Array{};
        EXPECT_THAT(Transcript::fromJson(wrong), failsWith(ErrorCode::kInvalidRequest))
            << entry.first;
    }
    auto more = members;
    more.emplace("summary", "Release nothing");
    EXPECT_THAT(Transcript::fromJson(more), failsWith(ErrorCode::kInvalidRequest));
}

TEST(ApprovalTranscript, isNotReadWithTheDigestOfAnotherAction) {
    const auto json = transcript().json();
    ASSERT_THAT(json, isOk());
    auto members = *json->asObject();
    auto action = *members["action"].asObject();
    action["parameters"] = Json::Object{{"amount", "9.00"}};
    members["action"] = action;
    EXPECT_THAT(Transcript::fromJson(members), failsWith(ErrorCode::kInvalidRequest));
    action["note"] = "x";
    members["action"] = action;
    EXPECT_THAT(Transcript::fromJson(members), failsWith(ErrorCode::kInvalidRequest));
}

TEST(ApprovalTranscript, hasNoChallengeForWhatHasNoCanonicalForm) {
    auto made = transcript();
    made.action.parameters = Json::Object{{"b\xc3\xa4r", "x"}};
    EXPECT_THAT(made.challenge(), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(made.json(), failsWith(ErrorCode::kInvalidRequest));
}

TEST(ApprovalTranscript, hasNoChallengeForTimesBefore1970) {
    auto early = transcript();
    early.issued = timeFromMicros(-1);
    EXPECT_THAT(early.challenge(), failsWith(ErrorCode::kInvalidRequest));
    auto over = transcript();
    over.expires = timeFromMicros(-1);
    EXPECT_THAT(over.challenge(), failsWith(ErrorCode::kInvalidRequest));
}

TEST(ApprovalTranscript, isNotReadForAnUnknownChannel) {
    const auto json = transcript().json();
    ASSERT_THAT(json, isOk());
    auto members = *json->asObject();
    members["channel"] = "phone";
    EXPECT_THAT(Transcript::fromJson(members), failsWith(ErrorCode::kInvalidRequest));
}

TEST(ApprovalTranscript, isNotReadWithAMemberOutOfItsBounds) {
    const auto json = transcript().json();
    ASSERT_THAT(json, isOk());
    const auto read = [&json](const char* member, const Json& value) {
        auto members = *json->asObject();
        members[member] = value;
        return Transcript::fromJson(members);
    };
    constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
    EXPECT_THAT(read("template_version", kMost), isOk());
    EXPECT_THAT(read("text", std::string(std::size_t{16} * 1024, 'x')), isOk());
    for (const auto& [member, value] : std::initializer_list<std::pair<const char*, Json>>{
             {"template_version", -1},
             {"template_version", kMost + 1},
             {"issued", -1},
             {"expires", -1},
             {"nonce", base64url::encode(Bytes(31, 1))},
             {"nonce", "!"},
             {"text", std::string(std::size_t{16} * 1024 + 1, 'x')},
             {"locale", std::string(129, 'e')}}) {
        EXPECT_THAT(read(member, value), failsWith(ErrorCode::kInvalidRequest)) << member;
    }
}

TEST(ActionDocument, isReadAsItWasWrittenAndNotOtherwise) {
    const Action action = transcript().action;
    const Json json = action.json();
    const auto read = Action::fromJson(json);
    ASSERT_THAT(read, isOk());
    EXPECT_EQ(*read, action);
    EXPECT_THAT(Action::fromJson("payment.release"), failsWith(ErrorCode::kInvalidRequest));
    for (const auto& entry : *json.asObject()) {
        auto without = *json.asObject();
        without.erase(entry.first);
        EXPECT_THAT(Action::fromJson(without), failsWith(ErrorCode::kInvalidRequest))
            << entry.first;
        auto wrong = *json.asObject();
        wrong[entry.first] = Json::Array{};
        EXPECT_THAT(Action::fromJson(wrong), failsWith(ErrorCode::kInvalidRequest)) << entry.first;
    }
    auto more = *json.asObject();
    more.emplace("summary", "Release nothing");
    EXPECT_THAT(Action::fromJson(more), failsWith(ErrorCode::kInvalidRequest));
}

TEST(SessionHash, differsBySessionAndIsNotItsId) {
    const auto one = idOf<SessionId>(1);
    EXPECT_NE(sessionHash(one), sessionHash(idOf<SessionId>(2)));
    EXPECT_EQ(sessionHash(one), sessionHash(one));
}

}  // namespace
}  // namespace sallyport::action
