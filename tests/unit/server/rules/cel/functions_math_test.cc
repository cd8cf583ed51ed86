#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

TEST(MathTest, TheExtremesOfAnyNumbers) {
  ExpectAll({
      {"math.greatest(1, 2u, 2.0)", "2u"},
      {"math.greatest(2.0, 2)", "2.0"},
      {"math.least(-1)", "-1"},
      {"math.least([3, 1u, 2.5])", "1u"},
      {"math.greatest(18446744073709551615u, -1)", "18446744073709551615u"},
      {"math.greatest([])", "error: math.greatest() of an empty list"},
      {"math.greatest([dyn('a')])", "error: no matching overload of math.greatest for (string)"},
      {"math.greatest(1, dyn('a'), 2)", "error: no matching overload of math.greatest for (string)"},
  });
}

TEST(MathTest, Rounds) {
  ExpectAll({
      {"[math.round(2.5), math.round(-2.5), math.ceil(-0.5), math.floor(-0.5), math.trunc(-1.9)]",
       "[3.0, -3.0, -0.0, -1.0, -1.0]"},
      {"[math.abs(-2), math.abs(-2.5)] == [2, 2.5] && math.abs(2u) == 2u", "true"},
      {"math.abs(-9223372036854775808)", "error: int overflow"},
      {"[math.sign(-3), math.sign(0), math.sign(9)]", "[-1, 0, 1]"},
      {"[math.sign(-0.5), math.sign(0.0), math.sign(0.0 / 0.0)]", "[-1.0, 0.0, NaN]"},
      {"[math.sqrt(49), math.sqrt(2u), math.sqrt(-1.0)]", "[7.0, 1.4142135623730951, NaN]"},
      {"[math.isNaN(0.0 / 0.0), math.isInf(-1.0 / 0.0), math.isFinite(1.0), math.isFinite(1.0 / 0.0)]",
       "[true, true, true, false]"},
  });
}

}  // namespace
}  // namespace cadenza::cel
