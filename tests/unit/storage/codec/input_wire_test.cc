#include "storage/codec/input_wire.h"

#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <random>

#include "cadenza/v1/event_service.pb.h"
#include "cadenza/v1/input.pb.h"
#include "gtest/gtest.h"
#include "storage/base/utf8.h"
#include "storage/codec/serialize.h"
#include "storage/codec/wire.h"
#include "storage/model/rejection.h"
#include "tests/support/random_model.h"
#include "tests/support/seed.h"

namespace cadenza {
namespace {

absl::StatusOr<Input> Parsed(std::string_view bytes) {
  Input input;
  const absl::Status status = ParseInput("acme", bytes, &input);
  if (!status.ok()) return status;
  return input;
}

// What ParseInput has to give: by way of the message object.
absl::StatusOr<Input> Expected(std::string_view bytes) {
  v1::Input proto;
  if (!proto.ParseFromString(std::string(bytes))) return absl::InvalidArgumentError("no message");
  return FromProto("acme", proto);
}

bool AllUtf8(const Value& value) {
  if (value.kind() == Value::Kind::kString) return IsUtf8(value.string_value());
  if (value.kind() == Value::Kind::kList) {
    return std::all_of(value.list_value().begin(), value.list_value().end(), AllUtf8);
  }
  if (value.kind() != Value::Kind::kMap) return true;
  return std::all_of(value.map_value().begin(), value.map_value().end(),
                     [](const auto& entry) { return IsUtf8(entry.first) && AllUtf8(entry.second); });
}

// Of a custom event.
bool AllUtf8(const Input& input) {
  const auto& event = std::get<CustomEvent>(input.payload);
  return IsUtf8(input.event_id) && IsUtf8(input.user.key) && IsUtf8(event.name) &&
         AllUtf8(Value::Map(event.properties));
}

void ExpectSame(std::string_view bytes) {
  const absl::StatusOr<Input> parsed = Parsed(bytes);
  const absl::StatusOr<Input> expected = Expected(bytes);
  // The message object refuses the whole message.
  if (parsed.ok() && !expected.ok() && !AllUtf8(*parsed)) return;
  ASSERT_EQ(parsed.ok(), expected.ok()) << parsed.status() << " against " << expected.status();
  if (!expected.ok()) {
    EXPECT_EQ(parsed.status().code(), expected.status().code());
    // Of several bad properties any may be named.
    const auto field = [](const absl::Status& status) {
      const std::string name = RejectionField(status);
      return name.substr(0, name.find("properties"));
    };
    EXPECT_EQ(field(parsed.status()), field(expected.status()));
    return;
  }
  EXPECT_EQ(parsed->event_id, expected->event_id);
  EXPECT_EQ(parsed->user, expected->user);
  EXPECT_EQ(parsed->time, expected->time);
  EXPECT_EQ(parsed->kind(), expected->kind());
  EXPECT_EQ(parsed->event_name(), expected->event_name());
  if (parsed->kind() == InputKind::kCustomEvent) {
    EXPECT_EQ(std::get<CustomEvent>(parsed->payload).properties, std::get<CustomEvent>(expected->payload).properties);
  }
  EXPECT_EQ(parsed->body, expected->body);
  EXPECT_EQ(parsed->digest, expected->digest);
}

v1::Input OrderPlaced() {
  v1::Input input;
  input.set_event_id("e1");
  input.mutable_user()->set_user_id("ada");
  input.mutable_custom_event()->set_name("order_placed");
  auto& properties = *input.mutable_custom_event()->mutable_properties();
  properties["total"].set_double_value(-0.0);
  properties["item"].set_string_value("Margherita");
  properties["quantity"].set_int64_value(-2);
  return input;
}

v1::Input AnyEvent(testing::RandomModel& random) {
  v1::Input input;
  if (!random.OneIn(20)) input.set_event_id(random.Text(40));
  if (!random.OneIn(20)) {
    if (random.OneIn(3)) {
      input.mutable_user()->set_anonymous_id(random.Text(10));
    } else {
      input.mutable_user()->set_user_id(random.Text(30));
    }
  }
  if (random.OneIn(2)) {
    ToProto(random.Time(), input.mutable_time());
    if (random.OneIn(3)) input.mutable_time()->set_nanos(static_cast<int32_t>(random.Between(-1, 1'000'000'000)));
  }
  if (!random.OneIn(20)) input.mutable_custom_event()->set_name(random.OneIn(10) ? "" : random.Name());
  for (int64_t i = random.Between(0, 30); i > 0; --i) {
    v1::Value& value = (*input.mutable_custom_event()->mutable_properties())[random.Text(6)];
    if (!random.OneIn(40)) ToProto(random.AnyValue(random.OneIn(3) ? 3 : 0), &value);
  }
  return input;
}

class ParseInputTest : public ::testing::Test {
 private:
  // Protobuf would log every damaged text.
  google::protobuf::LogSilencer silence_;
};

TEST_F(ParseInputTest, GivesWhatTheMessageObjectGives) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  testing::RandomModel random(seed);
  for (int i = 0; i < 2000 && !HasFailure(); ++i) {
    const v1::Input input = AnyEvent(random);
    ExpectSame(SerializeDeterministic(input));
    ExpectSame(input.SerializeAsString());
  }
}

TEST_F(ParseInputTest, EveryKindComesThrough) {
  v1::Input input = OrderPlaced();
  input.mutable_purchase()->set_product_id("p1");
  ExpectSame(input.SerializeAsString());
  input.mutable_purchase()->mutable_price()->set_currency_code("EUR");
  (*input.mutable_purchase()->mutable_properties())["shop"].set_string_value("Oslo");
  ExpectSame(input.SerializeAsString());
  input.mutable_session_start();
  ExpectSame(input.SerializeAsString());
  input.mutable_session_end();
  ExpectSame(input.SerializeAsString());
  v1::AttributeOperation* operation = input.mutable_attribute_change()->add_operations();
  operation->set_path("a.b");
  operation->mutable_set()->set_int64_value(1);
  ExpectSame(input.SerializeAsString());
  input.mutable_identify()->set_anonymous_id("device");
  ExpectSame(input.SerializeAsString());
  input.mutable_subscription_change()->set_state(v1::SUBSCRIPTION_STATE_OPTED_IN);
  ExpectSame(input.SerializeAsString());
  input.mutable_add_alias()->mutable_alias()->set_label("email");
  ExpectSame(input.SerializeAsString());
  input.mutable_user()->mutable_alias()->set_name("x");
  ExpectSame(input.SerializeAsString());
  input.clear_kind();
  ExpectSame(input.SerializeAsString());
}

TEST_F(ParseInputTest, TheOrderOfPropertiesOnTheWireDoesNotChangeTheDigest) {
  auto entry = [](char key, char flag) {
    std::string bytes("\x12\x07\x0a\x01k\x12\x02\x10\x01", 9);
    bytes[4] = key;
    bytes[8] = flag;
    return bytes;
  };
  std::string event("\x0a\x02hi", 4);
  auto input = [&](const std::string& properties) {
    const std::string content = event + properties;
    return std::string("\x0a\x01g\x12\x03\x0a\x01u\x22", 9) + static_cast<char>(content.size()) + content;
  };
  const std::string ab = input(entry('a', 1) + entry('b', 0));
  const std::string ba = input(entry('b', 0) + entry('a', 1));
  ExpectSame(ab);
  ExpectSame(ba);
  EXPECT_EQ(Parsed(ab)->digest, Parsed(ba)->digest);
  EXPECT_EQ(Parsed(ba)->body, ab);
  ExpectSame(input(entry('a', 1) + entry('a', 0)));
  EXPECT_EQ(*std::get<CustomEvent>(Parsed(input(entry('a', 1) + entry('a', 0)))->payload).properties.Find("a"),
            Value::Bool(false))
      << "of one key twice, the last holds";
}

// Bytes that mean the same but that no encoder writes, and bytes that mean nothing.
TEST_F(ParseInputTest, DamagedAndUnusualBytesGiveWhatTheMessageObjectGives) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  std::mt19937_64 random(seed);
  const std::string good = SerializeDeterministic(OrderPlaced());
  for (size_t length = 0; length < good.size(); ++length) ExpectSame(good.substr(0, length));
  for (int i = 0; i < 20000 && !HasFailure(); ++i) {
    std::string bytes = good;
    for (int changes = 1 + static_cast<int>(random() % 3); changes > 0; --changes) {
      const size_t at = random() % bytes.size();
      switch (random() % 3) {
        case 0:
          // Below 0x80, so that no text stops being UTF-8.
          bytes[at] = static_cast<char>(random() % 0x80);
          break;
        case 1:
          bytes.insert(at, 1, static_cast<char>(random() % 0x80));
          break;
        default:
          bytes.erase(at, 1);
      }
    }
    ExpectSame(bytes);
  }
  ExpectSame(good + good);
  ExpectSame(good + std::string("\x98\x06\x01", 3));  // an unknown field
  std::string longer = good;
  longer.replace(1, 1, std::string("\x82\x00", 2));  // a length in two bytes where one would do
  ExpectSame(longer);
}

TEST_F(ParseInputTest, TextThatIsNotUtf8IsLeftToTheCheckThatNamesTheField) {
  v1::Input input = OrderPlaced();
  std::string bytes = input.SerializeAsString();
  bytes[bytes.find("ada")] = '\xFF';
  const absl::StatusOr<Input> parsed = Parsed(bytes);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->user.name(),
            "\xFF"
            "da");
}

TEST(SplitInputBatchTest, GivesEveryInputAsItCame) {
  v1::InputBatch batch;
  batch.set_first_seq(7);
  *batch.add_inputs() = OrderPlaced();
  batch.add_inputs();
  const std::string bytes = batch.SerializeAsString();
  const absl::StatusOr<InputBatchBytes> split = SplitInputBatch(bytes);
  ASSERT_TRUE(split.ok());
  EXPECT_EQ(split->first_seq, 7);
  ASSERT_EQ(split->inputs.size(), 2u);
  v1::Input first;
  ASSERT_TRUE(first.ParseFromString(std::string(split->inputs[0])));
  EXPECT_EQ(SerializeDeterministic(first), SerializeDeterministic(OrderPlaced()));
  EXPECT_EQ(split->inputs[1], "");
  EXPECT_EQ(SplitInputBatch(bytes.substr(0, bytes.size() - 1)).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace cadenza
