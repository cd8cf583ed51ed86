#include "clients/cli/liquid/liquid_case.h"

#include <map>
#include <memory>
#include <utility>

#include "server/rules/liquid/json.h"
#include "server/rules/liquid/liquid.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/base/time_zones.h"

namespace cadenza::cli {
namespace {

absl::Status Wrong(std::string_view field, std::string_view message) {
  return absl::InvalidArgumentError(StrCat(field, ": ", message));
}

// Partials, parsed when they are first asked for.
class CasePartials : public liquid::Library {
 public:
  CasePartials(const ValueMap* sources, const liquid::ParseOptions& options) : sources_(sources), options_(options) {}

  std::shared_ptr<const liquid::Template> Partial(std::string_view name) const override {
    auto known = parsed_.find(name);
    if (known != parsed_.end()) return known->second;
    const Value* source = sources_ == nullptr ? nullptr : sources_->Find(name);
    if (source == nullptr || source->kind() != Value::Kind::kString) return nullptr;
    auto parsed = liquid::Template::Parse(source->string_value(), options_);
    return parsed_.emplace(name, parsed.ok() ? *parsed : nullptr).first->second;
  }
  std::shared_ptr<const liquid::Template> ContentBlock(std::string_view name) const override { return Partial(name); }

 private:
  const ValueMap* const sources_;
  const liquid::ParseOptions& options_;
  mutable std::map<std::string, std::shared_ptr<const liquid::Template>, std::less<>> parsed_;
};

// A field that may be missing, or null.
const Value* FindField(const ValueMap& fields, std::string_view name) {
  const Value* field = fields.Find(name);
  return field == nullptr || field->is_null() ? nullptr : field;
}

// Empty if it is not there.
absl::StatusOr<std::string> TextField(const ValueMap& fields, std::string_view name) {
  const Value* field = FindField(fields, name);
  if (field == nullptr) return std::string();
  if (field->kind() != Value::Kind::kString) return Wrong(name, "must be a string");
  return field->string_value();
}

// Null if it is not there.
absl::StatusOr<const ValueMap*> MapField(const ValueMap& fields, std::string_view name) {
  const Value* field = FindField(fields, name);
  if (field == nullptr) return nullptr;
  if (field->kind() != Value::Kind::kMap) return Wrong(name, "must be an object");
  return &field->map_value();
}

absl::StatusOr<liquid::Mode> ModeNamed(std::string_view name) {
  if (name.empty() || name == "lax") return liquid::Mode::kLax;
  if (name == "warn") return liquid::Mode::kWarn;
  if (name == "strict") return liquid::Mode::kStrict;
  return Wrong("mode", "must be lax, warn or strict");
}

absl::Status ReadOptions(const ValueMap& fields, const std::string& locale, liquid::RenderOptions* options) {
  CADENZA_ASSIGN_OR_RETURN(const std::string now, TextField(fields, "now"));
  std::string error;
  if (!now.empty() && !absl::ParseTime(absl::RFC3339_full, now, &options->now, &error)) return Wrong("now", error);
  CADENZA_ASSIGN_OR_RETURN(const std::string zone, TextField(fields, "time_zone"));
  if (!zone.empty()) {
    const std::optional<absl::TimeZone> found = FindTimeZone(zone);
    if (!found.has_value()) return Wrong("time_zone", "must be a zone as in Europe/Berlin");
    options->time_zone = *found;
  }
  CADENZA_ASSIGN_OR_RETURN(const std::string escape, TextField(fields, "escape"));
  if (!escape.empty() && escape != "html" && escape != "json") return Wrong("escape", "must be html or json");
  if (!escape.empty()) options->escaping = escape == "html" ? liquid::Escaping::kHtml : liquid::Escaping::kJson;
  const Value* inline_errors = FindField(fields, "inline_errors");
  if (inline_errors != nullptr && inline_errors->kind() != Value::Kind::kBool) {
    return Wrong("inline_errors", "must be true or false");
  }
  if (inline_errors != nullptr && inline_errors->bool_value()) options->errors = liquid::ErrorMode::kInline;
  if (!locale.empty()) options->locale = locale;
  options->partials_see_data = false;
  return absl::OkStatus();
}

absl::StatusOr<std::string> RenderLine(std::string_view line, absl::Time now) {
  CADENZA_ASSIGN_OR_RETURN(const Value test, liquid::ParseJson(line));
  if (test.kind() != Value::Kind::kMap) return absl::InvalidArgumentError("a case is a JSON object");
  const ValueMap& fields = test.map_value();
  const Value* source = FindField(fields, "template");
  if (source == nullptr || source->kind() != Value::Kind::kString) return Wrong("template", "is required: a string");
  CADENZA_ASSIGN_OR_RETURN(const ValueMap* data, MapField(fields, "data"));
  CADENZA_ASSIGN_OR_RETURN(const ValueMap* partial_sources, MapField(fields, "templates"));
  CADENZA_ASSIGN_OR_RETURN(const std::string mode, TextField(fields, "mode"));
  CADENZA_ASSIGN_OR_RETURN(const std::string locale, TextField(fields, "locale"));
  liquid::ParseOptions parse;
  CADENZA_ASSIGN_OR_RETURN(parse.mode, ModeNamed(mode));
  liquid::RenderOptions options;
  options.now = now;
  CADENZA_RETURN_IF_ERROR(ReadOptions(fields, locale, &options));
  CADENZA_ASSIGN_OR_RETURN(const auto parsed, liquid::Template::Parse(source->string_value(), parse));
  const CasePartials partials(partial_sources, parse);
  options.library = &partials;
  CADENZA_ASSIGN_OR_RETURN(liquid::Rendering rendering,
                           parsed->Render(liquid::MapScope(data == nullptr ? ValueMap() : *data), options));
  if (rendering.aborted) return absl::CancelledError(StrCat("aborted: ", rendering.abort_reason));
  return std::move(rendering.output);
}

std::string Line(std::string name, std::string_view text) {
  std::string line;
  liquid::AppendJson(Value::Map({{std::move(name), Value::String(std::string(text))}}), &line);
  return line;
}

}  // namespace

std::string LiquidErrorLine(std::string_view text) { return Line("error", text); }

std::string AnswerLiquidLine(std::string_view line, absl::Time now) {
  const absl::StatusOr<std::string> output = RenderLine(line, now);
  return output.ok() ? Line("output", *output) : LiquidErrorLine(Std(output.status().message()));
}

}  // namespace cadenza::cli
