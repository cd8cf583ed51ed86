#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

TEST(StringFunctionsTest, Table) {
  Env env;
  env.AddVariable("x", Type::String());
  MapActivation activation;
  activation.Set("x", Value::String(""));
  ExpectAll(
      {
          {"'Straße'.contains('aß') && 'a'.contains('') && ''.contains('')", "true"},
          {"'abc'.contains('ca')", "false"},
          {"'foobar'.startsWith('foo') && !'foobar'.startsWith('bar')", "true"},
          {"'foobar'.endsWith('bar') && !'bar'.endsWith('foobar')", "true"},
          {"'banana'.matches('^ba(na)*$') && matches('banana', 'nan')", "true"},
          {"'x'.matches('^' + 'x$')", "true"},
          {"'x'.matches('(')", "error: line 1, column 5: invalid regular expression: missing ): ("},
          {"'x'.matches('(' + x)", "error: invalid regular expression: missing ): ("},
          {"dyn(1).contains('x')", "error: no matching overload of contains for (int, string)"},
          {"dyn(1).matches('x')", "error: no matching overload of matches for (int)"},
      },
      env, activation);
}

}  // namespace
}  // namespace cadenza::cel
