#include "clients/cli/formats/json_value.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "clients/cpp/builders.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

constexpr size_t kMaxDepth = 100;

// Builds the value while the parser reads.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Builder(ParsedJson* out) : out_(out) {}
  const std::string& error() const { return error_; }

  bool null() override { return Add(client::Null()); }
  bool boolean(bool value) override { return Add(client::Bool(value)); }
  bool number_integer(number_integer_t value) override {
    NoteNumber(std::to_string(value));
    return Add(client::Int(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    NoteNumber(std::to_string(value));
    const bool fits = value <= static_cast<number_unsigned_t>(INT64_MAX);
    return Add(fits ? client::Int(static_cast<int64_t>(value)) : client::Double(static_cast<double>(value)));
  }
  bool number_float(number_float_t value, const string_t& text) override {
    NoteNumber(text);
    return Add(client::Double(value));
  }
  bool string(string_t& value) override { return Add(client::String(value)); }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override { return Enter(client::Map({})); }
  bool key(string_t& key) override {
    key_ = std::move(key);
    if (!stack_.back().value->map_value().entries().contains(key_)) return true;
    error_ = StrCat("the key \"", key_, "\" stands twice in one object");
    return false;
  }
  bool end_object() override { return Leave(); }
  bool start_array(std::size_t) override { return Enter(client::List({})); }
  bool end_array() override { return Leave(); }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& problem) override {
    error_ = StrCat("column ", position, ": not JSON: ", WithoutId(problem.what()));
    return false;
  }

 private:
  struct Level {
    v1::Value* value;
    bool in_list;      // a list stands on the way to it
    size_t path_size;  // of path_ outside it
  };

  // "[json.exception.parse_error.101] parse error at ...: syntax error ..." -> "syntax error ..."
  static std::string WithoutId(std::string text) {
    const size_t syntax = text.find("syntax error");
    return syntax == std::string::npos ? text : text.substr(syntax);
  }

  v1::Value* Place(v1::Value value) {
    if (stack_.empty()) {
      out_->value = std::move(value);
      return &out_->value;
    }
    v1::Value* parent = stack_.back().value;
    v1::Value* slot = parent->has_list_value() ? parent->mutable_list_value()->add_values()
                                               : &(*parent->mutable_map_value()->mutable_entries())[key_];
    *slot = std::move(value);
    return slot;
  }

  bool Add(v1::Value value) {
    Place(std::move(value));
    return true;
  }

  bool Enter(v1::Value value) {
    if (stack_.size() == kMaxDepth) {
      error_ = StrCat("nested deeper than ", kMaxDepth);
      return false;
    }
    const bool in_list = !stack_.empty() && (stack_.back().in_list || stack_.back().value->has_list_value());
    const size_t path_size = path_.size();
    if (!stack_.empty() && stack_.back().value->has_map_value()) StrAppend(&path_, path_.empty() ? "" : ".", key_);
    stack_.push_back({Place(std::move(value)), in_list, path_size});
    return true;
  }

  bool Leave() {
    path_.resize(stack_.back().path_size);
    stack_.pop_back();
    return true;
  }

  void NoteNumber(std::string text) {
    if (stack_.empty() || stack_.back().in_list || !stack_.back().value->has_map_value()) return;
    out_->numbers[StrCat(path_, path_.empty() ? "" : ".", key_)] = std::move(text);
  }

  ParsedJson* const out_;
  std::vector<Level> stack_;
  std::string key_;
  std::string path_;
  std::string error_;
};

}  // namespace

absl::StatusOr<ParsedJson> ParseJson(std::string_view text) {
  ParsedJson parsed;
  Builder builder(&parsed);
  if (!nlohmann::json::sax_parse(text, &builder)) {
    return absl::InvalidArgumentError(builder.error().empty() ? "not JSON" : builder.error());
  }
  return parsed;
}

const v1::Value* Find(const v1::Value& value, std::string_view path) {
  const v1::Value* at = &value;
  while (true) {
    const size_t dot = path.find('.');
    const auto& entries = at->map_value().entries();
    const auto entry = entries.find(std::string(path.substr(0, dot)));
    if (entry == entries.end()) return nullptr;
    at = &entry->second;
    if (dot == std::string_view::npos) return at;
    path.remove_prefix(dot + 1);
  }
}

v1::Value ValueOfArgument(const std::string& text) {
  absl::StatusOr<ParsedJson> parsed = ParseJson(text);
  return parsed.ok() ? std::move(parsed->value) : client::String(text);
}

}  // namespace cadenza::cli
