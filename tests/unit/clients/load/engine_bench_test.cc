#include "clients/load/engine_bench.h"

#include "gtest/gtest.h"
#include "storage/codec/profile_codec.h"

namespace cadenza::load {
namespace {

WorkloadOptions FewUsers() {
  WorkloadOptions options;
  options.users = 50;
  return options;
}

TEST(EngineBenchTest, RunsWholeEventsFromBytesToBytes) {
  Engine engine(FewUsers());
  EXPECT_EQ(engine.users(), 50u);
  engine.Run(engine.NextEvents(2 * Engine::kBatch));
  EXPECT_EQ(engine.messages(), 2 * Engine::kBatch / 5) << "every fifth event yields one";
  ASSERT_FALSE(engine.states().empty());
  for (const std::string& state : engine.states()) {
    const absl::StatusOr<Profile> profile = DecodeProfile(UserKey::User("bench", "u"), 1, state);
    ASSERT_TRUE(profile.ok());
    EXPECT_FALSE(profile->events.empty());
    EXPECT_EQ(profile->attributes.size(), 9u);
  }
}

TEST(EngineBenchTest, WithoutTheRulesNothingIsSent) {
  Engine engine(FewUsers());
  engine.Run(engine.NextEvents(Engine::kBatch), false);
  EXPECT_EQ(engine.messages(), 0);
}

TEST(EngineBenchTest, TheSameOptionsDoTheSameWork) {
  Engine one(FewUsers());
  Engine other(FewUsers());
  one.Run(one.NextEvents(2 * Engine::kBatch));
  other.Run(other.NextEvents(Engine::kBatch));
  other.Run(other.NextEvents(Engine::kBatch));
  EXPECT_EQ(one.states(), other.states());
  EXPECT_EQ(one.bytes_encoded(), other.bytes_encoded());
}

TEST(EngineBenchTest, ReportsEveryFigure) {
  EngineOptions options;
  options.workload = FewUsers();
  options.warm_up = options.events = 2000;
  options.rounds = 3;
  const EngineResult result = MeasureEngine(options);
  EXPECT_GT(result.events_per_s, 0);
  EXPECT_LE(result.events_per_s_low, result.events_per_s);
  EXPECT_GE(result.events_per_s_high, result.events_per_s);
  EXPECT_NEAR(result.messages_per_event, 0.2, 1e-9);
  EXPECT_GT(result.profile_bytes, 300);
  EXPECT_NE(ToText(result).find("decide"), std::string::npos);
}

}  // namespace
}  // namespace cadenza::load
