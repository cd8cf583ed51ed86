// What the templates of the Liquid fuzzers may read.
#ifndef CADENZA_TESTS_FUZZ_LIQUID_WORLD_H_
#define CADENZA_TESTS_FUZZ_LIQUID_WORLD_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "server/rules/liquid/liquid.h"

namespace cadenza::liquid {

// How the bits of a number have a template read and rendered.
struct FuzzOptions {
  explicit FuzzOptions(uint8_t bits) {
    parse.mode = (bits & 1) != 0 ? Mode::kLax : ((bits & 2) != 0 ? Mode::kWarn : Mode::kStrict);
    parse.limits.steps = 5'000;
    parse.limits.iterations = 500;
    parse.limits.output_bytes = 16 << 10;
    parse.is_known = [](absl::Span<const std::string_view> path) { return path.size() < 2; };
    render.errors = (bits & 4) != 0 ? ErrorMode::kInline : ErrorMode::kStatus;
    render.strict_variables = render.strict_filters = (bits & 8) != 0;
    render.escaping = (bits & 16) != 0 ? Escaping::kHtml : ((bits & 32) != 0 ? Escaping::kJson : Escaping::kNone);
    render.partials_see_data = (bits & 64) != 0;
    render.local_dates = (bits & 128) != 0;
    render.now = absl::FromUnixSeconds(1'700'000'000);
  }
  ParseOptions parse;
  RenderOptions render;
};

// Every partial and content block is the template that is being rendered.
class FuzzLibrary : public Library {
 public:
  void Set(std::shared_ptr<const Template> itself) { itself_ = std::move(itself); }
  std::shared_ptr<const Template> Partial(std::string_view name) const override {
    return name == "none" ? nullptr : itself_;
  }
  std::shared_ptr<const Template> ContentBlock(std::string_view) const override { return itself_; }
  absl::StatusOr<Value> CatalogItem(std::string_view, std::string_view item_id) const override {
    if (item_id == "1") return Value::Map({{"name", Value::String("Cola")}});
    return item_id == "2" ? absl::UnavailableError("later") : absl::NotFoundError("none");
  }

 private:
  std::shared_ptr<const Template> itself_;
};

inline const Scope& FuzzScope() {
  static const Scope& scope = *new MapScope(
      {{"x", Value::List({Value::Int(1), Value::Int(-2), Value::Double(2.5), Value::String("añ €<b>"), Value(),
                          Value::Bool(true), Value::Map({{"k", Value::String("v")}, {"n", Value::Int(7)}})})},
       {"y", Value::Map({{"title", Value::String("Pizza \"Napoli\"")}, {"tags", Value::List({Value::String("a")})}})},
       {"s", Value::String("The quick brown fox")},
       {"i", Value::Int(42)},
       {"at", Value::Timestamp(absl::FromUnixSeconds(1'600'000'000))},
       {"${first_name}", Value::String("Ada")},
       {"custom_attribute", Value::Map({{"pizza", Value::String("Margherita")}})}});
  return scope;
}

}  // namespace cadenza::liquid

#endif  // CADENZA_TESTS_FUZZ_LIQUID_WORLD_H_
