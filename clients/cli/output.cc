#include "clients/cli/output.h"

#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "clients/cli/formats/printable.h"
#include "clients/cli/formats/proto_json.h"
#include "clients/cpp/builders.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

std::string Quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

template <typename T>
std::map<std::string, const T*> Sorted(const google::protobuf::Map<std::string, T>& map) {
  std::map<std::string, const T*> sorted;
  for (const auto& [key, value] : map) sorted[key] = &value;
  return sorted;
}

std::string FormatEntries(const google::protobuf::Map<std::string, v1::Value>& entries) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : Sorted(entries)) parts.push_back(StrCat(Quoted(key), ": ", FormatValue(*value)));
  return StrCat("{", absl::StrJoin(parts, ", "), "}");
}

void AppendSessions(const v1::SessionSummary& sessions, std::string* out) {
  if (sessions.count() == 0) return;
  StrAppend(out, "\n  sessions: ", sessions.count(), ", ", FormatDuration(sessions.total_time()),
            " in those that ended");
  if (!sessions.has_current()) return;
  StrAppend(out, "\n    current: ", sessions.current().session_id(), ", since ",
            FormatTime(sessions.current().start_time()), ", ", sessions.current().event_count(), " events");
}

void AppendPurchases(const v1::PurchaseSummary& purchases, std::string* out) {
  if (purchases.count() == 0) return;
  std::vector<std::string> revenue;
  for (const v1::Money& money : purchases.revenue()) revenue.push_back(client::FormatMoney(money));
  StrAppend(out, "\n  purchases: ", purchases.count(), ", ", absl::StrJoin(revenue, ", "), ", last ",
            FormatTime(purchases.last_time()));
}

}  // namespace

std::string Plain(const std::string& text) { return Printable(text); }

std::string FormatValue(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kBoolValue:
      return value.bool_value() ? "true" : "false";
    case v1::Value::kInt64Value:
      return StrCat(value.int64_value());
    case v1::Value::kDoubleValue:
      return nlohmann::json(value.double_value()).dump();
    case v1::Value::kStringValue:
      return Quoted(value.string_value());
    case v1::Value::kTimestampValue:
      return FormatTime(value.timestamp_value());
    case v1::Value::kListValue: {
      std::vector<std::string> parts;
      for (const v1::Value& item : value.list_value().values()) parts.push_back(FormatValue(item));
      return StrCat("[", absl::StrJoin(parts, ", "), "]");
    }
    case v1::Value::kMapValue:
      return FormatEntries(value.map_value().entries());
    case v1::Value::kNullValue:
    case v1::Value::KIND_NOT_SET:
      break;
  }
  return "null";
}

std::string FormatTime(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%E3S UTC", client::FromProto(time), absl::UTCTimeZone());
}

std::string FormatDuration(const google::protobuf::Duration& duration) {
  return absl::FormatDuration(absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos()));
}

std::string FormatMessage(const v1::Message& message) {
  return StrCat("#", message.message_seq(), "  ", FormatTime(message.create_time()), "  ", message.campaign_id(), "  ",
                message.channel(), "  ", message.variant_id().empty() ? "" : StrCat("[", message.variant_id(), "]  "),
                message.title().empty() ? "" : StrCat(Plain(message.title()), ": "), Plain(message.body()));
}

std::string FormatInput(const v1::Input& input) {
  switch (input.kind_case()) {
    case v1::Input::kCustomEvent:
      return StrCat(Plain(input.custom_event().name()), " ", FormatEntries(input.custom_event().properties()));
    case v1::Input::kPurchase:
      return StrCat("purchase of ", Plain(input.purchase().product_id()), ": ",
                    std::max(1, input.purchase().quantity()), " x ", client::FormatMoney(input.purchase().price()));
    case v1::Input::kSessionStart:
      return "session start";
    case v1::Input::kSessionEnd:
      return "session end";
    case v1::Input::kIdentify:
      return StrCat("identify ", Plain(input.identify().anonymous_id()));
    case v1::Input::kAddAlias:
      return StrCat("add alias ", Plain(input.add_alias().alias().label()), ":",
                    Plain(input.add_alias().alias().name()));
    case v1::Input::kAttributeChange:
      return StrCat("attributes ", ToJson(input.attribute_change()));
    case v1::Input::kSubscriptionChange:
      return StrCat("subscription ", ToJson(input.subscription_change()));
    case v1::Input::kTimerFired:
      return StrCat("timer ", Plain(input.timer_fired().timer_id()), " of ", Plain(input.timer_fired().subject()),
                    ", for event ", Plain(input.timer_fired().trigger().event_id()));
    case v1::Input::kCampaignLaunch:
      return StrCat("launch of ", Plain(input.campaign_launch().campaign_id()));
    case v1::Input::kReceipt:
      return StrCat("receipt ", ToJson(input.receipt()));
    case v1::Input::KIND_NOT_SET:
      break;
  }
  return "(empty)";
}

std::string FormatEvent(const v1::UserEvent& event) {
  return StrCat(event.user_seq(), "  ",
                FormatTime(event.input().has_time() ? event.input().time() : event.receive_time()), "  ",
                Plain(event.input().event_id()), "  ", FormatInput(event.input()));
}

std::string FormatProfile(const v1::Profile& profile) {
  std::string out = StrCat(Plain(client::Describe(profile.user())), ": ", profile.user_seq(), " inputs since ",
                           FormatTime(profile.create_time()), ", ", profile.message_seq(), " messages");
  for (const v1::UserRef& name : profile.other_names()) StrAppend(&out, "\n  also: ", Plain(client::Describe(name)));
  for (const auto& [name, value] : Sorted(profile.attributes()))
    StrAppend(&out, "\n  attribute ", Plain(name), " = ", FormatValue(*value));
  for (const auto& [name, counter] : Sorted(profile.events())) {
    StrAppend(&out, "\n  event ", Plain(name), ": ", counter->count(), ", first ", FormatTime(counter->first_time()),
              ", last ", FormatTime(counter->last_time()));
  }
  AppendPurchases(profile.purchases(), &out);
  AppendSessions(profile.sessions(), &out);
  for (const v1::PendingTimer& timer : profile.timers()) {
    StrAppend(&out, "\n  timer ", Plain(timer.timer_id()), ": ", FormatTime(timer.fire_time()));
  }
  for (const auto& [channel, state] : profile.subscriptions()) {
    StrAppend(&out, "\n  subscription ", channel.empty() ? "(all channels)" : Plain(channel), ": ",
              v1::SubscriptionState_Name(state));
  }
  for (const auto& [campaign, history] : Sorted(profile.campaigns())) {
    StrAppend(&out, "\n  campaign ", campaign, ": ", history->count(), " messages, last ",
              FormatTime(history->last_time()));
    const auto receipts = [&out](std::string_view what, const v1::ReceiptCount& of) {
      if (of.count() > 0) StrAppend(&out, ", ", of.count(), " ", what);
    };
    receipts("delivered", history->delivered());
    receipts("opened", history->opened());
    receipts("clicked", history->clicked());
    receipts("dismissed", history->dismissed());
  }
  for (const v1::SegmentMembership& segment : profile.segments()) {
    StrAppend(&out, "\n  segment ", segment.segment_id(), " since ", FormatTime(segment.enter_time()));
  }
  return out;
}

std::string FormatState(v1::Campaign::State state) {
  const std::string name = v1::Campaign::State_Name(state);
  constexpr size_t kPrefix = sizeof("STATE_") - 1;
  return name.size() <= kPrefix ? name : absl::AsciiStrToLower(name.substr(kPrefix));
}

std::string FormatTrigger(const v1::Trigger& trigger) {
  switch (trigger.trigger_case()) {
    case v1::Trigger::kEventName:
      return Plain(trigger.event_name());
    case v1::Trigger::kSessionStarted:
      return "session start";
    case v1::Trigger::kPurchaseMade:
      return trigger.purchase_made().product_id().empty()
                 ? "purchase"
                 : StrCat("purchase of ", Plain(trigger.purchase_made().product_id()));
    case v1::Trigger::kSegmentEntered:
      return StrCat("entering ", Plain(trigger.segment_entered().segment_id()));
    case v1::Trigger::kSegmentLeft:
      return StrCat("leaving ", Plain(trigger.segment_left().segment_id()));
    case v1::Trigger::kAttributeChanged:
      return StrCat("a change of ", Plain(trigger.attribute_changed().attribute()));
    case v1::Trigger::kSubscriptionChanged:
      return StrCat("a change of the subscription to ", Plain(trigger.subscription_changed().channel()));
    case v1::Trigger::kApiTriggered:
      return "TriggerCampaign";
    case v1::Trigger::kSchedule:
      return StrCat("schedule ", ToJson(trigger.schedule()));
    case v1::Trigger::kReceiptReported:
      return StrCat("receipt ", ToJson(trigger.receipt_reported()));
    case v1::Trigger::TRIGGER_NOT_SET:
      break;
  }
  return "(no trigger)";
}

std::string FormatCampaign(const v1::Campaign& campaign) {
  return absl::StrFormat("%-24s  %-8s  on %s%s", campaign.campaign_id(), FormatState(campaign.state()),
                         FormatTrigger(campaign.trigger()),
                         campaign.condition().empty() ? "" : StrCat("  if ", Plain(campaign.condition())));
}

void WarnOfDamaged(const v1::DamagedCampaign& damaged) {
  std::fprintf(stderr, "warning: campaign %s is left out: %s\n", Plain(damaged.campaign_id()).c_str(),
               Plain(damaged.error()).c_str());
}

std::string FormatCatalog(const v1::Catalog& catalog) {
  return absl::StrFormat("%-24s  %d items  changed %s%s", catalog.catalog_id(), catalog.item_count(),
                         FormatTime(catalog.update_time()),
                         catalog.display_name().empty() ? "" : StrCat("  ", Plain(catalog.display_name())));
}

std::string FormatItem(const v1::CatalogItem& item) {
  return StrCat(Plain(item.item_id()), "  ", FormatEntries(item.fields()));
}

std::string FormatContentBlock(const v1::ContentBlock& block) {
  return absl::StrFormat("%-24s  %d bytes  changed %s%s", block.content_block_id(), block.content().size(),
                         FormatTime(block.update_time()),
                         block.display_name().empty() ? "" : StrCat("  ", Plain(block.display_name())));
}

std::string FormatWarning(const v1::TemplateWarning& warning) {
  const std::string place = warning.line() == 0 ? "" : StrCat(", line ", warning.line(), ", column ", warning.column());
  return StrCat(warning.field(), place, ": ", warning.message());
}

}  // namespace cadenza::cli
