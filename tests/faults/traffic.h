// Customers whose every order is counted: what fault tests send while they break things, and the exact check at the
// end.
#ifndef CADENZA_TESTS_FAULTS_TRAFFIC_H_
#define CADENZA_TESTS_FAULTS_TRAFFIC_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "clients/cpp/builders.h"
#include "clients/cpp/client.h"
#include "clients/cpp/producer.h"
#include "clients/cpp/subscriber.h"

namespace cadenza::testing {

// How long anything is waited for before a test fails; a pass never takes it.
inline constexpr absl::Duration kPatience = absl::Seconds(120);

// Looks until `condition` holds; false after `limit`.
bool Eventually(const std::function<bool()>& condition, absl::Duration limit = kPatience);

// Calls to `target` that reconnect at once, so that a test does not wait for the client's patience.
client::ChannelOptions Channel(const std::string& target);
client::BackoffOptions QuickBackoff();

inline constexpr char kShop[] = "shop";

// A campaign that answers every order_placed with a message of which order it was; in force when this returns.
void ActivateThanks(const std::string& target);
// Any campaign on order_placed.
void Activate(const std::string& target, const std::string& id, const std::string& condition, const std::string& body);

// "order_placed", number `n` of this customer; its event_id follows from both.
v1::Input Order(const std::string& customer, int64_t n);

// One customer's open phone.
class Phone {
 public:
  Phone(const std::string& target, const std::string& customer);
  // The event ids of the messages that came, in the order in which they came.
  std::vector<std::string> event_ids() const;
  bool AwaitCount(size_t count) const;

 private:
  mutable absl::Mutex mu_;
  std::vector<std::string> event_ids_ ABSL_GUARDED_BY(mu_);
  std::unique_ptr<client::Subscriber> subscriber_;
};

// Producers, each a thread with customers of its own, who order one after the other until told to stop.
class Traffic {
 public:
  struct Options {
    std::string name = "c";            // customers are called <name>0, <name>1 ...
    std::vector<std::string> targets;  // producer i sends to targets[i % size]
    int producers = 2;
    int customers = 4;  // of each producer
    // How many orders of a producer may wait for their ack.
    size_t unacked = 40;
    size_t padding = 0;         // bytes of each order besides
    int64_t limit = INT64_MAX;  // orders of each producer
  };
  explicit Traffic(Options options);
  ~Traffic();

  int64_t acked() const;
  int64_t sent() const { return sent_.load(); }
  // Duplicates and rejections that acks told of.
  int64_t duplicates() const { return duplicates_.load(); }
  int64_t rejected() const { return rejected_.load(); }
  bool AwaitAcked(int64_t count, absl::Duration limit = kPatience) const;

  // Sends no more, and waits until everything is acked.
  absl::Status Finish();

  std::vector<std::string> customers() const;
  // REQUIRES: Finish. Of a customer: orders 1 to this were sent.
  int64_t sent_by(const std::string& customer) const;

 private:
  struct Sender {
    std::unique_ptr<client::Producer> producer;
    std::vector<int64_t> sent;  // by customer
    std::thread thread;
  };
  std::string CustomerOf(int sender, int index) const;
  void Run(int index);

  const Options options_;
  std::atomic<bool> stop_{false};
  std::atomic<int64_t> sent_{0};
  std::atomic<int64_t> duplicates_{0};
  std::atomic<int64_t> rejected_{0};
  std::vector<std::unique_ptr<Sender>> senders_;
};

// What is there of a customer, as the server at `target` tells it: orders 1 to `count`, each once, and nothing else; in
// the profile, in the list of events, and (one each) among the messages.
struct Expected {
  bool in_order = true;
  bool messages = true;
};
void ExpectExactly(const std::string& target, const std::string& customer, int64_t count, Expected expected = {});
// For every customer of the traffic.
void ExpectExactly(const std::string& target, const Traffic& traffic, Expected expected = {});
// Order ids 1 to `count`.
std::vector<std::string> OrderIds(const std::string& customer, int64_t count);

absl::StatusOr<v1::Profile> GetProfile(client::Client& client, const std::string& customer);

// Whether grpc.health.v1.Health says SERVING; false too if there is no answer within a second.
bool IsServing(const std::string& target);

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_FAULTS_TRAFFIC_H_
