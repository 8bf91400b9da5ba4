#include "account/notice_mail.h"
#include "account/tables.h"
#include "tests/support/edited_row.h"
#include "tests/support/house.h"
#include "tests/support/matchers.h"
#include "tests/support/post_office.h"

#include <gmock/gmock.h>

#include <set>

/// What the holder of an account is told: once, in fixed words, to nobody else.
namespace sallyport::account {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using test::EditedColumn;
using test::failsWith;
using test::isOk;
using test::PostOffice;
using test::SentMail;
using test::TestHouse;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::string_view kAda = "ada@example.test";
constexpr std::string_view kBob = "bob@example.test";

const std::vector<NoticeKind>& allKinds() {
    static const std::vector<NoticeKind> kinds{NoticeKind::kKeyAdded,
                                               NoticeKind::kKeyProvisional,
                                               NoticeKind::kKeyActivated,
                                               NoticeKind::kKeyRemoved,
                                               NoticeKind::kKeyLost,
                                               NoticeKind::kKeySuspended,
                                               NoticeKind::kKeyReinstated,
                                               NoticeKind::kKeyCopied,
                                               NoticeKind::kKeyFailed,
                                               NoticeKind::kAccountFrozen,
                                               NoticeKind::kAccountThawed};
    return kinds;
}

class AccountNotice : public testing::Test {
  protected:
    Result<Notices::Prepared> prepare(NoticeKind kind,
                                      const AccountId& account,
                                      std::string label = "Blue key") {
        auto draft = house_.notices().draft(kind, account, std::move(label));
        std::vector<seal::Sealer::Next> rows;
        rows.push_back(std::move(draft));
        SALLYPORT_TRY(auto sealed, house_.sealer().sealAll(std::move(rows), TestHouse::soon()));
        return house_.notices().prepare(std::move(sealed.front()));
    }

    void tell(NoticeKind kind, const AccountId& account, const std::string& label = "Blue key") {
        const auto notice = prepare(kind, account, label);
        ASSERT_THAT(notice, isOk());
        ASSERT_THAT(house_.database().write(TestHouse::soon(),
                                            [&notice](storage::Transaction& transaction) {
                                                return Notices::write(transaction, *notice);
                                            }),
                    isOk());
    }

    /// The text of the one mail that goes out now.
    SentMail onlyMail() {
        const auto mails = office_.deliver();
        EXPECT_THAT(mails, SizeIs(1));
        return mails.empty() ? SentMail() : mails.front();
    }

    TestHouse house_;
    const AccountId ada_ = house_.addAccount(kAda).authority.account;
    const AccountId bob_ = house_.addAccount(kBob).authority.account;
    PostOffice office_{house_};
};

TEST(NoticeKinds, haveNamesOfTheirOwn) {
    std::set<std::string_view> names;
    for (const NoticeKind kind : allKinds()) {
        EXPECT_EQ(noticeKindFromName(name(kind)), kind);
        names.insert(name(kind));
    }
    EXPECT_THAT(names, SizeIs(allKinds().size()));
    EXPECT_FALSE(noticeKindFromName("key").has_value());
    EXPECT_FALSE(noticeKindFromName("").has_value());
}

TEST_F(AccountNotice, isMailedOnceToItsHolderAlone) {
    RecordProperty("requirement", "R-04");
    tell(NoticeKind::kKeyAdded, ada_);
    const SentMail mail = onlyMail();
    EXPECT_EQ(mail.to, "<ada@example.test>");
    EXPECT_EQ(mail.subject, "Security notice for your account at id.example");
    EXPECT_THAT(mail.headers, HasSubstr("\nAuto-Submitted: auto-generated"));
    for (const std::string& body : {mail.text, mail.html}) {
        EXPECT_THAT(body,
                    HasSubstr("a security key was added to your account at id.example, at "
                              "2026-01-02 03:04 UTC"));
        EXPECT_THAT(body, HasSubstr("Blue key"));
        EXPECT_THAT(body, HasSubstr("report that key as lost"));
        EXPECT_THAT(body, HasSubstr("tell whoever runs id.example"));
    }
    house_.clock().advance(minutes(10));
    EXPECT_THAT(office_.deliver(), IsEmpty());
    EXPECT_THAT(house_.query("SELECT 1 FROM notices"), IsEmpty()) << "nothing is kept";
}

TEST_F(AccountNotice, ofEachKindHasWordsOfItsOwnAndNothingThatActs) {
    RecordProperty("requirement", "R-04");
    std::set<std::string> texts;
    for (const NoticeKind kind : allKinds()) {
        const bool of_key = name(kind).starts_with("key-");
        tell(kind, ada_, of_key ? "Blue key" : "");
        const SentMail mail = onlyMail();
        for (const std::string& body : {mail.text, mail.html}) {
            EXPECT_EQ(body.find("Blue key") != std::string::npos, of_key) << name(kind);
            for (const std::string never :
                 {"://", "href", "<a", "www.", "@", "#", "/link", "/not-me", "spl.", "{", "}"})
                EXPECT_THAT(body, Not(HasSubstr(never))) << name(kind);
            EXPECT_THAT(body, Not(HasSubstr(ada_.text())));
        }
        texts.insert(mail.text);
    }
    EXPECT_THAT(texts, SizeIs(allKinds().size()));
}

TEST_F(AccountNotice, holdsNoAddressInItsRows) {
    tell(NoticeKind::kKeyAdded, ada_);
    for (const auto* table : {&noticesTable(), &mail::outboxTable()}) {
        const auto rows = house_.query("SELECT * FROM " + std::string(table->name));
        ASSERT_THAT(rows, SizeIs(1));
        for (const auto& column : table->columns) {
            const auto* text = rows.front().find(column.name)->asText();
            if (text == nullptr) continue;
            EXPECT_THAT(*text, Not(HasSubstr("ada"))) << column.name;
        }
    }
}

TEST_F(AccountNotice, ofAFreezeAndItsEnd) {
    RecordProperty("requirement", "R-04");
    const auto freeze = [&] {
        return house_.directory().freeze(
            *MailAddress::parse(kAda), std::nullopt, TestHouse::soon());
    };
    ASSERT_THAT(freeze(), isOk());
    const SentMail frozen = onlyMail();
    EXPECT_EQ(frozen.to, "<ada@example.test>");
    EXPECT_THAT(frozen.text, HasSubstr("was frozen"));
    EXPECT_THAT(freeze(), failsWith(ErrorCode::kConflict));
    EXPECT_THAT(office_.deliver(), IsEmpty()) << "it was frozen already";

    const auto authority = house_.directory().authorityOf(ada_, TestHouse::soon());
    ASSERT_THAT(authority, isOk());
    const auto thaw = house_.directory().prepareThaw(*authority, std::nullopt, TestHouse::soon());
    ASSERT_THAT(thaw, isOk());
    const auto write = [&] {
        return house_.database().write(TestHouse::soon(), [&](auto& transaction) {
            return Directory::write(transaction, *thaw);
        });
    };
    ASSERT_THAT(write(), isOk());
    EXPECT_THAT(onlyMail().text, HasSubstr("no longer frozen"));
    EXPECT_THAT(write(), failsWith(ErrorCode::kConflict));
    EXPECT_THAT(office_.deliver(), IsEmpty()) << "it was thawed already";
}

TEST_F(AccountNotice, ofAnEffectThatFailsIsNotWritten) {
    const auto notice = prepare(NoticeKind::kKeyAdded, ada_);
    ASSERT_THAT(notice, isOk());
    EXPECT_THAT(house_.database().write(TestHouse::soon(),
                                        [&](storage::Transaction& transaction) -> Status {
                                            SALLYPORT_CHECK(Notices::write(transaction, *notice));
                                            return fail(ErrorCode::kConflict, "overtaken");
                                        }),
                failsWith(ErrorCode::kConflict));
    EXPECT_THAT(office_.deliver(), IsEmpty());
    EXPECT_THAT(house_.query("SELECT 1 FROM outbox"), IsEmpty());
    EXPECT_THAT(house_.query("SELECT 1 FROM limit_hits"), IsEmpty());
}

TEST_F(AccountNotice, waitsWhileMailIsDown) {
    office_.close();
    tell(NoticeKind::kKeyAdded, ada_);
    for (int i = 0; i < 3; ++i) {
        EXPECT_THAT(office_.deliver(), IsEmpty());
        house_.clock().advance(hours(24));
    }
    office_.close(false);
    EXPECT_THAT(onlyMail().text, HasSubstr("2026-01-02 03:04 UTC")) << "when it happened";
}

TEST_F(AccountNotice, isGivenUpAfterFiveDays) {
    office_.close();
    tell(NoticeKind::kKeyAdded, ada_);
    EXPECT_THAT(office_.deliver(), IsEmpty());
    house_.clock().advance(kNoticeLife);
    office_.close(false);
    EXPECT_THAT(office_.deliver(), IsEmpty());
    EXPECT_THAT(house_.query("SELECT 1 FROM notices"), IsEmpty());
}

TEST_F(AccountNotice, isPurgedWhenItsOutboxRowIsGone) {
    tell(NoticeKind::kKeyAdded, ada_);
    house_.clock().advance(hours(1));
    tell(NoticeKind::kKeyAdded, bob_);
    house_.tamper("DELETE FROM outbox");
    const auto purged = [&] {
        return house_.database().write(TestHouse::soon(), [&](storage::Transaction& transaction) {
            return purgeNotices(transaction, house_.clock().now(), 100);
        });
    };
    house_.clock().advance(kNoticeLife - hours(1) - minutes(1));
    EXPECT_THAT(purged(), test::isOkAndHolds(0));
    house_.clock().advance(minutes(1));
    EXPECT_THAT(purged(), test::isOkAndHolds(1));
    EXPECT_THAT(house_.query("SELECT 1 FROM notices"), SizeIs(1));
}

TEST_F(AccountNotice, isBoundedByKindAndAccount) {
    const auto told = [&](NoticeKind kind, const AccountId& account, int times) {
        for (int i = 0; i < times; ++i) tell(kind, account);
        return office_.deliver().size();
    };
    EXPECT_EQ(told(NoticeKind::kKeySuspended, ada_, 15), 10U);
    EXPECT_EQ(told(NoticeKind::kKeySuspended, ada_, 1), 0U);
    EXPECT_EQ(told(NoticeKind::kKeyAdded, ada_, 1), 1U) << "noise of one kind hides no other";
    EXPECT_EQ(told(NoticeKind::kKeySuspended, bob_, 1), 1U);
    house_.clock().advance(hours(1));
    EXPECT_EQ(told(NoticeKind::kKeySuspended, ada_, 15), 10U);
    house_.clock().advance(hours(1));
    EXPECT_EQ(told(NoticeKind::kKeySuspended, ada_, 1), 0U) << "20 in a day";
    house_.clock().advance(hours(22));
    EXPECT_EQ(told(NoticeKind::kKeySuspended, ada_, 1), 1U);
    EXPECT_EQ(house_.query("SELECT 1 FROM notices").size(), 0U) << "no row is left behind";
}

TEST_F(AccountNotice, thatWasEditedIsNotSent) {
    RecordProperty("requirement", "F-09");
    const auto& table = noticesTable();
    for (const auto& column : table.columns) {
        tell(NoticeKind::kKeyAdded, ada_);
        const auto before = house_.integrityReports().size();
        const auto key = *house_.query("SELECT id FROM notices").front().find("id");
        {
            const EditedColumn edit(house_, table, key, column.name);
            ASSERT_TRUE(edit.done()) << column.name;
            EXPECT_THAT(office_.deliver(), IsEmpty()) << column.name;
        }
        // Under another key it is not found.
        const bool reported = column.name != table.key();
        EXPECT_EQ(house_.integrityReports().size() > before, reported) << column.name;
        house_.tamper("DELETE FROM notices");
        house_.clock().advance(hours(2));
    }
    tell(NoticeKind::kKeyAdded, ada_);
    EXPECT_THAT(office_.deliver(), SizeIs(1));
}

TEST_F(AccountNotice, thatIsForgedIsNotSent) {
    RecordProperty("requirement", "F-09");
    const std::string forged =
        "INSERT INTO notices SELECT $1, $2, kind, label, happened_at, version, seal_gen, seal FROM "
        "notices";
    const std::string queued =
        "INSERT INTO outbox SELECT randomblob(16), template, $1, language, '<x' || hex($1) || "
        "'@id.example>', date, boundary, 0, expires_at, NULL, NULL, 0, next_at, NULL, NULL FROM "
        "outbox LIMIT 1";
    tell(NoticeKind::kKeyAdded, ada_);
    const Bytes to_bob(16, 1);
    const Bytes of_nothing(16, 2);
    ASSERT_EQ(house_.tamper(forged, {to_bob, bob_}), 1);
    ASSERT_EQ(house_.tamper(queued, {to_bob}), 1);
    ASSERT_EQ(house_.tamper(queued, {of_nothing}), 1);
    EXPECT_EQ(onlyMail().to, "<ada@example.test>");
    EXPECT_THAT(house_.integrityReports(), SizeIs(1));
}

TEST_F(AccountNotice, thatWasSentIsNotSentAgainByItsOutboxRow) {
    tell(NoticeKind::kKeyAdded, ada_);
    const storage::Row sent = house_.query("SELECT * FROM notices").front();
    EXPECT_THAT(office_.deliver(), SizeIs(1));
    const auto again = [&](const std::string& message_id) {
        house_.tamper(
            "UPDATE outbox SET done_at = NULL, outcome = NULL, message_id = $1, "
            "next_at = 0, expires_at = 9000000000000000",
            {message_id});
        return office_.deliver();
    };
    EXPECT_THAT(again("<one@id.example>"), IsEmpty());
    // Put back with its seal, which the threat model names (`mail-again`), it goes where it went;
    // and it ends by its own time, whatever the outbox says.
    const auto put_back = [&] {
        return house_.tamper("INSERT INTO notices VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                             {*sent.find("id"),
                              *sent.find("account_id"),
                              *sent.find("kind"),
                              *sent.find("label"),
                              *sent.find("happened_at"),
                              *sent.find("version"),
                              *sent.find("seal_gen"),
                              *sent.find("seal")});
    };
    ASSERT_EQ(put_back(), 1);
    const auto mails = again("<two@id.example>");
    ASSERT_THAT(mails, SizeIs(1));
    EXPECT_EQ(mails.front().to, "<ada@example.test>");
    ASSERT_EQ(put_back(), 1);
    house_.clock().advance(kNoticeLife);
    EXPECT_THAT(again("<three@id.example>"), IsEmpty());
}

TEST_F(AccountNotice, saysNothingThatAnEditorOfTheOutboxWants) {
    tell(NoticeKind::kKeyAdded, ada_);
    house_.tamper("UPDATE outbox SET language = $1", {R"(en"><a href="http://evil.example">x)"});
    const SentMail mail = onlyMail();
    EXPECT_THAT(mail.html, Not(HasSubstr("evil")));
    EXPECT_THAT(mail.html, HasSubstr(R"(<html lang="en">)"));
    EXPECT_THAT(mail.text, Not(HasSubstr("evil")));
}

TEST_F(AccountNotice, ofADamagedAccountIsNotSent) {
    tell(NoticeKind::kKeyAdded, ada_);
    house_.tamper("UPDATE addresses SET account_id = $1 WHERE account_id = $2", {bob_, ada_});
    EXPECT_THAT(office_.deliver(), IsEmpty());
    tell(NoticeKind::kKeyAdded, bob_);
    EXPECT_THAT(office_.deliver(), IsEmpty()) << "he has an address too many";
}

struct LabelCase {
    std::string_view name;
    std::string label;
    std::string shown;
};

std::vector<LabelCase> labels() {
    return {
        {"plain", "Blue key (safe) #2", "Blue key (safe) #2"},
        {"umlaut", "Schl\u00fcssel \u65e5\u672c", "Schl\u00fcssel \u65e5\u672c"},
        {"line feed", "a\nBcc: eve@example.test", "a_Bcc_ eve_example_test"},
        {"carriage return", "a\r\n\r\nb", "a____b"},
        {"zero byte", std::string("a\0b", 3), "a_b"},
        {"bidi", "a\u202eb\u2066c\u200fd", "a_b_c_d"},
        {"zero width", "a\u200bb\ufeffc\u2060d", "a_b_c_d"},
        {"markup", "<a href=\"x\">&amp;", "_a href__x___amp_"},
        {"address", "https://evil.example/x?y=1", "https___evil_example_x_y_1"},
        {"mailbox", "eve@evil.example", "eve_evil_example"},
        {"dots of other scripts",
         "evil\u3002example\uff0ecom\uff61x\u2024y",
         "evil_example_com_x_y"},
        {"wide forms", "http\uff1a\uff0f\uff0fevil", "http___evil"},
        {"not UTF-8", "a\xff\xfe", "a__"},
        {"placeholder", "{site}", "_site_"},
        {"too long", std::string(200, 'x'), std::string(64, 'x')},
    };
}

TEST(NoticeLabels, areShownWithoutHarm) {
    for (const LabelCase& one : labels()) EXPECT_EQ(labelInMail(one.label), one.shown) << one.name;
    EXPECT_EQ(labelInMail(""), "");
}

TEST_F(AccountNotice, holdsAHostileLabelOnALineOfItsOwn) {
    for (const LabelCase& one : labels()) {
        if (one.name == "zero byte" || one.name == "not UTF-8")
            continue;  // no text in the database
        house_.clock().advance(hours(3));
        tell(NoticeKind::kKeyAdded, ada_, one.label);
        const SentMail mail = onlyMail();
        EXPECT_THAT(mail.text, HasSubstr("\n\n\"" + one.shown + "\"\n\n")) << one.name;
        EXPECT_THAT(mail.html, HasSubstr("<p><strong>&quot;" + one.shown + "&quot;</strong></p>\n"))
            << one.name;
        EXPECT_EQ(mail.to, "<ada@example.test>") << one.name;
        EXPECT_THAT(mail.headers, Not(HasSubstr("Bcc"))) << one.name;
        EXPECT_THAT(mail.subject, Not(HasSubstr("evil"))) << one.name;
        EXPECT_THAT(mail.html, Not(HasSubstr("<a"))) << one.name;
    }
}

}  // namespace
}  // namespace sallyport::account
