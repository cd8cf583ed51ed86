#include "storage/codec/wire.h"

namespace cadenza {
namespace {

// Times that were never are absent.
template <typename Mutable>
void PutTime(absl::Time time, Mutable mutable_timestamp) {
  if (time != absl::InfinitePast()) ToProto(time, mutable_timestamp());
}

void PurchasesToProto(const Purchases& purchases, v1::PurchaseSummary* proto) {
  proto->set_count(purchases.count);
  for (const auto& [code, total] : purchases.revenue) {
    v1::Money* money = proto->add_revenue();
    money->set_currency_code(code);
    money->set_units(total.units());
    money->set_nanos(total.nano_part());
  }
  PutTime(purchases.last_time, [&] { return proto->mutable_last_time(); });
}

void SessionsToProto(const Sessions& sessions, absl::Time now, absl::Duration gap, v1::SessionSummary* proto) {
  proto->set_count(sessions.count);
  PutTime(sessions.first_start, [&] { return proto->mutable_first_start_time(); });
  PutTime(sessions.last_start, [&] { return proto->mutable_last_start_time(); });
  absl::Duration total_time = sessions.total_time;
  if (sessions.current.has_value()) {
    const Session& session = *sessions.current;
    if (session.last_activity + gap > now) {
      v1::Session* current = proto->mutable_current();
      current->set_session_id(session.id);
      ToProto(session.start, current->mutable_start_time());
      ToProto(session.last_activity, current->mutable_last_activity_time());
      ToProto(session.duration(), current->mutable_duration());
      current->set_event_count(session.event_count);
    } else {
      total_time += session.duration();
    }
  }
  ToProto(total_time, proto->mutable_total_time());
}

void ReceiptsToProto(const CampaignHistory& history, v1::CampaignHistory* proto) {
  const auto put = [&history](Receipt::Kind kind, auto mutable_count) {
    const ReceiptCount& receipts = history.Of(kind);
    if (receipts.count == 0) return;
    v1::ReceiptCount* count = mutable_count();
    count->set_count(receipts.count);
    PutTime(receipts.last_time, [&] { return count->mutable_last_time(); });
  };
  put(Receipt::Kind::kDelivered, [&] { return proto->mutable_delivered(); });
  put(Receipt::Kind::kOpened, [&] { return proto->mutable_opened(); });
  put(Receipt::Kind::kClicked, [&] { return proto->mutable_clicked(); });
  put(Receipt::Kind::kDismissed, [&] { return proto->mutable_dismissed(); });
}

}  // namespace

void ToProto(const Profile& profile, absl::Time now, absl::Duration session_gap, v1::Profile* proto) {
  ToProto(profile.key, proto->mutable_user());
  proto->set_user_seq(profile.version);
  PutTime(profile.create_time, [&] { return proto->mutable_create_time(); });
  for (const auto& [name, value] : profile.attributes) ToProto(value, &(*proto->mutable_attributes())[name]);
  for (const auto& [name, history] : profile.events) {
    v1::EventCounter& counter = (*proto->mutable_events())[name];
    counter.set_count(history.count());
    ToProto(history.first_time(), counter.mutable_first_time());
    ToProto(history.last_time(), counter.mutable_last_time());
  }
  PurchasesToProto(profile.purchases, proto->mutable_purchases());
  SessionsToProto(profile.sessions, now, session_gap, proto->mutable_sessions());
  for (const auto& [channel, state] : profile.subscriptions) {
    (*proto->mutable_subscriptions())[channel] = static_cast<v1::SubscriptionState>(state);
  }
  for (const auto& [campaign_id, history] : profile.campaigns) {
    v1::CampaignHistory& campaign = (*proto->mutable_campaigns())[campaign_id];
    campaign.set_count(history.count);
    ToProto(history.last_time, campaign.mutable_last_time());
    ReceiptsToProto(history, &campaign);
  }
  for (const std::string& name : profile.other_names) {
    ToProto(UserKey{profile.key.workspace, name}, proto->add_other_names());
  }
  proto->set_message_seq(profile.message_seq);
  for (const auto& [segment_id, since] : profile.segments) {
    v1::SegmentMembership* segment = proto->add_segments();
    segment->set_segment_id(segment_id);
    ToProto(since, segment->mutable_enter_time());
  }
  for (const auto& [timer_id, pending] : profile.timers) {
    v1::PendingTimer* timer = proto->add_timers();
    timer->set_timer_id(timer_id);
    ToProto(pending.fire_time, timer->mutable_fire_time());
  }
}

void ToProto(const Message& message, v1::Message* proto) {
  proto->set_message_id(message.message_id);
  proto->set_message_seq(message.message_seq);
  proto->set_campaign_id(message.campaign_id);
  proto->set_event_id(message.event_id);
  proto->set_channel(message.channel);
  proto->set_title(message.title);
  proto->set_body(message.body);
  ToProto(message.create_time, proto->mutable_create_time());
  ToProto(message.expire_time, proto->mutable_expire_time());
  proto->set_variant_id(message.variant_id);
}

}  // namespace cadenza
