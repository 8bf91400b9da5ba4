#include "tests/support/key_sign_in.h"

#include <gmock/gmock.h>

#include <tuple>

/// What a stranger learns from the options of a sign-in, and from the time that an answer takes:
/// nothing.
namespace sallyport {
namespace {

using credential::FirstKey;
using test::failsWith;
using test::isOk;
using test::KeyHouse;
using test::KeySignIn;
using test::Person;
using test::VirtualKey;
using testing::AnyOf;
using testing::Each;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(KeySignIn, optionsHaveOneShapeForEverybody) {
    RecordProperty("requirement", "L-11");
    h.person("keyless@example.test");
    const Person frozen = h.person("frozen@example.test");
    VirtualKey his = h.key();
    h.firstKey(frozen, his);
    const auto change =
        h.house.directory().prepareFreeze(h.authority(frozen.account), std::nullopt, h.soon());
    ASSERT_THAT(change, isOk());
    ASSERT_THAT(h.house.database().write(h.soon(),
                                         [&](storage::Transaction& transaction) {
                                             return account::Directory::write(transaction, *change);
                                         }),
                isOk());

    begin(ada);  // the first request of a day makes its salt
    std::optional<std::pair<test::CountingDevice::Counts, std::uint64_t>> work;
    for (const std::string& email : {std::string(kAda),
                                     std::string("keyless@example.test"),
                                     std::string("frozen@example.test"),
                                     std::string("nobody@example.test")}) {
        Person asker = ada.elsewhere("192.0.2.7");
        h.house.device().reset();
        const auto commits = h.house.database().commits();
        const auto statements = h.house.database().statements();
        const auto offer = begin(asker, email);
        EXPECT_EQ(h.house.database().commits() - commits, 1U) << email;
        const auto counts =
            std::pair(h.house.device().counts(), h.house.database().statements() - statements);
        if (!work.has_value()) work = counts;
        EXPECT_EQ(counts, *work) << email;

        const auto listed = test::request(offer.options).allow;
        EXPECT_THAT(listed, SizeIs(4)) << email;
        EXPECT_THAT(listed, Each(AnyOf(SizeIs(48), SizeIs(64)))) << email;
        EXPECT_EQ(std::set<Bytes>(listed.begin(), listed.end()).size(), 4U) << email;
        for (const Json& entry : *offer.options.find("allowCredentials")->asArray())
            EXPECT_THAT(*entry.asObject(), SizeIs(2)) << email;
        EXPECT_EQ(test::request(begin(asker, email).options).allow, listed) << "stable: " << email;
        const bool real =
            std::find(listed.begin(), listed.end(), key.credentials().front().id) != listed.end();
        EXPECT_EQ(real, email == kAda);
    }
    EXPECT_THAT(h.house.integrityReports(), IsEmpty());
}

TEST_F(KeySignIn, aWrongAnswerCostsTheSameForAKeyAndForADummy) {
    RecordProperty("requirement", "L-11");
    using Work = std::tuple<test::CountingDevice::Counts, std::uint64_t, std::uint64_t>;
    std::vector<Work> of_key;
    const Bytes real = key.credentials().front().id;
    for (const bool is_real : {true, false}) {
        // The last one finds a pause.
        for (int i = 0; i < 6; ++i) {
            const auto offer = begin(ada, std::string(kAda));
            const auto listed = test::request(offer.options).allow;
            const auto dummy = std::find_if(
                listed.begin(), listed.end(), [&real](const Bytes& id) { return id != real; });
            ASSERT_NE(dummy, listed.end());
            key.faults().junk_signature = true;
            auto answer = test::assertion(key, test::request(offer.options));
            answer.id = is_real ? real : *dummy;
            const Json response = *Json::parse(answer.json());
            h.house.device().reset();
            const auto commits = h.house.database().commits();
            const auto statements = h.house.database().statements();
            EXPECT_NE(KeyHouse::verdict(h.finish(ada, offer.id, response)), "ok");
            const Work spent{h.house.device().counts(),
                             h.house.database().commits() - commits,
                             h.house.database().statements() - statements};
            if (is_real) of_key.push_back(spent);
            EXPECT_EQ(spent, of_key.at(static_cast<std::size_t>(i))) << i;
        }
    }
    EXPECT_EQ(std::get<1>(of_key.back()), std::get<1>(of_key.front()) - 1)
        << "a pause counts nothing";
    EXPECT_THAT(h.house.integrityReports(), IsEmpty());
}

TEST_F(KeySignIn, optionsWithoutAnAddressNameNobody) {
    const auto offer = begin(ada);
    EXPECT_THAT(test::request(offer.options).allow, IsEmpty());
    EXPECT_EQ(*offer.options.find("userVerification")->asString(), "required");
    EXPECT_EQ(*offer.options.find("rpId")->asString(), h.options.rp_id);
    EXPECT_FALSE(offer.fresh_cookie && begin(ada).fresh_cookie) << "the login cookie is kept";
    EXPECT_THAT(h.begin(ada, "not an address"), failsWith(ErrorCode::kInvalidRequest));
}

TEST(KeySignInLimits, optionsAreCountedPerSource) {
    KeyHouse h(FirstKey::kSession, limit::Config{1, std::nullopt});
    Person ada = h.person("ada@example.test");
    for (int i = 0; i < 60; ++i) ASSERT_THAT(h.begin(ada), isOk());
    EXPECT_THAT(h.begin(ada), failsWith(ErrorCode::kRateLimited));
    h.house.device().reset();
    EXPECT_THAT(h.begin(ada, ada.address), failsWith(ErrorCode::kRateLimited));
    EXPECT_THAT(h.house.device().counts(), IsEmpty()) << "a crowd costs the device nothing";
    EXPECT_EQ(h.count("ceremonies"), 60);
    Person other = ada.elsewhere("198.51.100.9");
    EXPECT_THAT(h.begin(other), isOk());
    h.house.clock().advance(std::chrono::minutes(10) + std::chrono::seconds(1));
    EXPECT_THAT(h.begin(ada), isOk());
}

}  // namespace
}  // namespace sallyport
