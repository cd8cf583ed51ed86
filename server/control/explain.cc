#include "server/control/explain.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "server/rules/decision_text.h"
#include "storage/base/status_macros.h"
#include "storage/codec/campaign_codec.h"
#include "storage/codec/input_wire.h"
#include "storage/user_lookup.h"

namespace cadenza {
namespace {

constexpr int kStretch = 100;                 // inputs that are read at a time
constexpr size_t kPageBytes = 2 << 20;        // of texts; clients take 4 MiB by default
constexpr size_t kPageDefinitions = 200;      // of campaigns that are read for one page
constexpr size_t kVerdictOverheadBytes = 40;  // of what is around a text

// The definitions that decisions were made by, each read once.
class Definitions {
 public:
  Definitions(Store* store, std::string_view workspace) : store_(store), workspace_(workspace) {}

  const Campaign* Find(std::string_view campaign_id, int64_t revision) {
    const auto [it, is_new] = known_.try_emplace({std::string(campaign_id), revision});
    if (is_new) it->second = Read(campaign_id, revision);
    return it->second.has_value() ? &*it->second : nullptr;
  }
  size_t size() const { return known_.size(); }
  // That the store could not be read.
  const absl::Status& status() const { return status_; }

 private:
  // Nothing for one that is older than the history of versions, or cannot be read any more: texts do without.
  std::optional<Campaign> Read(std::string_view campaign_id, int64_t revision) {
    const absl::StatusOr<CampaignRow> row = store_->campaigns().GetVersion(workspace_, campaign_id, revision);
    if (!row.ok()) {
      if (!absl::IsNotFound(row.status())) status_.Update(row.status());
      return std::nullopt;
    }
    absl::StatusOr<Campaign> campaign = DecodeCampaign(*row);
    return campaign.ok() ? std::optional(*std::move(campaign)) : std::nullopt;
  }

  Store* const store_;
  const std::string workspace_;
  std::map<std::pair<std::string, int64_t>, std::optional<Campaign>> known_;
  absl::Status status_;
};

size_t BytesOf(const Decision& decision) {
  size_t bytes = kVerdictOverheadBytes;
  for (const GateVerdict& gate : decision.gates) bytes += kVerdictOverheadBytes + gate.detail.size();
  return bytes;
}

}  // namespace

absl::StatusOr<Explanation> Explainer::Explain(const UserKey& named, std::string_view campaign_id, int page_size,
                                               int64_t before) const {
  CADENZA_ASSIGN_OR_RETURN(const FoundUser user, LookUpUser(*store_, named, /*fresh=*/true));
  if (!user.row.has_value()) return absl::NotFoundError("user: nobody is known by this name");
  CADENZA_ASSIGN_OR_RETURN(const UserKey owner, OwnerOfEvents(*store_, named, user.key));
  Definitions definitions(store_, owner.workspace);
  const auto lookup = [&](std::string_view id, int64_t revision) {
    return campaign_id.empty() || id == campaign_id ? definitions.Find(id, revision) : nullptr;
  };
  Explanation page;
  size_t bytes = 0;
  for (int looked_at = 0; looked_at < kPageInputs; looked_at += kStretch) {
    CADENZA_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events,
                             store_->ListEvents(owner, before, /*descending=*/true, kStretch));
    for (const StoredEvent& event : events) {
      before = event.user_seq;
      if (event.decisions.empty()) continue;
      Input input;
      CADENZA_RETURN_IF_ERROR(ParseInput(owner.workspace, event.body, &input));
      CADENZA_ASSIGN_OR_RETURN(std::vector<Decision> decisions,
                               rules::ReadDecisions(event.decisions, {owner, event.user_seq, input.event_id}, lookup));
      CADENZA_RETURN_IF_ERROR(definitions.status());
      for (Decision& decision : decisions) {
        if (!campaign_id.empty() && decision.campaign_id != campaign_id) continue;
        bytes += BytesOf(decision);
        page.decisions.push_back(std::move(decision));
      }
      const bool full = page.decisions.size() >= static_cast<size_t>(page_size) || bytes > kPageBytes ||
                        definitions.size() > kPageDefinitions;
      if (full) {
        page.next = before;
        return page;
      }
    }
    if (events.size() < static_cast<size_t>(kStretch)) return page;
  }
  page.next = before;
  return page;
}

}  // namespace cadenza
