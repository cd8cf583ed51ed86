// Runs the Liquid cases of others (../shared/suites/liquid.json, golden-liquid), counts them by class, and holds all of
// them but those of kKnown.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "server/rules/liquid/json.h"
#include "server/rules/liquid/liquid.h"

namespace cadenza::liquid {
namespace {

// The id of a case that fails, and why. Never to grow.
const std::map<std::string, std::string>& Known() {
  static const auto& known = *new std::map<std::string, std::string>();
  return known;
}

class CasePartials : public Library {
 public:
  CasePartials(const nlohmann::json& sources, const ParseOptions& options) {
    for (const auto& [name, source] : sources.items()) {
      auto parsed = Template::Parse(source.get<std::string>(), options);
      if (parsed.ok()) partials_[name] = *parsed;
    }
  }
  std::shared_ptr<const Template> Partial(std::string_view name) const override {
    auto found = partials_.find(std::string(name));
    return found == partials_.end() ? nullptr : found->second;
  }

 private:
  std::map<std::string, std::shared_ptr<const Template>> partials_;
};

absl::StatusOr<std::string> RenderCase(const nlohmann::json& test, const Value& data) {
  ParseOptions parse;
  parse.mode = test["mode"] == "strict" ? Mode::kStrict : Mode::kLax;
  auto parsed = Template::Parse(test["template"].get<std::string>(), parse);
  if (!parsed.ok()) return parsed.status();
  const CasePartials partials(test["templates"], parse);
  RenderOptions options;
  options.library = &partials;
  options.partials_see_data = false;
  auto rendering = (*parsed)->Render(MapScope(data.map_value()), options);
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

TEST(LiquidSuite, PassesAllCases) {
  const char* source = std::getenv("CADENZA_SOURCE");
  const std::string path = absl::StrCat(source == nullptr ? "." : source, "/../shared/suites/liquid.json");
  std::ifstream file(path);
  if (!file.is_open()) GTEST_SKIP() << "no " << path;
  std::stringstream text;
  text << file.rdbuf();
  // Twice: nlohmann's json for the cases, ours for the data, whose objects keep their order.
  const nlohmann::json suite = nlohmann::json::parse(text.str());
  const absl::StatusOr<Value> values = ParseJson(text.str());
  ASSERT_TRUE(values.ok()) << values.status();
  std::map<std::string, std::pair<int, int>> by_class;
  int passing = 0;
  for (size_t i = 0; i < suite.size(); ++i) {
    const nlohmann::json& test = suite[i];
    const absl::StatusOr<std::string> got = RenderCase(test, *values->list_value()[i].map_value().Find("data"));
    const bool passes = Passes(test["expect"], got);
    auto& [passed, all] = by_class[test["class"].get<std::string>()];
    passing += passes ? 1 : 0;
    passed += passes ? 1 : 0;
    ++all;
    const std::string id = test["id"].get<std::string>();
    auto known = Known().find(id);
    EXPECT_TRUE(passes || known != Known().end())
        << id << "\n  " << test["template"] << " over " << test["data"] << "\n  expected " << test["expect"]
        << "\n  got " << (got.ok() ? nlohmann::json(*got).dump() : got.status().ToString());
    if (!passes && known != Known().end()) std::cout << "fails: " << id << ": " << known->second << "\n";
    EXPECT_FALSE(passes && known != Known().end()) << id << " passes: take it off the list";
  }
  for (const auto& [name, counts] : by_class) {
    std::cout << "liquid.json, " << name << ": " << counts.first << " of " << counts.second << " pass\n";
  }
  std::cout << "liquid.json: " << passing << " of " << suite.size() << " pass\n";
}

}  // namespace
}  // namespace cadenza::liquid
