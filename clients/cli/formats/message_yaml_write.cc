#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
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

// Words that some reader of YAML takes for null or a bool.
constexpr std::string_view kReserved[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};

// Control characters, and what YAML takes for a line break or a mark of the byte order.
bool IsPrintable(std::string_view text) {
  for (const std::string_view odd : {"\u0085", "\u2028", "\u2029", "\uFEFF"}) {
    if (text.find(odd) != std::string_view::npos) return false;
  }
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

bool IsPlain(std::string_view text) {
  if (text.empty() || text.back() == ' ' || text.back() == ':' || !IsPrintable(text)) return false;
  const char first = text.front();
  if (absl::ascii_isalpha(static_cast<unsigned char>(first)) == 0 && first != '_' && first != '(' && first != '/') {
    return false;
  }
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos) return false;
  const std::string lower = absl::AsciiStrToLower(Sv(text));
  return std::find(std::begin(kReserved), std::end(kReserved), lower) == std::end(kReserved);
}

// Between the brackets of a list, where readers take more signs for their own.
bool IsPlainWord(std::string_view text) {
  return IsPlain(text) && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.';
         });
}

std::string Quoted(std::string_view text) {
  return nlohmann::json(std::string(text)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Whether every line can stand in a literal block, and no reader can be wrong about where it begins or ends.
bool FitsABlock(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || text.front() == '\n' || text.front() == ' ') return false;
  for (const absl::string_view line : absl::StrSplit(Sv(text), '\n')) {
    if (!IsPrintable(Std(line)) || (!line.empty() && line.find_first_not_of(' ') == absl::string_view::npos)) {
      return false;
    }
  }
  return true;
}

class Writer {
 public:
  // Each field on lines of its own, `indent` deep.
  void WriteFields(const Message& message, int indent, const std::vector<std::string_view>& leave_out) {
    const Reflection* reflection = message.GetReflection();
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor& field = *message.GetDescriptor()->field(i);
      if (std::find(leave_out.begin(), leave_out.end(), field.name()) != leave_out.end()) continue;
      const bool present =
          field.is_repeated() ? reflection->FieldSize(message, &field) > 0 : reflection->HasField(message, &field);
      if (present) WriteField(message, field, indent);
    }
  }

  std::string Take() { return std::move(out_); }

 private:
  void Key(std::string_view name, int indent) { StrAppend(&out_, std::string(indent, ' '), name, ":"); }

  void WriteField(const Message& message, const FieldDescriptor& field, int indent) {
    Key(field.name(), indent);
    if (field.is_map()) {
      WriteEntries(message, field, indent + 2);
    } else if (!field.is_repeated()) {
      WriteOne(message, field, -1, indent + 2);
    } else if (IsLeaf(field)) {
      WriteWords(message, field);
    } else {
      WriteItems(message, field, indent + 2);
    }
  }

  // What follows a key: " value\n", a block, or a map on the next lines.
  void WriteOne(const Message& message, const FieldDescriptor& field, int index, int indent) {
    if (IsLeaf(field)) return WriteScalar(LeafText(message, field, index), IsText(field), indent);
    const Reflection* reflection = message.GetReflection();
    const Message& child =
        index < 0 ? reflection->GetMessage(message, &field) : reflection->GetRepeatedMessage(message, &field, index);
    if (IsValue(field) && WritePlainValue(static_cast<const v1::Value&>(child), indent)) return;
    const size_t before = out_.size();
    out_ += '\n';
    WriteFields(child, indent, {});
    if (out_.size() == before + 1) out_.replace(before, 1, " {}\n");
  }

  void WriteScalar(const std::string& text, bool is_text, int indent) {
    if (is_text && FitsABlock(text)) {
      StrAppend(&out_, " |", text.back() != '\n' ? "-" : text.ends_with("\n\n") ? "+" : "", "\n");
      std::string_view body = text;
      if (body.back() == '\n') body.remove_suffix(1);
      for (const absl::string_view line : absl::StrSplit(Sv(body), '\n')) {
        StrAppend(&out_, line.empty() ? "" : std::string(indent, ' '), line, "\n");
      }
    } else {
      StrAppend(&out_, " ", is_text ? YamlString(text) : text, "\n");
    }
  }

  bool WritePlainValue(const v1::Value& value, int indent) {
    switch (value.kind_case()) {
      case v1::Value::kBoolValue:
        WriteScalar(value.bool_value() ? "true" : "false", false, indent);
        return true;
      case v1::Value::kInt64Value:
        WriteScalar(StrCat(value.int64_value()), false, indent);
        return true;
      case v1::Value::kStringValue:
        WriteScalar(value.string_value(), true, indent);
        return true;
      default:
        return false;
    }
  }

  void WriteWords(const Message& message, const FieldDescriptor& field) {
    std::vector<std::string> words;
    for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
      const std::string text = LeafText(message, field, i);
      words.push_back(!IsText(field) || IsPlainWord(text) ? text : Quoted(text));
    }
    StrAppend(&out_, " [", absl::StrJoin(words, ", "), "]\n");
  }

  void WriteItems(const Message& message, const FieldDescriptor& field, int indent) {
    out_ += '\n';
    for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
      StrAppend(&out_, std::string(indent, ' '), "-");
      const size_t before = out_.size();
      WriteOne(message, field, i, indent + 2);
      // "-\n    key: …" becomes "- key: …".
      if (out_[before] == '\n') out_.replace(before, static_cast<size_t>(indent) + 3, " ");
    }
  }

  void WriteEntries(const Message& message, const FieldDescriptor& field, int indent) {
    const Reflection* reflection = message.GetReflection();
    const FieldDescriptor& key = *field.message_type()->map_key();
    std::vector<std::pair<std::string, const Message*>> entries;
    for (int i = 0; i < reflection->FieldSize(message, &field); ++i) {
      const Message& entry = reflection->GetRepeatedMessage(message, &field, i);
      entries.emplace_back(LeafText(entry, key), &entry);
    }
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    out_ += '\n';
    for (const auto& [name, entry] : entries) {
      Key(IsText(key) ? (IsPlainWord(name) ? name : Quoted(name)) : name, indent);
      WriteOne(*entry, *field.message_type()->map_value(), -1, indent + 2);
    }
  }

  std::string out_;
};

}  // namespace

std::string ToYaml(const Message& message, const std::vector<std::string_view>& leave_out) {
  Writer writer;
  writer.WriteFields(message, 0, leave_out);
  return writer.Take();
}

std::string YamlString(std::string_view text) { return IsPlain(text) ? std::string(text) : Quoted(text); }

}  // namespace cadenza::cli
