#include "server/rules/liquid/filters.h"

#include "absl/container/flat_hash_map.h"
#include "server/rules/liquid/datum.h"
#include "server/rules/liquid/text.h"
#include "storage/base/text.h"

namespace cadenza::liquid {
namespace {

void Flatten(const ValueList& list, ValueList* out) {
  for (const Value& element : list) {
    if (element.kind() == Value::Kind::kList) {
      Flatten(element.list_value(), out);
    } else {
      out->push_back(element);
    }
  }
}

absl::flat_hash_map<std::string_view, const Filter*> MakeIndex() {
  absl::flat_hash_map<std::string_view, const Filter*> index;
  for (absl::Span<const Filter> filters : {StringFilters(), EncodingFilters(), MathFilters(), ArrayFilters(),
                                           SelectionFilters(), DateFilters(), DigestFilters(), JsonFilters()}) {
    for (const Filter& filter : filters) index.emplace(filter.name, &filter);
  }
  return index;
}

}  // namespace

std::string FilterCall::Text(size_t index, std::string_view otherwise) const {
  return index < arguments.size() ? ToText(arguments[index]) : std::string(otherwise);
}

const Filter* FindFilter(std::string_view name) {
  static const auto* index = new absl::flat_hash_map<std::string_view, const Filter*>(MakeIndex());
  auto found = index->find(name);
  return found == index->end() ? nullptr : found->second;
}

absl::Status TooLong(const FilterCall& call) {
  return absl::ResourceExhaustedError(StrCat("the result is longer than ", call.most_bytes, " bytes"));
}

ValueList Elements(const Value& value) {
  ValueList elements;
  if (value.kind() == Value::Kind::kList) {
    Flatten(value.list_value(), &elements);
  } else if (!value.is_null()) {
    elements.push_back(value);
  }
  return elements;
}

absl::StatusOr<Value> Property(const Value& element, const Value& property) {
  const bool named = property.kind() == Value::Kind::kString;
  switch (element.kind()) {
    case Value::Kind::kMap: {
      const Value* found = named ? element.map_value().Find(property.string_value()) : nullptr;
      return found == nullptr ? Value() : *found;
    }
    case Value::Kind::kString:  // a string "has" the strings in it
      if (!named || FindText(element.string_value(), property.string_value(), 0) == std::string_view::npos)
        return Value();
      return property;
    case Value::Kind::kInt:  // and a whole number its bits, numbered from 0
      if (property.kind() == Value::Kind::kInt) {
        const int64_t bit = property.int_value();
        return Value::Int(bit < 0 ? 0 : (element.int_value() >> std::min<int64_t>(bit, 63)) & 1);
      }
      return absl::InvalidArgumentError(StrCat("a number has no property '", ToText(property), "'"));
    default:
      return Value();
  }
}

}  // namespace cadenza::liquid
