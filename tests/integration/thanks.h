// A workspace that thanks for each order: what tests of receipts begin with.
#ifndef CADENZA_TESTS_INTEGRATION_THANKS_H_
#define CADENZA_TESTS_INTEGRATION_THANKS_H_

#include <string>

#include "tests/integration/harness.h"

namespace cadenza::testing {

class ThanksTest : public ServedTest {
 protected:
  void SetUp() override {
    ServedTest::SetUp();
    shop().Activate(CampaignOn("thanks", "order"));
  }
  // The id of the message that an order brings.
  std::string Order() {
    shop().Apply(client::Event(ada_, "order"));
    return shop().Messages(ada_).back().message_id();
  }
  v1::CampaignHistory Thanks() { return shop().Profile(ada_).campaigns().at("thanks"); }

  const v1::UserRef ada_ = client::UserId("ada");
};

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_INTEGRATION_THANKS_H_
