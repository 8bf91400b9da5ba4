// Vectors: tests/vectors/mint, computed by an independent program that knows only the formats.

#include "base/json.h"
#include "mint/encoding.h"
#include "mint/token_text.h"
#include "tests/support/matchers.h"
#include "tests/support/mint_fixture.h"

#include <fstream>
#include <iterator>

namespace sallyport::mint {
namespace {

using test::idFrom;
using test::MintFixture;

class MintVectors : public testing::Test {
  protected:
    MintVectors() {
        std::ifstream file(SALLYPORT_SOURCE_DIR "/tests/vectors/mint/vectors.json");
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        auto parsed = Json::parse(text);
        EXPECT_THAT(parsed, test::isOk());
        if (parsed) vectors_ = std::move(*parsed);
        RecordProperty("requirement", "L-09");
    }

    std::string wanted(std::string_view vector, std::string_view member) {
        const Json* found = vectors_.find(vector);
        const Json* value = found == nullptr ? nullptr : found->find(member);
        const std::string* text = value == nullptr ? nullptr : value->asString();
        EXPECT_NE(text, nullptr) << vector << " " << member;
        return text == nullptr ? "" : *text;
    }

    template <class Wanted>
    Wanted ask(Request request) {
        auto answer = mint::ask<Wanted>(fixture_.mint(), std::move(request), MintFixture::soon());
        EXPECT_THAT(answer, test::isOk());
        return answer ? std::move(*answer) : Wanted{};
    }

    Json vectors_;
    MintFixture fixture_;
    TokenId id_ = idFrom<TokenId>(0);
};

LinkFields voidLink() {
    LinkFields fields = test::linkFields();
    fields.purpose = LinkPurpose::kRecovery;
    fields.account.reset();
    fields.address.reset();
    fields.binding = test::digestOf(0xb2);
    fields.request.reset();
    return fields;
}

SessionFields inboxSession() {
    SessionFields fields = test::sessionFields();
    fields.account_epoch = 0;
    fields.kind = SessionKind::kInbox;
    fields.acr = "0";
    fields.amr = {"urn:sallyport:amr:email-link"};
    fields.auth_time = fields.issued;
    fields.credential.reset();
    fields.predecessor.reset();
    fields.channel = Channel::kBrowser;
    return fields;
}

TicketFields bootstrapTicket() {
    TicketFields fields = test::ticketFields();
    fields.action.reset();
    return fields;
}

TEST_F(MintVectors, linksAreMadeAndEmittedAsTheFormatSays) {
    for (const auto& [name, fields] :
         {std::pair{"link_full", test::linkFields()}, std::pair{"link_void", voidLink()}}) {
        const auto input = encoding::token(MintFixture::kGeneration, id_, fields);
        ASSERT_TRUE(input.has_value());
        EXPECT_EQ(toHex(*input), wanted(name, "input"));
        const auto minted = ask<MintedToken>(MintToken{id_, fields});
        EXPECT_EQ(toHex(minted.check), wanted(name, "check"));
        EXPECT_FALSE(minted.tag.has_value()) << "only emitLink gives a link's tag";
        const auto emitted =
            ask<EmittedLink>(EmitLink{id_, minted.generation, fields, minted.check});
        ASSERT_TRUE(emitted.row_is_good);
        const auto token = parseToken(kLinkPrefix, emitted.token.exposeText());
        ASSERT_THAT(token, test::isOk());
        EXPECT_EQ(token->generation, MintFixture::kGeneration);
        EXPECT_EQ(token->id, id_);
        EXPECT_EQ(toHex(token->tag.expose()), wanted(name, "tag"));
        EXPECT_EQ(emitted.relay_code.exposeText(), wanted(name, "relay_code"));
    }
}

TEST_F(MintVectors, tokensThatAreGivenOutAreMadeAsTheFormatSays) {
    const std::vector<std::pair<std::string, TokenFields>> cases = {
        {"session_full", test::sessionFields()},
        {"session_bare", inboxSession()},
        {"known_browser", test::knownBrowserFields()},
        {"ticket_full", test::ticketFields()},
        {"ticket_bare", bootstrapTicket()}};
    for (const auto& [name, fields] : cases) {
        const auto input = encoding::token(MintFixture::kGeneration, id_, fields);
        ASSERT_TRUE(input.has_value());
        EXPECT_EQ(toHex(*input), wanted(name, "input"));
        const auto minted = ask<MintedToken>(MintToken{id_, fields});
        EXPECT_EQ(toHex(minted.check), wanted(name, "check"));
        ASSERT_TRUE(minted.tag.has_value());
        EXPECT_EQ(toHex(minted.tag->expose()), wanted(name, "tag"));
    }
}

TEST_F(MintVectors, sealsAreMadeAsTheFormatSays) {
    const auto seal =
        ask<Seal>(SealRow{{"accounts",
                           copyBytes(idFrom<AccountId>(0x10).bytes),
                           2,
                           {"person", nullptr, Bytes{0, 0xff}, std::int64_t{5}, ""}}});
    EXPECT_EQ(toHex(seal.tag), wanted("seal", "tag"));
}

TEST_F(MintVectors, lookupsAreMadeAsTheFormatSays) {
    for (const auto& [name, use] : {std::pair{"lookup_account-index", LookupUse::kAccountIndex},
                                    std::pair{"lookup_limit", LookupUse::kLimit},
                                    std::pair{"lookup_log-pseudonym", LookupUse::kLogPseudonym},
                                    std::pair{"lookup_dummy", LookupUse::kDummy}}) {
        const auto found = ask<LookupAnswer>(Lookup{use, Secret("ada@example.test"), std::nullopt});
        EXPECT_EQ(toHex(found.value), wanted(name, "tag"));
    }
}

}  // namespace
}  // namespace sallyport::mint
