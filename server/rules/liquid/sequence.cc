#include "server/rules/liquid/sequence.h"

namespace cadenza::liquid {

Sequence::Sequence(const Datum& datum) {
  if (const Range* range = std::get_if<Range>(&datum)) {
    range_ = *range;
    size_ = range->size();
    return;
  }
  if (const Scope* const* scope = std::get_if<const Scope*>(&datum)) value_ = (*scope)->Whole();
  if (const Value* value = ValueIn(datum)) value_ = *value;
  if (value_.kind() == Value::Kind::kList) size_ = static_cast<int64_t>(value_.list_value().size());
  if (value_.kind() == Value::Kind::kMap) size_ = static_cast<int64_t>(value_.map_value().size());
  if (value_.kind() == Value::Kind::kString) size_ = value_.string_value().empty() ? 0 : 1;
}

Datum Sequence::at(int64_t index) const {
  if (value_.kind() == Value::Kind::kList) return &value_.list_value()[static_cast<size_t>(index)];
  if (value_.kind() == Value::Kind::kString) return &value_;
  if (value_.kind() != Value::Kind::kMap) return Value::Int(range_.first + index);
  const auto& [key, value] = *(value_.map_value().begin() + index);
  return Value::List({Value::String(key), value});
}

Value LoopScope::Lookup(std::string_view name) const {
  if (name == "index") return Value::Int(index_ + 1);
  if (name == "index0") return Value::Int(index_);
  if (name == "rindex") return Value::Int(length_ - index_);
  if (name == "rindex0") return Value::Int(length_ - index_ - 1);
  if (name == "length") return Value::Int(length_);
  if (name == "first") return Value::Bool(index_ == 0);
  if (name == "last") return Value::Bool(at_last());
  if (!is_table_) return name == "name" ? Value::String(std::string(name_)) : Value();
  if (name == "col") return Value::Int(column() + 1);
  if (name == "col0") return Value::Int(column());
  if (name == "row") return Value::Int(row() + 1);
  if (name == "col_first") return Value::Bool(column() == 0);
  if (name == "col_last") return Value::Bool(at_last_column());
  return Value();
}

}  // namespace cadenza::liquid
