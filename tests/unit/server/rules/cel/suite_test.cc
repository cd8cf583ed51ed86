// The specification's own cases (../shared/suites/cel.json, from cel-spec).
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <string>

#include "clients/cli/cel/cel_case.h"
#include "clients/cli/cel/tagged_json.h"
#include "gtest/gtest.h"
#include "server/rules/cel/cel.h"

namespace cadenza::cel {
namespace {

using Json = nlohmann::json;

// Exactly: the same kind too, and a NaN is a NaN.
bool Same(const Value& a, const Value& b);

bool SameLists(const ListInterface& a, const ListInterface& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!Same(a.at(i), b.at(i))) return false;
  }
  return true;
}

bool SameMaps(const MapInterface& a, const MapInterface& b) {
  if (a.size() != b.size()) return false;
  std::map<std::string, Value> keys;
  for (const Value& key : a.Keys()) keys.emplace(key.DebugString(), key);
  for (const Value& key : b.Keys()) {
    const auto found = keys.find(key.DebugString());
    if (found == keys.end() || !Same(*a.Find(found->second), *b.Find(key))) return false;
  }
  return true;
}

bool Same(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Value::Kind::kDouble: {
      const double x = a.double_value();
      const double y = b.double_value();
      return (std::isnan(x) && std::isnan(y)) || (x == y && std::signbit(x) == std::signbit(y));
    }
    case Value::Kind::kList:
      return SameLists(a.list_value(), b.list_value());
    case Value::Kind::kMap:
      return SameMaps(a.map_value(), b.map_value());
    default:
      return Value::Equal(a, b);
  }
}

absl::StatusOr<Value> RunCase(const Json& json) {
  const absl::StatusOr<cli::CelCase> parsed = cli::ParseCelCase(json);
  if (!parsed.ok()) {
    ADD_FAILURE() << "not understood: " << json.dump() << ": " << parsed.status();
    return parsed.status();
  }
  return cli::RunCelCase(*parsed);
}

bool Passes(const Json& json, const absl::StatusOr<Value>& result) {
  const Json& expect = json["expect"];
  if (expect.contains("error")) return !result.ok();
  const absl::StatusOr<Value> wanted = cli::ValueFromTagged(expect["value"]);
  EXPECT_TRUE(wanted.ok()) << expect.dump() << ": " << wanted.status();
  return result.ok() && wanted.ok() && Same(*result, *wanted);
}

struct Count {
  int passed = 0;
  int total = 0;
};

// Every case: none of the extensions that the suite knows is missing.
TEST(SuiteTest, CasesOfTheSpecification) {
  const char* source = std::getenv("CADENZA_SOURCE");
  const std::string path = std::string(source != nullptr ? source : ".") + "/../shared/suites/cel.json";
  std::ifstream file(path);
  if (!file) GTEST_SKIP() << "the specification's cases are not at " << path;
  std::map<std::string, Count> sections;
  Count all;
  for (const Json& json : Json::parse(file)) {
    Count& section = sections[json["section"].get<std::string>() +
                              (json.contains("ext") ? " (" + json["ext"].get<std::string>() + ")" : "")];
    const absl::StatusOr<Value> result = RunCase(json);
    const bool passes = Passes(json, result);
    for (Count* count : {&section, &all}) {
      ++count->total;
      count->passed += passes ? 1 : 0;
    }
    EXPECT_TRUE(passes) << json["section"].get<std::string>() << "/" << json["name"].get<std::string>() << ": "
                        << json["expr"].get<std::string>() << "\n  wants " << json["expect"].dump() << ", gives "
                        << (result.ok() ? result->DebugString() : result.status().ToString());
  }
  for (const auto& [name, count] : sections) {
    std::cout << "cel.json: " << count.passed << " of " << count.total << ": " << name << "\n";
  }
  std::cout << "cel.json: " << all.passed << " of " << all.total << " cases pass\n";
}

}  // namespace
}  // namespace cadenza::cel
