#include "storage/codec/wire_workspace.h"

#include <utility>

#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/serialize.h"
#include "storage/codec/wire.h"
#include "storage/codec/wire_content.h"
#include "storage/codec/wire_error.h"
#include "storage/codec/wire_timing.h"

namespace cadenza {
namespace {

absl::StatusOr<FrequencyCap> CapFromProto(const v1::FrequencyCap& proto) {
  FrequencyCap cap;
  cap.most = proto.most();
  if (!proto.has_window()) return BadField("window", "is required");
  CADENZA_ASSIGN_UNDER("window", cap.window, FromProto(proto.window()));
  cap.channel = proto.channel();
  cap.tag = proto.tag();
  cap.campaign_id = proto.campaign_id();
  return cap;
}

absl::Status Unreadable(std::string_view workspace, std::string_view why) {
  return absl::DataLossError(StrCat("the stored settings of workspace ", workspace, " cannot be read: ", why));
}

}  // namespace

absl::StatusOr<WorkspaceSettings> FromProto(std::string_view workspace, const v1::WorkspaceSettings& proto) {
  WorkspaceSettings settings;
  settings.workspace = std::string(workspace);
  settings.default_time_zone = proto.default_time_zone();
  if (proto.has_quiet_hours()) {
    CADENZA_ASSIGN_UNDER("quiet_hours", settings.quiet_hours, FromProto(proto.quiet_hours()));
  }
  for (int i = 0; i < proto.frequency_caps_size(); ++i) {
    CADENZA_ASSIGN_UNDER(StrCat("frequency_caps[", i, "]"), FrequencyCap cap, CapFromProto(proto.frequency_caps(i)));
    settings.frequency_caps.push_back(std::move(cap));
  }
  if (proto.has_delivery_rate()) {
    CADENZA_ASSIGN_UNDER("delivery_rate", settings.delivery_rate, FromProto(proto.delivery_rate()));
  }
  settings.holdout = {proto.holdout().basis_points(), proto.holdout().salt()};
  return settings;
}

void ToProto(const WorkspaceSettings& settings, v1::WorkspaceSettings* proto) {
  proto->set_default_time_zone(settings.default_time_zone);
  if (!settings.quiet_hours.windows.empty()) ToProto(settings.quiet_hours, proto->mutable_quiet_hours());
  for (const FrequencyCap& cap : settings.frequency_caps) {
    v1::FrequencyCap* shown = proto->add_frequency_caps();
    shown->set_most(cap.most);
    ToProto(cap.window, shown->mutable_window());
    shown->set_channel(cap.channel);
    shown->set_tag(cap.tag);
    shown->set_campaign_id(cap.campaign_id);
  }
  if (settings.delivery_rate) ToProto(*settings.delivery_rate, proto->mutable_delivery_rate());
  if (settings.holdout != Holdout()) {
    proto->mutable_holdout()->set_basis_points(settings.holdout.basis_points);
    proto->mutable_holdout()->set_salt(settings.holdout.salt);
  }
  proto->set_etag(StrCat(settings.revision));
  if (settings.revision > 0) ToProto(settings.update_time, proto->mutable_update_time());
}

absl::StatusOr<std::optional<int64_t>> SettingsRevisionFromEtag(const std::string& etag) {
  if (etag.empty()) return std::nullopt;
  if (etag == "0") return 0;
  CADENZA_ASSIGN_OR_RETURN(int64_t revision, RevisionFromEtag(etag, "the settings"));
  return revision;
}

std::string EncodeWorkspaceSettings(const WorkspaceSettings& settings) {
  v1::WorkspaceSettings proto;
  ToProto(settings, &proto);
  proto.clear_etag();
  return SerializeDeterministic(proto);
}

absl::StatusOr<WorkspaceSettings> DecodeWorkspaceSettings(std::string_view workspace, int64_t revision,
                                                          std::string_view definition) {
  v1::WorkspaceSettings proto;
  if (!proto.ParseFromArray(definition.data(), static_cast<int>(definition.size()))) {
    return Unreadable(workspace, "they are no cadenza.v1.WorkspaceSettings");
  }
  absl::StatusOr<WorkspaceSettings> settings = FromProto(workspace, proto);
  if (!settings.ok()) return Unreadable(workspace, std::string(settings.status().message()));
  settings->revision = revision;
  const absl::StatusOr<absl::Time> update_time = FromProto(proto.update_time());
  if (!update_time.ok()) return Unreadable(workspace, std::string(update_time.status().message()));
  settings->update_time = *update_time;
  return settings;
}

}  // namespace cadenza
