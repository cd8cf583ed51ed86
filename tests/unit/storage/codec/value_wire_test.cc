#include "storage/codec/value_wire.h"

#include <algorithm>
#include <string>

#include "cadenza/v1/value.pb.h"
#include "gtest/gtest.h"
#include "storage/codec/serialize.h"
#include "storage/codec/wire.h"
#include "tests/support/random_model.h"
#include "tests/support/seed.h"

namespace cadenza {
namespace {

std::string Written(const Value& value) {
  WireWriter out;
  WriteValue(1, value, &out);
  return std::string(out.written());
}

// What protobuf writes of the same value, as field 1 of a message.
std::string Expected(const Value& value) {
  v1::ListValue list;
  ToProto(value, list.add_values());
  return SerializeDeterministic(list);
}

// The bytes of the value itself.
std::string Content(const v1::Value& proto) { return SerializeDeterministic(proto); }

bool Reads(const std::string& bytes, ValueForm form) {
  Value value;
  return ReadValue(bytes, form, &value);
}

TEST(ValueWireTest, WritesWhatProtobufWritesAndReadsItBack) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  testing::RandomModel random(seed);
  for (int i = 0; i < 2000; ++i) {
    const Value value = random.AnyValue(4);
    ASSERT_EQ(Written(value), Expected(value));
    v1::Value proto;
    ToProto(value, &proto);
    for (ValueForm form : {ValueForm::kAny, ValueForm::kDeterministic}) {
      Value back;
      ASSERT_TRUE(ReadValue(Content(proto), form, &back));
      ASSERT_EQ(back, value);
    }
  }
}

TEST(ValueWireTest, LongContentsMoveToMakeRoomForTheirLength) {
  for (size_t size : {0, 1, 100, 120, 121, 122, 123, 124, 125, 126, 127, 128, 16380, 16384, 40000}) {
    const Value value = Value::List({Value::String(std::string(size, 'x')), Value::Null()});
    EXPECT_EQ(Written(value), Expected(value)) << size;
  }
}

TEST(ValueWireTest, OnlyWhatTheSerializerWritesIsDeterministic) {
  using namespace std::string_literals;  // NOLINT: for the NULs
  const std::string unusual[] = {
      "\x10\x02"s,                  // a bool that is neither 0 nor 1
      "\x18\x81\x00"s,              // a number in two bytes where one would do
      "\x10\x01\x18\x05"s,          // two kinds: the last holds
      "\x18\x05\x98\x06\x01"s,      // an unknown field
      "\x32\x04\x10\x00\x08\x01"s,  // nanos before seconds
      "\x32\x02\x08\x00"s,          // a zero that proto3 leaves out
      "\x42\x10\x0a\x06\x0a\x01y\x12\x01"s
      "\x00"s,                                                                        // cut off
      "\x42\x12\x0a\x07\x0a\x01y\x12\x02\x10\x01\x0a\x07\x0a\x01x\x12\x02\x10\x01"s,  // keys descend
      "\x42\x09\x0a\x07\x12\x02\x10\x01\x0a\x01x"s,                                   // the value before the key
  };
  for (const std::string& bytes : unusual) {
    EXPECT_FALSE(Reads(bytes, ValueForm::kDeterministic));
    v1::Value proto;
    const bool means_something = proto.ParseFromString(bytes);
    EXPECT_EQ(Reads(bytes, ValueForm::kAny), means_something);
    if (!means_something) continue;
    Value value;
    ASSERT_TRUE(ReadValue(bytes, ValueForm::kAny, &value));
    EXPECT_EQ(value, *FromProto(proto));
  }
}

TEST(ValueWireTest, RefusesWhatIsNoValue) {
  using namespace std::string_literals;  // NOLINT: for the NULs
  v1::Value late;
  late.mutable_timestamp_value()->set_seconds(253402300800);  // the year 10000
  v1::Value deep;
  v1::Value* inner = &deep;
  for (int i = 0; i < 51; ++i) inner = inner->mutable_list_value()->add_values();
  inner->set_bool_value(true);
  for (const std::string& bytes : {""s, "\x18"s,
                                   "\x2a\x05"s
                                   "abc"s,
                                   "\x07"s, Content(late), Content(deep)}) {
    EXPECT_FALSE(Reads(bytes, ValueForm::kAny));
    EXPECT_FALSE(Reads(bytes, ValueForm::kDeterministic));
  }
}

}  // namespace
}  // namespace cadenza
