#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

TEST(ListsTest, CutsAndFlattens) {
  ExpectAll({
      {"[1, 2, 3].slice(1, 3)", "[2, 3]"},
      {"[1].slice(1, 1)", "[]"},
      {"[1].slice(0, 2)", "error: slice(0, 2) is outside a list of 1"},
      {"[1].slice(-1, 1)", "error: slice(-1, 1) is outside a list of 1"},
      {"[1].slice(1, 0)", "error: slice(1, 0) is outside a list of 1"},
      {"[[1, [2]], [], [3]].flatten()", "[1, [2], 3]"},
      {"[1, [2, [3, [4]]]].flatten(2)", "[1, 2, 3, [4]]"},
      {"[1, [2]].flatten(0)", "[1, [2]]"},
      {"[1, [2, [3]]].flatten(9223372036854775807)", "[1, 2, 3]"},
      {"[1].flatten(-1)", "error: flatten(-1): the number of levels must not be negative"},
      {"[1, 2, 3].reverse()", "[3, 2, 1]"},
      {"[1, 1.0, 2u, 1u, 'a', 'a', [1], [1]].distinct()", "[1, 2u, \"a\", [1]]"},
  });
}

TEST(ListsTest, Sorts) {
  ExpectAll({
      {"[3, 1, 2].sort()", "[1, 2, 3]"},
      {"['b', 'c', 'a'].sort()", "[\"a\", \"b\", \"c\"]"},
      {"[2.0, 0.0 / 0.0, 1.0].sort()", "[NaN, 1.0, 2.0]"},
      {"[].sort()", "[]"},
      {"dyn([1, 'a']).sort()", "error: values of types int and string cannot be sorted together"},
      {"dyn([[1]]).sort()", "error: values of type list have no order to be sorted by"},
      {"[{'n': 2, 'id': 'x'}, {'n': 1, 'id': 'y'}, {'n': 2, 'id': 'z'}].sortBy(e, e.n).map(e, e.id)",
       "[\"y\", \"x\", \"z\"]"},
      {"[1, 2].sortBy(e, -e)", "[2, 1]"},
      {"[1, 0].sortBy(e, 1 / e)", "error: division by zero"},
  });
}

TEST(ListsTest, ARangeIsBounded) {
  ExpectAll({{"lists.range(3)", "[0, 1, 2]"},
             {"lists.range(0)", "[]"},
             {"lists.range(-1)", "error: lists.range(-1): the size must not be negative"}});
  for (const char* source :
       {"lists.range(1000000000)", "lists.range(9223372036854775807)", "lists.range(90000).distinct()",
        "lists.range(2000).map(i, lists.range(2000 + i))", "lists.range(50000).sortBy(i, string(i))",
        "lists.range(400).map(i, lists.range(400)).flatten()"}) {
    EXPECT_EQ(Evaluate(source).status().code(), absl::StatusCode::kResourceExhausted) << source;
  }
}

}  // namespace
}  // namespace cadenza::cel
