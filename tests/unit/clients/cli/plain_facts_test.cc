#include "clients/cli/formats/plain_facts.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <string>

#include "cadenza/v1/input.pb.h"
#include "cadenza/v1/profile.pb.h"
#include "clients/cli/formats/proto_json.h"

namespace cadenza::cli {
namespace {

using ::testing::HasSubstr;

v1::Profile ProfileOf(const std::string& text) {
  const auto json = PlainProfileToJson(text);
  EXPECT_TRUE(json.ok()) << json.status();
  v1::Profile profile;
  EXPECT_EQ(FromJson(json.value_or(""), &profile), absl::OkStatus());
  return profile;
}

v1::Input EventOf(const std::string& text) {
  const auto json = PlainEventToJson(text);
  EXPECT_TRUE(json.ok()) << json.status();
  v1::Input event;
  EXPECT_EQ(FromJson(json.value_or(""), &event), absl::OkStatus());
  return event;
}

TEST(PlainFactsTest, APlainProfileIsTagged) {
  const v1::Profile profile = ProfileOf(
      R"({"user_id": "ada", "attributes": {"plan": "gold", "points": 41, "ratio": 1.5, "vip": true, "gone": null,
          "tags": ["a", 2], "address": {"city": "Rome"}, "huge": 18446744073709551615}})");
  EXPECT_EQ(profile.user().user_id(), "ada");
  const auto& attributes = profile.attributes();
  EXPECT_EQ(attributes.at("plan").string_value(), "gold");
  EXPECT_EQ(attributes.at("points").int64_value(), 41);
  EXPECT_EQ(attributes.at("ratio").double_value(), 1.5);
  EXPECT_TRUE(attributes.at("vip").bool_value());
  EXPECT_TRUE(attributes.at("gone").has_null_value());
  EXPECT_EQ(attributes.at("tags").list_value().values(1).int64_value(), 2);
  EXPECT_EQ(attributes.at("address").map_value().entries().at("city").string_value(), "Rome");
  EXPECT_EQ(attributes.at("huge").double_value(), 18446744073709551615.0);
}

TEST(PlainFactsTest, TheContractsOwnStaysAsItIs) {
  const std::string text =
      R"({"user": {"user_id": "ada"}, "attributes": {"plan": {"string_value": "gold"},
          "tags": {"list_value": {"values": [{"int64_value": "7"}]}}}, "events": {"x": {"count": "1"}}})";
  v1::Profile told;
  ASSERT_EQ(FromJson(text, &told), absl::OkStatus());
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(ProfileOf(text), told));
}

TEST(PlainFactsTest, APlainEventBecomesAnInput) {
  const v1::Input event =
      EventOf(R"({"name": "order_placed", "time": "2026-01-02T03:04:05Z", "properties": {"total": 17.5}})");
  EXPECT_EQ(event.custom_event().name(), "order_placed");
  EXPECT_EQ(event.custom_event().properties().at("total").double_value(), 17.5);
  EXPECT_EQ(event.time().seconds(), 1767323045);
  EXPECT_FALSE(event.event_id().empty());
  EXPECT_TRUE(event.has_user());
}

TEST(PlainFactsTest, AnInputKeepsWhatItHas) {
  const v1::Input event = EventOf(
      R"({"event_id": "1", "user": {"user_id": "ada"},
          "custom_event": {"name": "x", "properties": {"n": {"int64_value": "3"}, "m": 4}}})");
  EXPECT_EQ(event.event_id(), "1");
  EXPECT_EQ(event.user().user_id(), "ada");
  EXPECT_EQ(event.custom_event().properties().at("n").int64_value(), 3);
  EXPECT_EQ(event.custom_event().properties().at("m").int64_value(), 4);
}

TEST(PlainFactsTest, SaysWhatIsWrong) {
  EXPECT_EQ(PlainProfileToJson("[]").status().message(), "must be a JSON object");
  EXPECT_EQ(PlainEventToJson("{").status().message(), "is not JSON");
  EXPECT_THAT(
      std::string(PlainEventToJson("{\"a\":" + std::string(101, '[') + std::string(101, ']') + "}").status().message()),
      HasSubstr("nested deeper"));
}

}  // namespace
}  // namespace cadenza::cli
