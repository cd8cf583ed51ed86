#include "clients/cli/given_facts.h"

#include <utility>
#include <vector>

#include "clients/cli/formats/plain_facts.h"
#include "clients/cli/formats/proto_json.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/wire.h"
#include "storage/model/limits.h"

namespace cadenza::cli {
namespace {

// Conditions know no workspace.
constexpr std::string_view kWorkspace = "default";

absl::Status InFile(const std::string& path, const absl::Status& status) {
  return absl::Status(status.code(), StrCat(path, ": ", Std(status.message())));
}

template <typename T>
absl::Status Under(std::string_view field, absl::StatusOr<T> read, T* into) {
  if (!read.ok()) return absl::InvalidArgumentError(StrCat(field, ": ", Std(read.status().message())));
  *into = *std::move(read);
  return absl::OkStatus();
}

// One that may be missing.
absl::Status Time(std::string_view field, bool given, const google::protobuf::Timestamp& proto, absl::Time* time) {
  return given ? Under(field, FromProto(proto), time) : absl::OkStatus();
}

absl::Status ReadEvents(const v1::Profile& proto, Profile* profile) {
  for (const auto& [name, counter] : proto.events()) {
    const std::string field = StrCat("events.", name);
    if (counter.count() <= 0) return absl::InvalidArgumentError(StrCat(field, ".count: must be above 0"));
    if (!counter.has_first_time() || !counter.has_last_time()) {
      return absl::InvalidArgumentError(StrCat(field, ": needs first_time and last_time"));
    }
    absl::Time first;
    absl::Time last;
    CADENZA_RETURN_IF_ERROR(Under(StrCat(field, ".first_time"), FromProto(counter.first_time()), &first));
    CADENZA_RETURN_IF_ERROR(Under(StrCat(field, ".last_time"), FromProto(counter.last_time()), &last));
    PackedSeconds known;
    if (counter.count() > 1) known.Add(absl::ToUnixSeconds(first));
    known.Add(absl::ToUnixSeconds(last));
    profile->events.emplace(name, EventHistory::Restore(counter.count(), first, last, std::move(known), {}));
  }
  return absl::OkStatus();
}

absl::Status ReadPurchases(const v1::PurchaseSummary& proto, Purchases* purchases) {
  purchases->count = proto.count();
  for (const v1::Money& money : proto.revenue()) {
    purchases->revenue.emplace(money.currency_code(), Money::Of(money.currency_code(), money.units(), money.nanos()));
  }
  return Time("purchases.last_time", proto.has_last_time(), proto.last_time(), &purchases->last_time);
}

absl::Status ReadSessions(const v1::SessionSummary& proto, Sessions* sessions) {
  sessions->count = proto.count();
  CADENZA_RETURN_IF_ERROR(Time("sessions.first_start_time", proto.has_first_start_time(), proto.first_start_time(),
                               &sessions->first_start));
  CADENZA_RETURN_IF_ERROR(
      Time("sessions.last_start_time", proto.has_last_start_time(), proto.last_start_time(), &sessions->last_start));
  if (proto.has_total_time()) {
    CADENZA_RETURN_IF_ERROR(Under("sessions.total_time", FromProto(proto.total_time()), &sessions->total_time));
  }
  if (!proto.has_current()) return absl::OkStatus();
  const v1::Session& current = proto.current();
  Session& session = sessions->current.emplace();
  session.id = current.session_id();
  session.event_count = current.event_count();
  CADENZA_RETURN_IF_ERROR(Under("sessions.current.start_time", FromProto(current.start_time()), &session.start));
  return Under("sessions.current.last_activity_time", FromProto(current.last_activity_time()), &session.last_activity);
}

absl::StatusOr<Input> ReadEvent(const std::string& path, absl::Time now) {
  CADENZA_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  CADENZA_ASSIGN_OR_RETURN(const std::string json, PlainEventToJson(text));
  v1::Input proto;
  CADENZA_RETURN_IF_ERROR(FromJson(json, &proto));
  CADENZA_ASSIGN_OR_RETURN(Input input, FromProto(kWorkspace, proto));
  if (input.time == absl::InfinitePast()) input.time = now;
  input.receive_time = input.time;
  input.clock = input.time;
  return input;
}

absl::StatusOr<Profile> ReadProfile(const std::string& path) {
  CADENZA_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  CADENZA_ASSIGN_OR_RETURN(const std::string json, PlainProfileToJson(text));
  v1::Profile proto;
  CADENZA_RETURN_IF_ERROR(FromJson(json, &proto));
  return ProfileFromProto(proto);
}

Input NoEvent(absl::Time now) {
  Input input;
  input.time = now;
  input.receive_time = now;
  input.clock = now;
  return input;
}

}  // namespace

absl::StatusOr<Profile> ProfileFromProto(const v1::Profile& proto) {
  Profile profile;
  if (proto.has_user()) CADENZA_RETURN_IF_ERROR(Under("user", FromProto(kWorkspace, proto.user()), &profile.key));
  profile.version = proto.user_seq();
  profile.message_seq = proto.message_seq();
  CADENZA_RETURN_IF_ERROR(Time("create_time", proto.has_create_time(), proto.create_time(), &profile.create_time));
  for (const auto& [name, value] : proto.attributes()) {
    Value attribute;
    CADENZA_RETURN_IF_ERROR(Under(StrCat("attributes.", name), FromProto(value), &attribute));
    profile.attributes.Set(name, std::move(attribute));
  }
  CADENZA_RETURN_IF_ERROR(ReadEvents(proto, &profile));
  CADENZA_RETURN_IF_ERROR(ReadPurchases(proto.purchases(), &profile.purchases));
  CADENZA_RETURN_IF_ERROR(ReadSessions(proto.sessions(), &profile.sessions));
  for (const auto& [channel, state] : proto.subscriptions()) {
    profile.subscriptions.emplace(channel, static_cast<SubscriptionState>(state));
  }
  for (const auto& [id, history] : proto.campaigns()) {
    CampaignHistory& campaign = profile.campaigns.emplace(id, CampaignHistory{history.count(), {}}).first->second;
    CADENZA_RETURN_IF_ERROR(
        Under(StrCat("campaigns.", id, ".last_time"), FromProto(history.last_time()), &campaign.last_time));
  }
  for (const v1::UserRef& name : proto.other_names()) {
    UserKey key;
    CADENZA_RETURN_IF_ERROR(Under("other_names", FromProto(kWorkspace, name), &key));
    profile.other_names.push_back(std::move(key.key));
  }
  return profile;
}

absl::StatusOr<std::unique_ptr<GivenFacts>> GivenFacts::Read(const std::string& event_path,
                                                             const std::string& profile_path, absl::Time now) {
  std::optional<Input> event;
  std::optional<Profile> profile;
  if (!event_path.empty()) {
    absl::StatusOr<Input> read = ReadEvent(event_path, now);
    if (!read.ok()) return InFile(event_path, read.status());
    event = *std::move(read);
  }
  if (!profile_path.empty()) {
    absl::StatusOr<Profile> read = ReadProfile(profile_path);
    if (!read.ok()) return InFile(profile_path, read.status());
    profile = *std::move(read);
  }
  return std::unique_ptr<GivenFacts>(new GivenFacts(std::move(event), std::move(profile), now));
}

GivenFacts::GivenFacts(std::optional<Input> event, std::optional<Profile> profile, absl::Time now)
    : has_event_(event.has_value()),
      has_profile_(profile.has_value()),
      event_(event ? *std::move(event) : NoEvent(now)),
      profile_(profile ? *std::move(profile) : Profile()),
      facts_(event_, profile_, limits::kSessionGapDefault),
      scope_(facts_) {}

std::optional<cel::Value> GivenFacts::Find(std::string_view name) const {
  if ((name == "event" && !has_event_) || (name == "user" && !has_profile_)) return std::nullopt;
  return scope_.Find(name);
}

}  // namespace cadenza::cli
