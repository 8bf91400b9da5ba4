#include "tests/support/key_house.h"

/// The maker of proofs, in place of the room that executes actions: for tests of rooms before it.
namespace sallyport::action {
class Execution {
  public:
    static credential::ApprovedAction proof(AccountId account,
                                            ActionId action,
                                            std::function<Status(storage::Transaction&)> settle) {
        return {account, action, Digest{}, std::move(settle)};
    }
};
}  // namespace sallyport::action

namespace sallyport::test {

credential::ApprovedAction KeyHouse::approval(AccountId account,
                                              ActionId action,
                                              std::function<Status(storage::Transaction&)> settle) {
    return action::Execution::proof(account, action, std::move(settle));
}

}  // namespace sallyport::test
