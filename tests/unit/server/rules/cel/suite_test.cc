// The specification's own cases (../shared/suites/cel.json, from cel-spec): those that need no extension library.
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <limits>
#include <map>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/rules/cel/cel.h"

namespace cadenza::cel {
namespace {

using Json = nlohmann::json;

// A ratchet: raise it when more cases pass.
constexpr int kPassing = 753;

double DoubleOf(const Json& json) {
  if (json.is_number()) return json.get<double>();
  const std::string text = json.get<std::string>();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::stod(text);
}

Value ValueOf(const Json& tagged) {
  const std::string tag = tagged.begin().key();
  const Json& json = tagged.begin().value();
  if (tag == "null") return Value::Null();
  if (tag == "bool") return Value::Bool(json.get<bool>());
  if (tag == "int") return Value::Int(std::stoll(json.get<std::string>()));
  if (tag == "uint") return Value::Uint(std::stoull(json.get<std::string>()));
  if (tag == "double") return Value::Double(DoubleOf(json));
  if (tag == "string") return Value::String(json.get<std::string>());
  if (tag == "type") return Value::Type(json.get<std::string>());
  if (tag == "bytes") {
    std::string bytes;
    absl::Base64Unescape(json.get<std::string>(), &bytes);
    return Value::MakeBytes(bytes);
  }
  if (tag == "duration") {
    absl::Duration duration;
    absl::ParseDuration(json.get<std::string>(), &duration);
    return Value::Duration(duration);
  }
  if (tag == "list") {
    std::vector<Value> elements;
    for (const Json& element : json) elements.push_back(ValueOf(element));
    return Value::List(std::move(elements));
  }
  if (tag == "map") {
    std::vector<std::pair<Value, Value>> entries;
    for (const Json& entry : json) entries.emplace_back(ValueOf(entry[0]), ValueOf(entry[1]));
    return Value::Map(std::move(entries));
  }
  ADD_FAILURE() << "the suite has a value of a kind that this test does not know: " << tag;
  return Value::Null();
}

Type TypeOf(const std::string& name) {
  static const auto* const types = new std::map<std::string, Type>{
      {"bool", Type::Bool()},         {"int", Type::Int()},
      {"uint", Type::Uint()},         {"double", Type::Double()},
      {"string", Type::String()},     {"bytes", Type::Bytes()},
      {"duration", Type::Duration()}, {"map(string, string)", Type::Map(Type::String(), Type::String())}};
  const auto found = types->find(name);
  return found == types->end() ? Type::Dyn() : found->second;
}

// Exactly: the same kind too, and a NaN is a NaN.
bool Same(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  if (a.kind() == Value::Kind::kDouble) {
    const double x = a.double_value();
    const double y = b.double_value();
    return (std::isnan(x) && std::isnan(y)) || (x == y && std::signbit(x) == std::signbit(y));
  }
  if (a.kind() == Value::Kind::kList) {
    if (a.list_value().size() != b.list_value().size()) return false;
    for (size_t i = 0; i < a.list_value().size(); ++i) {
      if (!Same(a.list_value().at(i), b.list_value().at(i))) return false;
    }
    return true;
  }
  return Value::Equal(a, b);
}

absl::StatusOr<Value> RunCase(const Json& json) {
  Env env;
  MapActivation activation;
  env.SetContainer(json.value("container", ""));
  const Json types = json.value("typeEnv", Json::object());
  const Json bindings = json.value("bindings", Json::object());
  for (const auto& [name, type] : types.items()) {
    env.AddVariable(name, TypeOf(type.get<std::string>()));
  }
  for (const auto& [name, value] : bindings.items()) {
    activation.Set(name, ValueOf(value));
  }
  const std::string expression = json["expr"].get<std::string>();
  const auto program = json.value("disableCheck", false) ? CompileUnchecked(expression, env) : Compile(expression, env);
  if (!program.ok()) return program.status();
  return (*program)->Evaluate(activation);
}

bool Passes(const Json& json, const absl::StatusOr<Value>& result) {
  const Json& expect = json["expect"];
  if (expect.contains("error")) return !result.ok();
  return result.ok() && Same(*result, ValueOf(expect["value"]));
}

TEST(SuiteTest, CasesOfTheSpecification) {
  const char* source = std::getenv("CADENZA_SOURCE");
  const std::string path = std::string(source != nullptr ? source : ".") + "/../shared/suites/cel.json";
  std::ifstream file(path);
  if (!file) GTEST_SKIP() << "the specification's cases are not at " << path;
  int passed = 0;
  int total = 0;
  for (const Json& json : Json::parse(file)) {
    if (json.contains("ext")) continue;
    ++total;
    const absl::StatusOr<Value> result = RunCase(json);
    if (Passes(json, result)) {
      ++passed;
      continue;
    }
    std::cout << "not yet: " << json["section"].get<std::string>() << "/" << json["name"].get<std::string>() << ": "
              << json["expr"].get<std::string>() << "\n  wants " << json["expect"].dump() << ", gives "
              << (result.ok() ? result->DebugString() : result.status().ToString()) << "\n";
  }
  std::cout << "cel.json: " << passed << " of " << total << " cases without extensions pass\n";
  EXPECT_GE(passed, kPassing);
}

}  // namespace
}  // namespace cadenza::cel
