#pragma once

#include "cli/run.h"
#include "tests/support/fakes.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/virtual_key/slots.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

namespace sallyport::test {

/// The workstation program in this process, where nobody sits: no terminal, keys made of software.
class CliProgram {
  public:
    CliProgram() { ::chmod(folder_.path().c_str(), 0700); }

    /// The exit code; `out` and `err` are what it said.
    int run(std::vector<std::string> words) {
        words.insert(words.begin(), "sallyport");
        std::vector<const char*> arguments;
        for (const std::string& word : words) arguments.push_back(word.c_str());
        const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        const int output = fresh("out");
        const int notices = fresh("err");
        cli::Terminal terminal(nothing, output, notices);
        const int code = cli::run(static_cast<int>(arguments.size()),
                                  arguments.data(),
                                  {terminal, slots, clock, runtime_directory});
        for (const int descriptor : {nothing, output, notices}) ::close(descriptor);
        out = contents("out");
        err = contents("err");
        return code;
    }

    std::string file(const std::string& name) const { return folder_.file(name); }

  private:
    TemporaryDirectory folder_;

  public:
    VirtualSlots slots;
    TestClock clock;
    std::optional<std::string> runtime_directory = folder_.path().string();
    std::string out;
    std::string err;

  private:
    int fresh(const std::string& name) const {
        return ::open(file(name).c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
    }

    std::string contents(const std::string& name) const {
        std::ifstream stream(file(name));
        return {std::istreambuf_iterator<char>(stream), {}};
    }
};

}  // namespace sallyport::test
