#include "clients/cpp/builders.h"

#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "storage/base/text.h"

namespace cadenza::client {
namespace {

constexpr int kNanoDigits = 9;
constexpr int kMaxDigits = 64;  // of a decimal text with its exponent carried out

void Fill(google::protobuf::Map<std::string, v1::Value>* map, Entries entries) {
  for (auto& [key, value] : entries) (*map)[key] = std::move(value);
}

v1::Input Of(v1::UserRef user) {
  v1::Input input;
  *input.mutable_user() = std::move(user);
  return input;
}

bool AllDigits(std::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isdigit(c)) return false;
  }
  return true;
}

// Moves the point of "<whole>.<fraction>" by `exponent` places.
void CarryOutExponent(int exponent, std::string* whole, std::string* fraction) {
  for (; exponent > 0; --exponent) {
    whole->push_back(fraction->empty() ? '0' : fraction->front());
    if (!fraction->empty()) fraction->erase(0, 1);
  }
  for (; exponent < 0; ++exponent) {
    fraction->insert(fraction->begin(), whole->empty() ? '0' : whole->back());
    if (!whole->empty()) whole->pop_back();
  }
}

}  // namespace

v1::Value Null() {
  v1::Value result;
  result.set_null_value(v1::NULL_VALUE_UNSPECIFIED);
  return result;
}

v1::Value Bool(bool value) {
  v1::Value result;
  result.set_bool_value(value);
  return result;
}

v1::Value Int(int64_t value) {
  v1::Value result;
  result.set_int64_value(value);
  return result;
}

v1::Value Double(double value) {
  v1::Value result;
  result.set_double_value(value);
  return result;
}

v1::Value String(std::string_view value) {
  v1::Value result;
  result.set_string_value(value.data(), value.size());
  return result;
}

v1::Value Time(absl::Time value) {
  v1::Value result;
  *result.mutable_timestamp_value() = ToProto(value);
  return result;
}

v1::Value List(std::vector<v1::Value> values) {
  v1::Value result;
  auto* list = result.mutable_list_value();
  for (v1::Value& value : values) *list->add_values() = std::move(value);
  return result;
}

v1::Value Map(Entries entries) {
  v1::Value result;
  Fill(result.mutable_map_value()->mutable_entries(), std::move(entries));
  return result;
}

v1::UserRef UserId(std::string_view user_id) {
  v1::UserRef user;
  user.set_user_id(user_id.data(), user_id.size());
  return user;
}

v1::UserRef AnonymousId(std::string_view anonymous_id) {
  v1::UserRef user;
  user.set_anonymous_id(anonymous_id.data(), anonymous_id.size());
  return user;
}

v1::UserRef Alias(std::string_view label, std::string_view name) {
  v1::UserRef user;
  user.mutable_alias()->set_label(std::string(label));
  user.mutable_alias()->set_name(std::string(name));
  return user;
}

std::string Describe(const v1::UserRef& user) {
  switch (user.ref_case()) {
    case v1::UserRef::kUserId:
      return StrCat("user_id ", user.user_id());
    case v1::UserRef::kAnonymousId:
      return StrCat("anonymous_id ", user.anonymous_id());
    case v1::UserRef::kAlias:
      return StrCat("alias ", user.alias().label(), ":", user.alias().name());
    case v1::UserRef::REF_NOT_SET:
      break;
  }
  return "(no user)";
}

v1::Input Event(v1::UserRef user, std::string_view name, Entries properties) {
  v1::Input input = Of(std::move(user));
  input.mutable_custom_event()->set_name(std::string(name));
  Fill(input.mutable_custom_event()->mutable_properties(), std::move(properties));
  return input;
}

v1::Input Purchase(v1::UserRef user, std::string_view product_id, v1::Money price, int32_t quantity,
                   Entries properties) {
  v1::Input input = Of(std::move(user));
  v1::Purchase* purchase = input.mutable_purchase();
  purchase->set_product_id(std::string(product_id));
  *purchase->mutable_price() = std::move(price);
  purchase->set_quantity(quantity);
  Fill(purchase->mutable_properties(), std::move(properties));
  return input;
}

v1::Input SessionStart(v1::UserRef user) {
  v1::Input input = Of(std::move(user));
  input.mutable_session_start();
  return input;
}

v1::Input SessionEnd(v1::UserRef user) {
  v1::Input input = Of(std::move(user));
  input.mutable_session_end();
  return input;
}

v1::Input SetAttributes(v1::UserRef user, Entries attributes) {
  v1::Input input = Of(std::move(user));
  for (auto& [path, value] : attributes) {
    v1::AttributeOperation* operation = input.mutable_attribute_change()->add_operations();
    operation->set_path(path);
    *operation->mutable_set() = std::move(value);
  }
  return input;
}

v1::Input Identify(v1::UserRef user, std::string_view anonymous_id) {
  v1::Input input = Of(std::move(user));
  input.mutable_identify()->set_anonymous_id(std::string(anonymous_id));
  return input;
}

v1::Input AddAlias(v1::UserRef user, std::string_view label, std::string_view name) {
  v1::Input input = Of(std::move(user));
  *input.mutable_add_alias()->mutable_alias() = Alias(label, name).alias();
  return input;
}

v1::Input Subscription(v1::UserRef user, std::string_view channel, v1::SubscriptionState state) {
  v1::Input input = Of(std::move(user));
  input.mutable_subscription_change()->set_channel(std::string(channel));
  input.mutable_subscription_change()->set_state(state);
  return input;
}

v1::Input Receipt(v1::UserRef user, v1::Receipt::Kind kind, std::string_view message_id, std::string_view link_id) {
  v1::Input input = Of(std::move(user));
  *input.mutable_receipt() = std::move(*MessageReceipt(kind, message_id, link_id).mutable_receipt());
  return input;
}

v1::MessageReceipt MessageReceipt(v1::Receipt::Kind kind, std::string_view message_id, std::string_view link_id) {
  v1::MessageReceipt receipt;
  receipt.mutable_receipt()->set_kind(kind);
  receipt.mutable_receipt()->set_message_id(std::string(message_id));
  receipt.mutable_receipt()->set_link_id(std::string(link_id));
  return receipt;
}

absl::StatusOr<v1::Money> ParseMoney(std::string_view decimal, std::string_view currency_code) {
  const auto invalid = [decimal](std::string_view why) {
    return absl::InvalidArgumentError(StrCat("\"", decimal.substr(0, kMaxDigits), "\" is not an amount: ", why));
  };
  std::string_view text = decimal;
  const bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  int exponent = 0;
  if (const size_t e = text.find_first_of("eE"); e != std::string_view::npos) {
    if (!absl::SimpleAtoi(Sv(text.substr(e + 1)), &exponent) || std::abs(exponent) > kMaxDigits)
      return invalid("its exponent");
    text = text.substr(0, e);
  }
  const size_t point = text.find('.');
  std::string whole(text.substr(0, point));
  std::string fraction(point == std::string_view::npos ? "" : text.substr(point + 1));
  if (whole.empty() || !AllDigits(whole) || !AllDigits(fraction) ||
      (point != std::string_view::npos && fraction.empty())) {
    return invalid("write digits, and a point before the decimals");
  }
  CarryOutExponent(exponent, &whole, &fraction);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  if (fraction.size() > kNanoDigits) return invalid("more than nine decimals");
  fraction.resize(kNanoDigits, '0');
  int64_t units = 0;
  int32_t nanos = 0;
  if (!absl::SimpleAtoi(whole.empty() ? "0" : whole, &units)) return invalid("too large");
  if (!absl::SimpleAtoi(fraction, &nanos)) return invalid("its decimals");
  v1::Money money;
  money.set_currency_code(std::string(currency_code));
  money.set_units(negative ? -units : units);
  money.set_nanos(negative ? -nanos : nanos);
  return money;
}

std::string FormatMoney(const v1::Money& money) {
  std::string fraction = absl::StrFormat("%09d", std::abs(money.nanos()));
  while (fraction.size() > 2 && fraction.back() == '0') fraction.pop_back();
  const bool negative = money.units() < 0 || money.nanos() < 0;
  // Negated as unsigned, so that the smallest int64 has an absolute value too.
  const uint64_t units =
      money.units() < 0 ? -static_cast<uint64_t>(money.units()) : static_cast<uint64_t>(money.units());
  return StrCat(negative ? "-" : "", units, ".", fraction, " ", money.currency_code());
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp proto;
  const int64_t seconds = absl::ToUnixSeconds(time);
  proto.set_seconds(seconds);
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return proto;
}

absl::Time FromProto(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

}  // namespace cadenza::client
