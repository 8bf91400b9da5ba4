#include "cli/session_file.h"
#include "tests/support/matchers.h"
#include "tests/support/temporary_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace sallyport::cli {
namespace {

using testing::HasSubstr;

class SessionFileTest : public testing::Test {
  protected:
    SessionFileTest() { ::chmod(folder.path().c_str(), 0700); }

    static SavedSession session() {
        return {"https://login.example.org",
                "__Host-sallyport-session",
                Secret(std::string_view("sps.1.AAAA.BBBB")),
                "token"};
    }

    std::string path() const { return folder.file("sallyport/session"); }

    static unsigned modeOf(const std::string& file) {
        struct stat status {};

        EXPECT_EQ(::lstat(file.c_str(), &status), 0) << file;
        return status.st_mode & 07777U;
    }

    test::TemporaryDirectory folder;
};

TEST_F(SessionFileTest, keepsASessionForItsOwnerOnly) {
    const mode_t before = ::umask(0);
    const auto file = SessionFile::in(folder.path().string());
    ASSERT_THAT(file, test::isOk());
    EXPECT_FALSE(file->read().value().has_value());
    ASSERT_THAT(file->write(session()), test::isOk());
    ::umask(before);

    EXPECT_EQ(modeOf(path()), 0600U);
    EXPECT_EQ(modeOf(folder.file("sallyport")), 0700U);
    const auto read = file->read();
    ASSERT_TRUE(read && read->has_value());
    EXPECT_EQ((*read)->server, "https://login.example.org");
    EXPECT_EQ((*read)->cookie_name, "__Host-sallyport-session");
    EXPECT_EQ((*read)->csrf_token, "token");
    EXPECT_EQ((*read)->cookie.exposeText(), "sps.1.AAAA.BBBB");
}

TEST_F(SessionFileTest, replacesAndRemovesWithoutATrace) {
    const SessionFile file = SessionFile::in(folder.path().string()).value();
    SavedSession other = session();
    other.csrf_token = "other";
    ASSERT_THAT(file.write(session()), test::isOk());
    ASSERT_THAT(file.write(other), test::isOk());
    EXPECT_EQ(file.read().value()->csrf_token, "other");
    ASSERT_THAT(file.remove(), test::isOk());
    ASSERT_THAT(file.remove(), test::isOk());
    EXPECT_FALSE(file.read().value().has_value());
    EXPECT_TRUE(std::filesystem::is_empty(folder.path() / "sallyport"));
}

TEST_F(SessionFileTest, isNotMadeWhereOthersCome) {
    const auto refused = [](const std::optional<std::string>& directory) {
        const auto file = SessionFile::in(directory);
        EXPECT_THAT(file, test::failsWith(ErrorCode::kInvalidRequest));
        return file ? std::string() : file.error().detail;
    };
    EXPECT_THAT(refused(std::nullopt), HasSubstr("mkdir -m 700"));
    EXPECT_THAT(refused(""), HasSubstr("XDG_RUNTIME_DIR"));
    EXPECT_THAT(refused("relative/folder"), HasSubstr("XDG_RUNTIME_DIR"));
    EXPECT_THAT(refused(folder.file("nowhere")), HasSubstr("is not there"));

    ::chmod(folder.path().c_str(), 0750);
    EXPECT_THAT(refused(folder.path().string()), HasSubstr("chmod 700"));
    ::chmod(folder.path().c_str(), 0700);

    std::ofstream(folder.file("file")) << "x";
    EXPECT_THAT(refused(folder.file("file")), HasSubstr("no folder"));
    ASSERT_EQ(::symlink("/tmp", folder.file("link").c_str()), 0);
    EXPECT_THAT(refused(folder.file("link")), HasSubstr("no folder"));
}

TEST_F(SessionFileTest, refusesAFolderOfAnothers) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give a folder away";
    ASSERT_EQ(::chown(folder.path().c_str(), 65534, 65534), 0);
    const auto file = SessionFile::in(folder.path().string());
    ASSERT_EQ(::chown(folder.path().c_str(), 0, 0), 0);
    ASSERT_THAT(file, test::failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(file.error().detail, HasSubstr("somebody else"));
}

TEST_F(SessionFileTest, refusesAFileThatItDidNotMake) {
    const SessionFile file = SessionFile::in(folder.path().string()).value();
    ASSERT_THAT(file.write(session()), test::isOk());
    ::chmod(path().c_str(), 0640);
    EXPECT_THAT(file.read(), test::failsWith(ErrorCode::kInvalidRequest));
    ::chmod(path().c_str(), 0600);
    EXPECT_THAT(file.read(), test::isOk());

    std::ofstream(path()) << "something else\n";
    EXPECT_THAT(file.read(), test::failsWith(ErrorCode::kInvalidRequest));
    std::filesystem::remove(path());
    std::ofstream(folder.file("target")) << "sallyport-session-1\na\nb\nc\nd\n";
    ASSERT_EQ(::symlink(folder.file("target").c_str(), path().c_str()), 0);
    EXPECT_THAT(file.read(), test::failsWith(ErrorCode::kInvalidRequest));
}

}  // namespace
}  // namespace sallyport::cli
