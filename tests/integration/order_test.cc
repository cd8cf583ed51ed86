#include <gmock/gmock.h>

#include <random>
#include <thread>

#include "clients/cpp/producer.h"
#include "storage/base/text.h"
#include "tests/integration/streams.h"
#include "tests/support/seed.h"

namespace cadenza::testing {
namespace {

using client::Event;
using client::Int;
using client::UserId;

class OrderTest : public ServedTest {};

// Every user's events in the order of user_seq: 1, 2, 3 … without a gap, each stream's own in the order sent.
void ExpectOrderly(const Workspace& shop, int users, int64_t total) {
  int64_t found = 0;
  for (int user = 0; user < users; ++user) {
    std::map<int64_t, int64_t> last_of_stream;
    int64_t expected = 1;
    for (const v1::UserEvent& event : shop.Events(UserId(StrCat("u", user)))) {
      ASSERT_EQ(event.user_seq(), expected++) << "of u" << user;
      const auto& properties = event.input().custom_event().properties();
      int64_t& last = last_of_stream[properties.at("stream").int64_value()];
      ASSERT_LT(last, properties.at("i").int64_value()) << "of u" << user;
      last = properties.at("i").int64_value();
      ++found;
    }
    EXPECT_EQ(shop.Profile(UserId(StrCat("u", user))).user_seq(), expected - 1);
  }
  EXPECT_EQ(found, total);
}

// `streams` producers, `targets` in turn, each sending `count` events to random users of a few.
void SendFromMany(const Workspace& shop, const std::vector<std::string>& targets, int streams, int count, int users,
                  uint64_t seed) {
  std::vector<std::thread> threads;
  for (int s = 0; s < streams; ++s) {
    threads.emplace_back([&, s] {
      client::ProducerOptions options;
      options.channel = {.target = targets[s % targets.size()], .own_connection = true};
      options.workspace = shop.name();
      options.max_batch_inputs = 50;
      client::Producer producer(options);
      std::mt19937_64 random(seed + s);
      for (int i = 1; i <= count; ++i) {
        const std::string user = StrCat("u", random() % users);
        auto sent = producer.Send(Event(UserId(user), "step", {{"stream", Int(s)}, {"i", Int(i)}}), Soon());
        ASSERT_TRUE(sent.ok()) << sent.status();
      }
      const absl::Status closed = producer.Close(Soon() + kPatience);
      EXPECT_TRUE(closed.ok()) << closed;
      EXPECT_EQ(producer.stats().acked, count);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(OrderTest, EachUserHasOneGaplessSequenceOverManyStreams) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(SeedLine(seed));
  SendFromMany(shop(), {server().target()}, /*streams=*/6, /*count=*/1000, /*users=*/25, seed);
  ExpectOrderly(shop(), 25, 6000);
}

TEST_F(OrderTest, TwoProcessesWritingTheSameUsersKeepOneGaplessSequence) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(SeedLine(seed));
  shop().Activate(CampaignOn("each", "step", "step {{ event.properties.i }}"));
  const std::unique_ptr<ServerProcess> other = StartServer(database());
  SendFromMany(shop(), {server().target(), other->target()}, /*streams=*/4, /*count=*/300, /*users=*/5, seed);
  ExpectOrderly(shop(), 5, 1200);
  int64_t messages = 0;
  for (int user = 0; user < 5; ++user) {
    int64_t expected = 1;
    for (const v1::Message& message : shop().Messages(UserId(StrCat("u", user)))) {
      ASSERT_EQ(message.message_seq(), expected++);
    }
    EXPECT_EQ(shop().Profile(UserId(StrCat("u", user))).message_seq(), expected - 1);
    messages += expected - 1;
  }
  EXPECT_EQ(messages, 1200);
}

TEST_F(OrderTest, EventsOfOneStreamTakeEffectInTheOrderSent) {
  EventStream stream(shop());
  ASSERT_TRUE(stream.Open());
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(stream.Send(i + 1, {client::SetAttributes(UserId("ada"), {{"last", Int(i)}})}));
  }
  EXPECT_THAT(stream.AwaitAcks(200).results, ::testing::IsEmpty());
  EXPECT_EQ(shop().Profile(UserId("ada")).attributes().at("last").int64_value(), 199);
  const std::vector<v1::UserEvent> events = shop().Events(UserId("ada"));
  ASSERT_EQ(events.size(), 200);
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(events[i].input().attribute_change().operations(0).set().int64_value(), i);
  }
}

TEST_F(OrderTest, RulesSeeTheProfileAfterTheEventAndEveryEventBeforeIt) {
  v1::Campaign third = CampaignOn("third", "order", "order {{ event.properties.i }}");
  third.set_condition("user.event_count(\"order\") == 3");
  shop().Activate(third);
  EventStream stream(shop());
  ASSERT_TRUE(stream.Open());
  std::vector<v1::Input> inputs;
  for (int i = 1; i <= 5; ++i) inputs.push_back(Event(UserId("ada"), "order", {{"i", Int(i)}}));
  ASSERT_TRUE(stream.Send(1, inputs));
  stream.AwaitAcks(5);
  EXPECT_THAT(shop().Bodies(UserId("ada")), ::testing::ElementsAre("order 3"));
}

}  // namespace
}  // namespace cadenza::testing
