// Deadlines and caps, over real sockets.

#include "base/json.h"
#include "http/server.h"
#include "tests/support/http_house.h"

#include <thread>

namespace sallyport::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::expectUnavailable;
using test::HttpHouse;
using test::RawAnswer;
using test::RawClient;
using test::timed;

Server::Options options() {
    return HttpHouse::options();
}

TEST(Deadlines, aSlowHeadIsCutOffHoweverItTrickles) {
    Server::Options limits = options();
    limits.header_time = milliseconds(300);
    HttpHouse house(limits);
    RawClient client = house.connect();
    const Duration taken = timed([&] {
        while (client.isSilentFor(milliseconds(20))) client.send("G");
    });
    EXPECT_TRUE(client.isClosed());
    EXPECT_GE(taken, milliseconds(250));
    EXPECT_LT(taken, seconds(30));
    EXPECT_EQ(house.connect().ask(HttpHouse::get("/hello")).status, 200);
}

TEST(Deadlines, aConnectionWithoutAByteIsCutOff) {
    Server::Options limits = options();
    limits.header_time = milliseconds(100);
    HttpHouse house(limits);
    EXPECT_TRUE(house.connect().isClosed());
}

TEST(Deadlines, aSlowBodyIsCutOffHoweverItTrickles) {
    Server::Options limits = options();
    limits.body_time = milliseconds(300);
    HttpHouse house(limits);
    RawClient client = house.connect();
    const std::string whole = HttpHouse::post(std::string(1000, ' '));
    ASSERT_TRUE(client.send(std::string_view(whole).substr(0, whole.size() - 1000)));
    const Duration taken = timed([&] {
        while (client.isSilentFor(milliseconds(20))) client.send(" ");
    });
    EXPECT_TRUE(client.isClosed());
    EXPECT_GE(taken, milliseconds(250));
    EXPECT_LT(taken, seconds(30));
    EXPECT_EQ(house.handled, 0);
}

TEST(Deadlines, anIdleConnectionIsClosed) {
    Server::Options limits = options();
    limits.keep_alive_time = milliseconds(100);
    HttpHouse house(limits);
    RawClient client = house.connect();
    EXPECT_EQ(client.ask(HttpHouse::get("/hello")).status, 200);
    EXPECT_TRUE(client.isClosed());
}

TEST(Deadlines, aSlowReaderLosesItsAnswerAndNotTheWorker) {
    Server::Options limits = options();
    limits.workers = 1;
    limits.write_time = milliseconds(200);
    HttpHouse house(limits);
    RawClient slow = house.connect();
    ASSERT_TRUE(slow.send(HttpHouse::get("/large")));
    EXPECT_EQ(house.connect().ask(HttpHouse::get("/hello")).status, 200);
    EXPECT_EQ(slow.read().status, 0) << "the answer was cut";
}

TEST(Connections, stayForManyRequestsAndNotForEver) {
    Server::Options limits = options();
    limits.requests_per_connection = 3;
    HttpHouse house(limits);
    RawClient client = house.connect();
    EXPECT_FALSE(client.ask(HttpHouse::get("/hello")).has("Connection: close"));
    EXPECT_FALSE(client.ask(HttpHouse::get("/hello")).has("Connection: close"));
    EXPECT_TRUE(client.ask(HttpHouse::get("/hello")).has("Connection: close"));
    EXPECT_TRUE(client.isClosed());
}

TEST(Connections, closeWhenTheClientAsks) {
    HttpHouse house;
    RawClient client = house.connect();
    EXPECT_TRUE(
        client.ask(HttpHouse::get("/hello", "Connection: close\r\n")).has("Connection: close"));
    EXPECT_TRUE(client.isClosed());
    RawClient old = house.connect();
    EXPECT_EQ(old.ask("GET /hello HTTP/1.0\r\nHost: id.example\r\n\r\n").body, "hello");
    EXPECT_TRUE(old.isClosed());
}

TEST(Connections, answerHeadWithoutABody) {
    HttpHouse house;
    RawClient client = house.connect();
    ASSERT_TRUE(
        client.send("HEAD /hello HTTP/1.1\r\nHost: id.example\r\n\r\n" + HttpHouse::get("/hello")));
    EXPECT_TRUE(client.read(true).has("Content-Length: 5\r\n"));
    EXPECT_EQ(client.read().body, "hello") << "nothing stands between the two answers";
}

TEST(Connections, survivesAHandlerThatThrows) {
    testing::Test::RecordProperty("requirement", "O-02");
    HttpHouse house;
    RawClient client = house.connect();
    EXPECT_EQ(client.ask(HttpHouse::get("/throws")).status, 500);
    EXPECT_EQ(client.ask(HttpHouse::get("/hello")).status, 200);
}

TEST(Connections, surviveClientsThatGoAway) {
    HttpHouse house;
    for (const std::string& bytes : {std::string(),
                                     std::string("GET /he"),
                                     HttpHouse::get("/hello"),
                                     HttpHouse::get("/large"),
                                     HttpHouse::post("{}").substr(0, 120)}) {
        house.connect().send(bytes);
    }
    EXPECT_EQ(house.connect().ask(HttpHouse::get("/hello")).status, 200);
}

TEST(Connections, ofOneSourceAreCapped) {
    Server::Options limits = options();
    limits.connections_per_source = 2;
    HttpHouse house(limits);
    RawClient first = house.connect("127.0.0.2");
    EXPECT_EQ(first.ask(HttpHouse::get("/hello")).status, 200);
    {
        RawClient second = house.connect("127.0.0.2");
        EXPECT_EQ(second.ask(HttpHouse::get("/hello")).status, 200);
        RawClient third = house.connect("127.0.0.2");
        expectUnavailable(third.read());
        EXPECT_TRUE(third.isClosed());
        EXPECT_EQ(house.connect("127.0.0.3").ask(HttpHouse::get("/hello")).status, 200)
            << "another source";
        EXPECT_EQ(second.ask(HttpHouse::get("/hello", "Connection: close\r\n")).status, 200);
        EXPECT_TRUE(second.isClosed());
    }
    EXPECT_EQ(house.connect("127.0.0.2").ask(HttpHouse::get("/hello")).status, 200)
        << "a place is free again";
}

TEST(Connections, ofATrustedProxyAreNotCounted) {
    Server::Options limits = options();
    limits.connections_per_source = 1;
    limits.trusted_proxies = TrustedProxies::parse(std::vector<std::string>{"127.0.0.2"}).value();
    HttpHouse house(limits);
    RawClient first = house.connect("127.0.0.2");
    EXPECT_EQ(first.ask(HttpHouse::get("/hello")).status, 200);
    EXPECT_EQ(house.connect("127.0.0.2").ask(HttpHouse::get("/hello")).status, 200);
    RawClient stranger = house.connect("127.0.0.3");
    EXPECT_EQ(stranger.ask(HttpHouse::get("/hello")).status, 200);
    expectUnavailable(house.connect("127.0.0.3").read());
}

TEST(Connections, beyondWorkersAndQueueGetARealRefusal) {
    Server::Options limits = options();
    limits.workers = 1;
    limits.queue = 1;
    HttpHouse house(limits);
    RawClient working = house.connect();
    ASSERT_TRUE(working.send(HttpHouse::get("/door")));
    ASSERT_TRUE(house.door.awaitWaiting(1));
    RawClient queued = house.connect();
    ASSERT_TRUE(queued.send(HttpHouse::get("/hello")));
    RawClient refused = house.connect();
    refused.send(HttpHouse::get("/hello"));
    expectUnavailable(refused.read());
    EXPECT_TRUE(refused.isClosed());
    house.door.open();
    const RawAnswer answer = working.read();
    EXPECT_EQ(answer.body, "through");
    EXPECT_TRUE(answer.has("Connection: close")) << "somebody waits for this worker";
    EXPECT_EQ(queued.read().body, "hello");
}

TEST(Connections, thatAreIdleYieldToOneThatWaits) {
    Server::Options limits = options();
    limits.workers = 2;
    HttpHouse house(limits);
    RawClient oldest = house.connect();
    EXPECT_EQ(oldest.ask(HttpHouse::get("/hello")).status, 200);
    RawClient newer = house.connect();
    EXPECT_EQ(newer.ask(HttpHouse::get("/hello")).status, 200);
    RawClient third = house.connect();
    EXPECT_EQ(third.ask(HttpHouse::get("/hello")).status, 200);
    EXPECT_TRUE(oldest.isClosed());
    EXPECT_EQ(newer.ask(HttpHouse::get("/hello")).status, 200) << "only as many as are needed";
}

/// Waits until `count` of them were answered, expects a 503 for each, and takes them out.
void expectRefusals(std::vector<RawClient>& clients, int count) {
    const Deadline limit = Deadline::after(seconds(30));
    while (count > 0 && !limit.passed()) {
        for (auto client = clients.begin(); client != clients.end(); ++client) {
            if (client->isSilentFor(milliseconds(1))) continue;
            expectUnavailable(client->read());
            EXPECT_TRUE(client->isClosed());
            clients.erase(client);
            --count;
            break;
        }
    }
    EXPECT_EQ(count, 0);
}

TEST(Connections, onlyHalfOfTheWorkersMayWaitForAHead) {
    HttpHouse house;  // 4 workers
    std::vector<RawClient> slow;
    for (int i = 0; i < 4; ++i) {
        slow.push_back(house.connect());
        ASSERT_TRUE(slow.back().send("GET /he"));
    }
    expectRefusals(slow, 2);
    for (RawClient& client : slow) {
        EXPECT_EQ(client.ask("llo HTTP/1.1\r\nHost: id.example\r\n\r\n").status, 200)
            << "who has a place may finish";
    }
}

TEST(Connections, thatAreSlowDoNotStopOneThatIsReady) {
    HttpHouse house;  // 4 workers
    std::vector<RawClient> slow;
    for (int i = 0; i < 16; ++i) {
        slow.push_back(house.connect());
        slow.back().send("GET /he");
    }
    expectRefusals(slow, 14);
    EXPECT_EQ(house.connect().ask(HttpHouse::get("/hello")).status, 200);
}

TEST(Connections, onlyHalfOfTheWorkersMayWaitForABody) {
    HttpHouse house;  // 4 workers
    const std::string whole = HttpHouse::post("{\"a\":1}");
    std::vector<RawClient> slow;
    for (int i = 0; i < 4; ++i) {
        slow.push_back(house.connect());
        ASSERT_TRUE(slow.back().send(std::string_view(whole).substr(0, whole.size() - 3)));
    }
    expectRefusals(slow, 2);
    for (RawClient& client : slow) EXPECT_EQ(client.ask(":1}").body, "{\"a\":1}");
}

TEST(Connections, of256IdleClientsDoNotStopThe257th) {
    Server::Options limits = options();
    limits.workers = 128;
    HttpHouse house(limits);
    std::vector<RawClient> idle;
    for (int i = 0; i < 256; ++i) idle.push_back(house.connect());
    const Duration taken =
        timed([&] { EXPECT_EQ(house.connect().ask(HttpHouse::get("/hello")).status, 200); });
    EXPECT_LT(taken, seconds(30));
}

TEST(Connections, of256KeptAliveClientsDoNotStopThe257th) {
    Server::Options limits = options();
    limits.workers = 128;
    HttpHouse house(limits);
    std::vector<RawClient> idle;
    for (int i = 0; i < 256; ++i) {
        idle.push_back(house.connect());
        ASSERT_EQ(idle.back().ask(HttpHouse::get("/hello")).status, 200);
    }
    const Duration taken =
        timed([&] { EXPECT_EQ(house.connect().ask(HttpHouse::get("/hello")).status, 200); });
    EXPECT_LT(taken, seconds(30));
}

TEST(Connections, areServedByManyThreadsAtOnce) {
    HttpHouse house;
    std::vector<std::thread> clients;
    std::atomic<int> answered = 0;
    for (int i = 0; i < 4; ++i) {
        clients.emplace_back([&] {
            RawClient client = house.connect();
            for (int request = 0; request < 50; ++request) {
                if (client.ask(HttpHouse::post("{\"a\":1}")).body == "{\"a\":1}") ++answered;
            }
        });
    }
    for (std::thread& client : clients) client.join();
    EXPECT_EQ(answered, 200);
    EXPECT_EQ(house.handled, 200);
}

}  // namespace
}  // namespace sallyport::http
