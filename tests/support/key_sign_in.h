#pragma once

#include "tests/support/key_house.h"
#include "tests/support/matchers.h"

#include <gmock/gmock.h>

#include <functional>

namespace sallyport::test {

/// Ada with one key, in a browser of her own.
class KeySignIn : public testing::Test {
  protected:
    static constexpr std::string_view kAda = "ada@example.test";
    static constexpr std::string_view kBob = "bob@example.test";

    KeySignIn() { document = h.firstKey(ada, key); }

    credential::SignIn::Offer begin(Person& person,
                                    const std::optional<std::string>& email = std::nullopt,
                                    Channel channel = Channel::kBrowser) {
        auto offer = h.begin(person, email, channel);
        EXPECT_THAT(offer, isOk());
        SALLYPORT_ASSERT(offer.has_value());
        return std::move(*offer);
    }

    /// What becomes of an answer that was bent.
    std::string verdict(const std::function<void(BrowserCeremony&)>& bend) {
        const auto offer = begin(ada);
        auto ceremony = request(offer.options);
        bend(ceremony);
        return KeyHouse::verdict(h.finish(ada, offer.id, asserted(key, ceremony)));
    }

    std::string plainVerdict() {
        return verdict([](BrowserCeremony&) {});
    }

    storage::Row counterRow() { return h.house.query("SELECT * FROM credential_counters").front(); }

    KeyHouse h;
    Person ada = h.person(kAda);
    VirtualKey key = h.key();
    credential::KeyDocument document;
};

}  // namespace sallyport::test
