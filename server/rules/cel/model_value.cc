// Value::Of: the model's values as CEL's. A wrapper keeps a copy of the model value, which shares its content, and
// hands out its strings by pointers that keep the wrapper alive: reading a string out of a map or list copies nothing.
#include <memory>

#include "server/rules/cel/value.h"

namespace cadenza::cel {
namespace {

Value Wrap(const std::shared_ptr<const void>& owner, const cadenza::Value& child) {
  if (child.kind() != cadenza::Value::Kind::kString) return Value::Of(child);
  return Value::SharedString(std::shared_ptr<const std::string>(owner, &child.string_value()));
}

class ModelList final : public ListInterface, public std::enable_shared_from_this<ModelList> {
 public:
  explicit ModelList(const cadenza::Value& value) : value_(value) {}
  size_t size() const override { return value_.list_value().size(); }
  Value at(size_t index) const override { return Wrap(shared_from_this(), value_.list_value()[index]); }

 private:
  const cadenza::Value value_;
};

class ModelMap final : public MapInterface, public std::enable_shared_from_this<ModelMap> {
 public:
  explicit ModelMap(const cadenza::Value& value) : value_(value) {}
  size_t size() const override { return value_.map_value().size(); }

  std::optional<Value> Find(const Value& key) const override {
    if (key.kind() != Value::Kind::kString) return std::nullopt;
    const cadenza::Value* found = value_.map_value().Find(key.string_value());
    if (found == nullptr) return std::nullopt;
    return Wrap(shared_from_this(), *found);
  }

  std::vector<Value> Keys() const override {
    const std::shared_ptr<const void> owner = shared_from_this();
    std::vector<Value> keys;
    keys.reserve(size());
    for (const auto& entry : value_.map_value()) {
      keys.push_back(Value::SharedString(std::shared_ptr<const std::string>(owner, &entry.first)));
    }
    return keys;
  }

 private:
  const cadenza::Value value_;
};

}  // namespace

Value Value::Of(const cadenza::Value& v) {
  switch (v.kind()) {
    case cadenza::Value::Kind::kNull:
      return Null();
    case cadenza::Value::Kind::kBool:
      return Bool(v.bool_value());
    case cadenza::Value::Kind::kInt:
      return Int(v.int_value());
    case cadenza::Value::Kind::kDouble:
      return Double(v.double_value());
    case cadenza::Value::Kind::kString:
      return String(v.string_value());
    case cadenza::Value::Kind::kTimestamp:
      return Timestamp(v.timestamp_value());
    case cadenza::Value::Kind::kList:
      return List(std::make_shared<const ModelList>(v));
    case cadenza::Value::Kind::kMap:
      return Map(std::make_shared<const ModelMap>(v));
  }
  return Null();
}

}  // namespace cadenza::cel
