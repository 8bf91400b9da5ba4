#include "action/transcript_evidence.h"
#include "tests/support/action_house.h"
#include "tests/support/child_process.h"
#include "tests/support/matchers.h"
#include "tests/support/temporary_directory.h"

#include <gmock/gmock.h>

#include <fstream>

/// A verifier that shares no code with the service says whether an approval was one.
namespace sallyport::action {
namespace {

using test::ActionHouse;
using test::Approver;
using test::isOk;

const std::string kScript = std::string(SALLYPORT_SOURCE_DIR) + "/tests/interop/verify_evidence.py";

/// The member at a path of names, for changing.
Json& at(Json& json, std::initializer_list<std::string_view> path) {
    Json* found = &json;
    for (const std::string_view name : path) found = const_cast<Json*>(found->find(name));
    return *found;
}

void set(Json& json, std::initializer_list<std::string_view> path, Json value) {
    at(json, path) = std::move(value);
}

std::string textAt(Json& json, std::initializer_list<std::string_view> path) {
    return *at(json, path).asString();
}

/// The decoded bytes behind a path with one bit flipped.
void flip(Json& json, std::initializer_list<std::string_view> path, std::size_t index) {
    Bytes bytes = *base64url::decode(textAt(json, path), 65536);
    bytes[index < bytes.size() ? index : bytes.size() - 1] ^= 1U;
    set(json, path, base64url::encode(bytes));
}

struct Bend {
    std::string name;
    std::string reason;  ///< what the script says
    /// Of one document and its event's data.
    std::function<void(Json& document, Json& event)> apply;
    bool rehash = true;  ///< the forger can write the log, too
};

Json editedClientData(Json& document, std::string_view from, std::string_view to) {
    const Bytes bytes =
        *base64url::decode(textAt(document, {"response", "client_data_json"}), 65536);
    std::string text(asText(bytes));
    const auto found = text.find(from);
    SALLYPORT_ASSERT(found != std::string::npos);
    text.replace(found, from.size(), to);
    return base64url::encode(asBytes(text));
}

std::vector<Bend> bends() {
    using J = Json;
    return {
        {"document_after_the_event", "event-hash", [](J& d, J&) { set(d, {"at"}, 1); }, false},
        {"event_of_another_action",
         "event-action",
         [](J&, J& e) {
             set(e, {"data", "action"}, "x");
         }},
        {"event_of_another_actor", "event-actor", [](J&, J& e) { set(e, {"actor"}, "x"); }},
        {"nonce",
         "challenge",
         [](J& d, J&) {
             flip(d, {"transcript", "nonce"}, 0);
         }},
        {"text",
         "challenge",
         [](J& d, J&) {
             set(d, {"transcript", "text"}, "Release 1.00 EUR");
         }},
        {"locale",
         "challenge",
         [](J& d, J&) {
             set(d, {"transcript", "locale"}, "de");
         }},
        {"session",
         "challenge",
         [](J& d, J&) {
             flip(d, {"transcript", "session_hash"}, 0);
         }},
        {"approver",
         "challenge",
         [](J& d, J& e) {
             flip(d, {"transcript", "account"}, 0);
             set(e, {"actor"}, textAt(d, {"transcript", "account"}));
         }},
        {"issued",
         "challenge",
         [](J& d, J&) {
             set(d, {"transcript", "issued"}, *at(d, {"transcript", "issued"}).asInteger() - 1);
         }},
        {"expires",
         "challenge",
         [](J& d, J&) {
             set(d, {"transcript", "expires"}, *at(d, {"transcript", "expires"}).asInteger() + 1);
         }},
        {"accepted_too_late",
         "time",
         [](J& d, J&) {
             set(d, {"at"}, *at(d, {"transcript", "expires"}).asInteger());
         }},
        {"other_parameters",
         "action",
         [](J& d, J&) {
             set(d, {"transcript", "action", "parameters", "amount"}, "9.00");
         }},
        {"other_digest",
         "action-digest",
         [](J& d, J&) {
             flip(d, {"transcript", "action_digest"}, 0);
         }},
        {"policy",
         "policy-digest",
         [](J& d, J&) {
             set(d, {"policy", "approvers"}, 9);
         }},
        {"acr",
         "acr",
         [](J& d, J&) {
             set(d, {"transcript", "acr"}, "phrh");
         }},
        {"template_version",
         "version",
         [](J& d, J&) {
             set(d, {"transcript", "template_version"}, 2);
         }},
        {"channel",
         "challenge",
         [](J& d, J&) {
             set(d, {"transcript", "channel"}, "cli");
         }},
        {"type_of_client_data",
         "client-data-type",
         [](J& d, J&) {
             set(d,
                 {"response", "client_data_json"},
                 editedClientData(d, "webauthn.get", "webauthn.create"));
         }},
        {"origin",
         "origin",
         [](J& d, J&) {
             set(d,
                 {"response", "client_data_json"},
                 editedClientData(d, "https://id.example", "https://id.exampie"));
         }},
        {"client_data_with_a_space",
         "signature",
         [](J& d, J&) {
             set(d, {"response", "client_data_json"}, editedClientData(d, "{", "{ "));
         }},
        {"rp_id_hash",
         "rp-id",
         [](J& d, J&) {
             flip(d, {"response", "authenticator_data"}, 0);
         }},
        {"rp_id", "rp-id", [](J& d, J&) { set(d, {"rp_id"}, "id.exampie"); }},
        {"user_present",
         "user-present",
         [](J& d, J&) {
             flip(d, {"response", "authenticator_data"}, 32);
         }},
        {"user_verified",
         "user-verified",
         [](J& d, J&) {
             Bytes data = *base64url::decode(textAt(d, {"response", "authenticator_data"}), 65536);
             data[32] &= 0xfbU;
             set(d, {"response", "authenticator_data"}, base64url::encode(data));
         }},
        {"counter",
         "signature",
         [](J& d, J&) {
             flip(d, {"response", "authenticator_data"}, 36);
         }},
        {"signature",
         "signature",
         [](J& d, J&) {
             flip(d, {"response", "signature"}, 20);
         }},
        {"public_key",
         "enrolment-key",
         [](J& d, J&) {
             flip(d, {"credential", "public_key"}, 30);
         }},
        {"algorithm",
         "key",
         [](J& d, J&) {
             set(d, {"credential", "algorithm"}, -257);
         }},
        {"model",
         "enrolment-aaguid",
         [](J& d, J&) {
             flip(d, {"credential", "aaguid"}, 0);
         }},
        {"credential",
         "enrolment-credential",
         [](J& d, J&) {
             flip(d, {"credential", "webauthn_id"}, 0);
         }},
        {"missing_member",
         "shape",
         [](J& d, J&) {
             auto members = *d.asObject();
             members.erase("enrolment");
             d = members;
         }},
    };
}

class ActionEvidence : public testing::Test {
  protected:
    ActionEvidence() {
        EXPECT_EQ(ActionHouse::verdict(h.approve(treasurer, id)), "ok");
        const auto made = h.service.evidence(clerk.caller(), id, ActionHouse::soon());
        SALLYPORT_ASSERT(made.has_value());
        bundle = *made;
    }

    /// What the script says of a bundle: its last line.
    std::string judged(const Json& json) {
        const std::string path = directory.file("bundle.json");
        std::ofstream(path) << json.text();
        const std::string command = "python3 " + kScript + " " + path + " 2>&1; true";
        const auto output = test::outputOf({"sh", "-c", command});
        return output.value_or("");
    }

    Json bent(const Bend& bend) const {
        Json copy = bundle;
        auto pieces = *copy.find("evidence")->asArray();
        Json document = *pieces[0].find("document");
        Json event = *pieces[0].find("event");
        bend.apply(document, event);
        if (bend.rehash) {
            set(event, {"data", "evidence_hash"}, base64url::encode(*evidenceHash(document)));
        }
        pieces[0] = Json::Object{{"document", document}, {"event", event}};
        set(copy, {"evidence"}, pieces);
        return copy;
    }

    test::TemporaryDirectory directory;
    ActionHouse h;
    Approver clerk = h.somebody("clerk@example.test", {"clerk"});
    Approver treasurer = h.somebody("treasurer@example.test", {"treasurer"});
    ActionId id = h.payment(clerk);
    Json bundle;
};

TEST_F(ActionEvidence, isVerifiedByAnIndependentScriptWhichRefusesWhatIsBent) {
    EXPECT_THAT(judged(bundle), testing::HasSubstr("verified: 1 approvals"));
    const auto all = bends();
    EXPECT_GE(all.size(), 20U);
    for (const Bend& bend : all) {
        EXPECT_THAT(judged(bent(bend)), testing::HasSubstr("refused: " + bend.reason)) << bend.name;
    }
}

TEST_F(ActionEvidence, ofABundleThatSaysMoreThanItHoldsIsRefused) {
    Json none = bundle;
    set(none, {"evidence"}, Json::Array{});
    EXPECT_THAT(judged(none), testing::HasSubstr("refused: approvals"));
    Json other = bundle;
    set(other, {"action", "parameters", "amount"}, "1.00");
    EXPECT_THAT(judged(other), testing::HasSubstr("refused: action-digest"));
    Json more = bundle;
    auto members = *more.asObject();
    members.emplace("note", "x");
    EXPECT_THAT(judged(members), testing::HasSubstr("refused: shape"));
}

TEST_F(ActionEvidence, isNotHandedOutWhenTheLogDoesNotNameIt) {
    const auto column = [this](const char* sql, const storage::Value& key, const char* name) {
        return *h.house.query(sql, {key}).front().find(name);
    };
    const auto event = column("SELECT * FROM evidence WHERE action_id = $1", id, "event_id");
    const auto document = column("SELECT * FROM evidence WHERE action_id = $1", id, "document");
    const auto entry = column("SELECT * FROM events WHERE id = $1", event, "entry");
    const auto other =
        *h.house
             .query("SELECT id FROM events WHERE id <> $1 AND entry LIKE '%action.proposed%'",
                    {event})
             .front()
             .find("id");
    const auto verdict = [this] {
        return ActionHouse::verdict(h.service.evidence(clerk.caller(), id, ActionHouse::soon()));
    };
    const auto name = [&](const storage::Value& to) {
        h.house.tamper("UPDATE evidence SET event_id = $1", {to});
    };
    const auto say = [&](const storage::Value& to) {
        h.house.tamper("UPDATE events SET entry = $1 WHERE id = $2", {to, event});
    };
    const auto write = [&](const storage::Value& to) {
        h.house.tamper("UPDATE evidence SET document = $1", {to});
    };
    name(EventId::random(h.house.random()));
    EXPECT_EQ(verdict(), "integrity") << "no event";
    name(other);
    EXPECT_EQ(verdict(), "integrity") << "an event of another kind";
    name(event);
    say("{");
    EXPECT_EQ(verdict(), "integrity") << "an event that is no JSON";
    say(entry);
    write("{}");
    EXPECT_EQ(verdict(), "integrity") << "another document";
    // The editor writes the log, too.
    const std::string no_json = "approved";
    Json forged = *Json::parse(*entry.asText());
    set(forged, {"data", "evidence_hash"}, base64url::encode(sha256(asBytes(no_json))));
    write(no_json);
    say(forged.text());
    EXPECT_EQ(verdict(), "integrity") << "a document that is no JSON";
    write(document);
    say(entry);
    EXPECT_EQ(verdict(), "ok");
    EXPECT_EQ(h.house.integrityReports().size(), 5U);
}

TEST_F(ActionEvidence, isReadByOurOwnParser) {
    const Json& piece = bundle.find("evidence")->asArray()->front();
    const auto evidence = Evidence::fromJson(*piece.find("document"));
    ASSERT_THAT(evidence, isOk());
    EXPECT_EQ(evidence->transcript.account, treasurer.account());
    EXPECT_EQ(evidence->transcript.text,
              "Release 1,250.00 EUR to “Fischer & Söhne”, account DE89 3704 0044 0532 0130 00");
    EXPECT_EQ(evidence->rp_id, "id.example");
}

}  // namespace
}  // namespace sallyport::action
