// Many lanes, subscribers and troubles at once: every subscriber gets every message once, in order.
#include <atomic>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "server/delivery/hub.h"
#include "storage/fault_store.h"
#include "storage/memory/memory_store.h"
#include "tests/support/seed.h"
#include "tests/unit/server/delivery/mailbox.h"

namespace cadenza {
namespace {

using testing::Away;
using testing::kNow;
using testing::Mailbox;
using testing::Sender;

constexpr int kUsers = 6;
constexpr int kLanes = 3;
constexpr int kMessages = 400;  // of each user

// A lane: commits, and then tells the hub in one of the ways that can happen.
void Send(Hub* hub, std::vector<Sender*> users, uint32_t seed) {
  std::mt19937 random(seed);
  while (!users.empty()) {
    size_t at = random() % users.size();
    Sender* user = users[at];
    int count = std::min<int>(1 + random() % 5, kMessages - user->message_seq());
    std::vector<Message> messages = user->Commit(count);
    switch (random() % 8) {
      case 0:  // committed elsewhere, and the hint is lost
        break;
      case 1:
        hub->Hint({user->user()});
        break;
      case 2:
        hub->Offer(messages);
        hub->Offer(messages);
        break;
      default:
        hub->Offer(messages);
    }
    if (user->message_seq() == kMessages) users.erase(users.begin() + at);
  }
}

// A device: reads in bites, goes away at times, and comes back with its cursor.
void Receive(Hub* hub, UserKey user, uint32_t seed, std::atomic<int>* wrong) {
  std::mt19937 random(seed);
  int64_t seen = 0;
  while (seen < kMessages) {
    Mailbox device(hub, user, seen);
    int bites = 1 + static_cast<int>(random() % 40);
    while (bites-- > 0 && seen < kMessages) {
      std::vector<Message> messages = device.subscription().Take(1 + random() % 16);
      if (messages.empty() && !device.AwaitReady()) {
        ++*wrong;
        return;
      }
      for (const Message& message : messages) {
        if (message.message_seq != ++seen || message.user != user) ++*wrong;
      }
    }
  }
}

TEST(HubStressTest, EveryMessageOnceInOrder) {
  const auto seed = static_cast<uint32_t>(testing::TestSeed());
  SCOPED_TRACE(testing::SeedLine(seed));
  ManualClock clock(kNow);
  MemoryStore memory(testing::MemoryOptions(&clock));
  FaultStore store(&memory);
  store.Inject(FaultStore::Call::kRead, Away(), 3);
  Hub::Options options;
  options.queue_messages = 8;
  options.poll_interval = absl::Milliseconds(5);
  options.merge_check_interval = absl::Milliseconds(5);
  std::unique_ptr<Hub> hub = Hub::Create(options, &store, &clock);

  std::vector<std::unique_ptr<Sender>> users;
  std::vector<std::vector<Sender*>> of_lane(kLanes);
  for (int i = 0; i < kUsers; ++i) {
    std::string name = "user" + std::to_string(i);
    users.push_back(
        std::make_unique<Sender>(&memory, i % 2 ? UserKey::User("w", name) : UserKey::Anonymous("w", name)));
    of_lane[i % kLanes].push_back(users.back().get());
  }
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2 * kUsers; ++i) {
    threads.emplace_back(Receive, hub.get(), users[i % kUsers]->user(), seed + 100 + i, &wrong);
  }
  for (int i = 0; i < kLanes; ++i) threads.emplace_back(Send, hub.get(), of_lane[i], seed + i);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(hub->subscription_count(), 0u);
}

}  // namespace
}  // namespace cadenza
