// Receipts through the whole server: on the subscription stream, as inputs, and what follows from them.
#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/integration/streams.h"
#include "tests/integration/thanks.h"

namespace cadenza::testing {
namespace {

using client::Event;
using client::MessageReceipt;
using client::Receipt;
using client::UserId;
using ::testing::ElementsAre;
using Kind = v1::Receipt;

using ReceiptTest = ThanksTest;

// One SubscribeMessages stream that sends receipts. Blocking, for one thread.
class ReceiptStream {
 public:
  ReceiptStream(const Workspace& workspace, const v1::UserRef& user)
      : stub_(v1::MessageService::NewStub(workspace.client().channel())) {
    context_.set_deadline(absl::ToChronoTime(Soon()));
    stream_ = stub_->SubscribeMessages(&context_);
    v1::SubscribeMessagesRequest request;
    request.mutable_open()->set_workspace(workspace.name());
    *request.mutable_open()->mutable_user() = user;
    stream_->Write(request);
  }
  ~ReceiptStream() { context_.TryCancel(); }

  void Send(int64_t first_seq, const std::vector<v1::MessageReceipt>& receipts) {
    v1::SubscribeMessagesRequest request;
    request.mutable_receipts()->set_first_seq(first_seq);
    for (const v1::MessageReceipt& receipt : receipts) *request.mutable_receipts()->add_receipts() = receipt;
    stream_->Write(request);
  }
  // The results told until everything through `seq` is acked.
  std::vector<v1::InputResult> AwaitAck(int64_t seq) {
    std::vector<v1::InputResult> results;
    v1::SubscribeMessagesResponse response;
    while (stream_->Read(&response)) {
      results.insert(results.end(), response.ack().results().begin(), response.ack().results().end());
      if (response.ack().acked_through() >= seq) return results;
    }
    ADD_FAILURE() << "no ack of " << seq;
    return results;
  }
  absl::Status Finish() {
    v1::SubscribeMessagesResponse response;
    while (stream_->Read(&response)) continue;
    return client::FromGrpc(stream_->Finish());
  }

 private:
  std::unique_ptr<v1::MessageService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::SubscribeMessagesRequest, v1::SubscribeMessagesResponse>> stream_;
};

TEST_F(ReceiptTest, AnAckedReceiptIsCounted) {
  const std::string message = Order();
  ReceiptStream stream(shop(), ada_);
  stream.Send(1, {MessageReceipt(Kind::KIND_CLICKED, message, "menu")});
  EXPECT_TRUE(stream.AwaitAck(1).empty()) << "silence is success";
  EXPECT_EQ(Thanks().delivered().count(), 1);
  EXPECT_EQ(Thanks().opened().count(), 1);
  EXPECT_EQ(Thanks().clicked().count(), 1);
  EXPECT_FALSE(Thanks().has_dismissed());
  stream.Send(2, {MessageReceipt(Kind::KIND_CLICKED, message, "shop"), MessageReceipt(Kind::KIND_DISMISSED, message)});
  stream.AwaitAck(3);
  EXPECT_EQ(Thanks().clicked().count(), 2);
  EXPECT_EQ(Thanks().dismissed().count(), 1);
  const std::vector<v1::UserEvent> events = shop().Events(ada_);
  ASSERT_EQ(events.size(), 4);
  EXPECT_EQ(events[1].user_seq(), 2);
  EXPECT_EQ(events[1].input().receipt().message_id(), message);
  EXPECT_EQ(events[1].input().receipt().link_id(), "menu");
  EXPECT_EQ(shop().Profile(ada_).sessions().current().event_count(), 1) << "a receipt is no activity";
}

TEST_F(ReceiptTest, WhatIsSentAgainIsADuplicateOnAnyStreamAndAsAnInput) {
  const std::string message = Order();
  const v1::MessageReceipt opened = MessageReceipt(Kind::KIND_OPENED, message);
  for (int round = 0; round < 3; ++round) {
    ReceiptStream stream(shop(), ada_);
    stream.Send(100, {opened, opened});
    const std::vector<v1::InputResult> results = stream.AwaitAck(101);
    EXPECT_EQ(results.size(), round == 0 ? 1 : 2);
    for (const v1::InputResult& result : results) EXPECT_EQ(result.duplicate().user_seq(), 2);
  }
  EXPECT_EQ(shop().Profile(ada_).user_seq(), 2);
  v1::MessageReceipt named = opened;
  named.set_event_id("mine");
  ReceiptStream stream(shop(), ada_);
  stream.Send(1, {named});
  EXPECT_TRUE(stream.AwaitAck(1).empty()) << "another id is another input";
  EXPECT_TRUE(shop().Submit(WithId(Receipt(ada_, Kind::KIND_OPENED, message), "mine")).has_duplicate());
  EXPECT_EQ(Thanks().opened().count(), 1) << "that counts nothing again";
  EXPECT_EQ(shop().Profile(ada_).user_seq(), 3);
}

TEST_F(ReceiptTest, TwoProcessesCountEachReceiptOnce) {
  const std::string message = Order();
  const auto other = StartServer(database());
  const Workspace through = shop().Through(other->target());
  size_t duplicates = 0;
  for (const Workspace* where : {&std::as_const(shop()), &through, &std::as_const(shop())}) {
    ReceiptStream stream(*where, ada_);
    stream.Send(1,
                {MessageReceipt(Kind::KIND_CLICKED, message, "a"), MessageReceipt(Kind::KIND_CLICKED, message, "b")});
    EXPECT_EQ(stream.AwaitAck(2).size(), duplicates);
    EXPECT_EQ(where->Profile(ada_, 3).campaigns().at("thanks").clicked().count(), 2);
    duplicates = 2;
  }
}

TEST_F(ReceiptTest, ErrorsAreOfOneReceiptAndNameItsField) {
  const std::string message = Order();
  ReceiptStream stream(shop(), ada_);
  v1::MessageReceipt future = MessageReceipt(Kind::KIND_OPENED, message);
  *future.mutable_time() = client::ToProto(absl::Now() + absl::Hours(2));
  stream.Send(1, {MessageReceipt(Kind::KIND_OPENED, "no id"), MessageReceipt(Kind::KIND_OPENED, message, "link"),
                  MessageReceipt(Kind::KIND_UNSPECIFIED, message), v1::MessageReceipt(), future,
                  MessageReceipt(Kind::KIND_DELIVERED, message)});
  std::vector<std::string> fields;
  for (const v1::InputResult& result : stream.AwaitAck(6)) fields.push_back(result.rejection().field());
  EXPECT_THAT(fields, ElementsAre("receipt.message_id", "receipt.link_id", "receipt.kind", "receipt", "time"));
  EXPECT_EQ(Thanks().delivered().count(), 1) << "the neighbour goes through";
  EXPECT_FALSE(Thanks().has_opened());
}

TEST_F(ReceiptTest, WhatIsNoBatchEndsTheStream) {
  for (const int64_t seq : {0, 5}) {
    ReceiptStream stream(shop(), ada_);
    if (seq == 5) stream.Send(1, {MessageReceipt(Kind::KIND_OPENED, std::string(32, 'a'))});
    stream.Send(seq, {MessageReceipt(Kind::KIND_OPENED, std::string(32, 'a'))});
    const absl::Status status = stream.Finish();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("receipts.first_seq"));
  }
  ReceiptStream empty(shop(), ada_);
  empty.Send(1, {});
  EXPECT_TRUE(absl::IsInvalidArgument(empty.Finish()));
}

TEST_F(ReceiptTest, AnUnknownMessageTakesASequenceNumberOnly) {
  Order();
  const v1::Profile before = shop().Profile(ada_);
  EXPECT_EQ(shop().Apply(Receipt(ada_, Kind::KIND_OPENED, std::string(32, '0'))), before.user_seq() + 1);
  v1::Profile after = shop().Profile(ada_);
  after.set_user_seq(before.user_seq());
  EXPECT_EQ(after.campaigns().at("thanks").SerializeAsString(), before.campaigns().at("thanks").SerializeAsString());
}

TEST_F(ReceiptTest, AClickTriggersACampaign) {
  v1::Campaign again;
  again.set_campaign_id("again");
  again.mutable_trigger()->mutable_receipt_reported()->set_campaign_id("thanks");
  again.mutable_trigger()->mutable_receipt_reported()->set_kind(Kind::KIND_CLICKED);
  again.mutable_trigger()->mutable_receipt_reported()->set_link_id("menu");
  again.mutable_message()->set_channel("push");
  again.mutable_message()->set_body("{{ event.link_id }} of {{ event.campaign_id }}");
  shop().Activate(again);
  v1::Campaign readers = CampaignOn("readers", "visit", "You read us");
  readers.set_condition("user.opened('thanks') && !user.clicked('again')");
  shop().Activate(readers);
  shop().Apply(Event(ada_, "visit"));
  const std::string message = Order();
  shop().Apply(Receipt(ada_, Kind::KIND_CLICKED, message, "shop"));
  shop().Apply(Receipt(ada_, Kind::KIND_CLICKED, message, "menu"));
  shop().Apply(Receipt(ada_, Kind::KIND_CLICKED, message, "menu"));
  shop().Apply(Event(ada_, "visit"));
  EXPECT_THAT(shop().Bodies(ada_), ElementsAre("Hello", "menu of thanks", "You read us"));
}

// The client sends again what was not acked, whatever becomes of the server.
TEST(ReceiptFaultTest, KilledServersLoseAndDoubleNoReceipt) {
  const auto server = StartServer(NewDatabase());
  const Workspace shop(server->target(), FreshName());
  const v1::UserRef ada = UserId("ada");
  shop.Activate(CampaignOn("thanks", "order"));
  constexpr int kMessages = 40;
  for (int i = 0; i < kMessages; ++i) shop.Apply(Event(ada, "order"));
  Inbox inbox(shop, ada);
  const std::vector<v1::Message> messages = inbox.Await(kMessages);
  for (int i = 0; i < kMessages; ++i) {
    const std::string& id = messages[i].message_id();
    ASSERT_TRUE(inbox.subscriber().Report(MessageReceipt(Kind::KIND_DELIVERED, id)).ok());
    ASSERT_TRUE(inbox.subscriber().Report(MessageReceipt(Kind::KIND_CLICKED, id, "menu")).ok());
    if (i % 10 != 5) continue;
    ASSERT_TRUE(Eventually([&] { return inbox.subscriber().stats().receipts > i / 10; }));
    const int64_t acked = inbox.subscriber().stats().receipts;
    server->Kill();
    ASSERT_TRUE(server->Restart().ok());
    absl::StatusOr<v1::Profile> profile;  // over a new connection, once the old one is known to be gone
    ASSERT_TRUE(Eventually([&] { return (profile = shop.TryProfile(ada, kMessages + acked)).ok(); }));
    const v1::CampaignHistory& thanks = profile->campaigns().at("thanks");
    EXPECT_GE(thanks.delivered().count() + thanks.clicked().count(), acked) << "what was acked is there";
  }
  ASSERT_TRUE(inbox.subscriber().AwaitReceipts(Soon()));
  EXPECT_EQ(inbox.subscriber().stats().receipts, 2 * kMessages);
  const v1::Profile profile = shop.Profile(ada, 3 * kMessages);
  const v1::CampaignHistory& thanks = profile.campaigns().at("thanks");
  EXPECT_EQ(thanks.delivered().count(), kMessages);
  EXPECT_EQ(thanks.opened().count(), kMessages);
  EXPECT_EQ(thanks.clicked().count(), kMessages);
  EXPECT_EQ(profile.user_seq(), 3 * kMessages) << "each receipt is one input";
}

}  // namespace
}  // namespace cadenza::testing
