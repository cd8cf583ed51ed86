#include "clients/cli/liquid/render_data.h"

#include "gtest/gtest.h"
#include "server/rules/liquid/liquid.h"

namespace cadenza::cli {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

std::string Render(std::string_view source, std::string_view profile, std::string_view event) {
  const absl::StatusOr<ValueMap> data = RenderData(profile, event, kNow);
  if (!data.ok()) return std::string(data.status().message());
  const auto parsed = liquid::Template::Parse(source);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  const auto rendering = (*parsed)->Render(liquid::MapScope(*data), liquid::RenderOptions());
  return rendering.ok() ? rendering->output : std::string(rendering.status().message());
}

constexpr std::string_view kTemplate =
    "{{${first_name}}} {{ user.id }} {{ user.attributes.plan }} {{custom_attribute.${points} | plus: 1}} "
    "{{event_properties.${total}}} {{ event.name }} {{ event.properties.items[0].name }} {{ now | date: '%F' }}";

TEST(RenderDataTest, PlainJson) {
  EXPECT_EQ(
      Render(kTemplate, R"({"user_id": "ada", "attributes": {"first_name": "Ada", "plan": "gold", "points": 41}})",
             R"({"name": "order_placed", "time": "2026-01-02T03:04:05Z",
                       "properties": {"total": 17.5, "items": [{"name": "Cola"}]}})"),
      "Ada ada gold 42 17.5 order_placed Cola 2026-01-02");
}

TEST(RenderDataTest, TheContractsJson) {
  EXPECT_EQ(
      Render(kTemplate,
             R"({"user": {"user_id": "ada"}, "attributes": {"first_name": {"string_value": "Ada"},
                 "plan": {"string_value": "gold"}, "points": {"int64_value": "41"}}})",
             R"({"event_id": "1", "time": "2026-01-02T03:04:05Z", "custom_event": {"name": "order_placed", "properties":
                 {"total": {"double_value": 17.5}, "items": {"list_value": {"values": [{"map_value": {"entries":
                 {"name": {"string_value": "Cola"}}}}]}}}}})"),
      "Ada ada gold 42 17.5 order_placed Cola 2026-01-02");
}

TEST(RenderDataTest, NothingGivenIsNothingThere) {
  EXPECT_EQ(Render("[{{ user.id }}{{ event.name }}{{${city}}}] {{ now | date: '%F' }}", "", ""), "[] 2023-11-14");
}

TEST(RenderDataTest, ErrorsNameTheField) {
  EXPECT_EQ(Render("", "[]", ""), "profile: must be a JSON object");
  EXPECT_EQ(Render("", R"({"attributes": 3})", ""), "profile.attributes: must be a JSON object");
  EXPECT_EQ(Render("", "", "{"), "event: this is not JSON: something is wrong at byte 2");
}

}  // namespace
}  // namespace cadenza::cli
