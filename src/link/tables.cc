#include "link/tables.h"

namespace sallyport::link {

const seal::Table& linksTable() {
    using enum seal::ColumnClass;
    static const seal::Table table{"links",
                                   seal::Binding::kToken,
                                   {{"id", kKey},
                                    {"gen", kSeal},
                                    {"purpose", kBound},
                                    {"account_id", kBound},
                                    {"address_id", kBound},
                                    {"binding", kBound},
                                    {"request_id", kBound},
                                    {"issued_at", kBound},
                                    {"expires_at", kBound},
                                    {"check_value", kSeal},
                                    {"consumed_at", kState},
                                    {"revoked_at", kState},
                                    {"replaced_by", kState},
                                    {"attempts", kState},
                                    {"disown_attempts", kState},
                                    {"mails", kState},
                                    {"asks", kState},
                                    {"asked_at", kState},
                                    {"tag", kState},
                                    {"source", kState},
                                    {"known", kState},
                                    {"mailbox", kState},
                                    {"language", kFree},
                                    {"browser", kFree}}};
    return table;
}

}  // namespace sallyport::link
