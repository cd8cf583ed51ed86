#include "clients/cpp/producer.h"

#include <unistd.h>

#include <atomic>
#include <cstdio>

#include "absl/synchronization/notification.h"
#include "storage/base/ids.h"
#include "tests/unit/clients/cpp/producer_script.h"

namespace cadenza::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(ProducerTest, SendsInOrderWithFreshIdsAndFlushes) {
  Log log;
  FakeServer server;
  server.events.Add(AckAll(log));
  Producer producer(Options(server.target()));
  for (int i = 1; i <= 250; ++i) {
    const auto seq = producer.Send(Named(absl::StrCat("e", i)), Soon());
    ASSERT_TRUE(seq.ok()) << seq.status();
    EXPECT_EQ(*seq, i);
  }
  ASSERT_TRUE(producer.Flush(Soon()).ok());
  EXPECT_EQ(log.seqs(), UpTo(250));
  const std::vector<std::string> names = log.names();
  const std::vector<std::string> ids = log.ids();
  for (int i = 0; i < 250; ++i) {
    EXPECT_EQ(names[i], absl::StrCat("e", i + 1));
    EXPECT_TRUE(UuidV7Time(ids[i]).has_value()) << ids[i];
  }
  const ProducerStats stats = producer.stats();
  EXPECT_EQ(stats.accepted, 250);
  EXPECT_EQ(stats.acked, 250);
  EXPECT_EQ(stats.buffered_inputs, 0u);
  EXPECT_EQ(stats.buffered_bytes, 0u);
  EXPECT_EQ(stats.reconnects, 0);
  EXPECT_TRUE(producer.Close(Soon()).ok());
}

TEST(ProducerTest, KeepsTheEventIdOfTheCaller) {
  Log log;
  FakeServer server;
  server.events.Add(AckAll(log));
  Producer producer(Options(server.target()));
  v1::Input input = Named("a");
  input.set_event_id("mine");
  ASSERT_TRUE(producer.Send(input, Soon()).ok());
  ASSERT_TRUE(producer.Flush(Soon()).ok());
  EXPECT_THAT(log.ids(), ElementsAre("mine"));
}

TEST(ProducerTest, SendsAgainWhatWasNotAckedInOrderWithTheSameIds) {
  Log first;
  Log second;
  FakeServer server;
  absl::Notification all_sent;
  server.events.Add([&](EventStream& stream) {
    Opened(stream);
    all_sent.WaitForNotification();
    ReadInputs(stream, first, 10);
    AckThrough(stream, 4);  // in the middle of a batch, or between two
    return Unavailable();
  });
  server.events.Add(AckAll(second));
  Producer producer(Options(server.target()));
  for (int i = 1; i <= 10; ++i) ASSERT_TRUE(producer.Send(Named(absl::StrCat("e", i)), Soon()).ok());
  all_sent.Notify();
  ASSERT_TRUE(producer.Flush(Soon()).ok());

  EXPECT_EQ(first.seqs(), UpTo(10));
  EXPECT_THAT(second.seqs(), ElementsAre(5, 6, 7, 8, 9, 10));
  const std::vector<std::string> sent = first.ids();
  EXPECT_EQ(second.ids(), std::vector<std::string>(sent.begin() + 4, sent.end()));
  EXPECT_EQ(producer.stats().reconnects, 1);
  EXPECT_EQ(producer.stats().sent, 16);
  EXPECT_EQ(producer.stats().acked, 10);
  EXPECT_EQ(producer.last_error().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(producer.status().ok());
}

TEST(ProducerTest, SurvivesManyBrokenStreamsWithoutLossOrDisorder) {
  Log acked;
  FakeServer server;
  for (int round = 0; round < 20; ++round) {
    server.events.Add([&, round](EventStream& stream) {
      Opened(stream);
      v1::StreamEventsRequest request;
      for (int batches = 0; batches < round % 3; ++batches) {
        if (!stream.Read(&request)) break;
        v1::InputBatch half = request.batch();
        if (half.inputs_size() > 1)
          half.mutable_inputs()->DeleteSubrange(half.inputs_size() / 2, half.inputs_size() - half.inputs_size() / 2);
        acked.Add(half);
        AckThrough(stream, half.first_seq() + half.inputs_size() - 1);
        if (half.inputs_size() < request.batch().inputs_size()) break;
      }
      return Unavailable();
    });
  }
  server.events.Add(AckAll(acked));
  Producer producer(Options(server.target()));
  for (int i = 0; i < 2000; ++i) ASSERT_TRUE(producer.Send(Named("e"), Soon()).ok());
  ASSERT_TRUE(producer.Flush(Soon()).ok());
  EXPECT_EQ(acked.seqs(), UpTo(2000));
  EXPECT_EQ(producer.stats().reconnects, 20);
}

TEST(ProducerTest, BlocksWhenTheBufferIsFullAndGoesOnAfterAnAck) {
  Log log;
  FakeServer server;
  absl::Notification release;
  server.events.Add([&](EventStream& stream) {
    Opened(stream);
    const int64_t last = ReadInputs(stream, log, 10);
    release.WaitForNotification();
    AckThrough(stream, last);
    AckThrough(stream, ReadInputs(stream, log, 1));
    v1::StreamEventsRequest request;
    stream.Read(&request);
    return grpc::Status::OK;
  });
  ProducerOptions options = Options(server.target());
  options.max_buffered_inputs = 10;
  Producer producer(std::move(options));
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(producer.Send(Named("e"), Soon()).ok());
  const auto refused = producer.Send(Named("e"), absl::Now());
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(refused.status().message(), HasSubstr("10 inputs wait"));
  EXPECT_EQ(producer.stats().buffered_inputs, 10u);

  std::thread blocked([&] { EXPECT_TRUE(producer.Send(Named("last"), Soon()).ok()); });
  ASSERT_TRUE(log.AwaitSize(10));
  EXPECT_EQ(producer.stats().accepted, 10);
  release.Notify();
  blocked.join();
  EXPECT_TRUE(producer.Flush(Soon()).ok());
  EXPECT_EQ(log.seqs(), UpTo(11));
}

TEST(ProducerTest, BoundsTheBufferByBytesButLetsOneLargeInputIn) {
  FakeServer server;
  absl::Notification end;
  server.events.Add([&](EventStream& stream) {
    Opened(stream);
    end.WaitForNotification();
    return grpc::Status::OK;
  });
  ProducerOptions options = Options(server.target());
  options.max_buffered_bytes = 1000;
  Producer producer(std::move(options));
  EXPECT_TRUE(producer.Send(Event(UserId("ada"), "large", {{"p", String(std::string(5000, 'x'))}}), absl::Now()).ok());
  EXPECT_EQ(producer.Send(Named("small"), absl::Now()).status().code(), absl::StatusCode::kDeadlineExceeded);
  end.Notify();
}

TEST(ProducerTest, RefusesAnInputThatFitsIntoNoBatch) {
  FakeServer server;
  Producer producer(Options(server.target()));
  const auto sent = producer.Send(Event(UserId("ada"), "e", {{"p", String(std::string(5 << 20, 'x'))}}), Soon());
  EXPECT_EQ(sent.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(producer.stats().accepted, 0);
}

TEST(ProducerTest, KeepsWithinTheServersInflightLimit) {
  FakeServer server;
  absl::Mutex mu;
  int64_t largest_gap = 0;
  server.events.Add([&](EventStream& stream) {
    Opened(stream, /*max_inflight=*/7);
    v1::StreamEventsRequest request;
    int64_t acked = 0;
    while (stream.Read(&request)) {
      const int64_t last = request.batch().first_seq() + request.batch().inputs_size() - 1;
      {
        absl::MutexLock lock(&mu);
        largest_gap = std::max(largest_gap, last - acked);
      }
      // Acks lag one input behind, so that the limit is met again and again.
      acked = last == 200 ? last : last - 1;
      if (acked > 0) AckThrough(stream, acked);
    }
    return grpc::Status::OK;
  });
  Producer producer(Options(server.target()));
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(producer.Send(Named("e"), Soon()).ok());
  ASSERT_TRUE(producer.Flush(Soon()).ok());
  absl::MutexLock lock(&mu);
  EXPECT_LE(largest_gap, 7);
}

TEST(ProducerTest, ObeysDrain) {
  Log before;
  Log after;
  FakeServer server;
  std::atomic<bool> closed_in_order = false;
  server.events.Add([&](EventStream& stream) {
    Opened(stream);
    const int64_t last = ReadInputs(stream, before, 1);
    v1::StreamEventsResponse drain;
    *drain.mutable_drain()->mutable_deadline() = ToProto(Soon());
    stream.Write(drain);
    AckThrough(stream, last);
    v1::StreamEventsRequest request;
    closed_in_order = !stream.Read(&request);
    return grpc::Status::OK;
  });
  server.events.Add(AckAll(after));
  Producer producer(Options(server.target()));
  ASSERT_TRUE(producer.Send(Named("one"), Soon()).ok());
  ASSERT_TRUE(producer.Flush(Soon()).ok());  // the drain came before this ack
  ASSERT_TRUE(producer.Send(Named("two"), Soon()).ok());
  ASSERT_TRUE(producer.Flush(Soon()).ok());
  EXPECT_TRUE(closed_in_order);
  EXPECT_THAT(before.names(), ElementsAre("one"));
  EXPECT_THAT(after.names(), ElementsAre("two"));
  EXPECT_THAT(after.seqs(), ElementsAre(2));
  EXPECT_EQ(producer.stats().reconnects, 1);
  EXPECT_TRUE(producer.last_error().ok()) << producer.last_error();
}

TEST(ProducerTest, TellsDuplicatesAndRejectionsBeforeFlushReturns) {
  FakeServer server;
  server.events.Add([](EventStream& stream) {
    Opened(stream);
    Log log;
    const int64_t last = ReadInputs(stream, log, 4);
    v1::InputResult duplicate;
    duplicate.set_seq(2);
    duplicate.mutable_duplicate()->set_user_seq(17);
    v1::InputResult rejection;
    rejection.set_seq(4);
    rejection.mutable_rejection()->set_reason("LIMIT_EXCEEDED");
    AckThrough(stream, last, {duplicate, rejection});
    v1::StreamEventsRequest request;
    stream.Read(&request);
    return grpc::Status::OK;
  });
  std::vector<std::string> outcomes;
  ProducerOptions options = Options(server.target());
  options.on_result = [&](const v1::Input& input, const v1::InputResult& result) {
    outcomes.push_back(absl::StrCat(
        input.custom_event().name(), " ",
        result.has_duplicate() ? absl::StrCat(result.duplicate().user_seq()) : result.rejection().reason()));
  };
  int acks = 0;
  options.on_ack = [&](const v1::Ack&) { ++acks; };
  Producer producer(std::move(options));
  for (const char* name : {"a", "b", "c", "d"}) ASSERT_TRUE(producer.Send(Named(name), Soon()).ok());
  ASSERT_TRUE(producer.Flush(Soon()).ok());
  EXPECT_THAT(outcomes, ElementsAre("b 17", "d LIMIT_EXCEEDED"));
  EXPECT_EQ(acks, 1);
  EXPECT_EQ(producer.stats().duplicates, 1);
  EXPECT_EQ(producer.stats().rejected, 1);
  EXPECT_EQ(producer.stats().acked, 4);
}

TEST(ProducerTest, StopsOnAFinalError) {
  FakeServer server;
  server.events.Add(
      [](EventStream&) { return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "open.workspace: bad"); });
  Producer producer(Options(server.target()));
  const auto sent = producer.Send(Named("e"), Soon());
  const absl::Status flushed = producer.Flush(Soon());
  EXPECT_EQ(flushed.code(), sent.ok() ? absl::StatusCode::kInvalidArgument : absl::StatusCode::kOk);
  EXPECT_EQ(producer.Send(Named("e"), Soon()).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(producer.status().message(), HasSubstr("open.workspace"));
}

TEST(ProducerTest, DoesNotTrustAnAckOfWhatWasNeverSent) {
  Log log;
  FakeServer server;
  server.events.Add([&](EventStream& stream) {
    Opened(stream);
    ReadInputs(stream, log, 1);
    AckThrough(stream, 99);
    v1::StreamEventsRequest request;
    while (stream.Read(&request)) continue;
    return grpc::Status::OK;
  });
  Log second;
  server.events.Add(AckAll(second));
  Producer producer(Options(server.target()));
  ASSERT_TRUE(producer.Send(Named("e"), Soon()).ok());
  ASSERT_TRUE(producer.Flush(Soon()).ok());
  EXPECT_THAT(second.seqs(), ElementsAre(1));
  EXPECT_EQ(producer.last_error().code(), absl::StatusCode::kInternal);
}

TEST(ProducerTest, GivesUpAStreamThatIsNeverOpened) {
  Log log;
  FakeServer server;
  server.events.Add([](EventStream& stream) {
    v1::StreamEventsRequest request;
    while (stream.Read(&request)) continue;
    return grpc::Status::OK;
  });
  server.events.Add(AckAll(log));
  ProducerOptions options = Options(server.target());
  options.open_timeout = absl::Milliseconds(50);
  Producer producer(std::move(options));
  ASSERT_TRUE(producer.Send(Named("e"), Soon()).ok());
  EXPECT_TRUE(producer.Flush(Soon()).ok());
  EXPECT_THAT(log.seqs(), ElementsAre(1));
}

TEST(ProducerTest, CloseEndsTheStreamInOrder) {
  FakeServer server;
  Log log;
  absl::Notification ended;
  server.events.Add([&](EventStream& stream) {
    const grpc::Status status = AckAll(log)(stream);
    ended.Notify();
    return status;
  });
  Producer producer(Options(server.target()));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(producer.Send(Named("e"), Soon()).ok());
  EXPECT_TRUE(producer.Close(Soon()).ok());
  EXPECT_TRUE(ended.WaitForNotificationWithTimeout(kPatience));
  EXPECT_THAT(log.seqs(), SizeIs(5));
  EXPECT_EQ(producer.Send(Named("e"), Soon()).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(ProducerTest, CloseSaysWhatWasNotAcked) {
  Producer producer(Options("unix:/nonexistent/socket"));
  ASSERT_TRUE(producer.Send(Named("e"), Soon()).ok());
  const absl::Status closed = producer.Close(absl::Now() + absl::Milliseconds(50));
  EXPECT_EQ(closed.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(closed.message(), HasSubstr("1 inputs are not acked"));
}

TEST(ProducerTest, OutlivesTheServersRestart) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/cadenza-producer-", getpid(), ".sock");
  Log first;
  Log second;
  std::unique_ptr<Producer> producer;
  {
    FakeServer server(absl::StrCat("unix:", path));
    server.events.Add(AckAll(first));
    producer = std::make_unique<Producer>(Options(server.target()));
    ASSERT_TRUE(producer->Send(Named("one"), Soon()).ok());
    ASSERT_TRUE(producer->Flush(Soon()).ok());
  }
  ASSERT_TRUE(producer->Send(Named("two"), Soon()).ok());
  FakeServer server(absl::StrCat("unix:", path));
  server.events.Add(AckAll(second));
  EXPECT_TRUE(producer->Flush(Soon()).ok());
  EXPECT_THAT(first.names(), ElementsAre("one"));
  EXPECT_THAT(second.names(), ElementsAre("two"));
  EXPECT_TRUE(producer->Close(Soon()).ok());
  std::remove(path.c_str());
}

}  // namespace
}  // namespace cadenza::client
