#include "base/json.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>

namespace sallyport {
namespace {

using test::failsWith;
using test::isOk;
using test::isOkAndHolds;
using namespace std::string_view_literals;

constexpr std::int64_t kMost = 9'007'199'254'740'991;

/// A parse that must succeed.
Json parsed(std::string_view text) {
    Result<Json> json = Json::parse(text);
    EXPECT_THAT(json, isOk()) << text;
    return json.has_value() ? *std::move(json) : Json();
}

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

TEST(JsonParse, readsEveryType) {
    EXPECT_TRUE(parsed("null").isNull());
    EXPECT_EQ(parsed("true"), Json(true));
    EXPECT_EQ(parsed("false"), Json(false));
    EXPECT_EQ(parsed("0"), Json(0));
    EXPECT_EQ(parsed("-0"), Json(0));
    EXPECT_EQ(parsed("-17"), Json(-17));
    EXPECT_EQ(parsed("9007199254740991"), Json(kMost));
    EXPECT_EQ(parsed("-9007199254740991"), Json(-kMost));
    EXPECT_EQ(parsed(R"("")"), Json(""));
    EXPECT_EQ(parsed(R"("a\u0000b\n\ud83d\ude00\/")"), Json("a\0b\n\xf0\x9f\x98\x80/"sv));
    EXPECT_EQ(parsed("[]"), Json(Json::Array{}));
    EXPECT_EQ(parsed("{}"), Json(Json::Object{}));
    EXPECT_EQ(parsed(" {\"a\" : [ 1, {\"b\":null} ],\r\n\t\"\" : \"x\"} "),
              Json(Json::Object{{"a", Json::Array{1, Json::Object{{"b", nullptr}}}}, {"", "x"}}));
}

struct Refused {
    const char* what;
    std::string text;
    const char* reason;
};

class JsonParseRefuses : public testing::TestWithParam<Refused> {};

TEST_P(JsonParseRefuses, byName) {
    const Result<Json> json = Json::parse(GetParam().text);
    ASSERT_THAT(json, failsWith(ErrorCode::kInvalidRequest));
    EXPECT_EQ(json.error().detail, GetParam().reason);
}

constexpr const char* kMalformed = "JSON: malformed";
constexpr const char* kBadNumber = "JSON: number is no integer of at most 2^53-1";
constexpr const char* kDuplicate = "JSON: duplicate member";
constexpr const char* kDeep = "JSON: nested too deep";
constexpr const char* kMark = "JSON: byte order mark";
constexpr const char* kNul = "JSON: NUL byte";
constexpr const char* kNotUtf8 = "JSON: not UTF-8";

INSTANTIATE_TEST_SUITE_P(
    Json,
    JsonParseRefuses,
    testing::Values(Refused{"Empty", "", kMalformed},
                    Refused{"Blank", " \n", kMalformed},
                    Refused{"ByteOrderMark", "\xef\xbb\xbf{}", kMark},
                    Refused{"ByteOrderMarkAlone", "\xef\xbb\xbf", kMark},
                    Refused{"ByteOrderMarkInside", "[\xef\xbb\xbf]", kMalformed},
                    Refused{"Utf16", std::string("\xff\xfe{\0}\0", 6), kNul},
                    Refused{"NulAfter", std::string("{}\0", 3), kNul},
                    Refused{"NulAndMoreAfter", std::string("{}\0{}", 5), kNul},
                    Refused{"NulInString", std::string("\"\0\"", 3), kNul},
                    Refused{"Overlong", "\"\xc0\xaf\"", kNotUtf8},
                    Refused{"SurrogateBytes", "\"\xed\xa0\x80\"", kNotUtf8},
                    Refused{"CutSequence", "\"\xe2\x82\"", kNotUtf8},
                    Refused{"NotUtf8Outside", "\xff", kNotUtf8},
                    Refused{"LoneHighSurrogate", R"("\ud800")", kMalformed},
                    Refused{"LoneLowSurrogate", R"("\udc00")", kMalformed},
                    Refused{"SwappedSurrogates", R"("\ude00\ud83d")", kMalformed},
                    Refused{"ControlInString", "\"\n\"", kMalformed},
                    Refused{"UnknownEscape", R"("\x41")", kMalformed},
                    Refused{"ShortEscape", R"("\u12")", kMalformed},
                    Refused{"SingleQuotes", "'a'", kMalformed},
                    Refused{"TrailingValue", "{} {}", kMalformed},
                    Refused{"TrailingLetter", "1x", kMalformed},
                    Refused{"TrailingBracket", "[]]", kMalformed},
                    Refused{"TrailingComma", "[1,]", kMalformed},
                    Refused{"TrailingCommaInObject", R"({"a":1,})", kMalformed},
                    Refused{"Comment", "[1/*x*/]", kMalformed},
                    Refused{"LineComment", "1//x", kMalformed},
                    Refused{"Unclosed", R"({"a":[1)", kMalformed},
                    Refused{"UnclosedString", "\"a", kMalformed},
                    Refused{"NameWithoutQuotes", "{a:1}", kMalformed},
                    Refused{"NumberAsName", "{1:1}", kMalformed},
                    Refused{"NoColon", R"({"a" 1})", kMalformed},
                    Refused{"Capitals", "True", kMalformed},
                    Refused{"NotANumber", "NaN", kMalformed},
                    Refused{"Infinity", "-Infinity", kMalformed},
                    Refused{"LeadingZero", "01", kMalformed},
                    Refused{"Plus", "+1", kMalformed},
                    Refused{"Hexadecimal", "0x10", kMalformed},
                    Refused{"MinusAlone", "-", kMalformed},
                    Refused{"Fraction", "1.0", kBadNumber},
                    Refused{"FractionInside", "[1,2.5]", kBadNumber},
                    Refused{"Exponent", "1e2", kBadNumber},
                    Refused{"HugeExponent", "1e999", kBadNumber},
                    Refused{"MostPlusOne", "9007199254740992", kBadNumber},
                    Refused{"LeastMinusOne", "-9007199254740992", kBadNumber},
                    Refused{"Most64", "18446744073709551615", kBadNumber},
                    Refused{"Least64", "-9223372036854775808", kBadNumber},
                    Refused{"Beyond64", "18446744073709551616", kBadNumber},
                    Refused{"BeyondDouble", std::string(400, '9'), kBadNumber},
                    Refused{"Duplicate", R"({"a":1,"a":1})", kDuplicate},
                    Refused{"DuplicateByEscape", R"({"a":1,"\u0061":2})", kDuplicate},
                    Refused{"DuplicateInside", R"([{"b":{"a":1,"c":2,"a":3}}])", kDuplicate},
                    Refused{"DuplicateEmpty", R"({"":1,"":2})", kDuplicate},
                    Refused{"Depth17", nested(17), kDeep},
                    Refused{"Depth100000", std::string(100'000, '['), kDeep},
                    Refused{"DepthOfObjects",
                            R"({"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":)"
                            R"({"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":[]}}}}}}}}}}}}}}}})",
                            kDeep}),
    [](const auto& parameter) { return std::string(parameter.param.what); });

TEST(JsonParse, acceptsTheSameNameInDifferentObjects) {
    EXPECT_THAT(Json::parse(R"({"a":{"a":1},"b":{"a":2}})"), isOk());
    EXPECT_THAT(Json::parse(R"({"a":1,"A":2})"), isOk());
}

TEST(JsonParse, countsDepthByOpenBrackets) {
    EXPECT_THAT(Json::parse(nested(16)), isOk());
    EXPECT_THAT(Json::parse("1", 0), isOk());
    EXPECT_THAT(Json::parse("[]", 0), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(Json::parse("[[],{},[]]", 2), isOk());
    EXPECT_THAT(Json::parse("[[],{},[[]]]", 2), failsWith(ErrorCode::kInvalidRequest));
}

TEST(JsonParse, doesNotRepeatTheInputInItsErrors) {
    const Result<Json> json = Json::parse(R"({"pin":"123456)");
    ASSERT_THAT(json, failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(json.error().detail, testing::Not(testing::HasSubstr("123456")));
}

TEST(JsonValue, isOfOneType) {
    const Json number(1);
    EXPECT_NE(number.asInteger(), nullptr);
    EXPECT_EQ(number.asBool(), nullptr);
    EXPECT_EQ(number.asString(), nullptr);
    EXPECT_EQ(number.asArray(), nullptr);
    EXPECT_EQ(number.asObject(), nullptr);
    EXPECT_FALSE(number.isNull());
    EXPECT_FALSE(Json(1) == Json("1"));
    EXPECT_FALSE(Json(1) == Json(true));
    EXPECT_FALSE(Json(0) == Json(nullptr));
}

TEST(JsonValue, findsMembersOfObjectsOnly) {
    const Json json = parsed(R"({"a":null,"b":[1]})");
    ASSERT_NE(json.find("b"), nullptr);
    EXPECT_EQ(*json.find("b"), Json(Json::Array{1}));
    ASSERT_NE(json.find("a"), nullptr);
    EXPECT_TRUE(json.find("a")->isNull());
    EXPECT_EQ(json.find("c"), nullptr);
    EXPECT_EQ(Json("a").find("a"), nullptr);
    EXPECT_EQ(Json(Json::Array{"a"}).find("a"), nullptr);
}

// RFC 8785 3.2.2's example, as far as our subset goes.
TEST(JsonCanonical, escapesAsTheStandardsExample) {
    const Json json = parsed(R"({
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
    })");
    EXPECT_THAT(
        json.canonical(),
        isOkAndHolds("{\"literals\":[null,true,false],\"string\":\"\xe2\x82\xac$\\u000f\\nA'"
                     "B\\\"\\\\\\\\\\\"/\"}"));
}

TEST(JsonCanonical, escapesControlsQuoteAndBackslashOnly) {
    // As Python's json.dumps(ensure_ascii=False) writes U+0000 to U+007F.
    std::string all;
    for (char c = 0; c < 0x7f; ++c) all += c;
    all += '\x7f';
    EXPECT_THAT(
        Json(all).canonical(),
        isOkAndHolds(R"("\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e)"
                     R"(\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a)"
                     R"(\u001b\u001c\u001d\u001e\u001f !\"#$%&'()*+,-./0123456789:;<=>?@)"
                     R"(ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~)"
                     "\x7f\""));
}

TEST(JsonCanonical, sortsMembersByTheirBytesAtEveryLevel) {
    const Json json = parsed(R"({"b":{"z":1,"a":[{"y":0,"x":0}]},"":0,"a":1,"B":2,"1":3,"aa":4,)"
                             R"("\r":5,"10":6,"~":7})");
    EXPECT_THAT(json.canonical(),
                isOkAndHolds(R"({"":0,"\r":5,"1":3,"10":6,"B":2,"a":1,"aa":4,)"
                             R"("b":{"a":[{"x":0,"y":0}],"z":1},"~":7})"));
}

TEST(JsonCanonical, writesIntegersAndEmptyContainers) {
    EXPECT_THAT(parsed("[0,-0,-1,9007199254740991,-9007199254740991,[],{}]").canonical(),
                isOkAndHolds("[0,0,-1,9007199254740991,-9007199254740991,[],{}]"));
    EXPECT_THAT(Json().canonical(), isOkAndHolds("null"));
}

TEST(JsonCanonical, keepsUnicodeAsItIs) {
    // No normalization (RFC 8785 3.1): e with acute, composed and decomposed.
    EXPECT_THAT(Json("\xc3\xa9 e\xcc\x81 \xf0\x9f\x98\x80 \xe2\x80\xa8").canonical(),
                isOkAndHolds("\"\xc3\xa9 e\xcc\x81 \xf0\x9f\x98\x80 \xe2\x80\xa8\""));
}

TEST(JsonCanonical, refusesWhatHasNoCanonicalForm) {
    const std::pair<const char*, Json> kRefused[] = {
        {"name above ASCII", Json(Json::Object{{"\xc3\xa9", 1}})},
        {"name above ASCII inside", Json(Json::Array{Json::Object{{"a\x80", 1}}})},
        {"string not UTF-8", Json("\xff")},
        {"string not UTF-8 inside", Json(Json::Object{{"a", Json::Array{"\xc0\xaf"}}})},
        {"integer too large", Json(kMost + 1)},
        {"integer too small", Json(-kMost - 1)},
        {"least integer", Json(std::numeric_limits<std::int64_t>::min())},
        {"integer too large inside", Json(Json::Object{{"a", kMost + 1}})},
    };
    for (const auto& [what, json] : kRefused) {
        EXPECT_THAT(json.canonical(), failsWith(ErrorCode::kInvalidRequest)) << what;
    }
}

TEST(JsonText, isCanonicalWhereThatExistsAndNeverFails) {
    const Json json = parsed(R"({"b":"\u00e9","a":[1,null]})");
    EXPECT_EQ(json.text(), "{\"a\":[1,null],\"b\":\"\xc3\xa9\"}");
    EXPECT_THAT(json.canonical(), isOkAndHolds(json.text()));
    EXPECT_EQ(Json("a\xff\x62").text(), "\"a\xef\xbf\xbd\x62\"");
    EXPECT_EQ(Json(Json::Object{{"\xc3\xa9", 1}}).text(), "{\"\xc3\xa9\":1}");
}

TEST(JsonReader, readsWhatItIsAsked) {
    const Json json = parsed(R"({"email":"ada@example.org","request":"r","count":-3})");
    JsonReader reader(json);
    EXPECT_THAT(reader.string("email", 15), isOkAndHolds("ada@example.org"));
    EXPECT_THAT(reader.optionalString("request", 1),
                isOkAndHolds(testing::Optional(std::string("r"))));
    EXPECT_THAT(reader.optionalString("locale", 1), isOkAndHolds(std::nullopt));
    EXPECT_THAT(reader.integer("count"), isOkAndHolds(-3));
    EXPECT_THAT(reader.finish(), isOk());
}

TEST(JsonReader, refusesWhatIsAbsentTooLongOrOfAnotherType) {
    const Json json = parsed(R"({"text":"four","number":1,"null":null,"flag":true})");
    const ErrorCode refused = ErrorCode::kInvalidRequest;
    JsonReader reader(json);
    EXPECT_THAT(reader.string("absent", 9), failsWith(refused));
    EXPECT_THAT(reader.string("text", 3), failsWith(refused));
    EXPECT_THAT(reader.string("number", 9), failsWith(refused));
    EXPECT_THAT(reader.string("null", 9), failsWith(refused));
    EXPECT_THAT(reader.optionalString("text", 3), failsWith(refused));
    EXPECT_THAT(reader.optionalString("number", 9), failsWith(refused));
    EXPECT_THAT(reader.optionalString("null", 9), failsWith(refused));
    EXPECT_THAT(reader.integer("absent"), failsWith(refused));
    EXPECT_THAT(reader.integer("text"), failsWith(refused));
    EXPECT_THAT(reader.integer("flag"), failsWith(refused));
    EXPECT_THAT(reader.integer("null"), failsWith(refused));
}

TEST(JsonReader, refusesAMemberThatWasNotAskedFor) {
    const Json json = parsed(R"({"a":"1","b":"2"})");
    JsonReader reader(json);
    EXPECT_THAT(reader.finish(), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(reader.string("a", 1), isOk());
    EXPECT_THAT(reader.finish(), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(reader.optionalString("b", 1), isOk());
    EXPECT_THAT(reader.finish(), isOk());
}

TEST(JsonReader, refusesAnythingButAnObject) {
    for (const std::string_view text : {"null", "[]", "\"a\"", "1", "[{\"a\":\"1\"}]"}) {
        const Json json = parsed(text);
        JsonReader reader(json);
        EXPECT_THAT(reader.string("a", 9), failsWith(ErrorCode::kInvalidRequest)) << text;
        EXPECT_THAT(reader.optionalString("a", 9), failsWith(ErrorCode::kInvalidRequest)) << text;
        EXPECT_THAT(reader.integer("a"), failsWith(ErrorCode::kInvalidRequest)) << text;
        EXPECT_THAT(reader.finish(), failsWith(ErrorCode::kInvalidRequest)) << text;
    }
}

}  // namespace

TEST(JsonParse, readsOtherNumbersAsNullWhereAsked) {
    const auto parse = [](std::string_view text) {
        return Json::parse(text, 16, Json::OtherNumbers::kNull);
    };
    EXPECT_THAT(parse("[1.5,2e9,18446744073709551616,-9007199254740993,9007199254740992,7]"),
                isOkAndHolds(Json(Json::Array{Json(), Json(), Json(), Json(), Json(), Json(7)})));
    EXPECT_THAT(parse("[01]"), failsWith(ErrorCode::kInvalidRequest));
}

}  // namespace sallyport
