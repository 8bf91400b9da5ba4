#include "mint/encoding.h"
#include "mint/relay_guard.h"
#include "mint/token_text.h"
#include "tests/support/matchers.h"
#include "tests/support/mint_fixture.h"

#include <functional>

namespace sallyport::mint {
namespace {

using test::failsWith;
using test::idFrom;
using test::isOk;
using test::isOkAndHolds;
using test::MintFixture;

class MintTokens : public testing::Test {
  protected:
    template <class Wanted>
    Result<Wanted> ask(Request request) {
        return mint::ask<Wanted>(fixture_.mint(), std::move(request), MintFixture::soon());
    }

    MintedToken minted(const TokenFields& fields) {
        auto made = ask<MintedToken>(MintToken{id_, fields});
        EXPECT_THAT(made, isOk());
        return made ? std::move(*made) : MintedToken{};
    }

    /// A link's token as its mail has it.
    Secret tagOf(const LinkFields& fields) {
        const auto made = minted(fields);
        const auto emitted = ask<EmittedLink>(EmitLink{id_, made.generation, fields, made.check});
        EXPECT_THAT(emitted, isOk());
        auto token = parseToken(kLinkPrefix, emitted->token.exposeText());
        EXPECT_THAT(token, isOk());
        return std::move(token->tag);
    }

    Result<Verdict> checkLink(const LinkFields& fields, const Secret& tag, const Check& check) {
        return ask<Verdict>(
            CheckToken{id_, MintFixture::kGeneration, fields, tag.duplicate(), check});
    }

    MintFixture fixture_;
    TokenId id_ = idFrom<TokenId>(0);
};

struct LinkChange {
    std::string name;
    std::function<void(LinkFields&)> apply;
};

/// One for every field that a link binds.
std::vector<LinkChange> linkChanges() {
    return {{"purpose", [](LinkFields& f) { f.purpose = LinkPurpose::kRecovery; }},
            {"account", [](LinkFields& f) { f.account = idFrom<AccountId>(0x11); }},
            {"no account", [](LinkFields& f) { f.account.reset(); }},
            {"address", [](LinkFields& f) { f.address = idFrom<AddressId>(0x21); }},
            {"no address", [](LinkFields& f) { f.address.reset(); }},
            {"binding", [](LinkFields& f) { f.binding[31] ^= 1; }},
            {"request", [](LinkFields& f) { f.request = idFrom<RequestId>(0x31); }},
            {"no request", [](LinkFields& f) { f.request.reset(); }},
            {"issued", [](LinkFields& f) { f.issued -= Duration(1); }},
            {"issued before 1970", [](LinkFields& f) { f.issued = timeFromMicros(-1); }},
            {"expires", [](LinkFields& f) { f.expires += Duration(1); }},
            {"expires before 1970", [](LinkFields& f) { f.expires = timeFromMicros(-1); }}};
}

struct SessionChange {
    std::string name;
    std::function<void(SessionFields&)> apply;
};

std::vector<SessionChange> sessionChanges() {
    return {{"account", [](SessionFields& f) { f.account = idFrom<AccountId>(0x11); }},
            {"epoch", [](SessionFields& f) { ++f.account_epoch; }},
            {"kind", [](SessionFields& f) { f.kind = SessionKind::kRecovery; }},
            {"acr", [](SessionFields& f) { f.acr = "phr"; }},
            {"amr", [](SessionFields& f) { f.amr.erase("hwk"); }},
            {"amr with a space", [](SessionFields& f) { f.amr = {"hwk mfa pop user"}; }},
            {"amr with an empty member", [](SessionFields& f) { f.amr.insert(""); }},
            {"auth time", [](SessionFields& f) { f.auth_time += Duration(1); }},
            {"auth time before 1970", [](SessionFields& f) { f.auth_time = timeFromMicros(-1); }},
            {"credential", [](SessionFields& f) { f.credential.reset(); }},
            {"issued", [](SessionFields& f) { f.issued += Duration(1); }},
            {"expires", [](SessionFields& f) { f.expires += Duration(1); }},
            {"predecessor", [](SessionFields& f) { f.predecessor.reset(); }},
            {"channel", [](SessionFields& f) { f.channel = Channel::kBrowser; }},
            {"huge", [](SessionFields& f) { f.acr.assign(100'000, 'x'); }}};
}

TEST_F(MintTokens, aLinkIsValidWithItsRow) {
    RecordProperty("requirement", "L-02,L-08,L-09");
    const LinkFields fields = test::linkFields();
    const Secret tag = tagOf(fields);
    EXPECT_EQ(tag.size(), 32U);
    EXPECT_THAT(checkLink(fields, tag, minted(fields).check), isOkAndHolds(Verdict::kValid));
}

TEST_F(MintTokens, everyFieldOfALinkIsBound) {
    RecordProperty("requirement", "L-02,L-05");
    const LinkFields fields = test::linkFields();
    const Secret tag = tagOf(fields);
    const Check check = minted(fields).check;
    for (const auto& change : linkChanges()) {
        LinkFields changed = fields;
        change.apply(changed);
        EXPECT_THAT(checkLink(changed, tag, check), isOkAndHolds(Verdict::kBadRow)) << change.name;
        EXPECT_THAT(ask<Verdict>(VerifyRow{id_, MintFixture::kGeneration, changed, check}),
                    isOkAndHolds(Verdict::kBadRow))
            << change.name;
        const auto emitted =
            ask<EmittedLink>(EmitLink{id_, MintFixture::kGeneration, changed, check});
        ASSERT_THAT(emitted, isOk()) << change.name;
        EXPECT_FALSE(emitted->row_is_good) << change.name;
        EXPECT_TRUE(emitted->token.empty()) << change.name;
        EXPECT_TRUE(emitted->relay_code.empty()) << change.name;
    }
}

TEST_F(MintTokens, everyFieldOfASessionIsBound) {
    RecordProperty("requirement", "S-01");
    const SessionFields fields = test::sessionFields();
    const MintedToken made = minted(fields);
    const auto check = [&](const SessionFields& with) {
        return ask<Verdict>(
            CheckToken{id_, made.generation, with, made.tag->duplicate(), made.check});
    };
    EXPECT_THAT(check(fields), isOkAndHolds(Verdict::kValid));
    EXPECT_THAT(ask<Verdict>(VerifyRow{id_, made.generation, fields, made.check}),
                isOkAndHolds(Verdict::kValid));
    for (const auto& change : sessionChanges()) {
        SessionFields changed = fields;
        change.apply(changed);
        EXPECT_THAT(check(changed), isOkAndHolds(Verdict::kBadRow)) << change.name;
    }
}

struct TicketChange {
    std::string name;
    std::function<void(TicketFields&)> apply;
};

std::vector<TicketChange> ticketChanges() {
    return {{"account", [](TicketFields& f) { f.account = idFrom<AccountId>(0x11); }},
            {"action", [](TicketFields& f) { f.action = idFrom<ActionId>(0x61); }},
            {"no action", [](TicketFields& f) { f.action.reset(); }},
            {"policy", [](TicketFields& f) { f.policy_digest[0] ^= 1; }},
            {"expires", [](TicketFields& f) { f.expires += Duration(1); }},
            {"expires before 1970", [](TicketFields& f) { f.expires = timeFromMicros(-1); }}};
}

TEST_F(MintTokens, everyFieldOfATicketIsBound) {
    const TicketFields fields = test::ticketFields();
    const MintedToken made = minted(fields);
    const auto check = [&](const TicketFields& with, const Secret& tag) {
        return ask<Verdict>(CheckToken{id_, made.generation, with, tag.duplicate(), made.check});
    };
    ASSERT_TRUE(made.tag.has_value());
    EXPECT_THAT(check(fields, *made.tag), isOkAndHolds(Verdict::kValid));
    EXPECT_THAT(check(fields, Secret(ByteView(test::digestOf(1)))),
                isOkAndHolds(Verdict::kWrongToken));
    EXPECT_THAT(ask<Verdict>(VerifyRow{id_, made.generation, fields, made.check}),
                isOkAndHolds(Verdict::kValid));
    for (const auto& change : ticketChanges()) {
        TicketFields changed = fields;
        change.apply(changed);
        EXPECT_THAT(check(changed, *made.tag), isOkAndHolds(Verdict::kBadRow)) << change.name;
        EXPECT_THAT(ask<Verdict>(VerifyRow{id_, made.generation, changed, made.check}),
                    isOkAndHolds(Verdict::kBadRow))
            << change.name;
    }
}

TEST_F(MintTokens, everyFieldOfAKnownBrowserIsBound) {
    const KnownBrowserFields fields = test::knownBrowserFields();
    const MintedToken made = minted(fields);
    const auto check = [&](const KnownBrowserFields& with) {
        return ask<Verdict>(
            CheckToken{id_, made.generation, with, made.tag->duplicate(), std::nullopt});
    };
    EXPECT_THAT(check(fields), isOkAndHolds(Verdict::kValid));
    KnownBrowserFields other = fields;
    other.account = idFrom<AccountId>(0x11);
    EXPECT_THAT(check(other), isOkAndHolds(Verdict::kWrongToken));
    KnownBrowserFields longer = fields;
    longer.expires += Duration(1);
    EXPECT_THAT(check(longer), isOkAndHolds(Verdict::kWrongToken));
    KnownBrowserFields earlier = fields;
    earlier.issued -= Duration(1);
    EXPECT_THAT(check(earlier), isOkAndHolds(Verdict::kWrongToken));
}

TEST_F(MintTokens, aWrongTagIsAWrongToken) {
    RecordProperty("requirement", "L-09,C-02");
    const LinkFields fields = test::linkFields();
    const Check check = minted(fields).check;
    const Secret right = tagOf(fields);
    for (const std::size_t byte : {std::size_t{0}, std::size_t{16}, std::size_t{31}}) {
        Bytes wrong = copyBytes(right.expose());
        wrong[byte] ^= 1;
        EXPECT_THAT(checkLink(fields, Secret(ByteView(wrong)), check),
                    isOkAndHolds(Verdict::kWrongToken));
    }
    EXPECT_THAT(checkLink(fields, Secret(), check), isOkAndHolds(Verdict::kWrongToken));
    EXPECT_THAT(checkLink(fields, Secret(right.expose().first(16)), check),
                isOkAndHolds(Verdict::kWrongToken));
}

TEST_F(MintTokens, whatARowKeepsIsNoToken) {
    RecordProperty("requirement", "L-10");
    const LinkFields fields = test::linkFields();
    const MintedToken link = minted(fields);
    EXPECT_FALSE(link.tag.has_value());
    EXPECT_THAT(checkLink(fields, Secret(ByteView(link.check)), link.check),
                isOkAndHolds(Verdict::kWrongToken));
}

TEST_F(MintTokens, anotherCheckIsABadRowEvenWithTheRightToken) {
    const LinkFields fields = test::linkFields();
    const Secret tag = tagOf(fields);
    Check check = minted(fields).check;
    check[0] ^= 1;
    EXPECT_THAT(checkLink(fields, tag, check), isOkAndHolds(Verdict::kBadRow));
}

TEST_F(MintTokens, anotherIdIsABadRow) {
    const LinkFields fields = test::linkFields();
    const Secret tag = tagOf(fields);
    const Check check = minted(fields).check;
    EXPECT_THAT(ask<Verdict>(CheckToken{
                    idFrom<TokenId>(1), MintFixture::kGeneration, fields, tag.duplicate(), check}),
                isOkAndHolds(Verdict::kBadRow));
}

TEST_F(MintTokens, anUnknownGenerationIsABadRowOrAWrongToken) {
    const LinkFields fields = test::linkFields();
    const Check check = minted(fields).check;
    EXPECT_THAT(ask<Verdict>(CheckToken{id_, 8, fields, tagOf(fields), check}),
                isOkAndHolds(Verdict::kBadRow));
    EXPECT_THAT(ask<Verdict>(VerifyRow{id_, 8, fields, check}), isOkAndHolds(Verdict::kBadRow));
    EXPECT_THAT(ask<Verdict>(CheckRelay{id_, 8, fields, check, Secret("ABCD2345")}),
                isOkAndHolds(Verdict::kBadRow));
    const auto emitted = ask<EmittedLink>(EmitLink{id_, 8, fields, check});
    ASSERT_THAT(emitted, isOk());
    EXPECT_FALSE(emitted->row_is_good);
    const MintedToken known = minted(test::knownBrowserFields());
    EXPECT_THAT(ask<Verdict>(CheckToken{
                    id_, 8, test::knownBrowserFields(), known.tag->duplicate(), std::nullopt}),
                isOkAndHolds(Verdict::kWrongToken));
}

TEST_F(MintTokens, aTokenIsNeverCheckedWithoutItsRow) {
    EXPECT_THAT(ask<Verdict>(CheckToken{id_, 7, test::linkFields(), Secret(), std::nullopt}),
                failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(ask<Verdict>(CheckToken{id_, 7, test::knownBrowserFields(), Secret(), Check{}}),
                failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(ask<Verdict>(VerifyRow{id_, 7, test::knownBrowserFields(), Check{}}),
                failsWith(ErrorCode::kInvalidRequest));
}

TEST_F(MintTokens, whatHasNoEncodingIsNotMinted) {
    LinkFields link = test::linkFields();
    link.expires = timeFromMicros(-1);
    EXPECT_THAT(ask<MintedToken>(MintToken{id_, link}), failsWith(ErrorCode::kInvalidRequest));
    SessionFields session = test::sessionFields();
    session.amr = {"pop user"};
    EXPECT_THAT(ask<MintedToken>(MintToken{id_, session}), failsWith(ErrorCode::kInvalidRequest));
}

TEST_F(MintTokens, aSealIsOfOneTableAndNothingElse) {
    for (const std::string table : {"", "a/v1", "Accounts", "a b", "a\n"}) {
        const SealedContent content{table, {1}, 1, {}};
        EXPECT_THAT(ask<Seal>(SealRow{content}), failsWith(ErrorCode::kInvalidRequest)) << table;
        EXPECT_THAT(ask<Verdict>(CheckSeal{content, {MintFixture::kGeneration, {}}}),
                    isOkAndHolds(Verdict::kBadRow))
            << table;
    }
    EXPECT_THAT(ask<Seal>(SealRow{{std::string(41, 'a'), {1}, 1, {}}}),
                failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(ask<Seal>(SealRow{{"key_states", {1}, 1, {}}}), isOk());
}

TEST_F(MintTokens, aBatchIsOneCallToTheDevice) {
    const MintedToken link = minted(test::linkFields());
    fixture_.device.reset();
    std::vector<Request> requests;
    requests.emplace_back(
        CheckToken{id_, link.generation, test::linkFields(), Secret(), link.check});
    requests.emplace_back(MintToken{id_, test::sessionFields()});
    requests.emplace_back(EmitLink{id_, link.generation, test::linkFields(), link.check});
    requests.emplace_back(Lookup{LookupUse::kLimit, Secret("x"), std::nullopt});
    auto answers = fixture_.mint().perform(std::move(requests), MintFixture::soon());
    ASSERT_THAT(answers, isOk());
    EXPECT_THAT(take<Verdict>(*answers, 0), isOkAndHolds(Verdict::kWrongToken));
    EXPECT_THAT(take<MintedToken>(*answers, 1), isOk());
    EXPECT_THAT(take<EmittedLink>(*answers, 2), isOk());
    EXPECT_THAT(take<LookupAnswer>(*answers, 3), isOk());
    EXPECT_THAT(take<Verdict>(*answers, 3), failsWith(ErrorCode::kInternal));
    const auto counts = fixture_.device.counts();
    EXPECT_EQ(counts.at("batch"), 1U);
    EXPECT_EQ(counts.at("mac:link-mac"), 3U);
    EXPECT_EQ(counts.at("mac:session-mac"), 1U);
    EXPECT_EQ(counts.at("mac:lookup-mac"), 1U);
}

TEST_F(MintTokens, whatIsMadeIsCountedAndWhatIsCheckedIsNot) {
    const LinkFields fields = test::linkFields();
    const MintedToken link = minted(fields);
    minted(test::sessionFields());
    minted(test::knownBrowserFields());
    ASSERT_THAT(ask<EmittedLink>(EmitLink{id_, link.generation, fields, link.check}), isOk());
    ASSERT_THAT(ask<EmittedLink>(EmitLink{id_, link.generation, fields, Check{}}), isOk());
    ASSERT_THAT(ask<Verdict>(VerifyRow{id_, link.generation, fields, link.check}), isOk());
    ASSERT_THAT(ask<Seal>(SealRow{{"accounts", {1}, 1, {}}}), isOk());
    const std::map<std::string, std::uint64_t> wanted = {
        {"mint:link-mac", 1}, {"mint:session-mac", 2}, {"emit:link-mac", 1}, {"seal:seal-mac", 1}};
    EXPECT_EQ(fixture_.mint().counters(), wanted);
}

TEST_F(MintTokens, aDeviceThatFailsFailsTheWholeBatch) {
    fixture_.fake.failWith(fail(ErrorCode::kUnavailable, "gone"));
    EXPECT_THAT(ask<MintedToken>(MintToken{id_, test::linkFields()}),
                failsWith(ErrorCode::kUnavailable));
    EXPECT_EQ(fixture_.mint().health().state, hsm::Health::State::kGone);
    EXPECT_TRUE(fixture_.mint().counters().empty());
    fixture_.fake.failWith(std::nullopt);
    EXPECT_THAT(ask<MintedToken>(MintToken{id_, test::linkFields()}), isOk());
}

TEST_F(MintTokens, lookupsOfTwoUsesDoNotJoin) {
    const auto one = ask<LookupAnswer>(Lookup{LookupUse::kLimit, Secret("x"), std::nullopt});
    const auto two = ask<LookupAnswer>(Lookup{LookupUse::kAccountIndex, Secret("x"), 7});
    ASSERT_THAT(one, isOk());
    ASSERT_THAT(two, isOk());
    EXPECT_EQ(one->generation, MintFixture::kGeneration);
    EXPECT_NE(one->value, two->value);
    EXPECT_THAT(ask<LookupAnswer>(Lookup{LookupUse::kLimit, Secret("x"), 8}),
                failsWith(ErrorCode::kIntegrity));
}

}  // namespace
}  // namespace sallyport::mint
