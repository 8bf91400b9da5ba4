// Where a server listens, and how it ends.

#include "http/server.h"
#include "tests/support/http_house.h"
#include "tests/support/matchers.h"
#include "tests/support/temporary_directory.h"

#include <sys/stat.h>

#include <thread>

namespace sallyport::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::failsWith;
using test::HttpHouse;
using test::isOk;
using test::RawAnswer;
using test::RawClient;
using test::timed;

Server::Options options() {
    return HttpHouse::options();
}

TEST(ServerStop, letsRunningRequestsFinish) {
    HttpHouse house;
    RawClient running = house.connect();
    ASSERT_TRUE(running.send(HttpHouse::get("/door")));
    ASSERT_TRUE(house.door.awaitWaiting(1));
    RawClient idle = house.connect();
    EXPECT_EQ(idle.ask(HttpHouse::get("/hello")).status, 200);
    RawClient reading = house.connect();
    EXPECT_EQ(reading.ask(HttpHouse::get("/hello")).status, 200) << "it has its worker";
    ASSERT_TRUE(reading.send("GET /he"));

    std::thread stopping([&] { house.server->stop(Deadline::after(seconds(30))); });
    EXPECT_TRUE(idle.isClosed());
    EXPECT_NE(reading.read().status, 200);
    EXPECT_TRUE(reading.isClosed());
    house.door.open();
    const RawAnswer answer = running.read();
    EXPECT_EQ(answer.body, "through");
    EXPECT_TRUE(answer.has("Connection: close"));
    stopping.join();
}

TEST(ServerStop, cutsOffWhoDoesNotFinish) {
    Server::Options limits = options();
    limits.write_time = seconds(60);
    HttpHouse house(limits);
    RawClient slow = house.connect();
    ASSERT_TRUE(slow.send(HttpHouse::get("/large")));
    while (house.handled == 0) std::this_thread::yield();
    const Duration taken = timed([&] { house.server->stop(Deadline::after(milliseconds(200))); });
    EXPECT_LT(taken, seconds(30));
}

TEST(ServerBind, refusesAnAddressInUse) {
    HttpHouse house;
    Server::Options second = options();
    second.listen.port = house.server->boundPort();
    EXPECT_THAT(Server::bind(second), failsWith(ErrorCode::kUnavailable));
    Server::Options foreign = options();
    foreign.listen = ListenAddress::parse("192.0.2.1:0").value();
    EXPECT_THAT(Server::bind(foreign), failsWith(ErrorCode::kUnavailable));
}

TEST(ServerBind, servesIpv6) {
    Server::Options limits = options();
    limits.listen = ListenAddress::parse("[::1]:0").value();
    const auto server = Server::bind(limits);
    ASSERT_THAT(server, isOk());
    EXPECT_NE((*server)->boundPort(), 0);
}

TEST(ServerBind, servesAUnixSocket) {
    const test::TemporaryDirectory directory;
    const std::string path = directory.file("http.sock");
    Server::Options limits = options();
    limits.listen = ListenAddress::parse("unix:" + path).value();
    limits.connections_per_source = 1;
    {
        HttpHouse house(limits);
        EXPECT_EQ(house.server->boundPort(), 0);

        struct stat status {};

        ASSERT_EQ(::stat(path.c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777U, 0660U);
        RawClient first = RawClient::unixSocket(path);
        EXPECT_EQ(first.ask(HttpHouse::get("/hello")).body, "hello");
        EXPECT_EQ(RawClient::unixSocket(path).ask(HttpHouse::get("/hello")).body, "hello")
            << "no cap per source";
        EXPECT_THAT(Server::bind(limits), failsWith(ErrorCode::kUnavailable))
            << "somebody listens there";
        EXPECT_EQ(first.ask(HttpHouse::get("/hello")).body, "hello");
    }

    struct stat status {};

    EXPECT_NE(::stat(path.c_str(), &status), 0) << "gone with the server";
}

TEST(ServerBind, replacesTheSocketOfADeadProcessAndNoFile) {
    const test::TemporaryDirectory directory;
    const std::string path = directory.file("http.sock");
    Server::Options limits = options();
    limits.listen = ListenAddress::parse("unix:" + path).value();
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, path.c_str(), path.size() + 1);
    const int dead = ::socket(AF_UNIX, SOCK_STREAM, 0);
    ASSERT_EQ(::bind(dead, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
    ::close(dead);
    { EXPECT_THAT(Server::bind(limits), isOk()); }

    std::FILE* file = std::fopen(path.c_str(), "w");
    ASSERT_NE(file, nullptr);
    std::fclose(file);
    EXPECT_THAT(Server::bind(limits), failsWith(ErrorCode::kUnavailable));
}

}  // namespace
}  // namespace sallyport::http
