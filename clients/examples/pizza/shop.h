// The shop: five campaigns over a running server, played by thirty-six customers. Welcome, abandoned cart with an
// exception event, dessert as an experiment with a control, thanks to a segment, and win-back by schedule.
#ifndef CADENZA_CLIENTS_EXAMPLES_PIZZA_SHOP_H_
#define CADENZA_CLIENTS_EXAMPLES_PIZZA_SHOP_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/cpp/client.h"
#include "clients/cpp/producer.h"
#include "clients/examples/pizza/phone.h"
#include "clients/examples/pizza/telling.h"

namespace cadenza::pizza {

// One performance; for one thread. The customers are new ones each time. Needs the campaigns, the segment and the
// settings of the folder shop/ to be in force.
class Shop {
 public:
  explicit Shop(StoryOptions options);

  // Tells each step on standard output as it happens. The first step that does not happen as told ends it: that step's
  // error.
  absl::Status Play();

 private:
  struct Customer {
    std::string name;
    v1::UserRef user;
    std::unique_ptr<Phone> phone;
    std::map<std::string, int> expected;  // messages, by campaign_id
    int messages = 0;                     // expected of all
  };

  absl::Status TheySignUp();
  absl::Status TenFillTheirCarts();
  absl::Status AllOrder();
  absl::Status SomeWereHereLongAgo();
  absl::Status Sum();

  absl::Status Send(v1::Input input);
  absl::Status Flush() { return producer_.Flush(Deadline()); }
  void Expect(Customer& customer, const std::string& campaign_id);
  // Until every phone has what is expected of it, which must be that and no more.
  absl::Status AwaitMessages();
  absl::StatusOr<v1::Decision> NewestDecision(const Customer& customer, const std::string& campaign_id);
  absl::Status ExplainTo(const Customer& customer, const std::string& campaign_id);
  // Those of this performance that came to a customer, of one campaign.
  int Received(const std::string& campaign_id) const;
  absl::Time Deadline() const { return absl::Now() + options_.patience; }

  const StoryOptions options_;
  client::Client client_;
  client::Producer producer_;
  std::vector<Customer> customers_;
};

}  // namespace cadenza::pizza

#endif  // CADENZA_CLIENTS_EXAMPLES_PIZZA_SHOP_H_
