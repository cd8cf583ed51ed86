#include <gmock/gmock.h>

#include <atomic>
#include <set>
#include <thread>

#include "clients/cpp/producer.h"
#include "storage/base/text.h"
#include "tests/integration/streams.h"

namespace cadenza::testing {
namespace {

using client::Event;
using client::Int;
using client::UserId;

constexpr int kUsers = 10;

v1::UserRef UserOf(int64_t seq) { return UserId(StrCat("u", seq % kUsers)); }

// How often each number was stored.
std::map<int64_t, int> Stored(const Workspace& shop) {
  std::map<int64_t, int> times;
  for (int user = 0; user < kUsers; ++user) {
    int64_t expected = 1;
    for (const v1::UserEvent& event : shop.Events(UserOf(user))) {
      EXPECT_EQ(event.user_seq(), expected++);
      ++times[event.input().custom_event().properties().at("i").int64_value()];
    }
  }
  return times;
}

TEST(DrainTest, SigtermUnderLoadEndsInTimeWithEveryAckedInputStored) {
  const std::string database = NewDatabase();
  const std::unique_ptr<ServerProcess> server = StartServer(database);
  const std::unique_ptr<ServerProcess> witness = StartServer(database);
  const Workspace shop(server->target(), FreshName());
  shop.Apply(Event(UserId("u0"), "first", {{"i", Int(0)}}));

  std::atomic<int64_t> acked = 0;
  std::atomic<bool> stop = false;
  client::ProducerOptions options;
  options.channel = shop.channel();
  options.backoff = kBackoff;
  options.workspace = shop.name();
  options.max_batch_inputs = 20;
  options.max_buffered_inputs = 500;
  options.on_ack = [&](const v1::Ack& ack) { acked = ack.acked_through(); };
  client::Producer producer(options);
  int64_t sent = 0;
  std::thread load([&] {
    while (!stop) {
      auto seq =
          producer.Send(Event(UserOf(sent + 1), "step", {{"i", Int(sent + 1)}}), absl::Now() + absl::Milliseconds(100));
      if (seq.ok()) sent = *seq;
    }
  });
  ASSERT_TRUE(Eventually([&] { return acked > 1000; }));

  const absl::Time asked = absl::Now();
  const absl::StatusOr<int> code = server->Terminate(absl::Seconds(30));
  EXPECT_TRUE(code.ok()) << code.status();
  EXPECT_EQ(code.value_or(-1), 0);
  std::printf("drained in %s\n", absl::FormatDuration(absl::Now() - asked).c_str());
  // The client reads an ack after the server sent it, so what it has may still grow; never beyond what is stored.
  const Workspace elsewhere = shop.Through(witness->target());
  const int64_t acked_then = acked;
  const std::map<int64_t, int> there = Stored(elsewhere);
  for (int64_t i = 1; i <= acked_then; ++i) ASSERT_EQ(there.count(i), 1) << i << " was acked and is not stored";

  ASSERT_TRUE(server->Restart().ok());
  ASSERT_TRUE(Eventually([&] { return acked > acked_then + 500; })) << producer.last_error();
  stop = true;
  load.join();
  EXPECT_TRUE(producer.Close(Soon()).ok());
  const std::map<int64_t, int> all = Stored(elsewhere);
  EXPECT_EQ(all.size(), sent + 1);
  for (const auto& [i, times] : all) ASSERT_EQ(times, 1) << i;
}

TEST(DrainTest, ASubscriberIsAskedToOpenElsewhereAndMissesNothing) {
  const std::string database = NewDatabase();
  const std::unique_ptr<ServerProcess> server = StartServer(database);
  const Workspace shop(server->target(), FreshName());
  shop.Activate(CampaignOn("thanks", "order", "{{ event.properties.n }}"));
  Inbox inbox(shop, UserId("ada"));
  shop.Apply(Event(UserId("ada"), "order", {{"n", Int(1)}}));
  inbox.Await(1);
  EXPECT_EQ(server->Terminate(absl::Seconds(30)).value_or(-1), 0);
  ASSERT_TRUE(server->Restart().ok());
  v1::SubmitEventsRequest second;
  second.set_workspace(shop.name());
  *second.add_inputs() = WithId(Event(UserId("ada"), "order", {{"n", Int(2)}}));
  ASSERT_TRUE(Eventually([&] { return shop.client().SubmitEvents(second).ok(); })) << "the channel connects again";
  const std::vector<v1::Message> messages = inbox.Await(2);
  ASSERT_EQ(messages.size(), 2);
  EXPECT_EQ(messages[1].body(), "2");
}

TEST(DrainTest, AnIdleServerEndsAtOnce) {
  const std::unique_ptr<ServerProcess> server = StartServer(NewDatabase());
  const absl::Time asked = absl::Now();
  EXPECT_EQ(server->Terminate(absl::Seconds(30)).value_or(-1), 0);
  EXPECT_LT(absl::Now() - asked, absl::Seconds(20)) << "it waited for nobody";
}

}  // namespace
}  // namespace cadenza::testing
