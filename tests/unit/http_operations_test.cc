#include "http/operations.h"
#include "tests/support/fakes.h"
#include "tests/support/matchers.h"

#include <stdexcept>

namespace sallyport::http {
namespace {

using testing::HasSubstr;

class OperationsTest : public testing::Test {
  protected:
    Response get(std::string path, std::string method = "GET") {
        Operations operations(
            {{"database", [this] { return database_; }}, {"device", [this] { return device_(); }}},
            {"soft token"},
            metrics_,
            random_);
        Request request;
        request.method = std::move(method);
        request.path = std::move(path);
        return operations.handle(std::move(request));
    }

    PrometheusMetrics metrics_;
    test::SequenceRandom random_;
    Status database_;
    std::function<Status()> device_ = [] { return Status(); };
};

TEST_F(OperationsTest, saysThatItLives) {
    EXPECT_EQ(get("/livez").status, 200);
    EXPECT_EQ(get("/livez", "HEAD").status, 200);
    EXPECT_EQ(get("/livez", "POST").status, 405);
    EXPECT_EQ(get("/").status, 404);
}

TEST_F(OperationsTest, isReadyWhenEveryDependencyIs) {
    const Response response = get("/readyz");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(
        response.body,
        R"({"dependencies":{"database":{"state":"ok"},"device":{"state":"ok"}},"notices":["soft token"],"status":"ready"})");
}

TEST_F(OperationsTest, givesAReasonForEachDependencyThatFails) {
    RecordProperty("requirement", "O-02");
    database_ = fail(ErrorCode::kUnavailable, "disk full");
    device_ = []() -> Status { throw std::runtime_error("what"); };
    const Response response = get("/readyz");
    EXPECT_EQ(response.status, 503);
    EXPECT_NE(response.headers.find("Retry-After"), nullptr);
    EXPECT_THAT(
        response.body,
        HasSubstr(R"("database":{"code":"unavailable","reason":"disk full","state":"failed"})"));
    EXPECT_THAT(
        response.body,
        HasSubstr(
            R"("device":{"code":"internal","reason":"the check itself failed","state":"failed"})"));
}

TEST_F(OperationsTest, writesMetricsInTheTextFormat) {
    metrics_.count("sallyport_a_total", {{"kind", "x"}}, 2);
    metrics_.count("sallyport_a_total", {{"kind", "x"}}, 1);
    metrics_.set("sallyport_b", {}, 1.5);
    metrics_.observe("sallyport_c_seconds", {}, 0.003);
    const Response response = get("/metrics");
    EXPECT_THAT(*response.headers.find("Content-Type"), HasSubstr("version=0.0.4"));
    EXPECT_THAT(response.body, HasSubstr("sallyport_a_total{kind=\"x\"} 3"));
    EXPECT_THAT(response.body, HasSubstr("sallyport_b 1.5"));
    EXPECT_THAT(response.body, HasSubstr("sallyport_c_seconds_bucket{le=\"0.0025\"} 0"));
    EXPECT_THAT(response.body, HasSubstr("sallyport_c_seconds_bucket{le=\"0.005\"} 1"));
}

TEST_F(OperationsTest, countingNeverFails) {
    metrics_.count("not a name", {}, 1);
    metrics_.count("sallyport_a_total", {{"bad-label", "x"}}, 1);
    metrics_.count("sallyport_b_total", {}, 1);
    metrics_.set("sallyport_b_total", {}, 7);
    EXPECT_THAT(get("/metrics").body, HasSubstr("sallyport_b_total 1"));
}

}  // namespace
}  // namespace sallyport::http
