// A customer's phone: an open stream of messages, and what came on it when.
#ifndef CADENZA_CLIENTS_EXAMPLES_PIZZA_PHONE_H_
#define CADENZA_CLIENTS_EXAMPLES_PIZZA_PHONE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "clients/cpp/subscriber.h"

namespace cadenza::pizza {

struct Arrival {
  v1::Message message;
  absl::Time time;
};

// Thread-safe. On from the constructor to the destructor.
class Phone {
 public:
  Phone(const client::ChannelOptions& channel, const std::string& workspace, const v1::UserRef& user);

  // Whether the stream is open on the server's side.
  bool AwaitOnline(absl::Time deadline);
  // The message number `index` (from 0) of this phone; nothing if it does not come in time.
  std::optional<Arrival> Await(size_t index, absl::Time deadline);
  size_t received() const;
  std::vector<Arrival> arrivals() const;

 private:
  client::SubscriberOptions Options(const client::ChannelOptions& channel, const std::string& workspace,
                                    const v1::UserRef& user);

  mutable absl::Mutex mu_;
  bool online_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<Arrival> arrivals_ ABSL_GUARDED_BY(mu_);
  client::Subscriber subscriber_;  // last: its thread uses the others
};

}  // namespace cadenza::pizza

#endif  // CADENZA_CLIENTS_EXAMPLES_PIZZA_PHONE_H_
