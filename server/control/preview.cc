#include "server/control/preview.h"

#include <memory>
#include <utility>

#include "server/apply/apply.h"
#include "server/control/workspace_review.h"
#include "server/rules/catalog_items.h"
#include "storage/base/status_macros.h"
#include "storage/codec/catalog_codec.h"
#include "storage/codec/profile_codec.h"
#include "storage/model/profile.h"
#include "storage/model/rejection.h"
#include "storage/user_lookup.h"

namespace cadenza {
namespace {

absl::StatusOr<Profile> ReadProfile(Store& store, const UserKey& named) {
  CADENZA_ASSIGN_OR_RETURN(FoundUser user, LookUpUser(store, named, /*fresh=*/true));
  if (user.row) return DecodeProfile(user.key, user.row->version, user.row->state);
  Profile profile;
  profile.key = user.key;
  return profile;
}

// What is missing.
absl::Status LoadItems(Store& store, rules::CatalogItems* items) {
  LoadRequest request;
  request.catalog_items = items->missing();
  CADENZA_ASSIGN_OR_RETURN(const LoadResult loaded, store.Load(request));
  for (size_t i = 0; i < request.catalog_items.size(); ++i) {
    const CatalogItemKey& key = request.catalog_items[i];
    Value item;
    if (loaded.catalog_items[i].has_value()) {
      CADENZA_ASSIGN_OR_RETURN(ValueMap fields, DecodeFields(*loaded.catalog_items[i]));
      item = rules::ItemValue(key.item_id, std::move(fields));
    }
    items->Put(key, std::move(item));
  }
  items->ClearMissing();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Preview> Previewer::Run(const Campaign& campaign, Input input) const {
  Preview preview;
  absl::StatusOr<std::shared_ptr<const rules::CompiledCampaign>> compiled =
      ReviewCampaign(*store_, campaign, &preview.warnings);
  if (!compiled.ok()) return WithFieldPrefix(compiled.status(), "campaign.");
  input.receive_time = clock_->Now();
  if (input.time == absl::InfinitePast()) input.time = input.receive_time;
  input.clock = input.import ? input.time : input.receive_time;

  CADENZA_ASSIGN_OR_RETURN(Profile profile, ReadProfile(*store_, input.user));
  apply::Applied applied;
  const absl::Duration gap = options_.session_gap(input.user.workspace);
  absl::Status status = apply::ApplyInput(input, {gap}, &profile, &applied);
  if (!status.ok()) return WithFieldPrefix(status, "input.");
  const std::shared_ptr<const rules::RuleSet> rule_set = options_.rule_set ? options_.rule_set() : nullptr;
  if (rule_set != nullptr) {
    rules::UpdateSegments(rule_set->segments(), input, rules::SegmentCause::kInput, gap, &profile, &applied.segments);
  }

  const rules::Occurrence occurrence{&input, &profile, applied};
  rules::CatalogItems items;
  const rules::Options options{
      .session_gap = gap,
      .catalog_items = &items,
      .workspace = rule_set == nullptr ? nullptr : rule_set->Of(input.user.workspace).settings.get()};
  for (int round = 1;; ++round) {
    if (round > rules::CatalogItems::kRounds) items.Close();
    preview.message = rules::Consider(**compiled, occurrence, options, &preview.decision, nullptr);
    if (items.missing().empty()) break;
    CADENZA_RETURN_IF_ERROR(LoadItems(*store_, &items));
  }
  return preview;
}

}  // namespace cadenza
