#include <google/protobuf/text_format.h>

#include "gtest/gtest.h"
#include "storage/codec/wire.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

v1::Input Parse(const std::string& text) {
  v1::Input proto;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &proto)) << text;
  return proto;
}

constexpr char kHead[] = "event_id: 'e1' user { user_id: 'ada' } ";

absl::StatusOr<Input> Convert(const std::string& kind) { return FromProto("acme", Parse(kHead + kind)); }

template <typename T>
T Payload(const std::string& kind) {
  absl::StatusOr<Input> input = Convert(kind);
  EXPECT_TRUE(input.ok()) << input.status();
  return std::get<T>(input->payload);
}

TEST(WireInputTest, TheHeadIsFilledAndTheRestLeft) {
  const v1::Input proto =
      Parse("event_id: 'e1' user { user_id: 'ada' } time { seconds: 5 nanos: 7999 } session_end {}");
  const absl::StatusOr<Input> input = FromProto("acme", proto);
  ASSERT_TRUE(input.ok()) << input.status();
  EXPECT_EQ(input->event_id, "e1");
  EXPECT_EQ(input->user, UserKey::User("acme", "ada"));
  EXPECT_EQ(input->time, absl::FromUnixMicros(5000007));
  EXPECT_EQ(input->kind(), InputKind::kSessionEnd);
  v1::Input stored;
  ASSERT_TRUE(stored.ParseFromString(input->body));
  EXPECT_EQ(stored.SerializeAsString(), proto.SerializeAsString());
  EXPECT_EQ(input->digest, DigestOf(input->body));
  EXPECT_EQ(Convert("session_end {}")->time, absl::InfinitePast());
}

TEST(WireInputTest, CustomEvent) {
  const auto event = Payload<CustomEvent>(
      "custom_event { name: 'order_placed' properties { key: 'total' value { double_value: 19.5 } } "
      "properties { key: 'lines' value { list_value { values { map_value { entries { key: 'name' value { string_value: "
      "'Margherita' } } } } } } } }");
  EXPECT_EQ(event.name, "order_placed");
  EXPECT_EQ(event.properties, ValueMap({{"lines", Value::List({Value::Map({{"name", Value::String("Margherita")}})})},
                                        {"total", Value::Double(19.5)}}));
}

TEST(WireInputTest, PurchaseQuantityDefaultsToOne) {
  const auto purchase =
      Payload<Purchase>("purchase { product_id: 'p' price { currency_code: 'EUR' units: 3 nanos: 500000000 } }");
  EXPECT_EQ(purchase.quantity, 1);
  EXPECT_EQ(purchase.price, Money::Of("EUR", 3, 500000000));
  EXPECT_EQ(Payload<Purchase>("purchase { price {} quantity: -4 }").quantity, -4) << "limits are not the codec's";
}

TEST(WireInputTest, AttributeOperations) {
  const auto change = Payload<AttributeChange>(
      "attribute_change { operations { path: 'address.city' set { string_value: 'Bonn' } } "
      "operations { path: 'a' set_once { bool_value: true } } operations { path: 'a' unset {} } "
      "operations { path: 'n' increment { int64_value: 2 } } operations { path: 'l' list_add { null_value: "
      "NULL_VALUE_UNSPECIFIED } } operations { path: 'l' list_remove { int64_value: 1 } } }");
  using Op = AttributeOperation::Op;
  const struct {
    std::vector<std::string> path;
    Op op;
    Value value;
  } kExpected[] = {{{"address", "city"}, Op::kSet, Value::String("Bonn")},
                   {{"a"}, Op::kSetOnce, Value::Bool(true)},
                   {{"a"}, Op::kUnset, Value::Null()},
                   {{"n"}, Op::kIncrement, Value::Int(2)},
                   {{"l"}, Op::kListAdd, Value::Null()},
                   {{"l"}, Op::kListRemove, Value::Int(1)}};
  ASSERT_EQ(change.operations.size(), std::size(kExpected));
  for (size_t i = 0; i < std::size(kExpected); ++i) {
    EXPECT_EQ(change.operations[i].path, kExpected[i].path);
    EXPECT_EQ(change.operations[i].op, kExpected[i].op);
    EXPECT_EQ(change.operations[i].value, kExpected[i].value);
  }
}

TEST(WireInputTest, TheOtherKinds) {
  EXPECT_EQ(Convert("session_start {}")->kind(), InputKind::kSessionStart);
  EXPECT_EQ(Payload<Identify>("identify { anonymous_id: 'd1' }").anonymous, UserKey::Anonymous("acme", "d1"));
  EXPECT_EQ(Payload<AddAlias>("add_alias { alias { label: 'email' name: 'x:y' } }").alias,
            UserKey::Alias("acme", "email", "x:y"));
  const auto change =
      Payload<SubscriptionChange>("subscription_change { channel: 'push' state: SUBSCRIPTION_STATE_OPTED_IN }");
  EXPECT_EQ(change.channel, "push");
  EXPECT_EQ(change.state, SubscriptionState::kOptedIn);
  const auto receipt = Payload<Receipt>("receipt { kind: KIND_CLICKED message_id: 'm' link_id: 'l' }");
  EXPECT_EQ(receipt.kind, Receipt::Kind::kClicked);
  EXPECT_EQ(receipt.message_id, "m");
  EXPECT_EQ(receipt.link_id, "l");
}

TEST(WireInputTest, WhatHasNoModelFormIsNamed) {
  const struct {
    std::string input;
    std::string field;
  } kCases[] = {
      {"event_id: 'e' session_start {}", "user"},
      {"user {} session_start {}", "user"},
      {"user { alias { label: 'a:b' name: 'c' } } session_start {}", "user.alias.label"},
      {"user { user_id: 'u' }", "kind"},
      {"user { user_id: 'u' } time { seconds: 253402300800 } session_start {}", "time"},
      {"user { user_id: 'u' } time { nanos: -1 } session_start {}", "time.nanos"},
      {std::string(kHead) +
           "custom_event { name: 'e' properties { key: 'a' value { map_value { entries { key: 'b' value "
           "{} } } } } }",
       "custom_event.properties.a.b"},
      {std::string(kHead) + "purchase { product_id: 'p' }", "purchase.price"},
      {std::string(kHead) + "purchase { price { units: 1 nanos: -1 } }", "purchase.price.nanos"},
      {std::string(kHead) + "purchase { price { nanos: 1000000000 } }", "purchase.price.nanos"},
      {std::string(kHead) + "purchase { price {} properties { key: 'a' value {} } }", "purchase.properties.a"},
      {std::string(kHead) + "attribute_change { operations { path: 'a' unset {} } operations { path: 'a' } }",
       "attribute_change.operations[1]"},
      {std::string(kHead) + "attribute_change { operations { path: 'a' set {} } }",
       "attribute_change.operations[0].set"},
      {std::string(kHead) + "attribute_change { operations { path: 'a' set { list_value { values {} } } } }",
       "attribute_change.operations[0].set[0]"},
      {std::string(kHead) + "attribute_change { operations { unset {} } }", "attribute_change.operations[0].path"},
      {std::string(kHead) + "attribute_change { operations { path: 'a..b' unset {} } }",
       "attribute_change.operations[0].path"},
      {std::string(kHead) + "attribute_change { operations { path: '.a' unset {} } }",
       "attribute_change.operations[0].path"},
      {std::string(kHead) + "attribute_change { operations { path: 'a.' unset {} } }",
       "attribute_change.operations[0].path"},
      {std::string(kHead) + "add_alias {}", "add_alias.alias"},
      {std::string(kHead) + "subscription_change { state: 9 }", "subscription_change.state"},
      {std::string(kHead) + "receipt { kind: 257 message_id: 'm' }", "receipt.kind"},
  };
  for (const auto& c : kCases) {
    const absl::Status status = FromProto("acme", Parse(c.input)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.input;
    EXPECT_EQ(RejectionField(status), c.field) << c.input;
    EXPECT_EQ(status.message().substr(0, c.field.size() + 2), c.field + ": ");
  }
}

TEST(WireInputTest, TheDigestDoesNotDependOnTheOrderOfAMap) {
  const std::string name = "custom_event { name: 'e' ";
  std::string forward = name, backward = name;
  for (int i = 0; i < 50; ++i) {
    const auto entry = [](int key) {
      return "properties { key: '" + std::to_string(key) + "' value { int64_value: 1 } } ";
    };
    forward += entry(i);
    backward += entry(49 - i);
  }
  EXPECT_EQ(Convert(forward + "}")->digest, Convert(backward + "}")->digest);
  EXPECT_NE(Convert(forward + "}")->digest, Convert(name + "}")->digest);
}

TEST(WireUserRefTest, EveryKindComesBack) {
  for (const UserKey& key : {UserKey::User("acme", "ada"), UserKey::Anonymous("acme", "device 7"),
                             UserKey::Alias("acme", "email_hash", "a:b:c")}) {
    v1::UserRef proto;
    ToProto(key, &proto);
    EXPECT_EQ(*FromProto("acme", proto), key);
  }
}

}  // namespace
}  // namespace cadenza
