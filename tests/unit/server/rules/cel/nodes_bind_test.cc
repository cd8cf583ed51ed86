#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

TEST(NodesBindTest, AVariableIsEvaluatedOnce) {
  ExpectAll({
      {"cel.bind(x, 2, x * x)", "4"},
      {"cel.bind(x, 1, cel.bind(y, x + 1, x + y))", "3"},
      {"cel.bind(x, 1, cel.bind(x, x + 1, x))", "2"},
      {"cel.bind(x, [1, 2], x.all(y, y in x) && x.exists(x, x == 2))", "true"},
      {"[1, 2].map(i, cel.bind(j, i * 10, i + j))", "[11, 22]"},
      {"cel.bind(x, 1 / 0, true)", "error: division by zero"},
      {"cel.bind(x, 1 / 0, true) || true", "true"},
  });
  // Used twice, costs once: doubling a text forty times would be without end otherwise.
  std::string doubled = "x";
  for (int i = 0; i < 10; ++i) doubled = "cel.bind(x, x + x, " + doubled + ")";
  EXPECT_EQ(Shown(Evaluate("cel.bind(x, 'a', " + doubled + ").size()")), "1024");
}

TEST(NodesBindTest, SortsByAKey) {
  ExpectAll({
      {"['ccc', 'a', 'bb'].sortBy(x, x.size())", "[\"a\", \"bb\", \"ccc\"]"},
      {"dyn(1).sortBy(x, x)", "error: no matching overload of sortBy for (int)"},
  });
}

}  // namespace
}  // namespace cadenza::cel
