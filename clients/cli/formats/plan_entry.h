// What ApplyCampaigns does, or would do, to one definition, of whatever kind: the part of a plan that is about it.
// Pure.
#ifndef CADENZA_CLIENTS_CLI_FORMATS_PLAN_ENTRY_H_
#define CADENZA_CLIENTS_CLI_FORMATS_PLAN_ENTRY_H_

#include <string>
#include <string_view>
#include <vector>

#include "cadenza/v1/campaign_service.pb.h"
#include "clients/cli/formats/message_diff.h"

namespace cadenza::cli {

// The fields that only the server sets.
inline const std::vector<std::string_view> kCampaignOutputs = {"create_time", "update_time", "etag", "activate_time"};
const std::vector<std::string_view>& OutputsOf(const v1::Campaign& campaign);
const std::vector<std::string_view>& OutputsOf(const v1::Segment& segment);
const std::vector<std::string_view>& OutputsOf(const v1::ContentBlock& block);
const std::vector<std::string_view>& OutputsOf(const v1::WorkspaceSettings& settings);

struct PlanEntry {
  enum class Kind : unsigned char { kCampaign, kSegment, kContentBlock, kSettings };
  Kind kind = Kind::kCampaign;
  std::string name = {};   // "knots" of a campaign, "segment vip", "content block footer", "settings"
  std::string id = {};     // "settings" of the settings
  std::string place = {};  // the file; empty: in none
  v1::CampaignResult::Action action = v1::CampaignResult::ACTION_UNCHANGED;
  std::string state = {};  // "active"; empty: it has none
  std::vector<FieldChange> changes =
      {};  // all that people wrote and that differs, the state too; of a new one all it has
  google::protobuf::RepeatedPtrField<v1::TemplateWarning> warnings = {};

  // Whether it comes to that state, and was there before.
  bool MovesTo(std::string_view to) const;
  // What is done to it, in words: {"created", "active"}, {"updated"}, {"paused"}, {"unchanged"}.
  std::vector<std::string> Done() const;
};

PlanEntry EntryOf(const v1::CampaignResult& result, const std::string& place);
PlanEntry EntryOf(const v1::SegmentResult& result, const std::string& place);
PlanEntry EntryOf(const v1::ContentBlockResult& result, const std::string& place);
PlanEntry EntryOf(const v1::WorkspaceSettingsResult& result, const std::string& place);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_FORMATS_PLAN_ENTRY_H_
