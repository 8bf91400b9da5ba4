#include "tests/support/fido_ceremonies.h"

#include <gtest/gtest.h>

namespace sallyport {

namespace {

using fido::AssertionResponse;
using fido::RegistrationResponse;
using test::accepted;
using test::Enrolment;
using test::refusedAs;
using test::SignIn;

using Object = Json::Object;
using Bend = std::function<void(Object& outer, Object& inner)>;

/// The JSON of a browser, bent.
Json bent(const std::string& text, const Bend& bend) {
    Object outer = *Json::parse(text).value().asObject();
    Object inner = *outer.at("response").asObject();
    outer.erase("response");
    bend(outer, inner);
    if (!outer.contains("response")) outer.emplace("response", inner);
    return Json(outer);
}

struct Case {
    const char* name;
    Bend bend;
};

/// What is wrong in both responses.
const std::vector<Case> kWrongInBoth = {
    {"no id", [](Object& o, Object&) { o.erase("id"); }},
    {"no rawId", [](Object& o, Object&) { o.erase("rawId"); }},
    {"id no text", [](Object& o, Object&) { o["id"] = Json(7); }},
    {"id and rawId differ",
     [](Object& o, Object&) { o["rawId"] = Json("AAAAAAAAAAAAAAAAAAAAAA"); }},
    {"id empty", [](Object& o, Object&) { o["id"] = o["rawId"] = Json(""); }},
    {"id with padding", [](Object& o, Object&) { o["id"] = o["rawId"] = Json("AA=="); }},
    {"id of 1024 bytes",
     [](Object& o, Object&) { o["id"] = o["rawId"] = Json(test::crypto::base64url(Bytes(1024))); }},
    {"no type", [](Object& o, Object&) { o.erase("type"); }},
    {"another type", [](Object& o, Object&) { o["type"] = Json("password"); }},
    {"type no text", [](Object& o, Object&) { o["type"] = Json(true); }},
    {"response no object", [](Object& o, Object&) { o["response"] = Json("x"); }},
    {"response null", [](Object& o, Object&) { o["response"] = Json(); }},
    {"no clientDataJSON", [](Object&, Object& i) { i.erase("clientDataJSON"); }},
    {"clientDataJSON an object", [](Object&, Object& i) { i["clientDataJSON"] = Json(Object()); }},
    {"clientDataJSON too long",
     [](Object&, Object& i) { i["clientDataJSON"] = Json(test::crypto::base64url(Bytes(4097))); }},
};

template <class Response>
void refusesEach(const std::string& text, const std::vector<Case>& cases) {
    for (const Case& each : cases) {
        EXPECT_THAT(Response::parse(bent(text, each.bend)), refusedAs("malformed_response", "R1"))
            << each.name;
    }
}

std::string registrationText() {
    Enrolment it;
    return test::registration(it.key, it.ceremony).json();
}

std::string assertionText() {
    SignIn it;
    return test::assertion(it.enrolment.key, it.ceremony).json();
}

TEST(RegistrationResponse, R01ReadsWhatABrowserSends) {
    Enrolment it;
    const auto made = test::registration(it.key, it.ceremony);
    const auto judged = RegistrationResponse::parse(Json::parse(made.json()).value());
    ASSERT_THAT(judged, accepted());
    const auto& response = std::get<RegistrationResponse>(judged);
    EXPECT_EQ(response.id, made.id);
    EXPECT_EQ(response.client_data_json, made.client_data_json);
    EXPECT_EQ(response.attestation_object, made.attestation_object);
    EXPECT_EQ(response.transports, std::vector<std::string>{"usb"});
    EXPECT_THAT(it.judge(response), accepted());
}

TEST(RegistrationResponse, R01RefusesWhatIsNotThat) {
    const std::string text = registrationText();
    refusesEach<RegistrationResponse>(text, kWrongInBoth);
    refusesEach<RegistrationResponse>(
        text,
        {{"no attestationObject", [](Object&, Object& i) { i.erase("attestationObject"); }},
         {"attestationObject too long",
          [](Object&, Object& i) {
              i["attestationObject"] = Json(test::crypto::base64url(Bytes(32 * 1024 + 1)));
          }},
         {"transports no list", [](Object&, Object& i) { i["transports"] = Json("usb"); }},
         {"a transport no text",
          [](Object&, Object& i) { i["transports"] = Json(Json::Array{Json(1)}); }},
         {"a transport empty",
          [](Object&, Object& i) { i["transports"] = Json(Json::Array{Json("")}); }},
         {"a transport with markup",
          [](Object&, Object& i) { i["transports"] = Json(Json::Array{Json("<b>")}); }},
         {"a transport too long",
          [](Object&, Object& i) {
              i["transports"] = Json(Json::Array{Json(std::string(33, 'a'))});
          }},
         {"nine transports",
          [](Object&, Object& i) { i["transports"] = Json(Json::Array(9, Json("usb"))); }}});
    EXPECT_THAT(RegistrationResponse::parse(Json(7)), refusedAs("malformed_response", "R1"));
}

TEST(RegistrationResponse, R01SortsTransportsAndKeepsThoseItDoesNotKnow) {
    const Json json = bent(registrationText(), [](Object& outer, Object& inner) {
        inner["transports"] =
            Json(Json::Array{Json("usb"), Json("smart-card"), Json("usb"), Json("ble2")});
        outer["anything"] = Json(true);
    });
    const auto judged = RegistrationResponse::parse(json);
    ASSERT_THAT(judged, accepted());
    EXPECT_EQ(std::get<RegistrationResponse>(judged).transports,
              (std::vector<std::string>{"ble2", "smart-card", "usb"}));
}

TEST(RegistrationResponse, R01TakesAResponseWithoutTransports) {
    const Json json =
        bent(registrationText(), [](Object&, Object& inner) { inner.erase("transports"); });
    const auto judged = RegistrationResponse::parse(json);
    ASSERT_THAT(judged, accepted());
    EXPECT_TRUE(std::get<RegistrationResponse>(judged).transports.empty());
}

TEST(AssertionResponse, R01ReadsWhatABrowserSends) {
    SignIn it;
    const auto made = test::assertion(it.enrolment.key, it.ceremony);
    const auto judged = AssertionResponse::parse(Json::parse(made.json()).value());
    ASSERT_THAT(judged, accepted());
    const auto& response = std::get<AssertionResponse>(judged);
    EXPECT_EQ(response.id, made.id);
    EXPECT_EQ(response.client_data_json, made.client_data_json);
    EXPECT_EQ(response.authenticator_data, made.authenticator_data);
    EXPECT_EQ(response.signature, made.signature);
    EXPECT_EQ(response.user_handle, made.user_handle);
    EXPECT_THAT(it.judge(response), accepted());
}

TEST(AssertionResponse, R01TakesAResponseThatNamesNoUser) {
    for (const bool null : {true, false}) {
        const Json json = bent(assertionText(), [&](Object&, Object& inner) {
            inner.erase("userHandle");
            if (null) inner["userHandle"] = Json();
        });
        const auto judged = AssertionResponse::parse(json);
        ASSERT_THAT(judged, accepted());
        EXPECT_FALSE(std::get<AssertionResponse>(judged).user_handle.has_value());
    }
}

TEST(AssertionResponse, R01RefusesWhatIsNotThat) {
    const std::string text = assertionText();
    refusesEach<AssertionResponse>(text, kWrongInBoth);
    refusesEach<AssertionResponse>(
        text,
        {{"no authenticatorData", [](Object&, Object& i) { i.erase("authenticatorData"); }},
         {"authenticatorData too long",
          [](Object&, Object& i) {
              i["authenticatorData"] = Json(test::crypto::base64url(Bytes(2049)));
          }},
         {"no signature", [](Object&, Object& i) { i.erase("signature"); }},
         {"signature too long",
          [](Object&, Object& i) { i["signature"] = Json(test::crypto::base64url(Bytes(513))); }},
         {"userHandle empty", [](Object&, Object& i) { i["userHandle"] = Json(""); }},
         {"userHandle no text", [](Object&, Object& i) { i["userHandle"] = Json(1); }},
         {"userHandle of 65 bytes",
          [](Object&, Object& i) { i["userHandle"] = Json(test::crypto::base64url(Bytes(65))); }}});
    EXPECT_THAT(AssertionResponse::parse(Json()), refusedAs("malformed_response", "R1"));
}

}  // namespace

}  // namespace sallyport
