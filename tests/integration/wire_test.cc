// Requests of StreamEvents as bytes: the server reads them without message objects, and has to take and to refuse the
// same as protobuf would.
#include <gmock/gmock.h>

#include "tests/integration/generic_call.h"
#include "tests/integration/streams.h"

namespace cadenza::testing {
namespace {

using client::Event;
using client::UserId;
using ::testing::HasSubstr;

class WireTest : public ServedTest {
 protected:
  v1::StreamEventsRequest Batch(int64_t first_seq) {
    v1::StreamEventsRequest request;
    request.mutable_batch()->set_first_seq(first_seq);
    *request.mutable_batch()->add_inputs() = WithId(Event(UserId("ada"), "visit"));
    return request;
  }
};

TEST_F(WireTest, BytesThatAreNoRequestEndTheStream) {
  const std::string& target = server().target();
  EXPECT_THAT(StreamEventsAnswer(target, "\xff\xff\xff"), HasSubstr("is not a cadenza.v1.StreamEventsRequest"));
  // A batch that is cut off, and one before the open.
  EXPECT_THAT(StreamEventsAnswer(target, "\x12\x7f"), HasSubstr("is not a cadenza.v1.StreamEventsRequest"));
  EXPECT_THAT(StreamEventsAnswer(target, ""), HasSubstr("must hold `open` or `batch`"));
  EXPECT_THAT(StreamEventsAnswer(target, Batch(1).SerializeAsString()), HasSubstr("first message of a stream"));
}

TEST_F(WireTest, ABatchThatIsNoneEndsTheStreamAndChangesNothing) {
  EventStream stream(shop());
  ASSERT_TRUE(stream.Open());
  v1::StreamEventsRequest request;
  // The sequence number as text, which protobuf skips, and no inputs.
  request.mutable_batch()->GetReflection()->MutableUnknownFields(request.mutable_batch())->AddLengthDelimited(1, "x");
  ASSERT_TRUE(stream.Write(request));
  EXPECT_EQ(stream.Finish().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(WireTest, FieldsOfLaterVersionsAreNoTrouble) {
  EventStream stream(shop());
  ASSERT_TRUE(stream.Open());
  v1::StreamEventsRequest outside = Batch(1);
  outside.GetReflection()->MutableUnknownFields(&outside)->AddVarint(99, 7);
  ASSERT_TRUE(stream.Write(outside));
  v1::StreamEventsRequest inside = Batch(2);
  inside.mutable_batch()->GetReflection()->MutableUnknownFields(inside.mutable_batch())->AddVarint(99, 7);
  ASSERT_TRUE(stream.Write(inside));
  EXPECT_THAT(stream.AwaitAcks(2).results, ::testing::IsEmpty());
  EXPECT_EQ(shop().Profile(UserId("ada")).user_seq(), 2);
}

}  // namespace
}  // namespace cadenza::testing
