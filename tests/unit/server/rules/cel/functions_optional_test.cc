#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

TEST(OptionalFunctionsTest, MakeAndOpen) {
  ExpectAll({
      {"optional.of(1)", "optional.of(1)"},
      {"optional.none()", "optional.none()"},
      {"[0, 0u, 0.0, '', b'', false, null, [], {}, duration('0s'), timestamp(0)]"
       ".exists(x, optional.ofNonZeroValue(x).hasValue())",
       "false"},
      {"[1, 'a', [0], {0: 0}, true, optional.none()].all(x, optional.ofNonZeroValue(x).hasValue())", "true"},
      {"optional.of([1]).value()[0]", "1"},
      {"optional.none().value()", "error: optional.none() has no value"},
      {"optional.unwrap([optional.of(1), optional.none(), optional.of(3)])", "[1, 3]"},
      {"[optional.none(), optional.of('a')].unwrapOpt()", "[\"a\"]"},
      {"[1, 2].first().value() + [1, 2].last().value()", "3"},
      {"[].first().hasValue() || [].last().hasValue()", "false"},
      {"dyn(1).hasValue()", "error: no matching overload of hasValue for (int)"},
      {"type(optional.none()) == optional_type", "true"},
      {"optional.of(1) == optional.of(1u) || optional.of(1) == dyn(1)",
       "error: line 1, column 16: no matching overload: "
       "==(optional_type(int), optional_type(uint))"},
      {"optional.of(dyn(1)) == optional.of(1u)", "true"},
      {"dyn(optional.of(1)) == 1", "false"},
  });
}

}  // namespace
}  // namespace cadenza::cel
