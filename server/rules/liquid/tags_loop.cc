#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include "server/rules/liquid/lax.h"
#include "server/rules/liquid/number.h"
#include "server/rules/liquid/parser.h"
#include "server/rules/liquid/sequence.h"
#include "server/rules/liquid/tags.h"
#include "server/rules/liquid/text.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::liquid {
namespace {

using Kind = Token::Kind;

// What follows the name of a loop tag: variable in collection, and attributes.
struct LoopHeader {
  std::string_view variable;
  std::string name;  // "variable-collection"
  ExpressionPtr collection;
  ExpressionPtr limit;
  ExpressionPtr offset;
  ExpressionPtr columns;
  bool continues = false;  // offset: continue
  bool reversed = false;
};

absl::StatusOr<Value> EvaluateValue(const Expression& expression, Context& context) {
  CADENZA_ASSIGN_OR_RETURN(Datum datum, expression.Evaluate(context));
  return context.ToValue(std::move(datum));
}

absl::StatusOr<int64_t> EvaluateInteger(const Expression* expression, int64_t if_nil, Context& context) {
  if (expression == nullptr) return if_nil;
  CADENZA_ASSIGN_OR_RETURN(const Value value, EvaluateValue(*expression, context));
  if (value.is_null()) return if_nil;
  const std::optional<int64_t> whole = ToInteger(value);
  if (!whole.has_value()) return absl::InvalidArgumentError("invalid integer");
  return *whole;
}

// As Ruby's to_i: the number that a text begins with, 0 for others.
absl::StatusOr<int64_t> CoerceInteger(const Expression* expression, int64_t if_absent, Context& context) {
  if (expression == nullptr) return if_absent;
  CADENZA_ASSIGN_OR_RETURN(const Value value, EvaluateValue(*expression, context));
  const Value::Kind kind = value.kind();
  if (kind == Value::Kind::kBool || kind == Value::Kind::kMap || kind == Value::Kind::kList) {
    return absl::InvalidArgumentError("invalid integer");
  }
  const Number number = Number::Of(value);
  const Number whole = number.is_int() || number.AsDouble() > 0 ? Floor(number) : Ceil(number);
  return whole.is_int() ? whole.int_value() : 0;
}

// The part of a sequence that a loop goes over: elements [from, to).
struct Segment {
  int64_t from = 0;
  int64_t to = 0;
  int64_t size() const { return to - from; }
};

Segment Clamp(int64_t from, int64_t limit, int64_t size) {
  from = std::clamp<int64_t>(from, 0, size);
  return {from, from + std::clamp<int64_t>(limit, 0, size - from)};
}

constexpr int64_t kAll = std::numeric_limits<int64_t>::max();

absl::StatusOr<Segment> SegmentOf(const LoopHeader& header, int64_t size, Context& context) {
  int64_t from = 0;
  if (header.continues) {
    const auto position = context.frame.loops.find(header.name);
    if (position != context.frame.loops.end()) from = position->second;
  } else {
    CADENZA_ASSIGN_OR_RETURN(from, EvaluateInteger(header.offset.get(), 0, context));
  }
  CADENZA_ASSIGN_OR_RETURN(const int64_t limit, EvaluateInteger(header.limit.get(), kAll, context));
  const Segment segment = Clamp(from, limit, size);
  if (context.keeps_loop_positions) context.frame.loops[header.name] = segment.to;
  return segment;
}

class ForNode : public Node {
 public:
  ForNode(std::string_view place, LoopHeader header, Block body, Block otherwise)
      : Node(place), header_(std::move(header)), body_(std::move(body)), otherwise_(std::move(otherwise)) {
    blank_ = body_.IsBlank() && otherwise_.IsBlank();
    if (!blank_) return;
    body_.DropText();
    otherwise_.DropText();
  }

  absl::Status Render(Context& context, std::string* out) const override {
    CADENZA_ASSIGN_OR_RETURN(const Datum datum, header_.collection->Evaluate(context));
    const Sequence sequence(datum);
    CADENZA_ASSIGN_OR_RETURN(const Segment segment, SegmentOf(header_, sequence.size(), context));
    if (segment.size() == 0) return otherwise_.Render(context, out);
    const Scope* parent = context.frame.innermost_loop;
    LoopScope* loop = context.Keep(std::make_unique<LoopScope>(header_.name, segment.size(), 0, false, parent));
    context.frame.innermost_loop = loop;
    context.PushLocal("forloop", static_cast<const Scope*>(loop));
    context.PushLocal(header_.variable, Value());
    const absl::Status status = Iterate(sequence, segment, loop, context, out);
    context.PopLocals(2);
    context.frame.innermost_loop = parent;
    return status;
  }
  bool IsBlank() const override { return blank_; }

 private:
  absl::Status Iterate(const Sequence& sequence, const Segment& segment, LoopScope* loop, Context& context,
                       std::string* out) const {
    for (int64_t i = 0; i < segment.size(); ++i) {
      CADENZA_RETURN_IF_ERROR(context.Iterate());
      loop->MoveTo(i);
      context.SetLocal(sequence.at(header_.reversed ? segment.to - 1 - i : segment.from + i));
      CADENZA_RETURN_IF_ERROR(body_.Render(context, out));
      if (context.interrupt == Interrupt::kAbort) break;
      if (std::exchange(context.interrupt, Interrupt::kNone) == Interrupt::kBreak) break;
    }
    return absl::OkStatus();
  }

  LoopHeader header_;
  Block body_;
  Block otherwise_;
  bool blank_ = false;
};

class TableRowNode : public Node {
 public:
  TableRowNode(std::string_view place, LoopHeader header, Block body)
      : Node(place), header_(std::move(header)), body_(std::move(body)) {}

  absl::Status Render(Context& context, std::string* out) const override {
    CADENZA_ASSIGN_OR_RETURN(const Datum datum, header_.collection->Evaluate(context));
    if (!IsTruthy(datum)) return absl::OkStatus();
    const Sequence sequence(datum);
    CADENZA_ASSIGN_OR_RETURN(const int64_t offset, CoerceInteger(header_.offset.get(), 0, context));
    CADENZA_ASSIGN_OR_RETURN(const int64_t limit, CoerceInteger(header_.limit.get(), kAll, context));
    const Segment segment = Clamp(offset, limit, sequence.size());
    CADENZA_ASSIGN_OR_RETURN(const int64_t columns, CoerceInteger(header_.columns.get(), segment.size(), context));
    LoopScope* loop = context.Keep(std::make_unique<LoopScope>("", segment.size(), columns, true, nullptr));
    context.PushLocal("tablerowloop", static_cast<const Scope*>(loop));
    context.PushLocal(header_.variable, Value());
    const absl::Status status = Iterate(sequence, segment, loop, context, out);
    context.PopLocals(2);
    return status;
  }

 private:
  absl::Status Iterate(const Sequence& sequence, const Segment& segment, LoopScope* loop, Context& context,
                       std::string* out) const {
    CADENZA_RETURN_IF_ERROR(context.Write("<tr class=\"row1\">\n", out));
    for (int64_t i = 0; i < segment.size(); ++i) {
      CADENZA_RETURN_IF_ERROR(context.Iterate());
      loop->MoveTo(i);
      context.SetLocal(sequence.at(segment.from + i));
      CADENZA_RETURN_IF_ERROR(context.Write(StrCat("<td class=\"col", loop->column() + 1, "\">"), out));
      CADENZA_RETURN_IF_ERROR(body_.Render(context, out));
      CADENZA_RETURN_IF_ERROR(context.Write("</td>", out));
      if (context.interrupt == Interrupt::kAbort) break;
      if (std::exchange(context.interrupt, Interrupt::kNone) == Interrupt::kBreak) break;
      if (loop->at_last_column() && !loop->at_last()) {
        CADENZA_RETURN_IF_ERROR(context.Write(StrCat("</tr>\n<tr class=\"row", loop->row() + 2, "\">"), out));
      }
    }
    return context.Write("</tr>\n", out);
  }

  LoopHeader header_;
  Block body_;
};

class InterruptNode : public Node {
 public:
  InterruptNode(std::string_view place, Interrupt interrupt) : Node(place), interrupt_(interrupt) {}
  absl::Status Render(Context& context, std::string*) const override {
    context.interrupt = interrupt_;
    return absl::OkStatus();
  }

 private:
  Interrupt interrupt_;
};

absl::Status ParseAttribute(Markup& markup, LoopHeader* header) {
  CADENZA_ASSIGN_OR_RETURN(const std::string_view name, markup.ExpectIdentifier("limit, offset, cols or reversed"));
  if (name == "reversed") {
    header->reversed = true;
    return absl::OkStatus();
  }
  CADENZA_RETURN_IF_ERROR(markup.Expect(Kind::kPunctuation, ":"));
  if (name == "offset" && markup.Accept(Kind::kIdentifier, "continue")) {
    header->continues = true;
    return absl::OkStatus();
  }
  CADENZA_ASSIGN_OR_RETURN(ExpressionPtr value, markup.Primary());
  if (name == "limit") header->limit = std::move(value);
  if (name == "offset") header->offset = std::move(value);
  if (name == "cols") header->columns = std::move(value);
  return absl::OkStatus();
}

absl::StatusOr<LoopHeader> StrictHeader(Parser& parser, const Piece& tag) {
  CADENZA_ASSIGN_OR_RETURN(Markup markup, parser.Open(tag));
  LoopHeader header;
  CADENZA_ASSIGN_OR_RETURN(header.variable, markup.ExpectIdentifier("the name of a variable"));
  CADENZA_RETURN_IF_ERROR(markup.Expect(Kind::kIdentifier, "in"));
  const char* begin = markup.Peek().text.data();
  CADENZA_ASSIGN_OR_RETURN(header.collection, markup.Primary());
  std::string_view collection(begin, static_cast<size_t>(markup.Peek().text.data() - begin));
  while (!collection.empty() && IsOneOf(collection.back(), " ,\t\r\n}")) collection.remove_suffix(1);
  header.name = StrCat(header.variable, "-", collection);
  while (!markup.AtEnd()) {
    if (markup.Accept(Kind::kPunctuation, ",")) continue;
    CADENZA_RETURN_IF_ERROR(ParseAttribute(markup, &header));
  }
  return header;
}

absl::StatusOr<LoopHeader> LaxHeader(Parser& parser, const Piece& tag) {
  LoopHeader header;
  LaxScanner scanner(tag.content);
  header.variable = scanner.Word(true);
  scanner.SkipSpaces();
  const bool has_in = scanner.Accept("in");
  scanner.SkipSpaces();
  const std::optional<std::string_view> collection = scanner.Fragment();
  if (header.variable.empty() || !has_in || !collection.has_value()) {
    return parser.SyntaxError(tag, StrCat("expected '", tag.name, " variable in collection'"));
  }
  header.collection = LaxExpression(parser.state, *collection);
  header.name = StrCat(header.variable, "-", *collection);
  scanner.SkipSpaces();
  header.reversed = scanner.Accept("reversed");
  for (auto& [name, value] : LaxAttributes(parser.state, tag.content)) {
    if (name == "limit") header.limit = std::move(value);
    if (name == "cols") header.columns = std::move(value);
    if (name != "offset") continue;
    const auto* variable = dynamic_cast<const VariableExpression*>(value.get());
    header.continues = variable != nullptr && variable->name() == "continue" && variable->segments().empty();
    if (!header.continues) header.offset = std::move(value);
  }
  return header;
}

absl::StatusOr<LoopHeader> ParseHeader(Parser& parser, const Piece& tag) {
  CADENZA_ASSIGN_OR_RETURN(LoopHeader header,
                           parser.Either(
                               tag, [&] { return StrictHeader(parser, tag); }, [&] { return LaxHeader(parser, tag); }));
  parser.state.Sets(header.variable);
  if (header.continues) parser.state.ContinuesLoop();
  parser.state.Sets(tag.name == "for" ? "forloop" : "tablerowloop");
  return header;
}

absl::StatusOr<NodePtr> ParseFor(Parser& parser, const Piece& tag) {
  CADENZA_ASSIGN_OR_RETURN(LoopHeader header, ParseHeader(parser, tag));
  Block body, otherwise;
  CADENZA_ASSIGN_OR_RETURN(const Piece end, parser.ParseBlock(tag, {"else", "endfor"}, &body));
  if (end.name == "else") CADENZA_RETURN_IF_ERROR(parser.ParseBlock(tag, {"endfor"}, &otherwise).status());
  return std::make_unique<ForNode>(tag.name, std::move(header), std::move(body), std::move(otherwise));
}

absl::StatusOr<NodePtr> ParseTableRow(Parser& parser, const Piece& tag) {
  CADENZA_ASSIGN_OR_RETURN(LoopHeader header, ParseHeader(parser, tag));
  Block body;
  CADENZA_RETURN_IF_ERROR(parser.ParseBlock(tag, {"endtablerow"}, &body).status());
  return std::make_unique<TableRowNode>(tag.name, std::move(header), std::move(body));
}

absl::StatusOr<NodePtr> ParseInterrupt(Parser&, const Piece& tag) {
  return std::make_unique<InterruptNode>(tag.name, tag.name == "break" ? Interrupt::kBreak : Interrupt::kContinue);
}

}  // namespace

absl::Span<const TagEntry> LoopTags() {
  static constexpr TagEntry kTags[] = {
      {"for", ParseFor},
      {"tablerow", ParseTableRow},
      {"break", ParseInterrupt},
      {"continue", ParseInterrupt},
  };
  return kTags;
}

}  // namespace cadenza::liquid
