// The tree of a parsed template. Immutable; rendered in a Context. Internal to server/rules/liquid.
#ifndef CADENZA_SERVER_RULES_LIQUID_NODE_H_
#define CADENZA_SERVER_RULES_LIQUID_NODE_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "server/rules/liquid/context.h"
#include "server/rules/liquid/expression.h"

namespace cadenza::liquid {

class Node {
 public:
  // `place` is where the node stands in the template's source.
  explicit Node(std::string_view place) : place_(place) {}
  virtual ~Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  virtual absl::Status Render(Context& context, std::string* out) const = 0;
  // Whether it can never print anything but white space. The errors of such a node are not printed either.
  virtual bool IsBlank() const { return false; }
  // Whether it is text of the template itself.
  virtual bool IsText() const { return false; }
  std::string_view place() const { return place_; }

 private:
  std::string_view place_;
};
using NodePtr = std::unique_ptr<const Node>;

// What stands between two tags.
class Block {
 public:
  void Add(NodePtr node) { nodes_.push_back(std::move(node)); }
  bool IsBlank() const;
  // For a blank block: nothing but tags is left of it, so that the lines that hold only tags print no empty lines.
  void DropText();
  // Stops early at an interrupt, which it leaves to the caller. With ErrorMode::kInline, errors stand in `out`.
  absl::Status Render(Context& context, std::string* out) const;

 private:
  std::vector<NodePtr> nodes_;
};

class TextNode : public Node {
 public:
  TextNode(std::string_view text, bool verbatim) : Node(text), verbatim_(verbatim) {}
  absl::Status Render(Context& context, std::string* out) const override;
  bool IsBlank() const override;
  bool IsText() const override { return true; }

 private:
  bool verbatim_;
};

// {{ expression }} and {% echo %}. A null expression prints nothing.
class OutputNode : public Node {
 public:
  OutputNode(std::string_view place, ExpressionPtr expression) : Node(place), expression_(std::move(expression)) {}
  absl::Status Render(Context& context, std::string* out) const override;

 private:
  ExpressionPtr expression_;
};

// Prints as {{ }} does; escaped, unless `safe`.
absl::Status WriteValue(const Value& value, bool safe, Context& context, std::string* out);
// The same for what an expression evaluates to.
absl::Status WriteResult(const Expression& expression, Context& context, std::string* out);

}  // namespace cadenza::liquid

#endif  // CADENZA_SERVER_RULES_LIQUID_NODE_H_
