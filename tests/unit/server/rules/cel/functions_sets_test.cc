#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

TEST(SetsTest, ListsAsSets) {
  ExpectAll({
      {"sets.contains([1, 2, 3], [3, 1.0, 1u])", "true"},
      {"sets.contains([1], [])", "true"},
      {"sets.contains([], [1])", "false"},
      {"sets.equivalent([1, 2, 2], [2u, 1.0])", "true"},
      {"sets.equivalent([1, 2], [1])", "false"},
      {"sets.intersects([1, 2], [2, 3])", "true"},
      {"sets.intersects([1], [])", "false"},
      {"sets.intersects([[1]], [[dyn(1.0)]])", "true"},
      {"sets.contains(dyn(1), [1])", "error: no matching overload of sets.contains for (int, list)"},
  });
}

TEST(SetsTest, CostIsCounted) {
  EXPECT_EQ(Evaluate("sets.contains(lists.range(1000), lists.range(1000))").status().code(),
            absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace cadenza::cel
