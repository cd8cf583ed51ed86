// The pizza story, played against a running server: three customers of a pizzeria, their inputs on one stream, their
// messages on others.
#ifndef CADENZA_CLIENTS_EXAMPLES_PIZZA_STORY_H_
#define CADENZA_CLIENTS_EXAMPLES_PIZZA_STORY_H_

#include <cstdint>
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

// One performance; for one thread. The customers are new ones each time. Needs the campaigns of this folder to be
// active.
class Story {
 public:
  explicit Story(StoryOptions options);

  // Tells each step on standard output as it happens, with measured times. The first step that does not happen as told
  // ends it: that step's error.
  absl::Status Play();

 private:
  struct Customer {
    std::string name;
    v1::UserRef user;
    int64_t inputs = 0;    // sent so far
    int64_t messages = 0;  // expected so far
  };
  struct Sent {
    absl::Time sent;
    absl::Time acked;
  };
  struct Pizza {
    std::string name;
    int64_t quantity;
    double price;
  };

  absl::Status AdaOpensTheApp();
  absl::Status AdaOrders();
  absl::Status AdaOrdersAgain();
  absl::Status BenHasUnsubscribed();
  absl::Status CleosPhoneIsOff();
  absl::Status EverythingIsSentAgain();
  absl::Status Sum();

  // Sends and waits for the ack.
  absl::StatusOr<Sent> Send(Customer& customer, v1::Input input);
  v1::Input Order(const Customer& customer, const Pizza& pizza) const;
  // As it stands after the customer's last input.
  absl::StatusOr<v1::Profile> ProfileOf(const Customer& customer);
  absl::StatusOr<int64_t> StoredMessages(const Customer& customer);
  absl::StatusOr<int64_t> StoredEvents(const Customer& customer);
  // The next message of the customer on the phone, which must say `body`; tells how long it took since `sent`.
  absl::StatusOr<Arrival> Expect(Customer& customer, Phone& phone, const std::string& body, absl::Time since,
                                 const std::string& from);
  absl::Time Deadline() const { return absl::Now() + options_.patience; }

  const StoryOptions options_;
  client::Client client_;
  client::Producer producer_;
  Customer ada_;
  Customer ben_;
  Customer cleo_;
  std::unique_ptr<Phone> adas_phone_;
  std::vector<v1::Input> history_;
  absl::Duration offer_latency_;
  absl::Duration confirmation_latency_;
  absl::Duration waited_latency_;
  absl::Duration ack_total_;
  int64_t acks_ = 0;
};

}  // namespace cadenza::pizza

#endif  // CADENZA_CLIENTS_EXAMPLES_PIZZA_STORY_H_
