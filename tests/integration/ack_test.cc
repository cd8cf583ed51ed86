#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include <map>

#include "storage/base/text.h"
#include "tests/integration/streams.h"

namespace cadenza::testing {
namespace {

using client::Event;
using client::Int;
using client::UserId;

class AckTest : public ServedTest {};

std::vector<v1::Input> Orders(int count, int users) {
  std::vector<v1::Input> inputs;
  for (int i = 0; i < count; ++i) inputs.push_back(Event(UserId(StrCat("u", i % users)), "order", {{"i", Int(i)}}));
  return inputs;
}

TEST_F(AckTest, OpenedSaysTheLimits) {
  EventStream stream(shop());
  ASSERT_TRUE(stream.Open());
  EXPECT_GT(stream.opened().max_inflight_inputs(), 0);
  EXPECT_GT(stream.opened().max_inflight_bytes(), 0);
  EXPECT_EQ(stream.opened().max_batch_inputs(), 1000);
  EXPECT_EQ(stream.opened().max_batch_bytes(), 4 << 20);
}

TEST_F(AckTest, WhatIsAckedCanBeReadBackAtOnce) {
  EventStream stream(shop());
  ASSERT_TRUE(stream.Open());
  for (int round = 0; round < 20; ++round) {
    ASSERT_TRUE(stream.Send(round * 10 + 1, Orders(10, 2)));
    EXPECT_THAT(stream.AwaitAcks(round * 10 + 10).results, ::testing::IsEmpty());
    EXPECT_EQ(shop().Profile(UserId("u0")).events().at("order").count(), (round + 1) * 5);
    EXPECT_EQ(shop().Events(UserId("u1")).size(), (round + 1) * 5);
  }
}

TEST_F(AckTest, SequenceNumbersStartAnywhereFromOneUp) {
  EventStream stream(shop());
  ASSERT_TRUE(stream.Open());
  ASSERT_TRUE(stream.Send(1'000'000'000'000, Orders(3, 1)));
  EXPECT_EQ(stream.AwaitAcks(1'000'000'000'002).through, 1'000'000'000'002);
}

TEST_F(AckTest, ManyBatchesMayBeSentBeforeTheFirstAck) {
  EventStream stream(shop());
  ASSERT_TRUE(stream.Open());
  for (int batch = 0; batch < 50; ++batch) ASSERT_TRUE(stream.Send(batch * 20 + 1, Orders(20, 5)));
  EXPECT_EQ(stream.AwaitAcks(1000).through, 1000);
  EXPECT_EQ(shop().Profile(UserId("u4")).user_seq(), 200);
}

TEST_F(AckTest, ClosingTheSendingSideBringsEveryRemainingAckThenOk) {
  EventStream stream(shop());
  ASSERT_TRUE(stream.Open());
  ASSERT_TRUE(stream.Send(1, Orders(500, 7)));
  EXPECT_EQ(stream.CloseAndDrain().through, 500);
}

TEST_F(AckTest, UserSeqsComeIfAskedForAndAreTheHighest) {
  EventStream stream(shop());
  ASSERT_TRUE(stream.Open(v1::StreamOpen::MODE_LIVE, /*want_user_seqs=*/true));
  ASSERT_TRUE(stream.Send(1, Orders(30, 3)));
  ASSERT_TRUE(stream.Send(31, Orders(30, 3)));
  std::map<std::string, int64_t> highest;
  for (const v1::UserSeq& seq : stream.AwaitAcks(60).user_seqs) {
    EXPECT_GT(seq.user_seq(), highest[seq.user().user_id()]) << "only what changed since the last ack";
    highest[seq.user().user_id()] = seq.user_seq();
  }
  EXPECT_THAT(highest, ::testing::UnorderedElementsAre(::testing::Pair("u0", 20), ::testing::Pair("u1", 20),
                                                       ::testing::Pair("u2", 20)));
}

TEST_F(AckTest, UserSeqsDoNotComeUnasked) {
  EventStream stream(shop());
  ASSERT_TRUE(stream.Open());
  ASSERT_TRUE(stream.Send(1, Orders(5, 1)));
  EXPECT_THAT(stream.AwaitAcks(5).user_seqs, ::testing::IsEmpty());
}

TEST_F(AckTest, SubmitEventsAnswersEveryInputInOrder) {
  const std::vector<v1::InputResult> results = shop().SubmitAll(Orders(1000, 10));
  ASSERT_EQ(results.size(), 1000);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(results[i].seq(), i);
    EXPECT_EQ(results[i].applied().user_seq(), i / 10 + 1) << results[i].ShortDebugString();
  }
}

struct BrokenStream {
  const char* name;
  std::vector<const char*> messages;  // text format of StreamEventsRequest
  const char* field;
};

class BrokenStreamTest : public ServedTest, public ::testing::WithParamInterface<BrokenStream> {};

TEST_P(BrokenStreamTest, EndsWithInvalidArgumentThatNamesTheField) {
  EventStream stream(shop());
  for (const char* text : GetParam().messages) {
    v1::StreamEventsRequest request;
    const std::string open = StrCat("open { workspace: \"", shop().name(), "\" }");
    ASSERT_TRUE(
        google::protobuf::TextFormat::ParseFromString(std::string_view(text) == "OPEN" ? open : text, &request));
    stream.Write(request);
  }
  const absl::Status status = stream.Finish();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  const std::vector<client::FieldViolation> fields = client::FieldViolations(status);
  ASSERT_EQ(fields.size(), 1) << status;
  EXPECT_EQ(fields[0].field, GetParam().field) << status;
}

INSTANTIATE_TEST_SUITE_P(
    Protocol, BrokenStreamTest,
    ::testing::Values(BrokenStream{"batch_before_open", {"batch { first_seq: 1 inputs { event_id: \"a\" } }"}, "open"},
                      BrokenStream{"open_twice", {"OPEN", "OPEN"}, "open"},
                      BrokenStream{"empty_message", {"OPEN", ""}, "request"},
                      BrokenStream{"empty_batch", {"OPEN", "batch { first_seq: 1 }"}, "batch.inputs"},
                      BrokenStream{"bad_workspace", {"open { workspace: \"No Such\" }"}, "open.workspace"},
                      BrokenStream{"no_workspace", {"open {}"}, "open.workspace"},
                      BrokenStream{"sequence_from_zero",
                                   {"OPEN", "batch { first_seq: 0 inputs { event_id: \"a\" } }"},
                                   "batch.first_seq"},
                      BrokenStream{"gap_in_sequence",
                                   {"OPEN", "batch { first_seq: 1 inputs { event_id: \"a\" } }",
                                    "batch { first_seq: 3 inputs { event_id: \"b\" } }"},
                                   "batch.first_seq"}),
    [](const auto& info) { return info.param.name; });

TEST_F(AckTest, ABatchOf1001InputsIsRefused) {
  EventStream stream(shop());
  ASSERT_TRUE(stream.Open());
  stream.Send(1, Orders(1001, 10));
  const absl::Status status = stream.Finish();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  ASSERT_FALSE(client::FieldViolations(status).empty());
  EXPECT_EQ(client::FieldViolations(status)[0].field, "batch.inputs");
  EXPECT_TRUE(absl::IsNotFound(shop().TryProfile(UserId("u0")).status()));
}

}  // namespace
}  // namespace cadenza::testing
