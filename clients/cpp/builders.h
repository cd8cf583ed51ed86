// One-line makers of the contract's messages:
//
//   Input order = Event(UserId("ada"), "order_placed", {{"total", Double(23.0)}, {"lines", List({...})}});
//
// Pure functions, except that an event_id is left empty for the Producer to fill.
#ifndef CADENZA_CLIENTS_CPP_BUILDERS_H_
#define CADENZA_CLIENTS_CPP_BUILDERS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cadenza/v1/input.pb.h"
#include "cadenza/v1/message_service.pb.h"
#include "cadenza/v1/money.pb.h"
#include "cadenza/v1/value.pb.h"

namespace cadenza::client {

using Entries = std::vector<std::pair<std::string, v1::Value>>;

v1::Value Null();
v1::Value Bool(bool value);
v1::Value Int(int64_t value);
v1::Value Double(double value);
v1::Value String(std::string_view value);
v1::Value Time(absl::Time value);
v1::Value List(std::vector<v1::Value> values);
// Of two entries with one key the last stays.
v1::Value Map(Entries entries);

v1::UserRef UserId(std::string_view user_id);
v1::UserRef AnonymousId(std::string_view anonymous_id);
v1::UserRef Alias(std::string_view label, std::string_view name);
// "user_id ada", "anonymous_id 7f…", "alias email_hash:9a…"; "(no user)".
std::string Describe(const v1::UserRef& user);

v1::Input Event(v1::UserRef user, std::string_view name, Entries properties = {});
v1::Input Purchase(v1::UserRef user, std::string_view product_id, v1::Money price, int32_t quantity = 1,
                   Entries properties = {});
v1::Input SessionStart(v1::UserRef user);
v1::Input SessionEnd(v1::UserRef user);
v1::Input SetAttributes(v1::UserRef user, Entries attributes);
v1::Input Identify(v1::UserRef user, std::string_view anonymous_id);
v1::Input AddAlias(v1::UserRef user, std::string_view label, std::string_view name);
// `channel` empty: all channels.
v1::Input Subscription(v1::UserRef user, std::string_view channel, v1::SubscriptionState state);
// `link_id` for a click only.
v1::Input Receipt(v1::UserRef user, v1::Receipt::Kind kind, std::string_view message_id, std::string_view link_id = "");
// The same for Subscriber::Report.
v1::MessageReceipt MessageReceipt(v1::Receipt::Kind kind, std::string_view message_id, std::string_view link_id = "");

// The exact amount of a decimal number's text ("139.12", "-5", "1e2"), which never passes through a double.
// INVALID_ARGUMENT: not a number, more than nine decimals that are not zero, or over 64 bits of units.
absl::StatusOr<v1::Money> ParseMoney(std::string_view decimal, std::string_view currency_code);
// "139.12 GBP": at least two decimals, no more zeros than that.
std::string FormatMoney(const v1::Money& money);

google::protobuf::Timestamp ToProto(absl::Time time);
absl::Time FromProto(const google::protobuf::Timestamp& time);

}  // namespace cadenza::client

#endif  // CADENZA_CLIENTS_CPP_BUILDERS_H_
