#include "clients/cli/input_flags.h"

#include <utility>

#include "clients/cli/formats/json_value.h"
#include "storage/base/ids.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

constexpr char kWhat[] = "The input (one of these kinds)";

absl::StatusOr<v1::UserAlias> ParseAlias(const std::string& flag, const std::string& text) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == text.size()) {
    return absl::InvalidArgumentError(StrCat(flag, ": \"", text, "\" is not LABEL:NAME"));
  }
  return client::Alias(text.substr(0, colon), text.substr(colon + 1)).alias();
}

CLI::Option* AddList(CLI::App& command, const std::string& name, std::vector<std::string>& list,
                     const std::string& help) {
  return command.add_option(name, list, help)->allow_extra_args(false)->group(kWhat);
}

}  // namespace

absl::StatusOr<client::Entries> KeyValues(const std::string& flag, const std::vector<std::string>& arguments) {
  client::Entries entries;
  for (const std::string& argument : arguments) {
    const size_t equals = argument.find('=');
    if (equals == std::string::npos || equals == 0) {
      return absl::InvalidArgumentError(StrCat(flag, ": \"", argument, "\" is not NAME=VALUE"));
    }
    entries.emplace_back(argument.substr(0, equals), ValueOfArgument(argument.substr(equals + 1)));
  }
  return entries;
}

void UserFlags::AddTo(CLI::App& command, bool optional) {
  CLI::Option_group* group = command.add_option_group("Whom");
  group->add_option("--user", user, "the user_id");
  group->add_option("--anonymous", anonymous, "the anonymous_id");
  group->add_option("--alias", alias, "a second name, LABEL:NAME");
  group->require_option(optional ? 0 : 1, 1);
}

absl::StatusOr<v1::UserRef> UserFlags::User() const {
  if (!alias.empty()) {
    CADENZA_ASSIGN_OR_RETURN(const v1::UserAlias parsed, ParseAlias("--alias", alias));
    return client::Alias(parsed.label(), parsed.name());
  }
  return anonymous.empty() ? client::UserId(user) : client::AnonymousId(anonymous);
}

void InputFlags::AddTo(CLI::App& command, bool user_optional) {
  user.AddTo(command, user_optional);
  command.add_option("--event-id", event_id, "the key of idempotency; a new UUIDv7 if absent");
  command.add_option("--time", time, "when it happened, RFC 3339 (2026-01-31T12:00:00Z); absent: the server's clock");
  command.add_option("--event", event, "a custom event of this name")->group(kWhat);
  AddList(command, "--prop", properties,
          "a property NAME=VALUE of the event or purchase; the value is JSON, or else text; repeatable");
  command.add_option("--purchase", purchase, "a purchase of this product, with --price and --currency")->group(kWhat);
  command.add_option("--price", price, "of one piece, decimal")->group(kWhat);
  command.add_option("--currency", currency, "three letters: EUR")->group(kWhat);
  command.add_option("--quantity", quantity, "pieces")->group(kWhat)->capture_default_str();
  command.add_flag("--session-start", session_start, "the app came to the front")->group(kWhat);
  command.add_flag("--session-end", session_end, "the app went away")->group(kWhat);
  AddList(command, "--set", set, "set the attribute PATH=VALUE; repeatable, and together with the next two");
  AddList(command, "--unset", unset, "remove the attribute PATH; repeatable");
  AddList(command, "--increment", increment, "add to the attribute PATH=NUMBER; repeatable");
  command.add_option("--identify", identify, "the user was this anonymous_id until now")->group(kWhat);
  command.add_option("--add-alias", add_alias, "give the user the second name LABEL:NAME")->group(kWhat);
  command.add_option("--subscription", subscription, "set the state of a subscription")
      ->check(CLI::IsMember({"subscribed", "unsubscribed", "opted_in"}))
      ->group(kWhat);
  command.add_option("--receipt", receipt, "what became of the message --message-id")
      ->check(CLI::IsMember({"delivered", "opened", "clicked", "dismissed"}))
      ->group(kWhat);
  command.add_option("--message-id", message_id, "the message of --receipt")->group(kWhat);
  command.add_option("--link", link_id, "the link of --receipt clicked")->group(kWhat);
  command.add_option("--channel", channel, "the channel of --subscription; absent: all channels")->group(kWhat);
}

absl::StatusOr<v1::Input> InputFlags::Build() const {
  CADENZA_ASSIGN_OR_RETURN(const v1::UserRef to, user.User());
  CADENZA_ASSIGN_OR_RETURN(v1::Input input, BuildKind(to));
  input.set_event_id(event_id.empty() ? NewUuidV7(absl::Now()) : event_id);
  if (!time.empty()) {
    absl::Time parsed;
    std::string error;
    if (!absl::ParseTime(absl::RFC3339_full, time, &parsed, &error)) {
      return absl::InvalidArgumentError(StrCat("--time: \"", time, "\": ", error));
    }
    *input.mutable_time() = client::ToProto(parsed);
  }
  return input;
}

absl::StatusOr<v1::Input> InputFlags::BuildKind(const v1::UserRef& user) const {
  const bool attributes = !set.empty() || !unset.empty() || !increment.empty();
  const int kinds = !event.empty() + !purchase.empty() + session_start + session_end + attributes + !identify.empty() +
                    !add_alias.empty() + !subscription.empty() + !receipt.empty();
  if (kinds != 1) {
    return absl::InvalidArgumentError(
        "exactly one kind of input is needed: --event, --purchase, --session-start, --session-end, "
        "--set/--unset/--increment, "
        "--identify, --add-alias, --subscription or --receipt");
  }
  CADENZA_ASSIGN_OR_RETURN(client::Entries entries, KeyValues("--prop", properties));
  if (!event.empty()) return client::Event(user, event, std::move(entries));
  if (!purchase.empty()) {
    CADENZA_ASSIGN_OR_RETURN(v1::Money money, client::ParseMoney(price, currency));
    return client::Purchase(user, purchase, std::move(money), quantity, std::move(entries));
  }
  if (session_start) return client::SessionStart(user);
  if (session_end) return client::SessionEnd(user);
  if (!identify.empty()) return client::Identify(user, identify);
  if (!add_alias.empty()) {
    CADENZA_ASSIGN_OR_RETURN(const v1::UserAlias alias, ParseAlias("--add-alias", add_alias));
    return client::AddAlias(user, alias.label(), alias.name());
  }
  if (attributes) return BuildAttributes(user);
  if (!receipt.empty()) {
    return client::Receipt(user,
                           receipt == "delivered" ? v1::Receipt::KIND_DELIVERED
                           : receipt == "opened"  ? v1::Receipt::KIND_OPENED
                           : receipt == "clicked" ? v1::Receipt::KIND_CLICKED
                                                  : v1::Receipt::KIND_DISMISSED,
                           message_id, link_id);
  }
  return client::Subscription(user, channel,
                              subscription == "subscribed"     ? v1::SUBSCRIPTION_STATE_SUBSCRIBED
                              : subscription == "unsubscribed" ? v1::SUBSCRIPTION_STATE_UNSUBSCRIBED
                                                               : v1::SUBSCRIPTION_STATE_OPTED_IN);
}

absl::StatusOr<v1::Input> InputFlags::BuildAttributes(const v1::UserRef& user) const {
  CADENZA_ASSIGN_OR_RETURN(client::Entries sets, KeyValues("--set", set));
  v1::Input input = client::SetAttributes(user, std::move(sets));
  for (const std::string& path : unset) {
    v1::AttributeOperation* operation = input.mutable_attribute_change()->add_operations();
    operation->set_path(path);
    operation->mutable_unset();
  }
  CADENZA_ASSIGN_OR_RETURN(client::Entries increments, KeyValues("--increment", increment));
  for (auto& [path, value] : increments) {
    v1::AttributeOperation* operation = input.mutable_attribute_change()->add_operations();
    operation->set_path(path);
    *operation->mutable_increment() = std::move(value);
  }
  return input;
}

}  // namespace cadenza::cli
