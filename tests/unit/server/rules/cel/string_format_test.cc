#include "server/rules/cel/string_format.h"

#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

TEST(StringFormatTest, FillsInEveryClause) {
  ExpectAll({
      {"'%s|%s|%s|%s'.format([1, 2u, 1.0, -1.5e-7])", "\"1|2|1|-0.00000015\""},
      {"'%s'.format([1e300]).size()", "301"},
      {"'%d %d %d'.format([-7, 7u, 2.5])", "\"-7 7 2.5\""},
      {"'%f %.2f %.0f %e %.1e'.format([1, 2u, 2.5, 12345.678, 0.0])", "\"1.000000 2.00 2 1.234568e+04 0.0e+00\""},
      {"'%b %b %b'.format([true, -5, 5u])", "\"1 -101 101\""},
      {"'%o %x %X %x'.format([-8, -255, 255u, b'\\xff\\x00'])", "\"-10 -ff FF ff00\""},
      {"'%s'.format([{'b': 1, 'a': [null, true, b'x', type(1)]}])", "\"{a: [null, true, x, int], b: 1}\""},
      {"'%s'.format([b'\\xffa'])", "\"\uFFFDa\""},
      {"'100%%'.format([1, 2])", "\"100%\""},
      {"'%.1000f'.format([1.0]).size()", "1002"},
  });
}

TEST(StringFormatTest, RefusesWhatDoesNotFit) {
  ExpectAll({
      {"'%'.format([1])", "error: format: there is no clause %"},
      {"'%a'.format([1])", "error: format: there is no clause %a"},
      {"'%é'.format([1])", "error: format: there is no clause %é"},
      {"'%s %s'.format([1])", "error: format: index 1 is outside the list of values"},
      {"'%.f'.format([1.0])", "error: format: a precision needs a digit after the point"},
      {"'%.3d'.format([1])", "error: format: %d takes no precision"},
      {"'%.1001f'.format([1.0])", "error: format: the largest precision is 1000"},
      {"'%.99999999999999999999f'.format([1.0])", "error: format: the largest precision is 1000"},
      {"'%d'.format(['a'])", "error: format: %d takes a number, and was given a string"},
      {"'%x'.format([0.5])", "error: format: %x takes an integer, a string or bytes, and was given a double"},
      {"'%b'.format([null])", "error: format: %b takes an integer or a bool, and was given a null_type"},
      {"'%s'.format([optional.of(1)])", "error: format: %s takes no such value, and was given a optional_type"},
  });
}

TEST(StringFormatTest, NestingAndLengthAreBounded) {
  std::string nested = "[1]";
  for (int i = 0; i < 70; ++i) nested += ".map(x, [x])";
  EXPECT_EQ(Shown(Evaluate("'%s'.format([" + nested + "])")), "error: format: a value is nested more than 64 deep");
  Limits limits;
  limits.cost = 1000;
  EXPECT_EQ(
      Evaluate("[0, 0, 0, 0].map(x, '%.1000f%.1000f%.1000f%.1000f%.1000f'.format([x, x, x, x, x]))", {}, {}, limits)
          .status()
          .code(),
      absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace cadenza::cel
