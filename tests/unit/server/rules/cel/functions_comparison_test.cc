#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

TEST(ComparisonFunctionsTest, Table) {
  ExpectAll({
      {"1 < 2.5 && 2u > 1 && 3.0 <= 3 && 3u >= 3.0", "true"},
      {"'a' < 'b' && b'a' <= b'a' && false < true", "true"},
      {"timestamp(1) < timestamp(2) && duration('1s') >= duration('1000ms')", "true"},
      {"0.0 / 0.0 == 0.0 / 0.0", "false"},
      {"0.0 / 0.0 != 0.0 / 0.0", "true"},
      {"0.0 / 0.0 < 1.0 || 0.0 / 0.0 >= 1.0", "false"},
      {"dyn('1') == 1", "false"},
      {"dyn(null) != 1", "true"},
      {"dyn(null) < 1", "error: no matching overload of < for (null_type, int)"},
      {"dyn([1]) > dyn([0])", "error: no matching overload of > for (list, list)"},
      {"!dyn(true)", "false"},
      {"!dyn(1)", "error: no matching overload of ! for (int)"},
      {"[1, [2.0]] == [1, [2]]", "true"},
      {"{'a': 1} == {'a': dyn(1u)}", "true"},
  });
}

}  // namespace
}  // namespace cadenza::cel
