#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

TEST(CollectionFunctionsTest, Table) {
  ExpectAll({
      {"[7, 8, 9][0]", "7"},
      {"[7, 8, 9][dyn(2u)]", "9"},
      {"[7, 8, 9][dyn(1.0)]", "8"},
      {"[7, 8, 9][3]", "error: index 3 is outside a list of 3"},
      {"[7, 8, 9][-1]", "error: index -1 is outside a list of 3"},
      {"[7][dyn(18446744073709551615u)]", "error: index 18446744073709551615u is outside a list of 1"},
      {"[7][dyn(0.5)]", "error: a list has no index 0.5"},
      {"[7][dyn('0')]", "error: a list has no index \"0\""},
      {"[7][dyn(false)]", "error: a list has no index false"},
      {"{'a': 1}['a'] + {'b': 2}.b", "3"},
      {"{1: 'x'}[dyn(1.0)]", "\"x\""},
      {"{'a': 1}['b']", "error: no such key: \"b\""},
      {"dyn(1)[0]", "error: no matching overload of [] for (int, int)"},
      {"2 in [1, 2] && !(3 in [1, 2])", "true"},
      {"dyn(2.0) in [1, 2]", "true"},
      {"'a' in {'a': 1} && !('b' in {'a': 1})", "true"},
      {"1 in dyn(7)", "error: no matching overload of in for (int, int)"},
      {"size('πέντε') + 'ab'.size() + size(b'abc') + [1].size() + size({1: 2})", "12"},
      {"size(dyn(1))", "error: no matching overload of size for (int)"},
  });
}

}  // namespace
}  // namespace cadenza::cel
