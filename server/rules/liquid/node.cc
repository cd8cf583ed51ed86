#include "server/rules/liquid/node.h"

#include <algorithm>
#include <charconv>

#include "server/rules/liquid/escape.h"
#include "server/rules/liquid/text.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::liquid {
namespace {

// Of errors that end the rendering whatever its error mode is.
bool IsFatal(const absl::Status& status) { return status.code() == absl::StatusCode::kResourceExhausted; }

absl::Status PrintError(const absl::Status& status, bool silent, Context& context, std::string* out) {
  const std::string text = StrCat("Liquid error: ", Std(status.message()));
  context.outcome.errors.push_back(text);
  return silent ? absl::OkStatus() : context.Write(text, out);
}

absl::Status WriteInt(int64_t number, Context& context, std::string* out) {
  char digits[24];
  const char* end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
  return context.Write(std::string_view(digits, static_cast<size_t>(end - digits)), out);
}

absl::Status WriteText(std::string_view text, bool safe, Context& context, std::string* out) {
  if (safe || context.options.escaping == Escaping::kNone) return context.Write(text, out);
  if (context.options.escaping == Escaping::kHtml) return context.Write(EscapeHtml(text), out);
  return context.Write(EscapeJson(text), out);
}

}  // namespace

bool Block::IsBlank() const {
  return std::all_of(nodes_.begin(), nodes_.end(), [](const NodePtr& node) { return node->IsBlank(); });
}

void Block::DropText() {
  nodes_.erase(std::remove_if(nodes_.begin(), nodes_.end(), [](const NodePtr& node) { return node->IsText(); }),
               nodes_.end());
}

absl::Status Block::Render(Context& context, std::string* out) const {
  for (const NodePtr& node : nodes_) {
    absl::Status status = context.Step();
    if (status.ok()) status = node->Render(context, out);
    if (!status.ok()) {
      status = context.Locate(std::move(status), node->place());
      if (!context.prints_errors() || IsFatal(status)) return status;
      CADENZA_RETURN_IF_ERROR(PrintError(status, node->IsBlank(), context, out));
    }
    if (context.interrupt != Interrupt::kNone) break;
  }
  return absl::OkStatus();
}

absl::Status TextNode::Render(Context& context, std::string* out) const { return context.Write(place(), out); }

bool TextNode::IsBlank() const { return !verbatim_ && StripLeft(place()).empty(); }

absl::Status WriteValue(const Value& value, bool safe, Context& context, std::string* out) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      return absl::OkStatus();
    case Value::Kind::kString:
      return WriteText(value.string_value(), safe, context, out);
    case Value::Kind::kInt:
      return WriteInt(value.int_value(), context, out);
    case Value::Kind::kList:
    case Value::Kind::kMap:
      CADENZA_RETURN_IF_ERROR(context.Step(static_cast<int64_t>(value.ByteSize() / 64)));
      return WriteText(ToText(value), safe, context, out);
    default:
      return context.Write(ToText(value), out);
  }
}

absl::Status WriteResult(const Expression& expression, Context& context, std::string* out) {
  const bool safe = context.options.escaping == Escaping::kNone || expression.IsSafe(context);
  if (const Value* lent = expression.Lend(context)) return WriteValue(*lent, safe, context, out);
  CADENZA_ASSIGN_OR_RETURN(const Datum datum, expression.Evaluate(context));
  if (const Value* value = ValueIn(datum)) return WriteValue(*value, safe, context, out);
  if (const Range* range = std::get_if<Range>(&datum)) {
    return context.Write(StrCat(range->first, "..", range->last), out);
  }
  CADENZA_ASSIGN_OR_RETURN(const Value value, context.ToValue(datum));
  return WriteValue(value, safe, context, out);
}

absl::Status OutputNode::Render(Context& context, std::string* out) const {
  return expression_ == nullptr ? absl::OkStatus() : WriteResult(*expression_, context, out);
}

}  // namespace cadenza::liquid
