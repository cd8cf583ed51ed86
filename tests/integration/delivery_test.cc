#include <gmock/gmock.h>

#include "storage/base/text.h"
#include "tests/integration/streams.h"

namespace cadenza::testing {
namespace {

using client::Event;
using client::Int;
using client::UserId;

class DeliveryTest : public ServedTest {
 protected:
  void SetUp() override {
    ServedTest::SetUp();
    shop().Activate(CampaignOn("thanks", "order", "{{ event.properties.n }}"));
  }
  void Order(const Workspace& where, int n) { where.Apply(Event(ada_, "order", {{"n", Int(n)}})); }
  void OrderAll(int from, int to) {
    std::vector<v1::Input> inputs;
    for (int n = from; n <= to; ++n) inputs.push_back(Event(ada_, "order", {{"n", Int(n)}}));
    shop().SubmitAll(inputs);
  }

  const v1::UserRef ada_ = UserId("ada");
};

// Messages `from` to `to`, each once, in order, by body and message_seq.
void ExpectRun(const std::vector<v1::Message>& messages, int from, int to) {
  ASSERT_EQ(messages.size(), to - from + 1);
  for (int i = 0; i < static_cast<int>(messages.size()); ++i) {
    EXPECT_EQ(messages[i].message_seq(), from + i);
    EXPECT_EQ(messages[i].body(), StrCat(from + i));
  }
}

TEST_F(DeliveryTest, AMessageHasWhatTheCampaignAndTheEventSay) {
  v1::Campaign campaign = CampaignOn("hello", "visit", "body of {{ user.id }}");
  campaign.mutable_message()->set_title("title for {{ event.properties.page }}");
  campaign.mutable_message()->set_channel("email");
  campaign.mutable_message()->mutable_time_to_live()->set_seconds(3600);
  shop().Activate(campaign);
  MessageStream stream(shop(), ada_);
  EXPECT_TRUE(stream.opened().complete());
  EXPECT_EQ(stream.opened().top_message_seq(), 0);
  shop().Apply(WithId(Event(ada_, "visit", {{"page", client::String("home")}}), "visit-1"));
  const std::optional<v1::Message> message = stream.Next();
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->message_seq(), 1);
  EXPECT_EQ(message->campaign_id(), "hello");
  EXPECT_EQ(message->event_id(), "visit-1");
  EXPECT_EQ(message->channel(), "email");
  EXPECT_EQ(message->title(), "title for home");
  EXPECT_EQ(message->body(), "body of ada");
  EXPECT_FALSE(message->message_id().empty());
  EXPECT_FALSE(message->cursor().empty());
  EXPECT_EQ(message->expire_time().seconds() - message->create_time().seconds(), 3600);
  ASSERT_EQ(shop().Messages(ada_).size(), 1);
  EXPECT_EQ(shop().Messages(ada_)[0].SerializeAsString(), message->SerializeAsString());
}

TEST_F(DeliveryTest, LiveOneByOne) {
  Inbox inbox(shop(), ada_);
  inbox.AwaitOpened();
  for (int n = 1; n <= 20; ++n) {
    Order(shop(), n);
    ASSERT_EQ(inbox.Await(n).size(), n);
  }
  ExpectRun(inbox.Await(20), 1, 20);
}

TEST_F(DeliveryTest, ASubscriberThatComesLaterGetsWhatItMissedFirst) {
  OrderAll(1, 700);
  MessageStream stream(shop(), ada_);
  EXPECT_EQ(stream.opened().top_message_seq(), 700);
  EXPECT_TRUE(stream.opened().complete());
  std::vector<v1::Message> messages;
  while (messages.size() < 700) messages.push_back(stream.Next().value());
  OrderAll(701, 710);
  while (messages.size() < 710) messages.push_back(stream.Next().value());
  ExpectRun(messages, 1, 710);
}

TEST_F(DeliveryTest, ResumingFromACursorLosesAndDoublesNothing) {
  std::string cursor;
  for (int round = 0; round < 10; ++round) {
    OrderAll(round * 10 + 1, round * 10 + 5);
    Inbox inbox(shop(), ada_, cursor);
    inbox.Await(5);
    OrderAll(round * 10 + 6, round * 10 + 10);
    const std::vector<v1::Message> messages = inbox.Await(10);
    ExpectRun(messages, round * 10 + 1, round * 10 + 10);
    // The cursor moves when the callback has returned, a moment after the message was seen.
    ASSERT_TRUE(Eventually([&] { return inbox.subscriber().cursor() == messages.back().cursor(); }));
    cursor = messages.back().cursor();
  }
  EXPECT_EQ(cursor, shop().Messages(ada_).back().cursor());
}

TEST_F(DeliveryTest, ACursorOfTheMiddleContinuesAfterItsMessage) {
  OrderAll(1, 10);
  Inbox inbox(shop(), ada_, shop().Messages(ada_)[3].cursor());
  ExpectRun(inbox.Await(6), 5, 10);
}

TEST_F(DeliveryTest, EveryDeviceGetsEveryMessage) {
  std::vector<std::unique_ptr<Inbox>> devices;
  for (int i = 0; i < 5; ++i) devices.push_back(std::make_unique<Inbox>(shop(), ada_));
  for (const auto& device : devices) device->AwaitOpened();
  OrderAll(1, 50);
  for (const auto& device : devices) ExpectRun(device->Await(50), 1, 50);
}

TEST_F(DeliveryTest, NobodyGetsAnothersMessages) {
  const Workspace neighbour(server().target(), FreshName());
  Inbox bob(shop(), UserId("bob"));
  Inbox stranger(neighbour, ada_);
  bob.AwaitOpened();
  stranger.AwaitOpened();
  OrderAll(1, 5);
  Inbox ada(shop(), ada_);
  ada.Await(5);
  shop().Apply(Event(UserId("bob"), "order", {{"n", Int(1)}}));
  ExpectRun(bob.Await(1), 1, 1);
  EXPECT_EQ(stranger.size(), 0);
}

TEST_F(DeliveryTest, ExpiredMessagesAreNotDelivered) {
  v1::Campaign campaign = CampaignOn("quick", "blink");
  campaign.mutable_message()->mutable_time_to_live()->set_seconds(1);
  shop().Activate(campaign);
  shop().Apply(Event(ada_, "blink"));
  ASSERT_TRUE(Eventually([&] { return shop().Messages(ada_).empty(); }));
  Order(shop(), 2);
  Inbox inbox(shop(), ada_);
  const std::vector<v1::Message> messages = inbox.Await(1);
  ASSERT_EQ(messages.size(), 1);
  EXPECT_EQ(messages[0].message_seq(), 2);
}

TEST_F(DeliveryTest, AMergedUsersStreamEndsWithUserMergedAndTheOtherHasAll) {
  const v1::UserRef device = client::AnonymousId("device-1");
  Order(shop(), 1);
  MessageStream stream(shop(), device);
  shop().Apply(Event(device, "order", {{"n", Int(2)}}));
  ASSERT_TRUE(stream.Next().has_value());
  shop().Apply(client::Identify(ada_, "device-1"));
  EXPECT_FALSE(stream.Next().has_value());
  const absl::Status status = stream.Finish();
  EXPECT_TRUE(absl::IsAborted(status)) << status;
  EXPECT_EQ(client::ErrorReason(status), "USER_MERGED");
  Inbox again(shop(), device);
  ExpectRun(again.Await(2), 1, 2);
}

TEST_F(DeliveryTest, ASubscriberOfAMergedUserGoesOnWithTheOther) {
  const v1::UserRef device = client::AnonymousId("device-1");
  Inbox inbox(shop(), device);
  inbox.AwaitOpened();
  shop().Apply(Event(device, "order", {{"n", Int(1)}}));
  inbox.Await(1);
  shop().Apply(client::Identify(ada_, "device-1"));
  Order(shop(), 2);
  const std::vector<v1::Message> messages = inbox.Await(3);
  EXPECT_EQ(messages.back().body(), "2") << "the first came again, from the oldest kept";
}

TEST_F(DeliveryTest, ABadCursorIsRefusedByName) {
  MessageStream stream(shop(), ada_, "no cursor at all");
  EXPECT_FALSE(stream.Next().has_value());
  const absl::Status status = stream.Finish();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  ASSERT_EQ(client::FieldViolations(status).size(), 1);
  EXPECT_THAT(client::FieldViolations(status)[0].field, ::testing::HasSubstr("cursor"));
}

class AcrossProcessesTest : public DeliveryTest, public ::testing::WithParamInterface<bool> {};

TEST_P(AcrossProcessesTest, MessagesReachASubscriberOfAnotherProcess) {
  const bool redis = GetParam();
  const std::unique_ptr<ServerProcess> writer = StartServer(database(), redis);
  const std::unique_ptr<ServerProcess> reader = StartServer(database(), redis);
  Inbox inbox(shop().Through(reader->target()), ada_);
  inbox.AwaitOpened();
  const Workspace there = shop().Through(writer->target());
  for (int n = 1; n <= 3; ++n) {
    const absl::Time sent = absl::Now();
    Order(there, n);
    inbox.Await(n);
    std::printf("%s: there after %s\n", redis ? "by hint" : "by poll",
                absl::FormatDuration(absl::Now() - sent).c_str());
  }
  ExpectRun(inbox.Await(3), 1, 3);
}

TEST_P(AcrossProcessesTest, AMergeThereEndsTheStreamHere) {
  if (!GetParam()) GTEST_SKIP() << "without hints the row of a subscribed user is looked at every 30 s";
  const std::unique_ptr<ServerProcess> writer = StartServer(database());
  const v1::UserRef device = client::AnonymousId("device-1");
  shop().Apply(Event(device, "order", {{"n", Int(1)}}));
  MessageStream stream(shop(), device);
  ASSERT_TRUE(stream.Next().has_value());
  shop().Through(writer->target()).Apply(client::Identify(ada_, "device-1"));
  EXPECT_FALSE(stream.Next().has_value());
  EXPECT_EQ(client::ErrorReason(stream.Finish()), "USER_MERGED");
}

INSTANTIATE_TEST_SUITE_P(Hints, AcrossProcessesTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "redis" : "polling"; });

}  // namespace
}  // namespace cadenza::testing
