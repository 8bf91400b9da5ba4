#pragma once

#include "base/json.h"
#include "http/gate.h"
#include "http/server.h"
#include "tests/support/fakes.h"
#include "tests/support/raw_http.h"

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace sallyport::test {

/// A door that handlers wait at until the test opens it.
class Door {
  public:
    void wait() {
        std::unique_lock lock(mutex_);
        ++waiting_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
    }

    void open() {
        const std::scoped_lock lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }

    /// Until so many handlers stand at it.
    bool awaitWaiting(int count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return waiting_ >= count; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int waiting_ = 0;
    bool open_ = false;
};

/// A server on loopback with a gate and a few endpoints: `/hello`, `/echo` (POST), `/door`,
/// `/large`, `/throws`.
class HttpHouse {
  public:
    static http::Server::Options options() {
        http::Server::Options options;
        options.listen = http::ListenAddress::parse("127.0.0.1:0").value();
        options.workers = 4;
        options.connections_per_source = 10'000;
        // Long, so that no test passes because a time ran out that it does not mean.
        options.header_time = std::chrono::seconds(60);
        options.body_time = std::chrono::seconds(60);
        options.keep_alive_time = std::chrono::seconds(60);
        return options;
    }

    explicit HttpHouse(http::Server::Options options = HttpHouse::options()) {
        addEndpoints();
        auto bound = http::Server::bind(std::move(options));
        SALLYPORT_ASSERT(bound.has_value());
        server = *std::move(bound);
        const Status started = server->start(gate, clock, metrics);
        SALLYPORT_ASSERT(started.has_value());
    }

    ~HttpHouse() { door.open(); }

    RawClient connect(const char* source = "127.0.0.1") const {
        return RawClient::tcp(server->boundPort(), source);
    }

    static std::string get(std::string_view path, std::string_view fields = "") {
        return "GET " + std::string(path) + " HTTP/1.1\r\nHost: id.example\r\n" +
               std::string(fields) + "\r\n";
    }

    /// A POST that passes, and `fields` more.
    static std::string post(std::string_view body, std::string_view fields = "") {
        return "POST /echo HTTP/1.1\r\nHost: id.example\r\nOrigin: "
               "https://id.example\r\nContent-Type: application/json\r\n"
               "Content-Length: " +
               std::to_string(body.size()) + "\r\n" + std::string(fields) + "\r\n" +
               std::string(body);
    }

    Door door;
    std::atomic<int> handled = 0;
    SystemClock clock;
    SystemRandom random;
    Log log{clock, [](std::string_view) {}};
    NoMetrics metrics;
    http::Router router;
    http::PublicUrl url = http::PublicUrl::parse("https://id.example").value();
    http::Gate gate{{url, http::CookiePolicy(url, false), http::TrustedProxies()},
                    router,
                    random,
                    log,
                    metrics};
    std::unique_ptr<http::Server> server;

  private:
    void add(std::string method, std::string path, http::Handler handler) {
        http::Endpoint endpoint;
        endpoint.method = std::move(method);
        endpoint.pattern = std::move(path);
        endpoint.handler = [this, handler = std::move(handler)](const http::Call& call) {
            ++handled;
            return handler(call);
        };
        router.add(std::move(endpoint));
    }

    static http::Response text(std::string body) {
        http::Response response;
        response.body = std::move(body);
        return response;
    }

    void addEndpoints() {
        add("GET", "/hello", [](const http::Call&) -> Result<http::Response> {
            return text("hello");
        });
        add("POST", "/echo", [](const http::Call& call) -> Result<http::Response> {
            return http::Response::json(200, call.body);
        });
        add("GET", "/door", [this](const http::Call&) -> Result<http::Response> {
            door.wait();
            return text("through");
        });
        add("GET", "/large", [](const http::Call&) -> Result<http::Response> {
            return text(std::string(std::size_t{6} * 1024 * 1024, 'x'));
        });
        add("GET", "/throws", [](const http::Call&) -> Result<http::Response> {
            throw std::bad_alloc();
        });
    }
};

/// A real 503: a problem document, when to come back, and the end of the connection.
inline void expectUnavailable(const RawAnswer& answer) {
    EXPECT_EQ(answer.status, 503);
    EXPECT_TRUE(answer.has("Retry-After: "));
    EXPECT_TRUE(answer.has("Connection: close"));
    const Result<Json> document = Json::parse(answer.body);
    ASSERT_TRUE(document.has_value()) << answer.body;
    EXPECT_EQ(*document->find("code")->asString(), "unavailable");
}

inline Duration timed(const std::function<void()>& work) {
    const auto started = Deadline::Clock::now();
    work();
    return std::chrono::duration_cast<Duration>(Deadline::Clock::now() - started);
}

}  // namespace sallyport::test
