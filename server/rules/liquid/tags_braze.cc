#include <optional>
#include <string>

#include "server/rules/liquid/content_block.h"
#include "server/rules/liquid/lax.h"
#include "server/rules/liquid/parser.h"
#include "server/rules/liquid/tags.h"
#include "server/rules/liquid/text.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::liquid {
namespace {

// Of one {% catalog_items %}.
constexpr size_t kMostItems = 100;
// What looking up an item costs, in steps.
constexpr int64_t kItemSteps = 20;

std::string_view Strip(std::string_view text) { return StripRight(StripLeft(text)); }

ExpressionPtr TextLiteral(std::string_view text) {
  return std::make_unique<LiteralExpression>(Value::String(std::string(text)));
}

class AbortNode : public Node {
 public:
  AbortNode(std::string_view place, ExpressionPtr reason) : Node(place), reason_(std::move(reason)) {}

  absl::Status Render(Context& context, std::string*) const override {
    if (reason_ != nullptr) {
      CADENZA_ASSIGN_OR_RETURN(Datum datum, reason_->Evaluate(context));
      CADENZA_ASSIGN_OR_RETURN(const Value reason, context.ToValue(std::move(datum)));
      context.outcome.abort_reason.clear();
      CADENZA_RETURN_IF_ERROR(context.Write(ToText(reason), &context.outcome.abort_reason));
    }
    context.interrupt = Interrupt::kAbort;
    return absl::OkStatus();
  }

 private:
  ExpressionPtr reason_;
};

// {% abort_message "reason" %}, {% abort_message("reason") %}, {% abort_message(reason) %} (as text, as in Braze), or
// without a reason.
absl::StatusOr<NodePtr> ParseAbort(Parser& parser, const Piece& tag) {
  std::string_view reason = Strip(tag.content);
  const bool in_parentheses = reason.starts_with('(') && reason.ends_with(')');
  if (in_parentheses) reason = Strip(reason.substr(1, reason.size() - 2));
  if (reason.empty()) return std::make_unique<AbortNode>(tag.name, nullptr);
  const bool is_quoted = IsOneOf(reason.front(), "'\"");
  const bool is_text = in_parentheses && !is_quoted && reason.find("${") == std::string_view::npos &&
                       reason.find("{{") == std::string_view::npos;
  if (is_text) return std::make_unique<AbortNode>(tag.name, TextLiteral(reason));
  CADENZA_ASSIGN_OR_RETURN(Markup markup, Markup::Of(parser.state, reason));
  CADENZA_ASSIGN_OR_RETURN(ExpressionPtr expression, markup.Filtered());
  CADENZA_RETURN_IF_ERROR(markup.ExpectEnd());
  return std::make_unique<AbortNode>(tag.name, std::move(expression));
}

// {% content_blocks.${name} %}.
absl::StatusOr<NodePtr> ParseContentBlocks(Parser& parser, const Piece& tag) {
  const char* begin = tag.name.data();
  const std::string_view whole(begin, static_cast<size_t>(tag.content.data() + tag.content.size() - begin));
  CADENZA_ASSIGN_OR_RETURN(Markup markup, Markup::Of(parser.state, whole));
  CADENZA_ASSIGN_OR_RETURN(ExpressionPtr expression, markup.Filtered());
  CADENZA_RETURN_IF_ERROR(markup.ExpectEnd());
  return std::make_unique<OutputNode>(tag.name, std::move(expression));
}

class CatalogItemsNode : public Node {
 public:
  CatalogItemsNode(std::string_view place, std::string_view catalog, std::vector<ExpressionPtr> ids)
      : Node(place), catalog_(catalog), ids_(std::move(ids)) {}

  absl::Status Render(Context& context, std::string*) const override {
    ValueList items;
    for (const ExpressionPtr& expression : ids_) {
      CADENZA_ASSIGN_OR_RETURN(Datum datum, expression->Evaluate(context));
      CADENZA_ASSIGN_OR_RETURN(const Value id, context.ToValue(std::move(datum)));
      if (id.kind() != Value::Kind::kList) {
        CADENZA_RETURN_IF_ERROR(Add(id, context, &items));
        continue;
      }
      for (const Value& each : id.list_value()) CADENZA_RETURN_IF_ERROR(Add(each, context, &items));
    }
    context.Assign("items", Value::List(std::move(items)), false);
    return absl::OkStatus();
  }
  bool IsBlank() const override { return true; }

 private:
  absl::Status Add(const Value& id, Context& context, ValueList* items) const {
    CADENZA_RETURN_IF_ERROR(context.Step(kItemSteps));
    if (items->size() >= kMostItems) {
      return absl::ResourceExhaustedError(StrCat("more than ", kMostItems, " items of a catalog are asked for"));
    }
    const std::string item_id = ToText(id);
    if (item_id.empty() || context.options.library == nullptr) return absl::OkStatus();
    absl::StatusOr<Value> item = context.options.library->CatalogItem(catalog_, item_id);
    if (item.ok()) {
      items->push_back(*std::move(item));
    } else if (item.status().code() == absl::StatusCode::kUnavailable) {
      context.outcome.missing.push_back({std::string(catalog_), item_id});
      items->push_back(Value::Map({}));
    } else if (item.status().code() != absl::StatusCode::kNotFound) {
      return item.status();
    }
    return absl::OkStatus();
  }

  std::string_view catalog_;
  std::vector<ExpressionPtr> ids_;
};

// {% catalog_items name id id … %}: an id is {{ an expression }}, a quoted string, a variable that was assigned before,
// or else the id itself.
absl::StatusOr<NodePtr> ParseCatalogItems(Parser& parser, const Piece& tag) {
  ParseState& state = parser.state;
  std::string_view rest = Strip(tag.content);
  std::string_view catalog;
  std::vector<ExpressionPtr> ids;
  for (; !rest.empty(); rest = StripLeft(rest)) {
    size_t end = rest.find_first_of(" \t\r\n,");
    if (rest.starts_with("{{")) {
      end = rest.find("}}", 2);
      if (end != std::string_view::npos) end = rest.find_first_not_of('}', end);
    } else if (IsOneOf(rest.front(), "'\"")) {
      end = rest.find(rest.front(), 1);
      if (end == std::string_view::npos) return ErrorAt(state.source(), rest, "this string is not closed");
      ++end;
    } else if (const size_t dollar = rest.find("${"); dollar < end) {
      end = rest.find_first_of(" \t\r\n,", std::min(rest.size(), rest.find('}', dollar)));
    }
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(word.size());
    while (!rest.empty() && IsOneOf(rest.front(), " \t\r\n,")) rest.remove_prefix(1);
    const bool is_expression = word.starts_with("{{") || IsOneOf(word.front(), "'\"") ||
                               word.find("${") != std::string_view::npos ||
                               state.HasSet(word.substr(0, word.find_first_of(".[")));
    if (catalog.empty()) {
      catalog = IsOneOf(word.front(), "'\"") ? word.substr(1, word.size() - 2) : word;
    } else if (word == ":rerender") {
      state.Warn(word, "':rerender' is not supported: Liquid in a catalog's item is shown as it is");
    } else if (is_expression) {
      CADENZA_ASSIGN_OR_RETURN(Markup markup, Markup::Of(state, word));
      CADENZA_ASSIGN_OR_RETURN(ExpressionPtr id, markup.Filtered());
      CADENZA_RETURN_IF_ERROR(markup.ExpectEnd());
      ids.push_back(std::move(id));
    } else {
      ids.push_back(TextLiteral(word));
    }
  }
  if (catalog.empty() || ids.empty()) return parser.SyntaxError(tag, "expected 'catalog_items catalog item_id …'");
  state.ReadsCatalog(catalog);
  state.Sets("items");
  return std::make_unique<CatalogItemsNode>(tag.name, catalog, std::move(ids));
}

// {% message_extras :key name :value value %}: kept beside the text.
class MessageExtrasNode : public Node {
 public:
  MessageExtrasNode(std::string_view place, std::string_view key, ExpressionPtr value)
      : Node(place), key_(key), value_(std::move(value)) {}

  absl::Status Render(Context& context, std::string*) const override {
    std::string text;
    CADENZA_ASSIGN_OR_RETURN(Datum datum, value_->Evaluate(context));
    CADENZA_ASSIGN_OR_RETURN(const Value value, context.ToValue(std::move(datum)));
    CADENZA_RETURN_IF_ERROR(context.Charge(key_.size()));
    CADENZA_RETURN_IF_ERROR(context.Write(ToText(value), &text));
    context.outcome.extras.emplace_back(std::string(key_), std::move(text));
    return absl::OkStatus();
  }
  bool IsBlank() const override { return true; }

 private:
  std::string_view key_;
  ExpressionPtr value_;
};

absl::StatusOr<NodePtr> ParseMessageExtras(Parser& parser, const Piece& tag) {
  LaxScanner scanner(tag.content);
  if (!scanner.Accept(":key")) return parser.SyntaxError(tag, "expected 'message_extras :key name :value value'");
  scanner.SkipSpaces();
  const std::optional<std::string_view> key = scanner.Fragment();
  scanner.SkipSpaces();
  if (!key.has_value() || !scanner.Accept(":value")) {
    return parser.SyntaxError(tag, "expected 'message_extras :key name :value value'");
  }
  const std::string_view rest = Strip(scanner.rest());
  ExpressionPtr value = TextLiteral(rest);
  if (!rest.empty() && (rest.starts_with("{{") || IsOneOf(rest.front(), "'\"$"))) {
    CADENZA_ASSIGN_OR_RETURN(Markup markup, Markup::Of(parser.state, rest));
    CADENZA_ASSIGN_OR_RETURN(value, markup.Filtered());
    CADENZA_RETURN_IF_ERROR(markup.ExpectEnd());
  }
  const bool is_quoted = key->size() > 1 && IsOneOf(key->front(), "'\"");
  return std::make_unique<MessageExtrasNode>(tag.name, is_quoted ? key->substr(1, key->size() - 2) : *key,
                                             std::move(value));
}

absl::StatusOr<NodePtr> ParseUnsupported(Parser& parser, const Piece& tag) {
  const std::string_view why =
      tag.name == "connected_content"
          ? "fetching content while a message is rendered; put the data into the event or a catalog"
          : "selections of a catalog; name the items with 'catalog_items'";
  return parser.SyntaxError(tag, StrCat("'", tag.name, "' is not supported: ", why));
}

}  // namespace

absl::Span<const TagEntry> BrazeTags() {
  static constexpr TagEntry kTags[] = {
      {"abort_message", ParseAbort},           {"content_blocks", ParseContentBlocks},
      {"catalog_items", ParseCatalogItems},    {"catalog_selection_items", ParseUnsupported},
      {"connected_content", ParseUnsupported}, {"message_extras", ParseMessageExtras},
  };
  return kTags;
}

}  // namespace cadenza::liquid
