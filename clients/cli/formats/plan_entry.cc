#include "clients/cli/formats/plan_entry.h"

#include <algorithm>
#include <memory>

#include "clients/cli/formats/field_text.h"
#include "google/protobuf/descriptor.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

using google::protobuf::Message;
using Kind = PlanEntry::Kind;

bool IsState(const FieldChange& change) { return change.path == "state"; }

// "active"; empty if the message has no state.
std::string StateOf(const Message& message) {
  const auto* field = message.GetDescriptor()->FindFieldByName("state");
  return field == nullptr ? "" : LeafText(message, *field, -1);
}

// `previous` may be null. `id_field` is not compared: it is the same, or all is new.
void Compare(const Message* previous, const Message& now, std::vector<std::string_view> leave_out,
             std::string_view id_field, PlanEntry* entry) {
  const std::unique_ptr<Message> nothing(now.New());
  leave_out.push_back(id_field);
  entry->changes = DiffMessages(previous == nullptr ? *nothing : *previous, now, leave_out);
  entry->state = StateOf(now);
}

}  // namespace

const std::vector<std::string_view>& OutputsOf(const v1::Campaign& /*campaign*/) { return kCampaignOutputs; }

const std::vector<std::string_view>& OutputsOf(const v1::Segment& /*segment*/) {
  static const auto* outputs = new std::vector<std::string_view>{"create_time", "update_time", "etag", "evaluation"};
  return *outputs;
}

const std::vector<std::string_view>& OutputsOf(const v1::ContentBlock& /*block*/) {
  static const auto* outputs = new std::vector<std::string_view>{"create_time", "update_time", "etag"};
  return *outputs;
}

const std::vector<std::string_view>& OutputsOf(const v1::WorkspaceSettings& /*settings*/) {
  static const auto* outputs = new std::vector<std::string_view>{"update_time", "etag"};
  return *outputs;
}

bool PlanEntry::MovesTo(std::string_view to) const {
  return action == v1::CampaignResult::ACTION_UPDATED && state == to &&
         std::any_of(changes.begin(), changes.end(), IsState);
}

std::vector<std::string> PlanEntry::Done() const {
  if (action == v1::CampaignResult::ACTION_UNCHANGED) return {"unchanged"};
  std::vector<std::string> done;
  if (action == v1::CampaignResult::ACTION_CREATED) {
    done.push_back("created");
    if (!state.empty() && state != "draft") done.push_back(state);
    return done;
  }
  if (!std::all_of(changes.begin(), changes.end(), IsState)) done.push_back("updated");
  if (std::any_of(changes.begin(), changes.end(), IsState)) done.push_back(state);
  return done;
}

PlanEntry EntryOf(const v1::CampaignResult& result, const std::string& place) {
  const std::string& id = result.campaign().campaign_id();
  PlanEntry entry{.kind = Kind::kCampaign,
                  .name = id,
                  .id = id,
                  .place = place,
                  .action = result.action(),
                  .warnings = result.warnings()};
  Compare(result.has_previous() ? &result.previous() : nullptr, result.campaign(), kCampaignOutputs, "campaign_id",
          &entry);
  return entry;
}

PlanEntry EntryOf(const v1::SegmentResult& result, const std::string& place) {
  const std::string& id = result.segment().segment_id();
  PlanEntry entry{.kind = Kind::kSegment,
                  .name = StrCat("segment ", id),
                  .id = id,
                  .place = place,
                  .action = result.action(),
                  .warnings = result.warnings()};
  Compare(result.has_previous() ? &result.previous() : nullptr, result.segment(), OutputsOf(result.segment()),
          "segment_id", &entry);
  return entry;
}

PlanEntry EntryOf(const v1::ContentBlockResult& result, const std::string& place) {
  const std::string& id = result.content_block().content_block_id();
  PlanEntry entry{.kind = Kind::kContentBlock,
                  .name = StrCat("content block ", id),
                  .id = id,
                  .place = place,
                  .action = result.action(),
                  .warnings = result.warnings()};
  Compare(result.has_previous() ? &result.previous() : nullptr, result.content_block(),
          OutputsOf(result.content_block()), "content_block_id", &entry);
  return entry;
}

PlanEntry EntryOf(const v1::WorkspaceSettingsResult& result, const std::string& place) {
  PlanEntry entry{
      .kind = Kind::kSettings, .name = "settings", .id = "settings", .place = place, .action = result.action()};
  Compare(result.has_previous() ? &result.previous() : nullptr, result.settings(), OutputsOf(result.settings()), "",
          &entry);
  return entry;
}

}  // namespace cadenza::cli
