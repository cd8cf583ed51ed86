// What the expressions of the CEL fuzzers may name.
#ifndef CADENZA_TESTS_FUZZ_CEL_WORLD_H_
#define CADENZA_TESTS_FUZZ_CEL_WORLD_H_

#include <string>
#include <string_view>
#include <utility>

#include "server/rules/cel/cel.h"

namespace cadenza::cel {

inline Env MakeFuzzEnv() {
  Env env;
  env.SetContainer("a.b");
  env.AddVariable("x", Type::Dyn());
  env.AddVariable("y", Type::Map(Type::String(), Type::Dyn()));
  env.AddVariable("a.b.z", Type::List(Type::Int()));
  env.AddVariable("s", Type::String());
  env.AddVariable("now", Type::Timestamp());
  env.AddObject("user", {{"name", Type::String()}, {"count", Type::Int()}, {"tags", Type::List(Type::String())}});
  env.AddVariable("user", Type::Object("user"));
  env.AddFunction("event_count",
                  {true, {Type::Object("user"), Type::String()}, Type::Int(), [](absl::Span<const Value> args) {
                     return Value::Int(static_cast<int64_t>(args[1].string_value().size()));
                   }});
  return env;
}

inline const Env& FuzzEnv() {
  static const Env& env = *new Env(MakeFuzzEnv());
  return env;
}

inline MapActivation MakeFuzzActivation() {
  MapActivation values;
  const Value list = Value::List({Value::Int(1), Value::Uint(2), Value::Double(-0.5), Value::String("añ\u20AC"),
                                  Value::Null(), Value::Bool(true), Value::MakeBytes("\xff\x00z")});
  values.Set("x", list);
  values.Set("y", Value::Map({{Value::String("k"), list}, {Value::String("n"), Value::Int(-7)}}));
  values.Set("a.b.z", Value::List({Value::Int(3), Value::Int(1), Value::Int(2)}));
  values.Set("s", Value::String("The quick brown fox"));
  values.Set("now", Value::Timestamp(absl::FromUnixSeconds(1'700'000'000)));
  values.Set("user", Value::Map({{Value::String("name"), Value::String("ada")},
                                 {Value::String("tags"), Value::List({Value::String("vip")})}}));
  return values;
}

}  // namespace cadenza::cel

#endif  // CADENZA_TESTS_FUZZ_CEL_WORLD_H_
