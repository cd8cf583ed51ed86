#include <limits>

#include "gtest/gtest.h"
#include "storage/codec/wire.h"
#include "storage/model/rejection.h"
#include "tests/support/random_model.h"
#include "tests/support/seed.h"

namespace cadenza {
namespace {

TEST(WireValueTest, EveryValueComesBack) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  testing::RandomModel random(seed);
  for (int i = 0; i < 2000; ++i) {
    const Value value = random.AnyValue(4);
    v1::Value proto;
    ToProto(value, &proto);
    const auto back = FromProto(proto);
    ASSERT_TRUE(back.ok()) << back.status();
    ASSERT_EQ(*back, value) << proto.ShortDebugString();
  }
}

TEST(WireValueTest, MinusZeroIsZero) {
  v1::Value proto;
  ToProto(Value::Double(-0.0), &proto);
  EXPECT_FALSE(std::signbit(proto.double_value()));
}

TEST(WireValueTest, AValueWithoutKindIsNamed) {
  v1::Value proto;
  EXPECT_EQ(FromProto(proto).status().code(), absl::StatusCode::kInvalidArgument);
  (*proto.mutable_map_value()->mutable_entries())["a"].mutable_list_value()->add_values()->set_bool_value(true);
  (*proto.mutable_map_value()->mutable_entries())["a"].mutable_list_value()->add_values();
  const absl::Status status = FromProto(proto).status();
  EXPECT_EQ(RejectionField(status), "a[1]");
  EXPECT_EQ(RejectionReason(status), "INVALID_FIELD");
  EXPECT_EQ(status.message().substr(0, 6), "a[1]: ");
}

google::protobuf::Timestamp Stamp(int64_t seconds, int32_t nanos) {
  google::protobuf::Timestamp proto;
  proto.set_seconds(seconds);
  proto.set_nanos(nanos);
  return proto;
}

TEST(WireTimeTest, IsKeptToTheMicrosecondRoundedDown) {
  EXPECT_EQ(*FromProto(Stamp(10, 1999)), absl::FromUnixMicros(10000001));
  EXPECT_EQ(*FromProto(Stamp(-1, 999999999)), absl::FromUnixMicros(-1));
  google::protobuf::Timestamp proto;
  ToProto(absl::FromUnixMicros(-1), &proto);
  EXPECT_EQ(proto.seconds(), -1);
  EXPECT_EQ(proto.nanos(), 999999000);
}

TEST(WireTimeTest, ReachesFromYear1ToYear9999) {
  for (int64_t seconds : {-62135596800, 0l, 253402300799}) EXPECT_TRUE(FromProto(Stamp(seconds, 999999999)).ok());
  for (int64_t seconds :
       {-62135596801, 253402300800, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    EXPECT_EQ(FromProto(Stamp(seconds, 0)).status().code(), absl::StatusCode::kInvalidArgument) << seconds;
  }
  EXPECT_FALSE(FromProto(Stamp(0, -1)).ok());
  EXPECT_FALSE(FromProto(Stamp(0, 1000000000)).ok());
}

google::protobuf::Duration Length(int64_t seconds, int32_t nanos) {
  google::protobuf::Duration proto;
  proto.set_seconds(seconds);
  proto.set_nanos(nanos);
  return proto;
}

TEST(WireDurationTest, ComesBackAndKeepsItsSign) {
  for (absl::Duration duration : {absl::ZeroDuration(), absl::Milliseconds(1500), -absl::Milliseconds(1500),
                                  absl::Nanoseconds(-1), absl::Hours(24 * 365 * 100)}) {
    google::protobuf::Duration proto;
    ToProto(duration, &proto);
    EXPECT_EQ(*FromProto(proto), duration);
    EXPECT_LE(0, static_cast<double>(proto.seconds()) * proto.nanos());
  }
}

TEST(WireDurationTest, RefusesMixedSignsAndTenThousandYears) {
  for (const auto& proto : {Length(1, -1), Length(-1, 1), Length(0, 1000000000), Length(315576000001, 0),
                            Length(std::numeric_limits<int64_t>::min(), 0)}) {
    EXPECT_EQ(FromProto(proto).status().code(), absl::StatusCode::kInvalidArgument) << proto.ShortDebugString();
  }
}

}  // namespace
}  // namespace cadenza
