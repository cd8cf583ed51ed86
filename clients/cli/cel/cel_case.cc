#include "clients/cli/cel/cel_case.h"

#include <utility>

#include "clients/cli/cel/tagged_json.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

using Json = nlohmann::json;

absl::Status Wrong(std::string_view field, std::string_view message) {
  return absl::InvalidArgumentError(StrCat(field, ": ", message));
}

// A field that may be missing, or null.
const Json* FindField(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found == json.end() || found->is_null() ? nullptr : &*found;
}

absl::Status ReadText(const Json& json, const char* name, std::string* text) {
  const Json* field = FindField(json, name);
  if (field == nullptr) return absl::OkStatus();
  if (!field->is_string()) return Wrong(name, "must be a string");
  *text = field->get<std::string>();
  return absl::OkStatus();
}

absl::Status ReadTypes(const Json& json, cel::Env* env) {
  const Json* types = FindField(json, "typeEnv");
  if (types == nullptr) return absl::OkStatus();
  if (!types->is_object()) return Wrong("typeEnv", "must be an object of names and types");
  for (const auto& [name, type] : types->items()) {
    const std::string field = StrCat("typeEnv.", name);
    if (!type.is_string()) return Wrong(field, "must be a type, as in \"map(string, int)\"");
    absl::StatusOr<cel::Type> parsed = TypeFromName(type.get_ref<const std::string&>());
    if (!parsed.ok()) return Wrong(field, Std(parsed.status().message()));
    env->AddVariable(name, *std::move(parsed));
  }
  return absl::OkStatus();
}

absl::Status ReadBindings(const Json& json, CelCase* into) {
  const Json* bindings = FindField(json, "bindings");
  if (bindings == nullptr) return absl::OkStatus();
  if (!bindings->is_object()) return Wrong("bindings", "must be an object of names and values");
  for (const auto& [name, tagged] : bindings->items()) {
    absl::StatusOr<cel::Value> value = ValueFromTagged(tagged);
    if (!value.ok()) return Wrong(StrCat("bindings.", name), Std(value.status().message()));
    if (into->env.FindVariable(name) == nullptr) into->env.AddVariable(name, cel::Type::Dyn());
    into->bindings.Set(name, *std::move(value));
  }
  return absl::OkStatus();
}

std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

absl::StatusOr<Json> Answer(std::string_view line) {
  const Json json = Json::parse(line, nullptr, false);
  if (json.is_discarded()) return absl::InvalidArgumentError("the line is not JSON");
  CADENZA_ASSIGN_OR_RETURN(const CelCase parsed, ParseCelCase(json));
  CADENZA_ASSIGN_OR_RETURN(const cel::Value value, RunCelCase(parsed));
  return TaggedFromValue(value);
}

}  // namespace

absl::StatusOr<CelCase> ParseCelCase(const nlohmann::json& json) {
  if (!json.is_object()) return absl::InvalidArgumentError("a case is a JSON object");
  CelCase parsed;
  if (FindField(json, "expr") == nullptr) return Wrong("expr", "is required");
  CADENZA_RETURN_IF_ERROR(ReadText(json, "expr", &parsed.expression));
  std::string container;
  CADENZA_RETURN_IF_ERROR(ReadText(json, "container", &container));
  parsed.env.SetContainer(std::move(container));
  CADENZA_RETURN_IF_ERROR(ReadTypes(json, &parsed.env));
  CADENZA_RETURN_IF_ERROR(ReadBindings(json, &parsed));
  if (const Json* disable = FindField(json, "disableCheck")) {
    if (!disable->is_boolean()) return Wrong("disableCheck", "must be true or false");
    parsed.checked = !disable->get<bool>();
  }
  return parsed;
}

absl::StatusOr<cel::Value> RunCelCase(const CelCase& parsed) {
  const auto program = parsed.checked ? cel::Compile(parsed.expression, parsed.env)
                                      : cel::CompileUnchecked(parsed.expression, parsed.env);
  if (!program.ok()) return program.status();
  return (*program)->Evaluate(parsed.bindings);
}

std::string CelErrorLine(std::string_view text) { return Dump(Json{{"error", text}}); }

std::string AnswerCelLine(std::string_view line) {
  absl::StatusOr<Json> answer = Answer(line);
  if (!answer.ok()) return CelErrorLine(Std(answer.status().message()));
  return Dump(Json{{"value", *std::move(answer)}});
}

}  // namespace cadenza::cli
