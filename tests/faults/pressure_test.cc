// More than the server can take, from those who send and from those who do not listen: memory stays bounded, the others
// go on.
#include "tests/faults/scene.h"
#include "tests/faults/traffic.h"

namespace cadenza::testing {
namespace {

// How much a server may grow by what these tests do to it. A sanitizer keeps what was freed, for a while.
constexpr int64_t kGrowthMax = int64_t{kSanitized ? 768 : 96} << 20;

TEST(PressureTest, WithoutPostgresqlMemoryStaysBoundedAndEverythingCommitsLater) {
  auto postgres = PostgresServer::Create();
  ASSERT_TRUE(postgres.ok()) << postgres.status();
  auto server = StartServer(NewDatabase(**postgres), {"--queue-inputs", "2000", "--database-deadline", "2s"});
  ASSERT_NE(server, nullptr);
  ASSERT_TRUE(Eventually([&] { return IsServing(server->target()); }));
  const int64_t resident = ResidentBytes(*server);
  (*postgres)->Pause();
  // 32 MB of orders; the server may hold 2,000 of them, and one batch of each stream that waits at the door.
  constexpr int64_t kOrders = 4'000;
  Traffic traffic({.targets = {server->target()},
                   .producers = 8,
                   .customers = 20,
                   .unacked = kOrders,
                   .padding = 1'000,
                   .limit = kOrders});
  ASSERT_TRUE(Eventually([&] { return traffic.sent() == 8 * kOrders; }));
  ASSERT_TRUE(Eventually([&] { return !IsServing(server->target()); }));

  // Calls beyond that are refused rather than kept, or they could come without end.
  client::Client client(Channel(server->target()), absl::Milliseconds(500 * kSlowness));
  v1::SubmitEventsRequest request;
  request.set_workspace(kShop);
  *request.add_inputs() = Order("late", 1);
  EXPECT_TRUE(
      Eventually([&] { return client.SubmitEvents(request).status().code() == absl::StatusCode::kResourceExhausted; }));
  EXPECT_EQ(traffic.acked(), 0);
  EXPECT_LT(ResidentBytes(*server) - resident, kGrowthMax);

  (*postgres)->Resume();
  EXPECT_TRUE(traffic.AwaitAcked(1, kResumeLimit));
  const absl::Status finished = traffic.Finish();
  ASSERT_TRUE(finished.ok()) << finished;
  EXPECT_EQ(traffic.duplicates(), 0);
  ExpectExactly(server->target(), traffic, {.in_order = true, .messages = false});
  EXPECT_LT(ResidentBytes(*server) - resident, kGrowthMax);
}

TEST(PressureTest, AProducerThatReadsNoAcksIsReadNoFurther) {
  auto server = StartServer(NewDatabase());
  ASSERT_NE(server, nullptr);
  grpc::ChannelArguments arguments;
  arguments.SetInt("grpc.http2.bdp_probe", 0);  // or this side takes in megabytes that nobody has read
  auto stub = v1::EventService::NewStub(
      grpc::CreateCustomChannel(server->target(), grpc::InsecureChannelCredentials(), arguments));
  grpc::ClientContext context;
  auto stream = stub->StreamEvents(&context);
  v1::StreamEventsRequest request;
  request.mutable_open()->set_workspace(kShop);
  ASSERT_TRUE(stream->Write(request));
  // The same thousand orders over and over: all but the first are duplicates, each of which wants to be told.
  constexpr int64_t kBatches = 400;
  constexpr int kInputs = 1000;
  v1::InputBatch& batch = *request.mutable_batch();
  for (int64_t n = 1; n <= kInputs; ++n) *batch.add_inputs() = Order("c0", n);
  std::atomic<int64_t> written{0};
  std::thread writer([&] {
    for (int64_t i = 0; i < kBatches; ++i) {
      batch.set_first_seq(i * kInputs + 1);
      if (!stream->Write(request)) return;
      ++written;
    }
    stream->WritesDone();
  });
  // It stands still once nothing was written for as long as many batches take.
  int64_t seen = -1;
  absl::Time since = absl::Now();
  EXPECT_TRUE(Eventually([&] {
    if (const int64_t now = written; now != seen) {
      seen = now;
      since = absl::Now();
    }
    return seen > 0 && absl::Now() - since > absl::Seconds(1 * kSlowness);
  }));
  EXPECT_LT(seen, kBatches / 2);

  // Once it reads, all is told.
  v1::StreamEventsResponse response;
  int64_t acked_through = 0, duplicates = 0;
  while (stream->Read(&response)) {
    if (!response.has_ack()) continue;
    acked_through = response.ack().acked_through();
    for (const v1::InputResult& result : response.ack().results()) duplicates += result.has_duplicate() ? 1 : 0;
  }
  writer.join();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(acked_through, kBatches * kInputs);
  EXPECT_EQ(duplicates, (kBatches - 1) * kInputs);
}

TEST(PressureTest, ASubscriberThatReadsNothingCostsLittleAndSlowsNobody) {
  auto server = StartServer(NewDatabase());
  ASSERT_NE(server, nullptr);
  // 32 KB a message.
  Activate(server->target(), "long", "",
           "{% for i in (1..1024) %}{{ event.properties.n }} and thirty more characters{% endfor %}");
  ActivateThanks(server->target());
  Traffic::Options options{.targets = {server->target()}, .producers = 1, .customers = 1};
  options.limit = 600;
  auto stub = v1::MessageService::NewStub(client::MakeChannel(Channel(server->target())));
  grpc::ClientContext context;
  auto deaf = stub->SubscribeMessages(&context);
  v1::SubscribeMessagesRequest open;
  open.mutable_open()->set_workspace(kShop);
  *open.mutable_open()->mutable_user() = client::UserId("c0");
  ASSERT_TRUE(deaf->Write(open));
  // The same customer's other phone.
  Phone listening(server->target(), "c0");
  const int64_t resident = ResidentBytes(*server);
  Traffic traffic(options);
  // Two campaigns: two messages an order.
  EXPECT_TRUE(listening.AwaitCount(2 * options.limit));
  ASSERT_TRUE(traffic.Finish().ok());
  EXPECT_LT(ResidentBytes(*server) - resident, kGrowthMax);

  // It has missed nothing when it reads at last.
  int64_t last = 0;
  for (v1::SubscribeMessagesResponse response; last < 2 * options.limit && deaf->Read(&response);) {
    for (const v1::Message& message : response.messages().messages()) {
      ASSERT_EQ(message.message_seq(), last + 1);
      last = message.message_seq();
    }
  }
  EXPECT_EQ(last, 2 * options.limit);
  context.TryCancel();
}

TEST(PressureTest, CampaignsThatCostTooMuchStopOnlyThemselves) {
  auto server = StartServer(NewDatabase());
  ASSERT_NE(server, nullptr);
  const std::string digits = "[0,1,2,3,4,5,6,7,8,9]";
  std::string slow = "true";
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) slow = StrCat(digits, ".all(", name, ", ", slow, ")");
  Activate(server->target(), "a-slow-condition", slow, "never");
  Activate(server->target(), "b-huge-template", "",
           "{% for i in (1..1000000) %}{% for j in (1..1000000) %}{{ i }}{{ j }}{% endfor %}{% endfor %}");
  ActivateThanks(server->target());
  Traffic traffic({.targets = {server->target()}, .producers = 2, .customers = 2, .limit = 100});
  Phone phone(server->target(), "c0");
  ASSERT_TRUE(traffic.AwaitAcked(200));
  ASSERT_TRUE(traffic.Finish().ok());
  ExpectExactly(server->target(), traffic);
  EXPECT_TRUE(phone.AwaitCount(50));
  EXPECT_GE(Metric(*server, "cadenza_rule_errors_total"), 400);
}

}  // namespace
}  // namespace cadenza::testing
