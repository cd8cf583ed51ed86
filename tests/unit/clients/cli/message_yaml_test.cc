#include "clients/cli/formats/message_yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cadenza/v1/campaign.pb.h"
#include "cadenza/v1/workspace.pb.h"
#include "clients/cli/formats/field_text.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/support/seed.h"
#include "tests/unit/clients/cli/random_message.h"

namespace cadenza::cli {
namespace {

using google::protobuf::util::MessageDifferencer;
using ::testing::HasSubstr;

v1::Campaign Read(const std::string& yaml) {
  absl::StatusOr<std::vector<v1::Campaign>> campaigns = MessagesOfYaml<v1::Campaign>(yaml);
  EXPECT_TRUE(campaigns.ok()) << campaigns.status() << "\n" << yaml;
  if (!campaigns.ok()) return {};
  EXPECT_EQ(campaigns->size(), 1u);
  return campaigns->empty() ? v1::Campaign() : campaigns->front();
}

std::string Problem(const std::string& yaml) {
  const absl::Status status = MessagesOfYaml<v1::Campaign>(yaml).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << yaml;
  return std::string(status.message());
}

constexpr char kKnots[] = R"(campaign_id: knots
display_name: "Garlic: knots"
state: active
trigger:
  attribute_changed:
    attribute: plan
    value: gold
cooldown: 7d
create_time: 2026-12-24T18:00:00.5Z
audience: user.attributes.age > 17 && user.event_count("a") == 0
variants:
  - variant_id: a
    weight: 1
    message:
      channel: push
      body: |
        Hello {{ user.id }},

          knots?
      time_to_live: 24h
  - variant_id: none
    control: true
quiet_hours:
  windows:
    - start: "22:00"
      end: "08:00"
      weekdays: [monday, "Tue, s"]
  action: hold
tags: [promo, "true"]
priority: -3
)";

TEST(MessageYamlTest, ReadsWhatPeopleWrite) {
  const v1::Campaign campaign = Read(kKnots);
  EXPECT_EQ(campaign.state(), v1::Campaign::STATE_ACTIVE);
  EXPECT_EQ(campaign.trigger().attribute_changed().value().string_value(), "gold");
  EXPECT_EQ(campaign.cooldown().seconds(), 7 * 86400);
  EXPECT_EQ(campaign.create_time().nanos(), 500'000'000);
  EXPECT_EQ(campaign.variants(0).message().body(), "Hello {{ user.id }},\n\n  knots?\n");
  EXPECT_EQ(campaign.quiet_hours().action(), v1::QuietHours::ACTION_HOLD);
  EXPECT_EQ(campaign.quiet_hours().windows(0).weekdays(1), "Tue, s");
  EXPECT_EQ(campaign.tags(1), "true");
}

TEST(MessageYamlTest, WritesTheOneText) {
  const v1::Campaign campaign = Read(kKnots);
  EXPECT_EQ(ToYaml(campaign), kKnots);
  EXPECT_THAT(ToYaml(campaign, {"create_time", "variants"}), ::testing::Not(HasSubstr("create_time")));
}

TEST(MessageYamlTest, TakesWhatProtoJsonTakes) {
  const v1::Campaign campaign = Read(
      "campaignId: a\nstate: STATE_PAUSED\ncooldown: 3.5s\ndisplay_name: null\ntrigger: {session_started: {}}\n"
      "priority: \"7\"\nonce: true\n");
  EXPECT_EQ(campaign.campaign_id(), "a");
  EXPECT_EQ(campaign.state(), v1::Campaign::STATE_PAUSED);
  EXPECT_EQ(campaign.cooldown().nanos(), 500'000'000);
  EXPECT_EQ(campaign.display_name(), "");
  EXPECT_TRUE(campaign.trigger().has_session_started());
  EXPECT_EQ(campaign.priority(), 7);
  EXPECT_EQ(
      ToYaml(campaign),
      "campaign_id: a\nstate: paused\ntrigger:\n  session_started: {}\ncooldown: 3.5s\nonce: true\npriority: 7\n");
  EXPECT_EQ(MessagesOfYaml<v1::Campaign>("---\ncampaign_id: a\n---\n---\ncampaign_id: b\n")->size(), 2u);
}

TEST(MessageYamlTest, SaysWhatIsWrongAndWhere) {
  const std::pair<const char*, const char*> cases[] = {
      {"campaign_id: a\ncooldwon: 1s\n",
       "line 2, column 1: 'cooldwon' is no field of Campaign; did you mean 'cooldown'?"},
      {"message:\n  bdy: x\n", "line 2, column 3: 'bdy' is no field of MessageTemplate; did you mean 'body'?"},
      {"state: activ\n",
       "line 1, column 8: state: 'activ' is none of draft, active, paused, archived; did you mean 'active'?"},
      {"cooldown: soon\n", "cooldown: 'soon' is no duration like 24h"},
      {"start_time: noon\n", "start_time: 'noon' is no time like 2026-12-24T18:00:00Z"},
      {"priority: high\n", "priority: 'high' is no whole number"},
      {"priority: 99999999999\n", "is no whole number"},
      {"once: yes\n", "once: 'yes' is neither true nor false"},
      {"tags: promo\n", "tags must be a list"},
      {"tags: [a, ~]\n", "tags: an element is empty"},
      {"condition: [a]\n", "condition must be one value"},
      {"message: hello\n", "a MessageTemplate must be a map of its fields"},
      {"trigger: {event_name: a, session_started: {}}\n", "event_name and session_started exclude each other"},
      {"campaign_id: a\ncampaignId: b\n", "line 2, column 1: the key \"campaignId\" stands twice"},
      {"- campaign_id: a\n", "a Campaign must be a map of its fields"},
      {"a: &x 1\nb: *x", "aliases"},
      {"a: [1", "line"}};
  for (const auto& [yaml, why] : cases) EXPECT_THAT(Problem(yaml), HasSubstr(why)) << yaml;
  std::string deep = "trigger: {attribute_changed: {value: ";
  for (int i = 0; i < 60; ++i) deep += "{list_value: {values: [";
  EXPECT_THAT(Problem(deep + "1" +
                      [] {
                        std::string end;
                        for (int i = 0; i < 60; ++i) end += "]}}";
                        return end;
                      }() +
                      "}}"),
              HasSubstr("nested too deep"));
}

TEST(MessageYamlTest, KeepsTheKindOfAValue) {
  const std::pair<const char*, v1::Value::KindCase> cases[] = {{"gold", v1::Value::kStringValue},
                                                               {"\"3\"", v1::Value::kStringValue},
                                                               {"3", v1::Value::kInt64Value},
                                                               {"3.0", v1::Value::kDoubleValue},
                                                               {"true", v1::Value::kBoolValue},
                                                               {"{null_value: 0}", v1::Value::kNullValue},
                                                               {"{list_value: {values: [1]}}", v1::Value::kListValue}};
  for (const auto& [text, kind] : cases) {
    const v1::Campaign campaign =
        Read(std::string("trigger: {attribute_changed: {attribute: a, value: ") + text + "}}");
    EXPECT_EQ(campaign.trigger().attribute_changed().value().kind_case(), kind) << text;
    EXPECT_TRUE(MessageDifferencer::Equals(Read(ToYaml(campaign)), campaign)) << ToYaml(campaign);
  }
}

TEST(MessageYamlTest, WhatIsWrittenReadsBackAsTheSame) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  RandomMessage random(seed);
  for (int i = 0; i < 3000; ++i) {
    v1::Campaign campaign;
    random.Fill(&campaign);
    const std::string yaml = ToYaml(campaign);
    if (yaml.empty()) continue;
    const v1::Campaign read = Read(yaml);
    ASSERT_TRUE(MessageDifferencer::Equals(read, campaign)) << yaml << "\n" << campaign.DebugString();
    ASSERT_EQ(ToYaml(read), yaml);
  }
}

TEST(MessageYamlTest, CoversOtherMessagesToo) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  RandomMessage random(seed);
  for (int i = 0; i < 500; ++i) {
    v1::WorkspaceSettings settings;
    random.Fill(&settings);
    const std::string yaml = ToYaml(settings);
    if (yaml.empty()) continue;
    const auto read = MessagesOfYaml<v1::WorkspaceSettings>(yaml);
    ASSERT_TRUE(read.ok()) << read.status() << "\n" << yaml;
    ASSERT_TRUE(MessageDifferencer::Equals(read->at(0), settings)) << yaml;
  }
}

TEST(FieldTextTest, Durations) {
  const std::pair<const char*, int64_t> cases[] = {{"24h", 86400},      {"90m", 5400}, {"7d", 604800},
                                                   {"1d12h", 129600},   {"0s", 0},     {"1h30m", 5400},
                                                   {"604800s", 604800}, {"-1h", -3600}};
  for (const auto& [text, seconds] : cases) {
    const auto parsed = ParseDurationText(text);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(parsed->seconds(), seconds) << text;
  }
  for (const char* text : {"", "7", "d", "1d-2h", "1w", "99999999999999d", "inf", "1 h"}) {
    EXPECT_FALSE(ParseDurationText(text).ok()) << text;
  }
  google::protobuf::Duration day;
  day.set_seconds(86400);
  EXPECT_EQ(DurationText(day), "24h");
  day.set_seconds(2 * 86400);
  EXPECT_EQ(DurationText(day), "2d");
}

TEST(MessageYamlTest, AsksWhatADocumentIsByItsKeys) {
  std::vector<DocumentKeys> asked;
  v1::Campaign campaign;
  v1::WorkspaceSettings settings;
  const auto choose = [&](const DocumentKeys& keys) -> absl::StatusOr<google::protobuf::Message*> {
    asked.push_back(keys);
    if (keys.empty()) return absl::InvalidArgumentError("what is it?");
    return keys[0] == "campaign_id" ? static_cast<google::protobuf::Message*>(&campaign) : &settings;
  };
  EXPECT_EQ(ReadYaml("campaign_id: a\nonce: true\n---\ndefault_time_zone: UTC\n", choose), absl::OkStatus());
  EXPECT_EQ(asked, (std::vector<DocumentKeys>{{"campaign_id", "once"}, {"default_time_zone"}}));
  EXPECT_TRUE(campaign.once());
  EXPECT_EQ(settings.default_time_zone(), "UTC");
  for (const char* yaml : {"[a]", "{}", "text"}) EXPECT_EQ(ReadYaml(yaml, choose).message(), "what is it?");
}

}  // namespace
}  // namespace cadenza::cli
