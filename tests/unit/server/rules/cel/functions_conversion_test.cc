#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

TEST(ConversionFunctionsTest, Table) {
  ExpectAll({
      {"[int(1), int(2u), int(-7.9), int('-12'), int('+3'), int(timestamp(5))]", "[1, 2, -7, -12, 3, 5]"},
      {"int(9223372036854775808u)", "error: number out of range of int"},
      {"int(-9223372036854775808.0)", "error: number out of range of int"},
      {"int(0.0 / 0.0)", "error: number out of range of int"},
      {"int('1.5')", "error: cannot convert \"1.5\" to int"},
      {"int('+-1')", "error: cannot convert \"+-1\" to int"},
      {"int('')", "error: cannot convert \"\" to int"},
      {"int(dyn(true))", "error: no matching overload of int for (bool)"},
      {"[uint(1u), uint(2), uint(3.9), uint('4')]", "[1u, 2u, 3u, 4u]"},
      {"uint(-1)", "error: number out of range of uint"},
      {"uint(-0.5)", "error: number out of range of uint"},
      {"uint(18446744073709551616.0)", "error: number out of range of uint"},
      {"uint('-1')", "error: cannot convert \"-1\" to uint"},
      {"[double(1.5), double(2), double(3u), double('4.5e0')]", "[1.5, 2.0, 3.0, 4.5]"},
      {"double('x')", "error: cannot convert \"x\" to double"},
      {"[string('a'), string(true), string(-1), string(2u), string(1.5), string(b'b')]",
       R"(["a", "true", "-1", "2", "1.5", "b"])"},
      {"[string(timestamp(0)), string(duration('90m'))]", R"(["1970-01-01T00:00:00Z", "5400s"])"},
      {"string(b'\\xff')", "error: the bytes are not valid UTF-8"},
      {"string(dyn([1]))", "error: no matching overload of string for (list)"},
      {"bytes('é') == b'\\303\\251' && bytes(b'a') == b'a'", "true"},
      {"[bool('True'), bool('f'), bool(true)]", "[true, false, true]"},
      {"bool('yes')", "error: cannot convert \"yes\" to bool"},
      {"timestamp(253402300799)", "timestamp(\"9999-12-31T23:59:59Z\")"},
      {"timestamp(253402300800)", "error: number out of range of timestamp"},
      {"timestamp(9223372036854775807)", "error: number out of range of timestamp"},
      {"timestamp('yesterday')", "error: cannot convert \"yesterday\" to timestamp"},
      {"timestamp(timestamp(1)) == timestamp(1)", "true"},
      {"duration('a while')", "error: cannot convert \"a while\" to duration"},
      {"duration(duration('1s'))", "duration(\"1s\")"},
      {"[type(1), type(dyn(1u)), type(null), type([]), type(int), type(timestamp(0))]",
       "[int, uint, null_type, list, type, google.protobuf.Timestamp]"},
      {"type(duration('1s')) == google.protobuf.Duration && type({}) == map", "true"},
  });
}

}  // namespace
}  // namespace cadenza::cel
