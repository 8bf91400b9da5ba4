#include "http/response_writer.h"

#include <Poco/Net/HTTPResponse.h>

#include <ctime>

#include <algorithm>

namespace sallyport::http {

namespace {

bool hasControlByte(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
    });
}

void writeField(std::string& out, std::string_view name, std::string_view value) {
    if (hasControlByte(name) || hasControlByte(value)) return;
    out.append(name).append(": ").append(value).append("\r\n");
}

/// RFC 9110 5.6.7 IMF-fixdate.
std::string httpDate(Time now) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[40] = {};
    const std::size_t size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {text, size};
}

}  // namespace

std::string writeResponse(const Response& response, Time now, bool head_only, bool keep_alive) {
    using Poco::Net::HTTPResponse;
    std::string out =
        "HTTP/1.1 " + std::to_string(response.status) + ' ' +
        HTTPResponse::getReasonForStatus(static_cast<HTTPResponse::HTTPStatus>(response.status)) +
        "\r\n";
    writeField(out, "Date", httpDate(now));
    for (const Headers::Field& field : response.headers) writeField(out, field.first, field.second);
    // RFC 9110 8.6, 15.3.5, 15.4.5: these have no content, and 204 no length either.
    const bool has_content = response.status != 204 && response.status != 304;
    if (has_content) writeField(out, "Content-Length", std::to_string(response.body.size()));
    if (!keep_alive) writeField(out, "Connection", "close");
    out += "\r\n";
    if (has_content && !head_only) out += response.body;
    return out;
}

}  // namespace sallyport::http
