#include <optional>
#include <string>

#include "server/rules/liquid/lax.h"
#include "server/rules/liquid/parser.h"
#include "server/rules/liquid/sequence.h"
#include "server/rules/liquid/tags.h"
#include "server/rules/liquid/template_access.h"
#include "server/rules/liquid/text.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::liquid {
namespace {

// 'name' (with|for) value as alias, parameter: value, …
struct PartialTag {
  ExpressionPtr name;
  ExpressionPtr value;  // may be null
  bool for_each = false;
  std::string_view alias;  // empty: the last part of the name
  std::vector<std::pair<std::string_view, ExpressionPtr>> parameters;
};

absl::StatusOr<std::shared_ptr<const Template>> FindPartial(std::string_view name, const Context& context) {
  const Library* library = context.options.library;
  std::shared_ptr<const Template> partial = library == nullptr ? nullptr : library->Partial(name);
  if (partial == nullptr) return absl::NotFoundError(StrCat("there is no partial '", name, "'"));
  return partial;
}

std::string_view LastPart(std::string_view name) { return name.substr(name.rfind('/') + 1); }

// Within the variables of the template that has the tag.
class IncludeNode : public Node {
 public:
  IncludeNode(std::string_view place, PartialTag tag) : Node(place), tag_(std::move(tag)) {}

  absl::Status Render(Context& context, std::string* out) const override {
    if (!context.frame.may_include) return absl::InvalidArgumentError("include usage is not allowed in this context");
    CADENZA_ASSIGN_OR_RETURN(Datum name_datum, tag_.name->Evaluate(context));
    CADENZA_ASSIGN_OR_RETURN(const Value name, context.ToValue(std::move(name_datum)));
    if (name.kind() != Value::Kind::kString) {
      return absl::InvalidArgumentError("Argument error in tag 'include' - Illegal template name");
    }
    CADENZA_ASSIGN_OR_RETURN(const std::shared_ptr<const Template> partial, FindPartial(name.string_value(), context));
    Datum value;
    if (tag_.value != nullptr) {
      CADENZA_ASSIGN_OR_RETURN(value, tag_.value->Evaluate(context));
    } else {
      value = context.Find(name.string_value());
    }
    value = Owned(std::move(value));
    const size_t outer_locals = context.frame.locals.size();
    const absl::Status status = RenderEach(partial, name.string_value(), value, context, out);
    context.PopLocals(context.frame.locals.size() - outer_locals);
    return status;
  }

 private:
  absl::Status RenderEach(const std::shared_ptr<const Template>& partial, const std::string& name, const Datum& value,
                          Context& context, std::string* out) const {
    for (const auto& [parameter, expression] : tag_.parameters) {
      CADENZA_ASSIGN_OR_RETURN(Datum datum, expression->Evaluate(context));
      context.PushLocal(parameter, Owned(std::move(datum)));
    }
    context.PushLocal(tag_.alias.empty() ? context.KeepName(LastPart(name)) : tag_.alias, Datum());
    const Value* list = ValueIn(value);
    if (list == nullptr || list->kind() != Value::Kind::kList) {
      context.SetLocal(value);
      return context.RenderWithin(partial, kPartial, name, out);
    }
    const Sequence sequence(value);
    for (int64_t i = 0; i < sequence.size() && context.interrupt == Interrupt::kNone; ++i) {
      CADENZA_RETURN_IF_ERROR(context.Iterate());
      context.SetLocal(sequence.at(i));
      CADENZA_RETURN_IF_ERROR(context.RenderWithin(partial, kPartial, name, out));
    }
    return absl::OkStatus();
  }

  PartialTag tag_;
};

// With variables of its own; what it is given is all that it sees, but for the data (RenderOptions::partials_see_data).
class RenderNode : public Node {
 public:
  RenderNode(std::string_view place, PartialTag tag) : Node(place), tag_(std::move(tag)) {}

  absl::Status Render(Context& context, std::string* out) const override {
    CADENZA_ASSIGN_OR_RETURN(Datum name_datum, tag_.name->Evaluate(context));
    const std::string name = ValueIn(name_datum)->string_value();
    CADENZA_ASSIGN_OR_RETURN(const std::shared_ptr<const Template> partial, FindPartial(name, context));
    Datum value;
    if (tag_.value != nullptr) {
      CADENZA_ASSIGN_OR_RETURN(value, tag_.value->Evaluate(context));
    }
    std::vector<std::pair<std::string_view, Datum>> parameters;
    for (const auto& [parameter, expression] : tag_.parameters) {
      CADENZA_ASSIGN_OR_RETURN(Datum datum, expression->Evaluate(context));
      parameters.emplace_back(parameter, Owned(std::move(datum)));
    }
    const std::string_view variable = tag_.alias.empty() ? context.KeepName(LastPart(name)) : tag_.alias;
    value = Owned(std::move(value));
    if (!tag_.for_each || !IsSequence(value)) {
      return RenderOnce(partial, name, variable, value, nullptr, parameters, context, out);
    }
    const Sequence sequence(value);
    LoopScope* loop =
        context.Keep(std::make_unique<LoopScope>(context.KeepName(name), sequence.size(), 0, false, nullptr));
    for (int64_t i = 0; i < sequence.size(); ++i) {
      CADENZA_RETURN_IF_ERROR(context.Iterate());
      loop->MoveTo(i);
      CADENZA_RETURN_IF_ERROR(
          RenderOnce(partial, name, variable, Owned(sequence.at(i)), loop, parameters, context, out));
      if (context.interrupt == Interrupt::kAbort) break;
    }
    return absl::OkStatus();
  }

 private:
  static bool IsSequence(const Datum& datum) {
    const Value* value = ValueIn(datum);
    return value == nullptr ? std::holds_alternative<Range>(datum)
                            : value->kind() == Value::Kind::kList || value->kind() == Value::Kind::kMap;
  }

  static absl::Status RenderOnce(const std::shared_ptr<const Template>& partial, std::string_view name,
                                 std::string_view variable, const Datum& value, const Scope* loop,
                                 const std::vector<std::pair<std::string_view, Datum>>& parameters, Context& context,
                                 std::string* out) {
    Frame frame;
    if (context.options.partials_see_data) frame.scope = context.frame.scope;
    frame.may_include = false;
    if (loop != nullptr) frame.assigned.insert_or_assign("forloop", loop);
    const Value* nil = ValueIn(value);
    if (nil == nullptr || !nil->is_null()) frame.assigned.insert_or_assign(variable, value);
    for (const auto& [parameter, datum] : parameters) frame.assigned.insert_or_assign(parameter, datum);
    std::swap(frame, context.frame);
    const absl::Status status = context.RenderWithin(partial, kPartial, name, out);
    std::swap(frame, context.frame);
    if (context.interrupt != Interrupt::kAbort) context.interrupt = Interrupt::kNone;
    return status;
  }

  PartialTag tag_;
};

absl::StatusOr<PartialTag> ParsePartialTag(Parser& parser, const Piece& tag) {
  PartialTag parsed;
  LaxScanner scanner(tag.content);
  const std::optional<std::string_view> name = scanner.FindFragment();
  if (!name.has_value()) return parser.SyntaxError(tag, StrCat("'", tag.name, "' needs the name of a partial"));
  parsed.name = LaxExpression(parser.state, *name);
  LaxScanner ahead = scanner;
  ahead.SkipSpaces();
  const std::string_view word = ahead.Word(false);
  ahead.SkipSpaces();
  if (word == "with" || word == "for") {
    if (const auto value = ahead.Fragment()) {
      parsed.value = LaxExpression(parser.state, *value);
      parsed.for_each = word == "for";
      scanner = ahead;
    }
  }
  ahead = scanner;
  ahead.SkipSpaces();
  if (ahead.Word(false) == "as") {
    ahead.SkipSpaces();
    parsed.alias = ahead.Word(true);
  }
  parsed.parameters = LaxAttributes(parser.state, tag.content);
  return parsed;
}

const Value* LiteralName(const PartialTag& tag) {
  const auto* literal = dynamic_cast<const LiteralExpression*>(tag.name.get());
  const Value* name = literal == nullptr ? nullptr : ValueIn(literal->datum());
  return name != nullptr && name->kind() == Value::Kind::kString ? name : nullptr;
}

absl::StatusOr<NodePtr> ParseInclude(Parser& parser, const Piece& tag) {
  CADENZA_ASSIGN_OR_RETURN(PartialTag parsed, ParsePartialTag(parser, tag));
  parser.state.IncludesPartial();
  if (const Value* name = LiteralName(parsed)) parser.state.ReadsPartial(name->string_value());
  return std::make_unique<IncludeNode>(tag.name, std::move(parsed));
}

absl::StatusOr<NodePtr> ParseRender(Parser& parser, const Piece& tag) {
  CADENZA_ASSIGN_OR_RETURN(PartialTag parsed, ParsePartialTag(parser, tag));
  const Value* name = LiteralName(parsed);
  if (name == nullptr) return parser.SyntaxError(tag, "the name of the partial must be a quoted string");
  parser.state.ReadsPartial(name->string_value());
  return std::make_unique<RenderNode>(tag.name, std::move(parsed));
}

}  // namespace

absl::Span<const TagEntry> PartialTags() {
  static constexpr TagEntry kTags[] = {{"include", ParseInclude}, {"render", ParseRender}};
  return kTags;
}

}  // namespace cadenza::liquid
