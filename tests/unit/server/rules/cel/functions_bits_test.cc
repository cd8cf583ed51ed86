#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

TEST(BitsTest, OfIntsAndUints) {
  ExpectAll({
      {"[math.bitAnd(6, 3), math.bitOr(6, 3), math.bitXor(6, 3), math.bitNot(6)]", "[2, 7, 5, -7]"},
      {"[math.bitAnd(6u, 3u), math.bitNot(0u)]", "[2u, 18446744073709551615u]"},
      {"[math.bitShiftLeft(1, 63), math.bitShiftLeft(1, 64), math.bitShiftRight(-1, 63), math.bitShiftRight(-1, 64)]",
       "[-9223372036854775808, 0, 1, 0]"},
      {"math.bitShiftRight(-1024, 3)", "2305843009213693824"},
      {"math.bitShiftLeft(1u, 9223372036854775807)", "0u"},
      {"math.bitShiftLeft(1, -1)", "error: a shift by a negative number of bits"},
      {"math.bitAnd(dyn(1), 1u)", "error: no matching overload of math.bitAnd for (int, uint)"},
  });
}

}  // namespace
}  // namespace cadenza::cel
