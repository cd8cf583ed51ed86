#include <atomic>
#include <thread>

#include "gtest/gtest.h"
#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

// Counts the look-ups.
class CountingActivation : public Activation {
 public:
  std::optional<Value> Find(std::string_view name) const override {
    ++lookups;
    return name == "x" ? std::optional<Value>(Value::Int(2)) : std::nullopt;
  }
  mutable int lookups = 0;
};

Env IntEnv() {
  Env env;
  env.AddVariable("x", Type::Int());
  return env;
}

TEST(ProgramTest, AsksForAVariableOnce) {
  const auto program = Compile("[1, 2, 3].map(y, x * y + x)", IntEnv());
  ASSERT_TRUE(program.ok());
  const CountingActivation activation;
  EXPECT_EQ(Shown((*program)->Evaluate(activation)), "[4, 6, 8]");
  EXPECT_EQ(activation.lookups, 1);
}

TEST(ProgramTest, DoesNotAskForWhatItDoesNotNeed) {
  const auto program = Compile("false && x == 1", IntEnv());
  const CountingActivation activation;
  EXPECT_EQ(Shown((*program)->Evaluate(activation)), "false");
  EXPECT_EQ(activation.lookups, 0);
}

TEST(ProgramTest, StatusCodesTellErrorsFromLimits) {
  EXPECT_EQ(Evaluate("1 / 0").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Evaluate("1 +").status().code(), absl::StatusCode::kInvalidArgument);
  Limits limits;
  limits.cost = 5;
  const absl::StatusOr<Value> result = Evaluate("[1, 2, 3, 4].exists(x, x == 4) || true", {}, {}, limits);
  EXPECT_EQ(result.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(result.status().message(), "the evaluation exceeded its cost limit of 5");
}

TEST(ProgramTest, CostIsTheSameEveryTime) {
  // The smallest budget that suffices, found twice.
  const auto smallest = [] {
    Limits limits;
    for (limits.cost = 1; !Evaluate("[3, 1, 2].filter(x, x > 1).map(x, 'a' + string(x))", {}, {}, limits).ok();) {
      ++limits.cost;
    }
    return limits.cost;
  };
  const int64_t cost = smallest();
  EXPECT_EQ(smallest(), cost);
  EXPECT_GT(cost, 10);
  EXPECT_LT(cost, 60);
}

TEST(ProgramTest, IsSharedByThreads) {
  const auto program = Compile("[1, 2, 3].exists(y, y == x && string(y).matches('^[0-9]+$'))", IntEnv());
  ASSERT_TRUE(program.ok());
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      MapActivation activation;
      activation.Set("x", Value::Int(t));
      for (int i = 0; i < 2'000; ++i) {
        const absl::StatusOr<Value> result = (*program)->Evaluate(activation);
        if (!result.ok() || result->bool_value() != (t > 0)) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace cadenza::cel
