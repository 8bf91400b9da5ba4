#include "http/response.h"

namespace sallyport::http {

Response Response::json(int status, const Json& document) {
    Response response = empty(status);
    response.headers.add("Content-Type", "application/json");
    response.body = document.text();
    return response;
}

Response Response::empty(int status) {
    Response response;
    response.status = status;
    return response;
}

Response Response::seeOther(std::string path) {
    Response response = empty(303);
    response.headers.add("Location", std::move(path));
    return response;
}

}  // namespace sallyport::http
