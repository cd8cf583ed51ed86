#include "server/rules/workspace.h"

#include <functional>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/server/rules/user_scene.h"

namespace cadenza::rules {
namespace {

using ::testing::HasSubstr;

TEST(WorkspaceTest, TheZoneOfAUser) {
  WorkspaceSettings rules = PlainSettings();
  rules.default_time_zone = "Europe/Vienna";
  const auto workspace = *CompileWorkspace(rules);
  Profile ada = Ada();
  EXPECT_EQ(ZoneOf(ada, *workspace).name(), "Europe/Vienna");
  EXPECT_EQ(ZoneOf(ada, *CompileWorkspace(PlainSettings()).value()).name(), "UTC");
  ada.attributes.Set("time_zone", Value::String("Asia/Tokyo"));
  EXPECT_EQ(ZoneOf(ada, *workspace).name(), "Asia/Tokyo");
  for (const Value& unknown : {Value::String("Mars/Olympus"), Value::Int(2), Value::Null()}) {
    ada.attributes.Set("time_zone", unknown);
    EXPECT_EQ(ZoneOf(ada, *workspace).name(), "Europe/Vienna");
  }
}

TEST(WorkspaceTest, ErrorsNameTheField) {
  const std::pair<std::function<void(WorkspaceSettings*)>, const char*> cases[] = {
      {[](WorkspaceSettings* r) { r->default_time_zone = "Mars/Olympus"; }, "default_time_zone: there is no time zone"},
      {[](WorkspaceSettings* r) {
         r->quiet_hours.windows = {{{60}, {60}}};
       },
       "quiet_hours: windows[0]: starts and ends"},
      {[](WorkspaceSettings* r) { r->frequency_caps = {{}}; }, "frequency_caps[0].most: is 0"},
      {[](WorkspaceSettings* r) { r->delivery_rate = DeliveryRate(); }, "delivery_rate.most: is 0"},
      {[](WorkspaceSettings* r) { r->holdout.basis_points = 10001; }, "holdout.basis_points: is 10001"},
      {[](WorkspaceSettings* r) { r->holdout.salt = "\xff"; }, "holdout.salt: is not UTF-8"},
  };
  EXPECT_TRUE(CompileWorkspace(PlainSettings()).ok());
  for (const auto& [change, message] : cases) {
    WorkspaceSettings rules = PlainSettings();
    change(&rules);
    const auto workspace = CompileWorkspace(rules);
    EXPECT_EQ(workspace.status().code(), absl::StatusCode::kInvalidArgument) << message;
    EXPECT_THAT(std::string(workspace.status().message()), HasSubstr(message));
  }
}

}  // namespace
}  // namespace cadenza::rules
