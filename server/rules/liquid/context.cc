#include "server/rules/liquid/context.h"

#include <algorithm>

#include "absl/cleanup/cleanup.h"
#include "server/rules/liquid/place.h"
#include "server/rules/liquid/template_access.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::liquid {

absl::Status Context::OutOfSteps() {
  steps_left_ = 0;
  return absl::ResourceExhaustedError(StrCat("the template takes more than ", limits.steps, " steps"));
}

absl::Status Context::OutOfIterations() {
  return absl::ResourceExhaustedError(StrCat("the template's loops take more than ", limits.iterations, " iterations"));
}

absl::Status Context::OutOfBytes() {
  bytes_left_ = 0;
  return absl::ResourceExhaustedError(StrCat("the template produces more than ", limits.output_bytes, " bytes"));
}

absl::Status Context::Locate(absl::Status status, std::string_view at) {
  if (status.ok() || located_) return status;
  const bool is_limit = status.code() == absl::StatusCode::kResourceExhausted;
  if (prints_errors() && !is_limit) return status;
  located_ = true;
  return absl::Status(status.code(), WithPlace(source_, at, Std(status.message())));
}

Datum Context::Find(std::string_view name) const {
  for (auto local = frame.locals.rbegin(); local != frame.locals.rend(); ++local) {
    if (local->first == name) return Lent(local->second);
  }
  if (auto assigned = frame.assigned.find(name); assigned != frame.assigned.end()) return Lent(assigned->second);
  if (auto counter = frame.counters.find(name); counter != frame.counters.end()) return Value::Int(counter->second);
  if (frame.scope == nullptr) return Value();
  if (const Value* lent = frame.scope->Borrow(name)) return lent;
  if (const Scope* nested = frame.scope->Nested(name)) return nested;
  return frame.scope->Lookup(name);
}

const Value* Context::FindValue(std::string_view name) const {
  for (auto local = frame.locals.rbegin(); local != frame.locals.rend(); ++local) {
    if (local->first == name) return ValueIn(local->second);
  }
  if (!frame.assigned.empty()) {
    if (auto assigned = frame.assigned.find(name); assigned != frame.assigned.end()) return ValueIn(assigned->second);
  }
  if (!frame.counters.empty() && frame.counters.contains(name)) return nullptr;
  return frame.scope == nullptr ? nullptr : frame.scope->Borrow(name);
}

bool Context::Defines(std::string_view name) const {
  const auto is_it = [name](const auto& local) { return local.first == name; };
  if (std::any_of(frame.locals.begin(), frame.locals.end(), is_it)) return true;
  if (frame.assigned.contains(name) || frame.counters.contains(name)) return true;
  if (frame.scope == nullptr) return false;
  return frame.scope->Borrow(name) != nullptr || frame.scope->Nested(name) != nullptr || frame.scope->Defines(name) ||
         !frame.scope->Lookup(name).is_null();
}

absl::StatusOr<Value> Context::ToValue(Datum datum) {
  if (Value* value = std::get_if<Value>(&datum)) return std::move(*value);
  if (const Value* lent = ValueIn(datum)) return *lent;
  if (const Scope* const* scope = std::get_if<const Scope*>(&datum)) return (*scope)->Whole();
  const Range* range = std::get_if<Range>(&datum);
  if (range == nullptr) return Value::String("");
  CADENZA_RETURN_IF_ERROR(Step(range->size()));
  ValueList list;
  list.reserve(static_cast<size_t>(range->size()));
  for (int64_t i = 0; i < range->size(); ++i) list.push_back(Value::Int(range->first + i));
  return Value::List(std::move(list));
}

void Context::Assign(std::string_view name, Datum datum, bool safe) {
  frame.assigned.insert_or_assign(name, Owned(std::move(datum)));
  if (options.escaping == Escaping::kNone) return;
  if (safe) {
    frame.safe.insert(name);
  } else {
    frame.safe.erase(name);
  }
}

int64_t& Context::Counter(std::string_view name) {
  auto found = frame.counters.find(name);
  if (found != frame.counters.end()) return found->second;
  int64_t start = 0;
  if (frame.scope != nullptr) {
    const Value* lent = frame.scope->Borrow(name);
    const Value value = lent != nullptr ? *lent : frame.scope->Lookup(name);
    if (value.kind() == Value::Kind::kInt) start = value.int_value();
  }
  return frame.counters.emplace(name, start).first->second;
}

absl::Status Context::RenderWithin(std::shared_ptr<const Template> inner, std::string_view kind, std::string_view name,
                                   std::string* out) {
  if (running_.size() >= static_cast<size_t>(limits.nesting)) {
    return absl::ResourceExhaustedError(StrCat("templates are nested deeper than ", limits.nesting));
  }
  if (kind == kContentBlock && std::count(running_.begin(), running_.end(), std::pair(kind, std::string(name))) > 0) {
    return absl::InvalidArgumentError(StrCat("the content block '", name, "' contains itself"));
  }
  const std::string_view outer_source = std::exchange(source_, TemplateAccess::Source(*inner));
  running_.emplace_back(kind, name);
  keeps_loop_positions = keeps_loop_positions || TemplateAccess::KeepsLoopPositions(*inner);
  templates_.push_back(inner);
  absl::Cleanup leave = [&] {
    running_.pop_back();
    source_ = outer_source;
  };
  const bool was_located = located_;
  absl::Status status = TemplateAccess::Body(*inner).Render(*this, out);
  if (!status.ok() && located_ && !was_located) {
    return absl::Status(status.code(), StrCat("in the ", kind, " '", name, "', ", status.message()));
  }
  return status;
}

}  // namespace cadenza::liquid
