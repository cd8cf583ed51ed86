#include "server/rules/liquid/context.h"

#include "server/rules/liquid/lexer.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::liquid {

absl::Status Context::Step(int64_t count) {
  if (count > steps_left_) {
    steps_left_ = 0;
    return absl::ResourceExhaustedError(StrCat("the template takes more than ", limits_.steps, " steps"));
  }
  steps_left_ -= count;
  return absl::OkStatus();
}

absl::Status Context::Charge(size_t bytes) {
  if (bytes > bytes_left_) {
    bytes_left_ = 0;
    return absl::ResourceExhaustedError(StrCat("the template produces more than ", limits_.output_bytes, " bytes"));
  }
  bytes_left_ -= bytes;
  return absl::OkStatus();
}

absl::Status Context::Write(std::string_view text, std::string* out) {
  CADENZA_RETURN_IF_ERROR(Charge(text.size()));
  out->append(text);
  return absl::OkStatus();
}

absl::Status Context::Locate(absl::Status status, std::string_view at) {
  if (status.ok() || located_) return status;
  located_ = true;
  return absl::Status(status.code(), StrCat(Place(source_, at), ": ", status.message()));
}

Datum Context::Find(std::string_view name) const {
  for (auto local = locals_.rbegin(); local != locals_.rend(); ++local) {
    if (local->first == name) return local->second;
  }
  if (auto assigned = assigned_.find(name); assigned != assigned_.end()) return assigned->second;
  if (auto counter = counters_.find(name); counter != counters_.end()) return Value::Int(counter->second);
  if (const Scope* nested = scope_.Nested(name)) return nested;
  return scope_.Lookup(name);
}

void Context::PushLocal(std::string_view name, Datum datum) { locals_.emplace_back(name, std::move(datum)); }

void Context::SetLocal(Value value) { locals_.back().second = std::move(value); }

absl::StatusOr<Value> Context::ToValue(Datum datum) {
  if (Value* value = std::get_if<Value>(&datum)) return std::move(*value);
  if (const Scope* const* scope = std::get_if<const Scope*>(&datum)) return (*scope)->Whole();
  const Range* range = std::get_if<Range>(&datum);
  if (range == nullptr) return Value::String("");
  CADENZA_RETURN_IF_ERROR(Step(range->size()));
  ValueList list;
  list.reserve(static_cast<size_t>(range->size()));
  for (int64_t i = 0; i < range->size(); ++i) list.push_back(Value::Int(range->first + i));
  return Value::List(std::move(list));
}

}  // namespace cadenza::liquid
