#include "storage/codec/profile_codec.h"

#include <google/protobuf/arena.h>

#include <cstddef>
#include <limits>
#include <utility>

#include "cadenza/internal/v1/profile_record.pb.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/serialize.h"
#include "storage/codec/wire.h"

namespace cadenza {
namespace {

namespace pb = internal::v1;

// Most profiles fit, so that their records need no other memory than this.
constexpr size_t kArenaBytes = 16 << 10;

google::protobuf::ArenaOptions ThreadArena() {
  alignas(std::max_align_t) thread_local char block[kArenaBytes];
  google::protobuf::ArenaOptions options;
  options.initial_block = block;
  options.initial_block_size = sizeof(block);
  return options;
}

// Times that may be "never" (InfinitePast): never is 0, which takes no bytes, and the instant 0 itself is the lowest
// number.
constexpr int64_t kEpochItself = std::numeric_limits<int64_t>::min();

int64_t FromTimeOrNever(absl::Time time) {
  if (time == absl::InfinitePast()) return 0;
  const int64_t micros = absl::ToUnixMicros(time);
  return micros == 0 ? kEpochItself : micros;
}

absl::Time ToTimeOrNever(int64_t micros) {
  if (micros == 0) return absl::InfinitePast();
  return absl::FromUnixMicros(micros == kEpochItself ? 0 : micros);
}

absl::Status Damaged(std::string_view what) {
  return absl::DataLossError(Sv(StrCat("stored profile is damaged: ", what)));
}

void EncodeHistory(std::string_view name, const EventHistory& history, pb::EventHistoryRecord* record) {
  record->set_name(std::string(name));
  record->set_count(history.count());
  record->set_first_time(absl::ToUnixMicros(history.first_time()));
  record->set_last_time(absl::ToUnixMicros(history.last_time()));
  int64_t previous = 0;
  record->mutable_recent_seconds()->Reserve(static_cast<int>(history.recent_seconds().size()));
  for (int64_t second : history.recent_seconds()) {
    record->add_recent_seconds(second - previous);
    previous = second;
  }
  previous = 0;
  for (const EventHistory::HourCount& entry : history.hours()) {
    record->add_hours(entry.hour - previous);
    record->add_hour_counts(entry.count);
    previous = entry.hour;
  }
}

absl::StatusOr<EventHistory> DecodeHistory(const pb::EventHistoryRecord& record) {
  std::vector<int64_t> recent;
  recent.reserve(record.recent_seconds_size());
  int64_t previous = 0;
  for (int64_t difference : record.recent_seconds()) {
    if ((!recent.empty() && difference < 0) || __builtin_add_overflow(previous, difference, &previous)) {
      return Damaged("seconds out of order");
    }
    recent.push_back(previous);
  }
  if (record.hours_size() != record.hour_counts_size()) return Damaged("hours without counts");
  std::vector<EventHistory::HourCount> hours;
  hours.reserve(record.hours_size());
  previous = 0;
  for (int i = 0; i < record.hours_size(); ++i) {
    if ((i > 0 && record.hours(i) <= 0) || __builtin_add_overflow(previous, record.hours(i), &previous)) {
      return Damaged("hours out of order");
    }
    hours.push_back({previous, record.hour_counts(i)});
  }
  if (record.count() < static_cast<int64_t>(recent.size()) || (recent.empty() && !hours.empty())) {
    return Damaged("an event count below its occurrences");
  }
  return EventHistory::Restore(record.count(), absl::FromUnixMicros(record.first_time()),
                               absl::FromUnixMicros(record.last_time()), std::move(recent), std::move(hours));
}

void EncodePurchases(const Purchases& purchases, pb::PurchaseRecord* record) {
  record->set_count(purchases.count);
  record->set_last_time(FromTimeOrNever(purchases.last_time));
  for (const auto& [code, total] : purchases.revenue) {
    pb::RevenueRecord* revenue = record->add_revenue();
    revenue->set_currency_code(code);
    revenue->set_units(total.units());
    revenue->set_nanos(total.nano_part());
  }
}

Purchases DecodePurchases(const pb::PurchaseRecord& record) {
  Purchases purchases;
  purchases.count = record.count();
  purchases.last_time = ToTimeOrNever(record.last_time());
  for (const pb::RevenueRecord& revenue : record.revenue()) {
    purchases.revenue.emplace_hint(purchases.revenue.end(), revenue.currency_code(),
                                   Money::Of(revenue.currency_code(), revenue.units(), revenue.nanos()));
  }
  return purchases;
}

void EncodeSessions(const Sessions& sessions, pb::SessionsRecord* record) {
  if (sessions.current.has_value()) {
    record->set_has_current(true);
    record->set_session_id(sessions.current->id);
    record->set_start_time(absl::ToUnixMicros(sessions.current->start));
    record->set_last_activity_time(absl::ToUnixMicros(sessions.current->last_activity));
    record->set_session_event_count(sessions.current->event_count);
  }
  record->set_count(sessions.count);
  record->set_first_start_time(FromTimeOrNever(sessions.first_start));
  record->set_last_start_time(FromTimeOrNever(sessions.last_start));
  record->set_total_micros(absl::ToInt64Microseconds(sessions.total_time));
  record->set_last_end_time(FromTimeOrNever(sessions.last_end));
  record->set_last_seen_time(FromTimeOrNever(sessions.last_seen));
}

Sessions DecodeSessions(const pb::SessionsRecord& record) {
  Sessions sessions;
  if (record.has_current()) {
    sessions.current = Session{record.session_id(), absl::FromUnixMicros(record.start_time()),
                               absl::FromUnixMicros(record.last_activity_time()), record.session_event_count()};
  }
  sessions.count = record.count();
  sessions.first_start = ToTimeOrNever(record.first_start_time());
  sessions.last_start = ToTimeOrNever(record.last_start_time());
  sessions.total_time = absl::Microseconds(record.total_micros());
  sessions.last_end = ToTimeOrNever(record.last_end_time());
  sessions.last_seen = ToTimeOrNever(record.last_seen_time());
  return sessions;
}

void FillRecord(const Profile& profile, pb::ProfileRecord* record) {
  record->set_create_time(FromTimeOrNever(profile.create_time));
  for (const auto& [name, value] : profile.attributes) {
    pb::AttributeRecord* attribute = record->add_attributes();
    attribute->set_name(name);
    ToProto(value, attribute->mutable_value());
  }
  for (const auto& [name, history] : profile.events) EncodeHistory(name, history, record->add_events());
  if (profile.purchases != Purchases()) EncodePurchases(profile.purchases, record->mutable_purchases());
  if (profile.sessions != Sessions()) EncodeSessions(profile.sessions, record->mutable_sessions());
  for (const auto& [channel, state] : profile.subscriptions) {
    pb::SubscriptionRecord* subscription = record->add_subscriptions();
    subscription->set_channel(channel);
    subscription->set_state(static_cast<int32_t>(state));
  }
  for (const auto& [campaign_id, history] : profile.campaigns) {
    pb::CampaignHistoryRecord* campaign = record->add_campaigns();
    campaign->set_campaign_id(campaign_id);
    campaign->set_count(history.count);
    campaign->set_last_time(absl::ToUnixMicros(history.last_time));
  }
  for (const std::string& name : profile.other_names) record->add_other_names(name);
  record->set_message_seq(profile.message_seq);
}

absl::Status FillProfile(const pb::ProfileRecord& record, Profile* profile) {
  profile->create_time = ToTimeOrNever(record.create_time());
  for (const pb::AttributeRecord& attribute : record.attributes()) {
    absl::StatusOr<Value> value = FromProto(attribute.value());
    if (!value.ok()) return Damaged(Std(value.status().message()));
    profile->attributes.Set(attribute.name(), *std::move(value));
  }
  for (const pb::EventHistoryRecord& event : record.events()) {
    CADENZA_ASSIGN_OR_RETURN(EventHistory history, DecodeHistory(event));
    profile->events.emplace_hint(profile->events.end(), event.name(), std::move(history));
  }
  profile->purchases = DecodePurchases(record.purchases());
  profile->sessions = DecodeSessions(record.sessions());
  for (const pb::SubscriptionRecord& subscription : record.subscriptions()) {
    profile->subscriptions.emplace_hint(profile->subscriptions.end(), subscription.channel(),
                                        static_cast<SubscriptionState>(subscription.state()));
  }
  for (const pb::CampaignHistoryRecord& campaign : record.campaigns()) {
    profile->campaigns.emplace_hint(profile->campaigns.end(), campaign.campaign_id(),
                                    CampaignHistory{campaign.count(), absl::FromUnixMicros(campaign.last_time())});
  }
  profile->other_names.assign(record.other_names().begin(), record.other_names().end());
  profile->message_seq = record.message_seq();
  return absl::OkStatus();
}

}  // namespace

std::string EncodeProfile(const Profile& profile) {
  google::protobuf::Arena arena(ThreadArena());
  auto* record = google::protobuf::Arena::CreateMessage<pb::ProfileRecord>(&arena);
  FillRecord(profile, record);
  return SerializeDeterministic(*record);
}

absl::StatusOr<Profile> DecodeProfile(const UserKey& key, int64_t version, std::string_view state) {
  google::protobuf::Arena arena(ThreadArena());
  auto* record = google::protobuf::Arena::CreateMessage<pb::ProfileRecord>(&arena);
  if (!record->ParseFromArray(state.data(), static_cast<int>(state.size()))) return Damaged("not a ProfileRecord");
  Profile profile;
  profile.key = key;
  profile.version = version;
  CADENZA_RETURN_IF_ERROR(FillProfile(*record, &profile));
  return profile;
}

}  // namespace cadenza
