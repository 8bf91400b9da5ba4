#include "app/secret_file.h"
#include "tests/support/matchers.h"
#include "tests/support/temporary_directory.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include <fstream>

namespace sallyport::app {
namespace {

using test::failsWith;
using test::isOk;
using testing::HasSubstr;

class SecretFile : public testing::Test {
  protected:
    std::string write(std::string_view contents, mode_t mode) {
        const std::string path = folder_.file("pin");
        std::ofstream(path, std::ios::binary) << contents;
        ::chmod(path.c_str(), mode);
        return path;
    }

    void TearDown() override { ::unsetenv("CREDENTIALS_DIRECTORY"); }

    test::TemporaryDirectory folder_;
};

TEST_F(SecretFile, isReadWithoutItsLineEnd) {
    for (const std::string_view contents : {"493817", "493817\n", "493817\r\n"}) {
        const auto secret = readSecretFile(write(contents, 0600));
        ASSERT_THAT(secret, isOk());
        EXPECT_EQ(secret->exposeText(), "493817");
    }
    EXPECT_THAT(readSecretFile(write("1", 0400)), isOk());
}

TEST_F(SecretFile, mayBeReadByItsOwnerOnly) {
    for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0644U, 0700U, 0660U}) {
        const auto secret = readSecretFile(write("493817", mode));
        ASSERT_THAT(secret, failsWith(ErrorCode::kInvalidRequest)) << mode;
        EXPECT_THAT(secret.error().detail, HasSubstr("chmod 0600"));
        EXPECT_THAT(secret.error().detail, testing::Not(HasSubstr("493817")));
    }
}

TEST_F(SecretFile, isOfRootOrOfThisUser) {
    constexpr uid_t kRoot = 0;
    constexpr uid_t kService = 999;
    constexpr uid_t kSomebody = 12345;
    EXPECT_TRUE(mayOwnSecret(kRoot, kRoot));
    EXPECT_TRUE(mayOwnSecret(kRoot, kService));
    EXPECT_TRUE(mayOwnSecret(kService, kService));
    EXPECT_FALSE(mayOwnSecret(kSomebody, kService));
    EXPECT_FALSE(mayOwnSecret(kSomebody, kRoot));
    // Root's, which everybody may read: its owner is right for any user, its mode for none.
    const auto root_file = readSecretFile("/etc/passwd");
    ASSERT_THAT(root_file, failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(root_file.error().detail, HasSubstr("chmod 0600"));
    if (::geteuid() != kRoot) return;  // nobody else gives files away
    const std::string path = write("493817", 0600);
    ASSERT_EQ(::chown(path.c_str(), kSomebody, kSomebody), 0);
    const auto secret = readSecretFile(path);
    ASSERT_THAT(secret, failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(secret.error().detail, HasSubstr("owned by root"));
}

TEST_F(SecretFile, isARegularFile) {
    const std::string target = write("493817", 0600);
    const std::string link = folder_.file("link");
    ASSERT_EQ(::symlink(target.c_str(), link.c_str()), 0);
    const std::string pipe = folder_.file("pipe");
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    for (const std::string& path : {link, pipe, folder_.path().string(), folder_.file("none")})
        EXPECT_THAT(readSecretFile(path), failsWith(ErrorCode::kInvalidRequest)) << path;
}

TEST_F(SecretFile, isNotEmptyAndNotLong) {
    for (const std::string& contents : {std::string(), std::string("\n"), std::string(257, '1')})
        EXPECT_THAT(readSecretFile(write(contents, 0600)), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(readSecretFile(write(std::string(256, '1') + "\n", 0600)), isOk());
}

TEST_F(SecretFile, aCredentialIsInTheDirectoryThatSystemdGives) {
    EXPECT_THAT(readSecretFile("credential:pin"), failsWith(ErrorCode::kInvalidRequest));
    ::setenv("CREDENTIALS_DIRECTORY", folder_.path().c_str(), 1);
    write("493817", 0440);
    EXPECT_THAT(readSecretFile("credential:pin"), isOk());
    write("493817", 0444);
    EXPECT_THAT(readSecretFile("credential:pin"), failsWith(ErrorCode::kInvalidRequest));
    EXPECT_THAT(readSecretFile("credential:none"), failsWith(ErrorCode::kInvalidRequest));
}

}  // namespace
}  // namespace sallyport::app
