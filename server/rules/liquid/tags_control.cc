#include <optional>
#include <string>

#include "server/rules/liquid/lax.h"
#include "server/rules/liquid/parser.h"
#include "server/rules/liquid/tags.h"
#include "server/rules/liquid/text.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::liquid {
namespace {

using Kind = Token::Kind;

// if, elsif, else; unless.
class IfNode : public Node {
 public:
  struct Branch {
    std::optional<Condition> condition;  // none = else
    bool negated = false;
    Block block;
  };
  IfNode(std::string_view place, std::vector<Branch> branches) : Node(place), branches_(std::move(branches)) {
    for (const Branch& branch : branches_) blank_ = blank_ && branch.block.IsBlank();
    if (!blank_) return;
    for (Branch& branch : branches_) branch.block.DropText();
  }

  absl::Status Render(Context& context, std::string* out) const override {
    for (const Branch& branch : branches_) {
      bool taken = true;
      if (branch.condition.has_value()) {
        CADENZA_ASSIGN_OR_RETURN(const bool holds, branch.condition->Holds(context));
        taken = holds != branch.negated;
      }
      if (taken) return branch.block.Render(context, out);
    }
    return absl::OkStatus();
  }
  bool IsBlank() const override { return blank_; }

 private:
  std::vector<Branch> branches_;
  bool blank_ = true;
};

absl::StatusOr<Condition> ParseCondition(Parser& parser, const Piece& tag) {
  const auto strict = [&]() -> absl::StatusOr<Condition> {
    CADENZA_ASSIGN_OR_RETURN(Markup markup, parser.Open(tag));
    return markup.ParseCondition();
  };
  const auto lax = [&]() -> absl::StatusOr<Condition> {
    absl::StatusOr<Condition> condition = LaxCondition(parser.state, tag.content);
    if (!condition.ok()) return parser.SyntaxError(tag, Std(condition.status().message()));
    return condition;
  };
  return parser.Either(tag, strict, lax);
}

// What comes after the first else is parsed and can never be reached.
absl::StatusOr<NodePtr> ParseIf(Parser& parser, const Piece& tag) {
  const bool is_unless = tag.name == "unless";
  std::vector<IfNode::Branch> branches;
  Piece head = tag;
  do {
    IfNode::Branch branch;
    if (head.name != "else") {
      CADENZA_ASSIGN_OR_RETURN(branch.condition, ParseCondition(parser, head));
      branch.negated = head.name == "unless";
    }
    CADENZA_ASSIGN_OR_RETURN(
        head, parser.ParseBlock(tag, {"elsif", "else", is_unless ? "endunless" : "endif"}, &branch.block));
    branches.push_back(std::move(branch));
  } while (head.name == "elsif" || head.name == "else");
  return std::make_unique<IfNode>(tag.name, std::move(branches));
}

// Every matching `when` is rendered; an `else`, if nothing before it matched.
class CaseNode : public Node {
 public:
  struct Branch {
    std::vector<ExpressionPtr> values;  // empty = else
    Block block;
  };
  CaseNode(std::string_view place, ExpressionPtr subject, std::vector<Branch> branches)
      : Node(place), subject_(std::move(subject)), branches_(std::move(branches)) {
    for (const Branch& branch : branches_) blank_ = blank_ && branch.block.IsBlank();
    if (!blank_) return;
    for (Branch& branch : branches_) branch.block.DropText();
  }

  absl::Status Render(Context& context, std::string* out) const override {
    // Its own, since a branch may assign to what it is.
    CADENZA_ASSIGN_OR_RETURN(Datum evaluated, subject_->Evaluate(context));
    const Datum subject = Owned(std::move(evaluated));
    bool matched = false;
    for (const Branch& branch : branches_) {
      if (branch.values.empty() && !matched) CADENZA_RETURN_IF_ERROR(branch.block.Render(context, out));
      for (const ExpressionPtr& expression : branch.values) {
        CADENZA_RETURN_IF_ERROR(context.Step());
        CADENZA_ASSIGN_OR_RETURN(const Datum value, expression->Evaluate(context));
        if (!Equal(subject, value)) continue;
        matched = true;
        CADENZA_RETURN_IF_ERROR(branch.block.Render(context, out));
      }
      if (context.interrupt != Interrupt::kNone) break;
    }
    return absl::OkStatus();
  }
  bool IsBlank() const override { return blank_; }

 private:
  ExpressionPtr subject_;
  std::vector<Branch> branches_;
  bool blank_ = true;
};

absl::StatusOr<std::vector<ExpressionPtr>> ParseWhen(Parser& parser, const Piece& tag) {
  const auto strict = [&]() -> absl::StatusOr<std::vector<ExpressionPtr>> {
    CADENZA_ASSIGN_OR_RETURN(Markup markup, parser.Open(tag));
    std::vector<ExpressionPtr> values;
    do {
      CADENZA_ASSIGN_OR_RETURN(ExpressionPtr value, markup.Primary());
      values.push_back(std::move(value));
    } while (markup.Accept(Kind::kPunctuation, ",") || markup.Accept(Kind::kIdentifier, "or"));
    CADENZA_RETURN_IF_ERROR(markup.ExpectEnd());
    return values;
  };
  const auto lax = [&]() -> absl::StatusOr<std::vector<ExpressionPtr>> {
    std::vector<ExpressionPtr> values;
    LaxScanner scanner(tag.content);
    std::optional<std::string_view> fragment = scanner.FindFragment();
    if (!fragment.has_value()) return parser.SyntaxError(tag, "expected a value after 'when'");
    while (fragment.has_value()) {
      values.push_back(LaxExpression(parser.state, *fragment));
      const bool blank = scanner.rest() != StripLeft(scanner.rest());
      scanner.SkipSpaces();
      const bool goes_on = scanner.Accept(",") || (blank && scanner.Accept("or "));
      scanner.SkipSpaces();
      fragment = goes_on ? scanner.Fragment() : std::nullopt;
    }
    return values;
  };
  return parser.Either(tag, strict, lax);
}

absl::StatusOr<ExpressionPtr> ParseSubject(Parser& parser, const Piece& tag) {
  const auto strict = [&]() -> absl::StatusOr<ExpressionPtr> {
    CADENZA_ASSIGN_OR_RETURN(Markup markup, parser.Open(tag));
    CADENZA_ASSIGN_OR_RETURN(ExpressionPtr subject, markup.Primary());
    CADENZA_RETURN_IF_ERROR(markup.ExpectEnd());
    return subject;
  };
  const auto lax = [&]() -> absl::StatusOr<ExpressionPtr> {
    const std::optional<std::string_view> fragment = LaxScanner(tag.content).FindFragment();
    if (!fragment.has_value()) return parser.SyntaxError(tag, "expected a value after 'case'");
    return LaxExpression(parser.state, *fragment);
  };
  return parser.Either(tag, strict, lax);
}

absl::StatusOr<NodePtr> ParseCase(Parser& parser, const Piece& tag) {
  CADENZA_ASSIGN_OR_RETURN(ExpressionPtr subject, ParseSubject(parser, tag));
  Block before_first;  // never rendered
  CADENZA_ASSIGN_OR_RETURN(Piece head, parser.ParseBlock(tag, {"when", "else", "endcase"}, &before_first));
  std::vector<CaseNode::Branch> branches;
  while (head.name != "endcase") {
    CaseNode::Branch branch;
    if (head.name == "when") {
      CADENZA_ASSIGN_OR_RETURN(branch.values, ParseWhen(parser, head));
    } else if (!head.content.empty()) {
      return ErrorAt(parser.state.source(), head.content, "'else' of a 'case' takes no arguments");
    }
    CADENZA_ASSIGN_OR_RETURN(head, parser.ParseBlock(tag, {"when", "else", "endcase"}, &branch.block));
    branches.push_back(std::move(branch));
  }
  return std::make_unique<CaseNode>(tag.name, std::move(subject), std::move(branches));
}

class IfChangedNode : public Node {
 public:
  IfChangedNode(std::string_view place, Block block) : Node(place), block_(std::move(block)) {}

  absl::Status Render(Context& context, std::string* out) const override {
    std::string text;
    CADENZA_RETURN_IF_ERROR(block_.Render(context, &text));
    if (text == context.frame.last_changed) return absl::OkStatus();
    out->append(text);
    context.frame.last_changed = std::move(text);
    return absl::OkStatus();
  }
  bool IsBlank() const override { return block_.IsBlank(); }

 private:
  Block block_;
};

absl::StatusOr<NodePtr> ParseIfChanged(Parser& parser, const Piece& tag) {
  Block block;
  CADENZA_RETURN_IF_ERROR(parser.ParseBlock(tag, {"endifchanged"}, &block).status());
  return std::make_unique<IfChangedNode>(tag.name, std::move(block));
}

}  // namespace

absl::Span<const TagEntry> ControlTags() {
  static constexpr TagEntry kTags[] = {
      {"if", ParseIf},
      {"unless", ParseIf},
      {"case", ParseCase},
      {"ifchanged", ParseIfChanged},
  };
  return kTags;
}

}  // namespace cadenza::liquid
