#include "server/rules/liquid/node.h"

#include <algorithm>

#include "server/rules/liquid/text.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::liquid {

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
    if (!status.ok()) return context.Locate(std::move(status), node->place());
    if (context.interrupt != Interrupt::kNone) break;
  }
  return absl::OkStatus();
}

absl::Status TextNode::Render(Context& context, std::string* out) const { return context.Write(place(), out); }

bool TextNode::IsBlank() const { return !verbatim_ && StripLeft(place()).empty(); }

absl::Status OutputNode::Render(Context& context, std::string* out) const {
  if (expression_ == nullptr) return absl::OkStatus();
  CADENZA_ASSIGN_OR_RETURN(Datum datum, expression_->Evaluate(context));
  if (const Range* range = std::get_if<Range>(&datum)) {
    return context.Write(StrCat(range->first, "..", range->last), out);
  }
  CADENZA_ASSIGN_OR_RETURN(const Value value, context.ToValue(std::move(datum)));
  if (value.kind() == Value::Kind::kString) return context.Write(value.string_value(), out);
  return context.Write(ToText(value), out);
}

}  // namespace cadenza::liquid
