#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

TEST(NodesOptionalTest, WhatIsMissingIsNone) {
  ExpectAll({
      {"{'a': 1}.?a", "optional.of(1)"},
      {"{'a': 1}.?b", "optional.none()"},
      {"{'a': {'b': 2}}.?a.b", "optional.of(2)"},
      {"{'a': {'b': dyn(2)}}.?c.b.d", "optional.none()"},
      {"{'a': {}}.?a.?b.?c", "optional.none()"},
      {"has({'a': {'b': 2}}.?a.b) && !has({'a': {}}.?a.b)", "true"},
      {"{'a-b': 1}.?`a-b`", "optional.of(1)"},
      {"dyn(1).?a", "error: a value of type int has no fields"},
      {"{'a': dyn(1)}.?a.b", "error: a value of type int has no fields"},
      {"[7][?0]", "optional.of(7)"},
      {"[7][?1]", "optional.none()"},
      {"[7][?-1]", "optional.none()"},
      {"[[7]][?0][?0]", "optional.of(7)"},
      {"[[7]][?0][5]", "optional.none()"},
      {"dyn([7])[?'a']", "error: a list has no index \"a\""},
      {"{1: 2}[?1u]", "error: line 1, column 7: no matching overload: [?](map(int, int), uint)"},
      {"dyn({1: 2})[?1u]", "optional.of(2)"},
      {"dyn(1)[?0]", "error: no matching overload of [?] for (int, int)"},
  });
}

TEST(NodesOptionalTest, EntriesMayBeLeftOut) {
  ExpectAll({
      {"[?optional.of(1), ?optional.none(), 2,]", "[1, 2]"},
      {"{?'a': optional.of(1), ?'b': optional.none(), 'c': 3}", "{\"a\": 1, \"c\": 3}"},
      {"[?dyn(1)]", "error: what follows '?' is of type int, not optional_type"},
      {"{?'a': dyn(1)}", "error: what follows '?' is of type int, not optional_type"},
      {"{?'a': optional.of(1), 'a': 2}", "error: repeated key: \"a\""},
  });
}

TEST(NodesOptionalTest, AlternativesAreEvaluatedIfTheyMustBe) {
  ExpectAll({
      {"optional.of(1).orValue(1 / 0)", "1"},
      {"optional.none().orValue(1 / 0)", "error: division by zero"},
      {"optional.of(1).or(optional.of(1 / 0))", "optional.of(1)"},
      {"optional.none().or(optional.none()).or(optional.of(3)).value()", "3"},
      {"dyn(1).orValue(2)", "error: no matching overload of orValue for (int)"},
      {"optional.none().or(dyn(1))", "error: no matching overload of or for (optional_type, int)"},
      {"optional.of(2).optMap(x, x * x)", "optional.of(4)"},
      {"optional.none().optMap(x, 1 / 0)", "optional.none()"},
      {"optional.of(0).optMap(x, 1 / x)", "error: division by zero"},
      {"optional.of(2).optFlatMap(x, [1, 2, 3][?x])", "optional.of(3)"},
      {"optional.of(2).optFlatMap(x, dyn(x))", "error: no matching overload of optFlatMap for (optional_type, int)"},
      {"optional.of(1).optMap(x, optional.of(x + 1).optMap(y, x + y).value())", "optional.of(3)"},
  });
}

}  // namespace
}  // namespace cadenza::cel
