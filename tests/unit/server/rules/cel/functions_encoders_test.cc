#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

TEST(EncodersTest, Base64BothWays) {
  ExpectAll({
      {"base64.encode(b'hello')", "\"aGVsbG8=\""},
      {"base64.encode(b'')", "\"\""},
      {"base64.decode('aGVsbG8=')", "b\"hello\""},
      {"base64.decode('aGVsbG8')", "b\"hello\""},
      {"base64.decode('/+8=') == b'\\xff\\xef'", "true"},
      {"base64.decode('')", "b\"\""},
      {"base64.decode('a b=')", "error: \"a b=\" is no base64"},
      {"base64.decode('aGVsbG8..')", "error: \"aGVsbG8..\" is no base64"},
      {"base64.decode('aGVsbG8==')", "error: \"aGVsbG8==\" is no base64"},
      {"base64.decode('a')", "error: \"a\" is no base64"},
  });
}

}  // namespace
}  // namespace cadenza::cel
