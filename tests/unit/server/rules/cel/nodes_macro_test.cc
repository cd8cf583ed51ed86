#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

TEST(NodesMacroTest, Table) {
  ExpectAll({
      {"[1, 2].all(x, x > 0) && [].all(x, false)", "true"},
      {"[1, 2, 3].all(x, 6 / (2 - x) == 6)", "false"},
      {"[1, 2, 3].all(x, x / 0 == 1)", "error: division by zero"},
      {"[1, 2].exists(x, x > 1) && ![].exists(x, true)", "true"},
      {"[0, 2].exists(x, 4 / x == 2)", "true"},
      {"[0, 3].exists(x, 4 / x == 2)", "error: division by zero"},
      {"[1, 2, 3].exists_one(x, x > 2) && [1, 2].existsOne(x, x == 1)", "true"},
      {"[1, 2, 3].exists_one(x, x > 1)", "false"},
      {"[2, 1, 0].exists_one(x, 2 / x == 1)", "error: division by zero"},
      {"[1, 2].map(x, x * 10)", "[10, 20]"},
      {"[1, 2, 3].map(x, x > 1, x * 10)", "[20, 30]"},
      {"[1, 0].map(x, 1 / x)", "error: division by zero"},
      {"[1, 2, 3].filter(x, x != 2)", "[1, 3]"},
      {"[1, 0].filter(x, 1 / x == 1)", "error: division by zero"},
      {"{'a': 1, 'b': 2}.map(k, k)", "[\"a\", \"b\"]"},
      {"{'a': 1, 'b': 2}.filter(k, k == 'b')", "[\"b\"]"},
      {"[[1, 2], [3]].map(x, x.map(y, y * 10))", "[[10, 20], [30]]"},
      {"[[1], [2, 3]].exists(x, x.exists(y, y == 3) && size(x) == 2)", "true"},
      {"[1, 2].map(x, [10, 20].map(y, x * y))", "[[10, 20], [20, 40]]"},
      {"[1].map(x, [x + 1].map(x, x + 10))", "[[12]]"},
      {"dyn(7).map(x, x)", "error: a value of type int has no elements"},
      {"[dyn(1)].all(x, x)", "error: the condition of a macro is of type int, not bool"},
      {"[dyn(1)].filter(x, x)", "error: the condition of a macro is of type int, not bool"},
      {"[1, 2, 3].map(x, x * 2).filter(x, x > 2).exists(x, x == 6)", "true"},
      {"(1 / 0 == 1 ? [1] : [2]).map(x, x)", "error: division by zero"},
  });
}

TEST(NodesMacroTest, TwoVariablesHaveTheIndexOrKeyToo) {
  ExpectAll({
      {"[5, 6].all(i, v, v == i + 5)", "true"},
      {"{'a': 1}.exists(k, v, k == 'a' && v == 1)", "true"},
      {"[1, 2, 3].exists_one(i, v, i + v == 3)", "true"},
      {"[1, 2, 3].exists(i, v, v / i == 17)", "error: division by zero"},
      {"[2, 4, 6].transformList(i, v, i != 1, v / 2 + i)", "[1, 5]"},
      {"{'a': 1, 'b': 2}.transformList(k, v, k + string(v))", "[\"a1\", \"b2\"]"},
      {"{'a': 1, 'b': 2}.transformMap(k, v, v > 1, v * 10)", "{\"b\": 20}"},
      {"['x', 'y'].transformMap(i, v, v)", "{0: \"x\", 1: \"y\"}"},
      {"{'a': 1, 'b': 2}.transformMapEntry(k, v, {v: k})", "{1: \"a\", 2: \"b\"}"},
      {"{'a': 1, 'b': 2}.transformMapEntry(k, v, v > 1, {v: k})", "{2: \"b\"}"},
      {"{'a': 1, 'b': 1}.transformMapEntry(k, v, {v: k})", "error: repeated key: 1"},
      {"[1].transformMapEntry(i, v, dyn(v))", "error: transformMapEntry() needs a map, and got a int"},
      {"[[1, 2], [3]].transformList(i, v, v.transformList(j, w, [i, j, w]))", "[[[0, 0, 1], [0, 1, 2]], [[1, 0, 3]]]"},
      {"[1].transformList(i, v, [7].all(i, w, i == 0 && w == 7 && v == 1))", "[true]"},
  });
}

}  // namespace
}  // namespace cadenza::cel
