#include "clients/cli/formats/message_diff.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cadenza/v1/value.pb.h"
#include "clients/cli/formats/field_text.h"
#include "clients/cli/formats/message_yaml.h"
#include "google/protobuf/descriptor.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr size_t kPairsCompared = 4'000'000;

// The elements of a list of messages, each with its name within the brackets.
using Elements = std::vector<std::pair<std::string, const Message*>>;

Elements ElementsOf(const Message* message, const FieldDescriptor& field) {
  Elements elements;
  const int size = message == nullptr ? 0 : message->GetReflection()->FieldSize(*message, &field);
  for (int i = 0; i < size; ++i) {
    elements.emplace_back(StrCat(i), &message->GetReflection()->GetRepeatedMessage(*message, &field, i));
  }
  return elements;
}

// The field that names the elements; null if there is none.
const FieldDescriptor* NamingField(const FieldDescriptor& list) {
  if (list.message_type()->field_count() == 0) return nullptr;
  const FieldDescriptor* first = list.message_type()->field(0);
  return !first->is_repeated() && (IsText(*first) || list.is_map()) ? first : nullptr;
}

// Names the elements by a field. False, and nothing is changed, if two have the same or one has none.
bool Name(const FieldDescriptor& by, Elements* elements) {
  std::set<std::string> names;
  for (const auto& [place, element] : *elements) names.insert(LeafText(*element, by));
  if (names.size() != elements->size() || names.contains("")) return false;
  for (auto& [name, element] : *elements) name = LeafText(*element, by);
  return true;
}

class Differ {
 public:
  // Either may be null: absent.
  void Compare(const std::string& path, const Message* before, const Message* after,
               const std::vector<std::string_view>& leave_out) {
    const google::protobuf::Descriptor* type = (before != nullptr ? before : after)->GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor& field = *type->field(i);
      if (std::find(leave_out.begin(), leave_out.end(), field.name()) != leave_out.end()) continue;
      CompareField(path.empty() ? field.name() : StrCat(path, ".", field.name()), field, before, after);
    }
  }

  std::vector<FieldChange> Take() { return std::move(changes_); }

 private:
  static bool Has(const Message* message, const FieldDescriptor& field) {
    return message != nullptr && message->GetReflection()->HasField(*message, &field);
  }

  void Add(const std::string& path, std::optional<std::string> before, std::optional<std::string> after,
           bool is_text = false) {
    if (before != after) changes_.push_back({path, std::move(before), std::move(after), is_text});
  }

  void CompareField(const std::string& path, const FieldDescriptor& field, const Message* before,
                    const Message* after) {
    if (field.is_repeated() && IsLeaf(field)) {
      Add(path, ListText(before, field), ListText(after, field));
    } else if (field.is_repeated()) {
      CompareElements(path, field, before, after);
    } else if (IsLeaf(field)) {
      const auto text = [&field](const Message* message) {
        return Has(message, field) ? std::optional(LeafText(*message, field)) : std::nullopt;
      };
      Add(path, text(before), text(after), IsText(field));
    } else {
      const auto child = [&field](const Message* message) {
        return Has(message, field) ? &message->GetReflection()->GetMessage(*message, &field) : nullptr;
      };
      CompareChildren(path, IsValue(field), child(before), child(after), {});
    }
  }

  void CompareChildren(const std::string& path, bool is_value, const Message* before, const Message* after,
                       const std::vector<std::string_view>& leave_out) {
    if (before == nullptr && after == nullptr) return;
    if (is_value) return Add(path, ValueText(before), ValueText(after));
    const size_t known = changes_.size();
    Compare(path, before, after, leave_out);
    if (changes_.size() > known || (before != nullptr && after != nullptr)) return;
    Add(path, before == nullptr ? std::nullopt : std::optional<std::string>("{}"),
        after == nullptr ? std::nullopt : std::optional<std::string>("{}"));
  }

  void CompareElements(const std::string& path, const FieldDescriptor& field, const Message* before,
                       const Message* after) {
    Elements old_elements = ElementsOf(before, field);
    Elements new_elements = ElementsOf(after, field);
    const FieldDescriptor* by = NamingField(field);
    Elements named_old = old_elements;
    Elements named_new = new_elements;
    const bool named = by != nullptr && Name(*by, &named_old) && Name(*by, &named_new);
    if (named) {
      old_elements = std::move(named_old);
      new_elements = std::move(named_new);
    }
    const std::vector<std::string_view> leave_out =
        named ? std::vector<std::string_view>{by->name()} : std::vector<std::string_view>{};
    const auto find = [](const Elements& in, const std::string& name) -> const Message* {
      for (const auto& [other, element] : in) {
        if (other == name) return element;
      }
      return nullptr;
    };
    for (const auto& [name, element] : old_elements) {
      CompareChildren(StrCat(path, "[", name, "]"), IsValue(field), element, find(new_elements, name), leave_out);
    }
    for (const auto& [name, element] : new_elements) {
      if (find(old_elements, name) != nullptr) continue;
      CompareChildren(StrCat(path, "[", name, "]"), IsValue(field), nullptr, element, leave_out);
    }
    if (named && !field.is_map()) CompareOrder(path, old_elements, new_elements);
  }

  void CompareOrder(const std::string& path, const Elements& before, const Elements& after) {
    const auto common = [](const Elements& of, const Elements& with) {
      std::vector<std::string> names;
      for (const auto& [name, element] : of) {
        const auto same = [&name = name](const auto& other) { return other.first == name; };
        if (std::any_of(with.begin(), with.end(), same)) names.push_back(name);
      }
      return StrCat("[", absl::StrJoin(names, ", "), "]");
    };
    Add(StrCat(path, " in the order"), common(before, after), common(after, before));
  }

  static std::optional<std::string> ListText(const Message* message, const FieldDescriptor& field) {
    const int size = message == nullptr ? 0 : message->GetReflection()->FieldSize(*message, &field);
    if (size == 0) return std::nullopt;
    std::vector<std::string> texts;
    for (int i = 0; i < size; ++i) {
      const std::string text = LeafText(*message, field, i);
      texts.push_back(IsText(field) ? YamlString(text) : text);
    }
    return StrCat("[", absl::StrJoin(texts, ", "), "]");
  }

  static std::optional<std::string> ValueText(const Message* message) {
    if (message == nullptr) return std::nullopt;
    const auto& value = static_cast<const v1::Value&>(*message);
    switch (value.kind_case()) {
      case v1::Value::kBoolValue:
        return value.bool_value() ? "true" : "false";
      case v1::Value::kInt64Value:
        return StrCat(value.int64_value());
      case v1::Value::kStringValue:
        return YamlString(value.string_value());
      default:
        break;
    }
    std::string yaml = ToYaml(value);
    if (!yaml.empty()) yaml.pop_back();
    return yaml;
  }

  std::vector<FieldChange> changes_;
};

using LineList = std::vector<absl::string_view>;

// lengths[i][j]: of the longest common subsequence of before[i..] and after[j..], as one array.
std::vector<int> CommonLengths(const LineList& before, const LineList& after) {
  const size_t width = after.size() + 1;
  std::vector<int> lengths((before.size() + 1) * width, 0);
  for (size_t i = before.size(); i-- > 0;) {
    for (size_t j = after.size(); j-- > 0;) {
      lengths[i * width + j] = before[i] == after[j]
                                   ? lengths[(i + 1) * width + j + 1] + 1
                                   : std::max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  return lengths;
}

void DiffMiddles(const LineList& before, const LineList& after, std::vector<LineEdit>* edits) {
  const bool whole = before.size() * after.size() > kPairsCompared;
  const std::vector<int> lengths = whole ? std::vector<int>() : CommonLengths(before, after);
  const size_t width = after.size() + 1;
  size_t i = 0;
  size_t j = 0;
  while (i < before.size() || j < after.size()) {
    if (!whole && i < before.size() && j < after.size() && before[i] == after[j]) {
      edits->push_back({' ', std::string(before[i++])});
      ++j;
    } else if (i < before.size() &&
               (whole || j == after.size() || lengths[(i + 1) * width + j] >= lengths[i * width + j + 1])) {
      edits->push_back({'-', std::string(before[i++])});
    } else {
      edits->push_back({'+', std::string(after[j++])});
    }
  }
}

}  // namespace

std::vector<FieldChange> DiffMessages(const Message& before, const Message& after,
                                      const std::vector<std::string_view>& leave_out) {
  Differ differ;
  differ.Compare("", &before, &after, leave_out);
  return differ.Take();
}

std::vector<LineEdit> DiffLines(std::string_view before, std::string_view after) {
  const LineList old_lines = absl::StrSplit(Sv(before), '\n');
  const LineList new_lines = absl::StrSplit(Sv(after), '\n');
  const size_t shorter = std::min(old_lines.size(), new_lines.size());
  size_t head = 0;
  while (head < shorter && old_lines[head] == new_lines[head]) ++head;
  size_t tail = 0;
  while (tail < shorter - head && old_lines[old_lines.size() - 1 - tail] == new_lines[new_lines.size() - 1 - tail]) {
    ++tail;
  }
  std::vector<LineEdit> edits;
  for (size_t i = 0; i < head; ++i) edits.push_back({' ', std::string(old_lines[i])});
  DiffMiddles({old_lines.begin() + static_cast<ptrdiff_t>(head), old_lines.end() - static_cast<ptrdiff_t>(tail)},
              {new_lines.begin() + static_cast<ptrdiff_t>(head), new_lines.end() - static_cast<ptrdiff_t>(tail)},
              &edits);
  for (size_t i = old_lines.size() - tail; i < old_lines.size(); ++i) edits.push_back({' ', std::string(old_lines[i])});
  return edits;
}

}  // namespace cadenza::cli
