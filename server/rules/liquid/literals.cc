#include "server/rules/liquid/literals.h"

#include "absl/strings/numbers.h"
#include "storage/base/text.h"

namespace cadenza::liquid {

std::optional<Datum> WordLiteral(std::string_view word) {
  if (word.empty() || word == "nil" || word == "null") return Value();
  if (word == "true") return Value::Bool(true);
  if (word == "false") return Value::Bool(false);
  if (word == "empty") return Special::kEmpty;
  if (word == "blank") return Special::kBlank;
  return std::nullopt;
}

Value IntegerLiteral(std::string_view text) {
  int64_t whole = 0;
  if (text.empty() || absl::SimpleAtoi(Sv(text), &whole)) return Value::Int(whole);
  return FloatLiteral(text);
}

Value FloatLiteral(std::string_view text) {
  double value = 0;
  (void)absl::SimpleAtod(Sv(text), &value);
  return Value::Double(value);
}

}  // namespace cadenza::liquid
