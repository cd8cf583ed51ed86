// Runs the Liquid cases of others (../shared/suites/liquid.json, golden-liquid) and holds the number that pass.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "server/rules/liquid/liquid.h"

namespace cadenza::liquid {
namespace {

// Never to be lowered. The rest needs partials (include, render), or maps that remember the order in which their
// entries were made.
constexpr int kPassing = 1006;

Value FromJson(const nlohmann::json& json) {
  switch (json.type()) {
    case nlohmann::json::value_t::boolean:
      return Value::Bool(json.get<bool>());
    case nlohmann::json::value_t::number_integer:
    case nlohmann::json::value_t::number_unsigned:
      return Value::Int(json.get<int64_t>());
    case nlohmann::json::value_t::number_float:
      return Value::Double(json.get<double>());
    case nlohmann::json::value_t::string:
      return Value::String(json.get<std::string>());
    case nlohmann::json::value_t::array: {
      ValueList list;
      for (const auto& element : json) list.push_back(FromJson(element));
      return Value::List(std::move(list));
    }
    case nlohmann::json::value_t::object: {
      ValueMap map;
      for (const auto& [key, value] : json.items()) map.Set(key, FromJson(value));
      return Value::Map(std::move(map));
    }
    default:
      return Value();
  }
}

absl::StatusOr<std::string> RenderCase(const nlohmann::json& test) {
  auto parsed = Template::Parse(test["template"].get<std::string>());
  if (!parsed.ok()) return parsed.status();
  auto rendering = (*parsed)->Render(MapScope(FromJson(test["data"]).map_value()), absl::UnixEpoch());
  if (!rendering.ok()) return rendering.status();
  return rendering->output;
}

bool Passes(const nlohmann::json& expect, const absl::StatusOr<std::string>& got) {
  if (expect.contains("error")) return !got.ok();
  if (!got.ok()) return false;
  if (expect.contains("output")) return *got == expect["output"].get<std::string>();
  for (const auto& each : expect["any_of"]) {
    if (*got == each.get<std::string>()) return true;
  }
  return false;
}

TEST(LiquidSuite, PassesAtLeastAsManyAsBefore) {
  const char* source = std::getenv("CADENZA_SOURCE");
  const std::string path = absl::StrCat(source == nullptr ? "." : source, "/../shared/suites/liquid.json");
  std::ifstream file(path);
  if (!file.is_open()) GTEST_SKIP() << "no " << path;
  const nlohmann::json suite = nlohmann::json::parse(file);
  const bool verbose = std::getenv("CADENZA_VERBOSE") != nullptr;
  int passing = 0;
  for (const auto& test : suite) {
    const absl::StatusOr<std::string> got = RenderCase(test);
    if (Passes(test["expect"], got)) {
      ++passing;
    } else if (verbose) {
      std::cout << test["id"] << "\n  " << test["template"] << " over " << test["data"] << "\n  expected "
                << test["expect"] << "\n  got " << (got.ok() ? nlohmann::json(*got).dump() : got.status().ToString())
                << "\n";
    }
  }
  std::cout << "liquid.json: " << passing << " of " << suite.size() << " pass\n";
  EXPECT_GE(passing, kPassing);
}

}  // namespace
}  // namespace cadenza::liquid
