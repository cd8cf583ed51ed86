#include "server/rules/cel/estimate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <vector>

#include "server/rules/cel/functions.h"
#include "server/rules/cel/regex.h"

namespace cadenza::cel {
namespace {

using Kind = Expr::Kind;

constexpr double kInfinite = std::numeric_limits<double>::infinity();
// What a number, a time or a type is as text, at the most.
constexpr double kScalarBytes = 400;
// See functions_strings.cc: compiling a pattern while evaluating, and being refused; and string_format.h.
constexpr double kRegexCost = 20'500;
constexpr double kFormatBytes = 1'400;
// RE2 keeps about two thirds of max_mem for its program, 16 bytes an instruction.
constexpr double kBytesPerInstruction = 24;

// How large a value is, at the most.
struct Size {
  double bytes = 0;   // of any text in it
  double values = 0;  // in it, however deep; 0 for a scalar
};

struct Bound {
  double cost = 0;
  Size size;
};

// Nothing of something unbounded is nothing.
double Times(double a, double b) { return a == 0 || b == 0 ? 0 : a * b; }

// What of the size a value of this type can have.
Size Fitting(const Type& type, const Size& size) {
  switch (type.kind()) {
    case Type::Kind::kNull:
    case Type::Kind::kBool:
    case Type::Kind::kInt:
    case Type::Kind::kUint:
    case Type::Kind::kDouble:
    case Type::Kind::kTimestamp:
    case Type::Kind::kDuration:
    case Type::Kind::kType:
      return {};
    case Type::Kind::kString:
    case Type::Kind::kBytes:
      return {size.bytes, 0};
    default:
      return size;
  }
}

Size Larger(const Size& a, const Size& b) { return {std::max(a.bytes, b.bytes), std::max(a.values, b.values)}; }

// What Equal() of compare.h charges, of two values of which one is no larger than this.
double EqualCost(const Size& a, const Size& b) {
  const double values = 1 + std::min(a.values, b.values);
  return Times(values, 2 + std::min(a.bytes, b.bytes) / 16);
}

bool IsOneOf(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class Estimator {
 public:
  explicit Estimator(const Limits& limits)
      : limits_(limits), outside_{static_cast<double>(limits.sizes.bytes), static_cast<double>(limits.sizes.values)} {}

  Bound Of(const Expr& e) {
    Bound bound = OfAny(e);
    bound.size = Fitting(e.type, bound.size);
    return bound;
  }

 private:
  Bound OfAny(const Expr& e) {
    if (!e.problem.empty()) return {1, {}};
    switch (e.kind) {
      case Kind::kLiteral:
        return {1, LiteralSize(e.literal)};
      case Kind::kIdent:
        return {1, e.slot >= 0 ? locals_[static_cast<size_t>(e.slot)] : outside_};
      case Kind::kSelect: {
        const Bound operand = Of(*e.args[0]);
        return {operand.cost + 1, operand.size};
      }
      case Kind::kCall:
        return Call(e);
      case Kind::kAnd:
      case Kind::kOr:
        return {Sum(e).cost + 1, {}};
      case Kind::kConditional: {
        const Bound condition = Of(*e.args[0]);
        const Bound yes = Of(*e.args[1]);
        const Bound no = Of(*e.args[2]);
        return {1 + condition.cost + std::max(yes.cost, no.cost), Larger(yes.size, no.size)};
      }
      case Kind::kList:
      case Kind::kMap: {
        Bound all = Sum(e);
        all.cost += 1;
        all.size.values += static_cast<double>(e.args.size());
        return all;
      }
      case Kind::kComprehension:
        return Comprehension(e);
    }
    return {kInfinite, {}};
  }

  static Size LiteralSize(const Value& value) {
    if (value.kind() == Value::Kind::kString) return {static_cast<double>(value.string_value().size()), 0};
    if (value.kind() == Value::Kind::kBytes) return {static_cast<double>(value.bytes_value().size()), 0};
    return {};
  }

  // Of all arguments: costs and values added, the longest text.
  Bound Sum(const Expr& e) {
    Bound all;
    for (const ExprPtr& arg : e.args) {
      const Bound bound = Of(*arg);
      all.cost += bound.cost;
      all.size = {std::max(all.size.bytes, bound.size.bytes), all.size.values + bound.size.values};
    }
    return all;
  }

  Bound Comprehension(const Expr& e);
  // What one round of a loop, or the only use of a variable, costs; and the size of what it makes.
  Bound Body(const Expr& e, const Size& variable);
  Bound Call(const Expr& e);
  Bound Standard(const Expr& e, const std::vector<Bound>& args, const Size& all);
  Bound Text(const Expr& e, const std::vector<Bound>& args, const Size& all);
  double MatchCost(const Expr& e, double bytes) const;

  const Limits& limits_;
  const Size outside_;
  std::vector<Size> locals_;
};

Bound Estimator::Body(const Expr& e, const Size& variable) {
  const size_t variables = e.second_name.empty() ? 1 : 2;
  locals_.insert(locals_.end(), variables, variable);
  Bound body;
  for (size_t i = 1; i < e.args.size(); ++i) {
    const Bound part = Of(*e.args[i]);
    body = {body.cost + part.cost, part.size};
  }
  locals_.resize(locals_.size() - variables);
  return body;
}

Bound Estimator::Comprehension(const Expr& e) {
  const Bound range = Of(*e.args[0]);
  const Bound body = Body(e, range.size);
  if (e.macro == Macro::kBind || e.macro == Macro::kOptMap || e.macro == Macro::kOptFlatMap) {
    return {1 + range.cost + body.cost, body.size};
  }
  const double rounds = range.size.values;
  // A map charges for its keys too; the loop itself 1 a round.
  double cost = 1 + range.cost + (Times(rounds, 2 + body.cost));
  const Size made{std::max(range.size.bytes, body.size.bytes), Times(rounds, 2 + body.size.values)};
  switch (e.macro) {
    case Macro::kAll:
    case Macro::kExists:
    case Macro::kExistsOne:
      return {cost, {}};
    case Macro::kFilter:
      return {cost, range.size};
    case Macro::kSortBy:
      return {cost + Times(rounds * (2 + std::log2(rounds + 1)), 1 + body.size.bytes / 16), range.size};
    case Macro::kTransformMapEntry:
      cost += Times(rounds, body.size.values);
      return {cost, made};
    default:
      return {cost, made};
  }
}

Bound Estimator::Call(const Expr& e) {
  std::vector<Bound> args;
  Bound all;
  for (const ExprPtr& arg : e.args) {
    args.push_back(Of(*arg));
    all.cost += args.back().cost;
    all.size = {std::max(all.size.bytes, args.back().size.bytes), all.size.values + args.back().size.values};
  }
  Bound own{0, outside_};
  if (e.standard != nullptr) own = Standard(e, args, all.size);
  if (!e.overloads.empty()) own.size = Larger(own.size, outside_);
  return {1 + all.cost + own.cost, own.size};
}

double Estimator::MatchCost(const Expr& e, double bytes) const {
  const Expr& pattern = *e.args[1];
  double instructions = static_cast<double>(limits_.regex_program_bytes) / kBytesPerInstruction;
  double compiling = kRegexCost + instructions;
  if (pattern.kind == Kind::kLiteral && pattern.literal.kind() == Value::Kind::kString) {
    const auto regex = CompileRegex(pattern.literal.string_value(), limits_.regex_program_bytes);
    if (regex.ok()) instructions = (*regex)->ProgramSize();
    compiling = 0;  // done beforehand
  }
  return compiling + (bytes / 16 + 1) * (1 + instructions / 64);
}

// The charge of the function alone.
Bound Estimator::Standard(const Expr& e, const std::vector<Bound>& args, const Size& all) {
  const std::string_view name = e.standard->name;
  if (IsOneOf(name, {"_==_", "_!=_"})) return {EqualCost(args[0].size, args[1].size), {}};
  if (name == "@in") return {(1 + args[1].size.values) * EqualCost(args[0].size, args[1].size), {}};
  if (IsOneOf(name, {"_<_", "_<=_", "_>_", "_>=_"})) return {all.bytes / 16, {}};
  if (name == "_+_") {
    const double bytes = args[0].size.bytes + args[1].size.bytes;
    return {bytes / 16 + all.values, {bytes, all.values}};
  }
  if (IsOneOf(name, {"_-_", "_*_", "_/_", "_%_", "-_", "!_"})) return {};
  if (name == "size" || name == "int" || name == "uint" || name == "double" || name == "bool")
    return {all.bytes / 16, {}};
  if (name == "matches") return {MatchCost(e, args[0].size.bytes), {}};
  if (name == "lists.range") {
    const bool known = e.args[0]->kind == Kind::kLiteral && e.args[0]->literal.kind() == Value::Kind::kInt;
    const double values = known ? std::max(0.0, static_cast<double>(e.args[0]->literal.int_value())) : kInfinite;
    return {values, {0, values}};
  }
  if (name == "sort") {
    return {Times(all.values * (2 + std::log2(all.values + 1)), 1 + all.bytes / 16), all};
  }
  if (IsOneOf(name, {"distinct", "sets.contains", "sets.equivalent", "sets.intersects"})) {
    const double pairs = (1 + args[0].size.values) * (1 + args.back().size.values);
    return {2 * pairs * EqualCost(args[0].size, args.back().size), all};
  }
  return Text(e, args, all);
}

Bound Estimator::Text(const Expr& e, const std::vector<Bound>& args, const Size& all) {
  const std::string_view name = e.standard->name;
  double total = 0;
  for (const Bound& arg : args) total += arg.size.bytes;
  if (name == "replace") {
    const double bytes = args[0].size.bytes + Times(args[0].size.bytes + 1, args[2].size.bytes);
    return {total / 16 + args[0].size.bytes + 1 + bytes / 16, {bytes, 0}};
  }
  if (name == "split") return {total / 16 + args[0].size.bytes + 1, {args[0].size.bytes, args[0].size.bytes + 1}};
  if (name == "join") {
    const double bytes = Times(all.values, total);
    return {all.values + bytes / 16, {bytes, 0}};
  }
  if (name == "format") {
    // Each value is written once at the most; a number as text, or a text as hexadecimal digits.
    const double bytes = args[0].size.bytes + (1 + all.values) * (kFormatBytes + 3 * args[1].size.bytes);
    return {2 * all.values + args[0].size.bytes + bytes / 8, {bytes, 0}};
  }
  // Others charge for what they are given, and make no more than twice that: quote() and base64.
  return {all.values + total / 8, {std::max(kScalarBytes, 2 * total), all.values}};
}

}  // namespace

int64_t EstimateCost(const Expr& tree, const Limits& limits) {
  const double cost = Estimator(limits).Of(tree).cost;
  return cost < static_cast<double>(kUnboundedCost) ? static_cast<int64_t>(std::ceil(cost)) : kUnboundedCost;
}

}  // namespace cadenza::cel
