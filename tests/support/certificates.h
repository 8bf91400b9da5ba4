#pragma once

#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

#include <gtest/gtest.h>

namespace sallyport::test {

/// Authorities and server certificates made by openssl, for a test's life: for `localhost`, for
/// another name, and for `localhost` by an authority that nobody trusts.
class Certificates {
  public:
    struct Pair {
        std::string certificate;
        std::string key;
    };

    Certificates() {
        const std::string trusted = authority("ca");
        const std::string stranger = authority("stranger");
        good_ = server("good", "ca", "localhost");
        other_name_ = server("other", "ca", "mail.other.test");
        untrusted_ = server("untrusted", "stranger", "localhost");
        ca_file_ = trusted;
    }

    const std::string& caFile() const { return ca_file_; }

    const Pair& good() const { return good_; }

    const Pair& otherName() const { return other_name_; }

    const Pair& untrusted() const { return untrusted_; }

  private:
    void openssl(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "openssl");
        if (!outputOf(arguments)) ADD_FAILURE() << "openssl " << arguments[1] << " failed";
    }

    std::string authority(const std::string& name) {
        const std::string file = directory_.file(name + ".pem");
        openssl({"req",
                 "-x509",

                 "-newkey",
                 "ec",
                 "-pkeyopt",
                 "ec_paramgen_curve:P-256",
                 "-nodes",
                 "-days",
                 "2",
                 "-subj",
                 "/CN=" + name,
                 "-keyout",
                 directory_.file(name + ".key"),
                 "-out",
                 file});
        return file;
    }

    Pair server(const std::string& name, const std::string& ca, const std::string& host) {
        Pair pair{directory_.file(name + ".pem"), directory_.file(name + ".key")};
        openssl({"req",
                 "-x509",

                 "-newkey",
                 "ec",
                 "-pkeyopt",
                 "ec_paramgen_curve:P-256",
                 "-nodes",
                 "-days",
                 "2",
                 "-subj",
                 "/CN=localhost",
                 "-addext",
                 "subjectAltName=DNS:" + host,
                 "-addext",
                 "basicConstraints=critical,CA:FALSE",
                 "-CA",
                 directory_.file(ca + ".pem"),
                 "-CAkey",
                 directory_.file(ca + ".key"),
                 "-keyout",
                 pair.key,
                 "-out",
                 pair.certificate});
        return pair;
    }

    TemporaryDirectory directory_;
    std::string ca_file_;
    Pair good_;
    Pair other_name_;
    Pair untrusted_;
};

}  // namespace sallyport::test
