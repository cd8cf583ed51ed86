// The strings extension but for format() (string_format.h) and reverse() (functions_lists.cc). Indexes and sizes count
// code points.
#include <algorithm>

#include "absl/strings/ascii.h"
#include "server/rules/cel/functions.h"
#include "server/rules/cel/string_format.h"
#include "server/rules/cel/string_pieces.h"
#include "server/rules/cel/text.h"
#include "server/rules/cel/utf8.h"

namespace cadenza::cel {
namespace {

using Args = absl::Span<const Value>;
using Kind = Value::Kind;

// Whether the arguments are of these kinds, as many of them as there are arguments.
bool Are(Args args, std::initializer_list<Kind> kinds) {
  return args.size() <= kinds.size() && std::equal(args.begin(), args.end(), kinds.begin(),
                                                   [](const Value& value, Kind kind) { return value.kind() == kind; });
}

Value OutOfRange(int64_t index) { return Value::Error(Cat("index out of range: ", index)); }

// The byte where the code point of this index begins, the end of the text included.
std::optional<size_t> Offset(std::string_view text, int64_t index) {
  if (index < 0) return std::nullopt;
  return OffsetOfCodePoint(text, static_cast<size_t>(index));
}

Value Found(std::string_view text, size_t at) {
  if (at == std::string_view::npos) return Value::Int(-1);
  return Value::Int(static_cast<int64_t>(CountCodePoints(text.substr(0, at))));
}

Value CharAt(Args args, CallContext& context) {
  if (!Are(args, {Kind::kString, Kind::kInt})) return NoOverload("charAt", args);
  const std::string& text = args[0].string_value();
  if (!context.cost.ChargeBytes(text.size())) return CostExceeded();
  const std::optional<size_t> at = Offset(text, args[1].int_value());
  if (!at) return OutOfRange(args[1].int_value());
  if (*at == text.size()) return Value::String("");
  return Value::String(text.substr(*at, CodePointBytes(std::string_view(text).substr(*at))));
}

Value IndexOf(Args args, CallContext& context) {
  if (!Are(args, {Kind::kString, Kind::kString, Kind::kInt})) return NoOverload("indexOf", args);
  const std::string& text = args[0].string_value();
  const std::string& part = args[1].string_value();
  if (!context.cost.ChargeBytes(text.size() + part.size())) return CostExceeded();
  const std::optional<size_t> from = args.size() == 3 ? Offset(text, args[2].int_value()) : 0;
  if (!from) return OutOfRange(args[2].int_value());
  return Found(text, FindText(text, part, *from));
}

// The last place at or before an index.
Value LastIndexOf(Args args, CallContext& context) {
  if (!Are(args, {Kind::kString, Kind::kString, Kind::kInt})) return NoOverload("lastIndexOf", args);
  const std::string& text = args[0].string_value();
  const std::string& part = args[1].string_value();
  if (!context.cost.ChargeBytes(text.size() + part.size())) return CostExceeded();
  const std::optional<size_t> from = args.size() == 3 ? Offset(text, args[2].int_value()) : text.size();
  if (!from) return OutOfRange(args[2].int_value());
  return Found(text, FindLastText(text, part, *from));
}

Value LowerAscii(Args args, CallContext& context) {
  if (!Are(args, {Kind::kString})) return NoOverload("lowerAscii", args);
  if (!context.cost.ChargeBytes(args[0].string_value().size())) return CostExceeded();
  return Value::String(absl::AsciiStrToLower(args[0].string_value()));
}

Value UpperAscii(Args args, CallContext& context) {
  if (!Are(args, {Kind::kString})) return NoOverload("upperAscii", args);
  if (!context.cost.ChargeBytes(args[0].string_value().size())) return CostExceeded();
  return Value::String(absl::AsciiStrToUpper(args[0].string_value()));
}

Value Trim(Args args, CallContext& context) {
  if (!Are(args, {Kind::kString})) return NoOverload("trim", args);
  if (!context.cost.ChargeBytes(args[0].string_value().size())) return CostExceeded();
  return Value::String(std::string(TrimSpace(args[0].string_value())));
}

Value Quote(Args args, CallContext& context) {
  if (!Are(args, {Kind::kString})) return NoOverload("strings.quote", args);
  if (!context.cost.ChargeBytes(2 * args[0].string_value().size())) return CostExceeded();
  return Value::String(QuoteText(args[0].string_value()));
}

Value Substring(Args args, CallContext& context) {
  if (!Are(args, {Kind::kString, Kind::kInt, Kind::kInt})) return NoOverload("substring", args);
  const std::string& text = args[0].string_value();
  if (!context.cost.ChargeBytes(text.size())) return CostExceeded();
  const std::optional<size_t> begin = Offset(text, args[1].int_value());
  if (!begin) return OutOfRange(args[1].int_value());
  const std::optional<size_t> end = args.size() == 3 ? Offset(text, args[2].int_value()) : text.size();
  if (!end) return OutOfRange(args[2].int_value());
  if (*begin > *end) {
    return Value::Error(Cat("substring(", args[1].int_value(), ", ", args[2].int_value(), ") ends before it begins"));
  }
  return Value::String(text.substr(*begin, *end - *begin));
}

Value Replace(Args args, CallContext& context) {
  if (!Are(args, {Kind::kString, Kind::kString, Kind::kString, Kind::kInt})) return NoOverload("replace", args);
  std::optional<std::string> replaced =
      ReplaceText(args[0].string_value(), args[1].string_value(), args[2].string_value(),
                  args.size() == 4 ? args[3].int_value() : -1, context.cost);
  return replaced ? Value::String(*std::move(replaced)) : CostExceeded();
}

Value Split(Args args, CallContext& context) {
  if (!Are(args, {Kind::kString, Kind::kString, Kind::kInt})) return NoOverload("split", args);
  std::vector<Value> pieces;
  const bool done = SplitText(args[0].string_value(), args[1].string_value(),
                              args.size() == 3 ? args[2].int_value() : -1, context.cost, &pieces);
  return done ? Value::List(std::move(pieces)) : CostExceeded();
}

Value Join(Args args, CallContext& context) {
  if (!Are(args, {Kind::kList, Kind::kString})) return NoOverload("join", args);
  const ListInterface& list = args[0].list_value();
  const std::string_view separator = args.size() == 2 ? std::string_view(args[1].string_value()) : "";
  std::string joined;
  for (size_t i = 0; i < list.size(); ++i) {
    const Value element = list.at(i);
    if (element.kind() != Kind::kString) return NoOverload("join", {element});
    if (!context.cost.Charge(1 + static_cast<int64_t>((element.string_value().size() + separator.size()) / 16))) {
      return CostExceeded();
    }
    if (i > 0) joined += separator;
    joined += element.string_value();
  }
  return Value::String(std::move(joined));
}

Value Format(Args args, CallContext& context) {
  if (!Are(args, {Kind::kString, Kind::kList})) return NoOverload("format", args);
  return FormatString(args[0].string_value(), args[1].list_value(), context);
}

}  // namespace

void AddStringExtension(FunctionTable* table) {
  const Type s = Type::String();
  const Type i = Type::Int();
  // A member function of strings. The last argument may be left out, if it is optional.
  const auto add = [&](std::string_view name, Implementation implementation, std::vector<Type> arguments, Type result,
                       bool last_is_optional = false) {
    arguments.insert(arguments.begin(), s);
    std::vector<Signature> signatures = {Signature{true, arguments, result}};
    if (last_is_optional) {
      arguments.pop_back();
      signatures.push_back({true, std::move(arguments), std::move(result)});
    }
    AddExtension(table, Extension::kStrings, name, implementation, std::move(signatures));
  };
  add("charAt", CharAt, {i}, s);
  add("indexOf", IndexOf, {s, i}, i, true);
  add("lastIndexOf", LastIndexOf, {s, i}, i, true);
  add("lowerAscii", LowerAscii, {}, s);
  add("upperAscii", UpperAscii, {}, s);
  add("trim", Trim, {}, s);
  add("substring", Substring, {i, i}, s, true);
  add("replace", Replace, {s, s, i}, s, true);
  add("split", Split, {s, i}, Type::List(s), true);
  add("format", Format, {Type::List(Type::Dyn())}, s);
  const Type texts = Type::List(s);
  AddExtension(table, Extension::kStrings, "join", Join, {Signature{true, {texts}, s}, Signature{true, {texts, s}, s}});
  AddExtension(table, Extension::kStrings, "strings.quote", Quote, {Signature{false, {s}, s}});
}

}  // namespace cadenza::cel
