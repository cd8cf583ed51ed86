#include "server/rules/cel/parser.h"

#include <charconv>
#include <cmath>
#include <utility>

#include "absl/strings/numbers.h"
#include "server/rules/cel/lexer.h"
#include "server/rules/cel/macros.h"
#include "server/rules/cel/text.h"
#include "server/rules/cel/utf8.h"

namespace cadenza::cel {
namespace {

using Kind = Expr::Kind;

template <typename... More>
std::vector<ExprPtr> Args(ExprPtr first, More... more) {
  std::vector<ExprPtr> args;
  args.push_back(std::move(first));
  (args.push_back(std::move(more)), ...);
  return args;
}

// The first error ends the parse: it is kept, every function then returns null, and the tokens look like the end of the
// text.
class Parser {
 public:
  Parser(std::string_view source, const Limits& limits, const Extensions& extensions)
      : source_(source),
        extensions_(extensions),
        max_depth_(limits.depth),
        max_height_(8 * limits.depth),
        lexer_(source) {}

  absl::StatusOr<ExprPtr> Run() {
    Advance();
    ExprPtr tree = Expression();
    if (tree != nullptr && token_.kind != Token::Kind::kEnd) Fail(token_.offset, Cat("unexpected ", Shown()));
    if (!status_.ok()) return status_;
    return tree;
  }

 private:
  ExprPtr Expression();
  ExprPtr Chain(Kind kind, std::string_view op, ExprPtr (Parser::*operand)());
  ExprPtr Or() { return Chain(Kind::kOr, "||", &Parser::And); }
  ExprPtr And() { return Chain(Kind::kAnd, "&&", &Parser::Relation); }
  ExprPtr Relation() { return Binary({"<", "<=", ">", ">=", "==", "!=", "in"}, &Parser::Sum); }
  ExprPtr Sum() { return Binary({"+", "-"}, &Parser::Product); }
  ExprPtr Product() { return Binary({"*", "/", "%"}, &Parser::Unary); }
  ExprPtr Binary(std::initializer_list<std::string_view> ops, ExprPtr (Parser::*operand)());
  ExprPtr Unary();
  ExprPtr Member(bool negative);
  ExprPtr Selection(ExprPtr operand);
  ExprPtr Index(ExprPtr operand);
  ExprPtr Primary(bool negative);
  ExprPtr Name();
  ExprPtr Call(size_t offset, std::string name, bool member, bool absolute, std::vector<ExprPtr> args);
  ExprPtr Group();
  ExprPtr ListLiteral();
  ExprPtr MapLiteral();
  ExprPtr Literal(bool negative);
  ExprPtr IntLiteral(bool negative);

  // The list after an opening bracket, up to and with `close`.
  enum class Of { kCall, kList };  // a comma may follow the last element of a list, and a '?' go before each
  bool Items(std::string_view close, Of of, std::vector<ExprPtr>* items);
  ExprPtr Make(Kind kind, size_t offset, std::string name, std::vector<ExprPtr> args);
  ExprPtr MakeLiteral(size_t offset, Value value);
  ExprPtr Bounded(ExprPtr made);

  void Advance() {
    absl::StatusOr<Token> next = lexer_.Next();
    if (next.ok()) {
      token_ = *std::move(next);
    } else {
      Keep(next.status());
    }
  }
  bool Accept(std::string_view op) {
    if (!token_.Is(op)) return false;
    Advance();
    return status_.ok();
  }
  bool AcceptOptional() { return extensions_.Has(Extension::kOptionals) && Accept("?"); }
  bool Expect(std::string_view op) {
    if (Accept(op)) return true;
    Fail(token_.offset, Cat("expected '", op, "', found ", Shown()));
    return false;
  }
  void Keep(absl::Status status) {
    if (status_.ok()) status_ = std::move(status);
    token_ = Token{Token::Kind::kEnd, source_.size(), ""};
  }
  ExprPtr Fail(size_t offset, std::string_view message) {
    Keep(ErrorAt(source_, offset, message));
    return nullptr;
  }
  ExprPtr FailTooDeep(std::string_view what) {
    Keep(absl::ResourceExhaustedError(Cat("the expression ", what)));
    return nullptr;
  }
  std::string Shown() const {
    return token_.kind == Token::Kind::kEnd ? "the end of the expression" : Cat("'", token_.text, "'");
  }

  const std::string_view source_;
  const Extensions extensions_;
  const int max_depth_;
  const int max_height_;
  Lexer lexer_;
  Token token_;
  int depth_ = 0;
  absl::Status status_;
};

ExprPtr Parser::Make(Kind kind, size_t offset, std::string name, std::vector<ExprPtr> args) {
  for (const ExprPtr& arg : args) {
    if (arg == nullptr) return nullptr;
  }
  return Bounded(std::make_unique<Expr>(kind, offset, std::move(name), std::move(args)));
}

ExprPtr Parser::Bounded(ExprPtr made) {
  if (made->height > max_height_) return FailTooDeep(Cat("chains more than ", max_height_, " operators"));
  return made;
}

ExprPtr Parser::MakeLiteral(size_t offset, Value value) {
  ExprPtr made = Make(Kind::kLiteral, offset, "", {});
  made->literal = std::move(value);
  return made;
}

// c ? a : d ? b : e, by a loop: a long chain of them is no nesting.
ExprPtr Parser::Expression() {
  if (depth_ > max_depth_) return FailTooDeep(Cat("is nested more than ", max_depth_, " deep"));
  ++depth_;
  struct Branch {
    size_t offset;
    ExprPtr condition;
    ExprPtr value;
  };
  std::vector<Branch> branches;
  ExprPtr last = Or();
  while (token_.Is("?")) {
    Branch branch{token_.offset, std::move(last), nullptr};
    Advance();
    branch.value = Or();
    if (!Expect(":")) return nullptr;
    branches.push_back(std::move(branch));
    last = Or();
  }
  for (; !branches.empty(); branches.pop_back()) {
    Branch& branch = branches.back();
    last = Make(Kind::kConditional, branch.offset, "",
                Args(std::move(branch.condition), std::move(branch.value), std::move(last)));
  }
  --depth_;
  return last;
}

ExprPtr Parser::Chain(Kind kind, std::string_view op, ExprPtr (Parser::*operand)()) {
  ExprPtr first = (this->*operand)();
  if (!token_.Is(op)) return first;
  const size_t offset = token_.offset;
  std::vector<ExprPtr> operands = Args(std::move(first));
  while (Accept(op)) operands.push_back((this->*operand)());
  return Make(kind, offset, "", std::move(operands));
}

ExprPtr Parser::Binary(std::initializer_list<std::string_view> ops, ExprPtr (Parser::*operand)()) {
  ExprPtr left = (this->*operand)();
  while (token_.kind == Token::Kind::kOperator && std::find(ops.begin(), ops.end(), token_.text) != ops.end()) {
    const Token op = token_;
    Advance();
    ExprPtr right = (this->*operand)();
    std::string name = op.text == "in" ? "@in" : Cat("_", op.text, "_");
    left = Make(Kind::kCall, op.offset, std::move(name), Args(std::move(left), std::move(right)));
  }
  return left;
}

// A run of the same operator is that operator once or twice, so that its length is no depth. A minus before a number
// belongs to it, for the sake of the lowest int.
ExprPtr Parser::Unary() {
  if (!token_.Is("!") && !token_.Is("-")) return Member(false);
  const Token op = token_;
  int count = 0;
  while (token_.Is(op.text)) {
    ++count;
    Advance();
  }
  const bool number = token_.kind == Token::Kind::kInt || token_.kind == Token::Kind::kDouble;
  const bool negative = number && op.text == "-";
  ExprPtr operand = Member(negative);
  if (negative) --count;
  if (count > 2) count = count % 2 == 0 ? 2 : 1;
  for (; count > 0; --count) {
    operand = Make(Kind::kCall, op.offset, Cat(op.text, "_"), Args(std::move(operand)));
  }
  return operand;
}

ExprPtr Parser::Member(bool negative) {
  ExprPtr operand = Primary(negative);
  while (operand != nullptr) {
    if (token_.Is(".")) {
      operand = Selection(std::move(operand));
    } else if (token_.Is("[")) {
      operand = Index(std::move(operand));
    } else if (token_.Is("{")) {
      return Fail(token_.offset, "objects cannot be made in an expression");
    } else {
      break;
    }
  }
  return operand;
}

ExprPtr Parser::Selection(ExprPtr operand) {
  Advance();
  const bool optional = AcceptOptional();
  const Token field = token_;
  const bool quoted = field.kind == Token::Kind::kQuotedIdent;
  if ((field.kind != Token::Kind::kIdent && !quoted) || (!quoted && IsKeyword(field.text))) {
    return Fail(field.offset, Cat("expected the name of a field after '.', found ", Shown()));
  }
  Advance();
  if (!quoted && !optional && token_.Is("(")) {
    return Call(field.offset, field.text, true, false, Args(std::move(operand)));
  }
  ExprPtr select = Make(Kind::kSelect, field.offset, field.text, Args(std::move(operand)));
  if (select != nullptr) select->optional_select = optional;
  return select;
}

ExprPtr Parser::Index(ExprPtr operand) {
  const size_t offset = token_.offset;
  Advance();
  const bool optional = AcceptOptional();
  ExprPtr index = Expression();
  if (!Expect("]")) return nullptr;
  return Make(Kind::kCall, offset, optional ? "_[?_]" : "_[_]", Args(std::move(operand), std::move(index)));
}

ExprPtr Parser::Primary(bool negative) {
  if (token_.Is("(")) return Group();
  if (token_.Is("[")) return ListLiteral();
  if (token_.Is("{")) return MapLiteral();
  if (token_.Is(".") || token_.kind == Token::Kind::kIdent) return Name();
  return Literal(negative);
}

ExprPtr Parser::Name() {
  const size_t offset = token_.offset;
  const bool absolute = Accept(".");
  const std::string name = token_.text;
  if (token_.kind != Token::Kind::kIdent) return Fail(token_.offset, Cat("expected a name, found ", Shown()));
  if (!absolute && IsKeyword(name)) {
    Advance();
    return MakeLiteral(offset, name == "null" ? Value::Null() : Value::Bool(name == "true"));
  }
  if (IsReserved(name)) return Fail(token_.offset, Cat("'", name, "' is a reserved word"));
  Advance();
  if (token_.Is("(")) return Call(offset, name, false, absolute, {});
  ExprPtr ident = Make(Kind::kIdent, offset, name, {});
  ident->absolute = absolute;
  return ident;
}

ExprPtr Parser::Call(size_t offset, std::string name, bool member, bool absolute, std::vector<ExprPtr> args) {
  Advance();
  if (!Items(")", Of::kCall, &args)) return nullptr;
  ExprPtr call = Make(Kind::kCall, offset, std::move(name), std::move(args));
  if (call == nullptr) return nullptr;
  call->member = member;
  call->absolute = absolute;
  const std::string wrong = ExpandMacro(extensions_, call.get());
  if (!wrong.empty()) return Fail(offset, wrong);
  return Bounded(std::move(call));
}

ExprPtr Parser::Group() {
  Advance();
  ExprPtr inner = Expression();
  return Expect(")") ? std::move(inner) : nullptr;
}

ExprPtr Parser::ListLiteral() {
  const size_t offset = token_.offset;
  Advance();
  std::vector<ExprPtr> items;
  if (!Items("]", Of::kList, &items)) return nullptr;
  return Make(Kind::kList, offset, "", std::move(items));
}

bool Parser::Items(std::string_view close, Of of, std::vector<ExprPtr>* items) {
  if (Accept(close)) return true;
  while (true) {
    const bool optional = of == Of::kList && AcceptOptional();
    items->push_back(Expression());
    if (items->back() == nullptr) return false;
    items->back()->optional_entry = optional;
    if (!Accept(",")) return Expect(close);
    if (of == Of::kList && Accept(close)) return true;
  }
}

ExprPtr Parser::MapLiteral() {
  const size_t offset = token_.offset;
  Advance();
  std::vector<ExprPtr> items;
  while (!token_.Is("}")) {
    const bool optional = AcceptOptional();
    items.push_back(Expression());
    if (!Expect(":")) return nullptr;
    items.push_back(Expression());
    if (items.back() == nullptr) return nullptr;
    items.back()->optional_entry = optional;
    if (!Accept(",")) break;
  }
  if (!Expect("}")) return nullptr;
  return Make(Kind::kMap, offset, "", std::move(items));
}

ExprPtr Parser::Literal(bool negative) {
  const Token token = token_;
  switch (token.kind) {
    case Token::Kind::kInt:
      return IntLiteral(negative);
    case Token::Kind::kUint: {
      uint64_t value = 0;
      const bool hex = token.text.starts_with("0x");
      const char* begin = token.text.data() + (hex ? 2 : 0);
      const auto result = std::from_chars(begin, token.text.data() + token.text.size(), value, hex ? 16 : 10);
      if (result.ec != std::errc()) return Fail(token.offset, "the number does not fit a uint");
      Advance();
      return MakeLiteral(token.offset, Value::Uint(value));
    }
    case Token::Kind::kDouble: {
      double value = 0;
      const bool fits = absl::SimpleAtod(token.text, &value) && std::isfinite(value);
      if (!fits) return Fail(token.offset, "the number does not fit a double");
      Advance();
      return MakeLiteral(token.offset, Value::Double(negative ? -value : value));
    }
    case Token::Kind::kString:
      Advance();
      return MakeLiteral(token.offset, Value::String(token.text));
    case Token::Kind::kBytes:
      Advance();
      return MakeLiteral(token.offset, Value::MakeBytes(token.text));
    default:
      return Fail(token.offset, Cat("expected a value, found ", Shown()));
  }
}

ExprPtr Parser::IntLiteral(bool negative) {
  const Token token = token_;
  const bool hex = token.text.starts_with("0x");
  const std::string text = Cat(negative ? "-" : "", token.text.substr(hex ? 2 : 0));
  int64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  if (result.ec != std::errc()) return Fail(token.offset, "the number does not fit an int");
  Advance();
  return MakeLiteral(token.offset, Value::Int(value));
}

}  // namespace

absl::StatusOr<ExprPtr> Parse(std::string_view expression, const Limits& limits, const Extensions& extensions) {
  if (expression.size() > limits.expression_bytes) {
    return absl::ResourceExhaustedError(
        Cat("the expression has ", expression.size(), " bytes; at most ", limits.expression_bytes, " are allowed"));
  }
  if (!ValidUtf8(expression)) return absl::InvalidArgumentError("the expression is not valid UTF-8");
  return Parser(expression, limits, extensions).Run();
}

}  // namespace cadenza::cel
