// base64.encode() and base64.decode() (RFC 4648, section 4; padding may be left out when decoding).
#include "absl/strings/escaping.h"
#include "server/rules/cel/functions.h"
#include "server/rules/cel/text.h"

namespace cadenza::cel {
namespace {

using Args = absl::Span<const Value>;
using Kind = Value::Kind;

Value Encode(Args args, CallContext& context) {
  if (args[0].kind() != Kind::kBytes) return NoOverload("base64.encode", args);
  if (!context.cost.ChargeBytes(args[0].bytes_value().size())) return CostExceeded();
  return Value::String(absl::Base64Escape(args[0].bytes_value()));
}

// Abseil's decoder lets spaces pass, and takes '.' for padding: the text is looked at first.
bool IsBase64(std::string_view text) {
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  for (const char c : text.substr(0, text.size() - padding)) {
    if (!absl::ascii_isalnum(c) && c != '+' && c != '/') return false;
  }
  return padding == 0 || text.size() % 4 == 0;
}

Value Decode(Args args, CallContext& context) {
  if (args[0].kind() != Kind::kString) return NoOverload("base64.decode", args);
  const std::string& text = args[0].string_value();
  if (!context.cost.ChargeBytes(text.size())) return CostExceeded();
  std::string bytes;
  if (!IsBase64(text) || !absl::Base64Unescape(text, &bytes)) {
    return Value::Error(Cat(args[0].DebugString(), " is no base64"));
  }
  return Value::MakeBytes(std::move(bytes));
}

}  // namespace

void AddEncoders(FunctionTable* table) {
  AddExtension(table, Extension::kEncoders, "base64.encode", Encode,
               {Signature{false, {Type::Bytes()}, Type::String()}});
  AddExtension(table, Extension::kEncoders, "base64.decode", Decode,
               {Signature{false, {Type::String()}, Type::Bytes()}});
}

}  // namespace cadenza::cel
