#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include "server/rules/liquid/number.h"
#include "server/rules/liquid/parser.h"
#include "server/rules/liquid/tags.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::liquid {
namespace {

using Kind = Token::Kind;

// What a loop goes over, read in place: a list, a range, the [key, value] pairs of a map, or a string that is not empty
// (as one element).
class Sequence {
 public:
  explicit Sequence(const Datum& datum) {
    if (const Range* range = std::get_if<Range>(&datum)) {
      range_ = *range;
      size_ = range->size();
      return;
    }
    if (const Scope* const* scope = std::get_if<const Scope*>(&datum)) value_ = (*scope)->Whole();
    if (const Value* value = std::get_if<Value>(&datum)) value_ = *value;
    if (value_.kind() == Value::Kind::kList) size_ = static_cast<int64_t>(value_.list_value().size());
    if (value_.kind() == Value::Kind::kMap) size_ = static_cast<int64_t>(value_.map_value().size());
    if (value_.kind() == Value::Kind::kString) size_ = value_.string_value().empty() ? 0 : 1;
  }

  int64_t size() const { return size_; }

  Value at(int64_t index) const {
    if (value_.kind() == Value::Kind::kList) return value_.list_value()[static_cast<size_t>(index)];
    if (value_.kind() == Value::Kind::kString) return value_;
    if (value_.kind() != Value::Kind::kMap) return Value::Int(range_.first + index);
    const auto& [key, value] = *(value_.map_value().begin() + index);
    return Value::List({Value::String(key), value});
  }

 private:
  Range range_;
  Value value_;
  int64_t size_ = 0;
};

// forloop and tablerowloop.
class LoopScope : public Scope {
 public:
  LoopScope(std::string name, int64_t length, int64_t columns, const Scope* parent)
      : name_(std::move(name)), length_(length), columns_(columns), parent_(parent) {}

  void MoveTo(int64_t index) { index_ = index; }
  int64_t column() const { return columns_ > 0 ? index_ % columns_ : 0; }
  int64_t row() const { return columns_ > 0 ? index_ / columns_ : 0; }
  bool at_last() const { return index_ + 1 == length_; }
  bool at_last_column() const { return column() + 1 == columns_; }

  Value Lookup(std::string_view name) const override {
    if (name == "index") return Value::Int(index_ + 1);
    if (name == "index0") return Value::Int(index_);
    if (name == "rindex") return Value::Int(length_ - index_);
    if (name == "rindex0") return Value::Int(length_ - index_ - 1);
    if (name == "length") return Value::Int(length_);
    if (name == "first") return Value::Bool(index_ == 0);
    if (name == "last") return Value::Bool(at_last());
    if (columns_ == 0) return name == "name" ? Value::String(name_) : Value();
    if (name == "col") return Value::Int(column() + 1);
    if (name == "col0") return Value::Int(column());
    if (name == "row") return Value::Int(row() + 1);
    if (name == "col_first") return Value::Bool(column() == 0);
    if (name == "col_last") return Value::Bool(at_last_column());
    return Value();
  }
  const Scope* Nested(std::string_view name) const override { return name == "parentloop" ? parent_ : nullptr; }

 private:
  const std::string name_;
  const int64_t length_;
  const int64_t columns_;  // 0 for forloop
  const Scope* const parent_;
  int64_t index_ = 0;
};

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

absl::StatusOr<int64_t> EvaluateInteger(const Expression* expression, std::string_view what, int64_t if_nil,
                                        Context& context) {
  if (expression == nullptr) return if_nil;
  CADENZA_ASSIGN_OR_RETURN(Datum datum, expression->Evaluate(context));
  CADENZA_ASSIGN_OR_RETURN(const Value value, context.ToValue(std::move(datum)));
  if (value.is_null()) return if_nil;
  const std::optional<int64_t> whole = ToInteger(value);
  if (!whole.has_value()) return absl::InvalidArgumentError(StrCat(what, " must be a whole number"));
  return *whole;
}

// The part of a sequence that a loop goes over: elements [from, to).
struct Segment {
  int64_t from = 0;
  int64_t to = 0;
  int64_t size() const { return to - from; }
};

absl::StatusOr<Segment> SegmentOf(const LoopHeader& header, int64_t size, Context& context) {
  int64_t& position = context.LoopPosition(header.name);
  int64_t from = position;
  if (!header.continues) {
    CADENZA_ASSIGN_OR_RETURN(from, EvaluateInteger(header.offset.get(), "offset", 0, context));
  }
  constexpr int64_t kAll = std::numeric_limits<int64_t>::max();
  CADENZA_ASSIGN_OR_RETURN(const int64_t limit, EvaluateInteger(header.limit.get(), "limit", kAll, context));
  from = std::clamp<int64_t>(from, 0, size);
  const Segment segment{from, from + std::clamp<int64_t>(limit, 0, size - from)};
  position = segment.to;
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
    const Scope* parent = context.innermost_loop;
    LoopScope* loop = context.Keep(std::make_unique<LoopScope>(header_.name, segment.size(), 0, parent));
    context.innermost_loop = loop;
    context.PushLocal("forloop", static_cast<const Scope*>(loop));
    context.PushLocal(header_.variable, Value());
    const absl::Status status = Iterate(sequence, segment, loop, context, out);
    context.PopLocal();
    context.PopLocal();
    context.innermost_loop = parent;
    return status;
  }
  bool IsBlank() const override { return blank_; }

 private:
  absl::Status Iterate(const Sequence& sequence, const Segment& segment, LoopScope* loop, Context& context,
                       std::string* out) const {
    for (int64_t i = 0; i < segment.size(); ++i) {
      CADENZA_RETURN_IF_ERROR(context.Step());
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
    const Sequence sequence(datum);
    CADENZA_ASSIGN_OR_RETURN(const Segment segment, SegmentOf(header_, sequence.size(), context));
    CADENZA_ASSIGN_OR_RETURN(const int64_t columns, Columns(segment.size(), context));
    LoopScope* loop = context.Keep(std::make_unique<LoopScope>("", segment.size(), columns, nullptr));
    context.PushLocal("tablerowloop", static_cast<const Scope*>(loop));
    context.PushLocal(header_.variable, Value());
    const absl::Status status = Iterate(sequence, segment, loop, context, out);
    context.PopLocal();
    context.PopLocal();
    return status;
  }

 private:
  absl::StatusOr<int64_t> Columns(int64_t length, Context& context) const {
    if (header_.columns == nullptr) return std::max<int64_t>(1, length);
    CADENZA_ASSIGN_OR_RETURN(Datum datum, header_.columns->Evaluate(context));
    CADENZA_ASSIGN_OR_RETURN(const Value value, context.ToValue(std::move(datum)));
    const Number columns = Floor(Number::Of(value));
    return columns.is_int() && columns.int_value() > 0 ? columns.int_value() : std::max<int64_t>(1, length);
  }

  absl::Status Iterate(const Sequence& sequence, const Segment& segment, LoopScope* loop, Context& context,
                       std::string* out) const {
    CADENZA_RETURN_IF_ERROR(context.Write("<tr class=\"row1\">\n", out));
    for (int64_t i = 0; i < segment.size(); ++i) {
      CADENZA_RETURN_IF_ERROR(context.Step());
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

absl::StatusOr<LoopHeader> ParseHeader(Parser& parser, const Piece& tag) {
  CADENZA_ASSIGN_OR_RETURN(Markup markup, parser.Open(tag));
  LoopHeader header;
  CADENZA_ASSIGN_OR_RETURN(header.variable, markup.ExpectIdentifier("the name of a variable"));
  CADENZA_RETURN_IF_ERROR(markup.Expect(Kind::kIdentifier, "in"));
  const char* begin = markup.Peek().text.data();
  CADENZA_ASSIGN_OR_RETURN(header.collection, markup.Primary());
  std::string_view collection(begin, static_cast<size_t>(markup.Peek().text.data() - begin));
  while (!collection.empty() && (collection.back() == ' ' || collection.back() == ',')) collection.remove_suffix(1);
  header.name = StrCat(header.variable, "-", collection);
  while (!markup.AtEnd()) {
    if (markup.Accept(Kind::kPunctuation, ",")) continue;
    CADENZA_RETURN_IF_ERROR(ParseAttribute(markup, &header));
  }
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

absl::StatusOr<NodePtr> ParseInterrupt(Parser& parser, const Piece& tag) {
  CADENZA_ASSIGN_OR_RETURN(Markup markup, parser.Open(tag));
  CADENZA_RETURN_IF_ERROR(markup.ExpectEnd());
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
