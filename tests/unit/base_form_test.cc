#include "base/form.h"
#include "base/percent.h"
#include "tests/support/matchers.h"

#include <gtest/gtest.h>

namespace sallyport {
namespace {

using test::failsWith;
using test::isOk;

TEST(Form, isReadAsBrowsersAndClientsWriteIt) {
    const auto form = Form::parse(
        "grant_type=authorization_code&code=a.b-c_d~e&scope=openid+a%20b&"
        "state=%C3%BC%26%3D&empty=&alone&&");
    ASSERT_THAT(form, isOk());
    EXPECT_EQ(*form->find("grant_type"), "authorization_code");
    EXPECT_EQ(*form->find("code"), "a.b-c_d~e");
    EXPECT_EQ(*form->find("scope"), "openid a b");
    EXPECT_EQ(*form->find("state"), "\xc3\xbc&=");
    EXPECT_EQ(form->find("empty"), nullptr) << "as if it were not there (RFC 6749 3.1)";
    EXPECT_EQ(form->find("alone"), nullptr);
    EXPECT_EQ(form->find("other"), nullptr);
    EXPECT_TRUE(form->parameters().contains("empty"));
}

TEST(Form, mayBeEmpty) {
    for (const char* text : {"", "&", "&&&"}) {
        const auto form = Form::parse(text);
        ASSERT_THAT(form, isOk());
        EXPECT_TRUE(form->parameters().empty());
    }
}

TEST(Form, isRefusedWhereItCouldBeReadInTwoWays) {
    std::string many;
    for (int i = 0; i < 65; ++i) many += "a" + std::to_string(i) + "=b&";
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"a name twice", "code=a&code=b"},
        {"a name twice, the same", "code=a&code=a"},
        {"a name twice, one escaped", "code=a&c%6fde=b"},
        {"a name twice, one empty", "code=a&code="},
        {"no name", "=a"},
        {"a long name", std::string(65, 'a') + "=b"},
        {"a cut escape", "a=%4"},
        {"a lone percent sign", "a=%"},
        {"an escape that is none", "a=%zz"},
        {"no UTF-8", "a=%ff"},
        {"raw bytes that are no UTF-8", "a=\xff"},
        {"overlong UTF-8", "a=%c0%af"},
        {"NUL", "a=%00"},
        {"a line end", "a=b%0d%0aSet-Cookie:x"},
        {"DEL", "a=%7f"},
        {"a control character in a name", "a%0a=b"},
        {"too many", many},
        {"too long", "a=" + std::string(std::size_t{64} * 1024, 'b')}};
    for (const auto& [name, text] : cases)
        EXPECT_THAT(Form::parse(text), failsWith(ErrorCode::kInvalidRequest)) << name;
}

TEST(Form, isWrittenAsItIsRead) {
    auto form = Form::parse("b=%C3%BC+%26&a=1");
    ASSERT_THAT(form, isOk());
    EXPECT_EQ(form->text(), "a=1&b=%C3%BC%20%26");
    form->set("a", "x/y?z");
    form->set("c", "");
    EXPECT_EQ(form->text(), "a=x%2Fy%3Fz&b=%C3%BC%20%26&c=");
}

TEST(Percent, leavesUnreservedCharactersAlone) {
    EXPECT_EQ(percentEncoded("AZaz09-._~"), "AZaz09-._~");
    EXPECT_EQ(percentEncoded(" +/%\xff"), "%20%2B%2F%25%FF");
    EXPECT_EQ(escapedByte("%fF9"), 0xff);
    for (const char* bad : {"", "%", "%f", "%fg", "%g0", "% 0"}) EXPECT_LT(escapedByte(bad), 0);
}

}  // namespace
}  // namespace sallyport
