#include "server/control/preview.h"

#include <memory>
#include <utility>

#include "server/apply/apply.h"
#include "server/rules/rule_set.h"
#include "storage/base/status_macros.h"
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

}  // namespace

absl::StatusOr<Preview> Previewer::Run(const Campaign& campaign, Input input) const {
  absl::StatusOr<std::shared_ptr<const rules::CompiledCampaign>> compiled = rules::CompileCampaign(campaign);
  if (!compiled.ok()) return WithFieldPrefix(compiled.status(), "campaign.");
  input.receive_time = clock_->Now();
  if (input.time == absl::InfinitePast()) input.time = input.receive_time;
  input.clock = input.import ? input.time : input.receive_time;

  CADENZA_ASSIGN_OR_RETURN(Profile profile, ReadProfile(*store_, input.user));
  apply::Applied applied;
  const absl::Duration gap = options_.session_gap(input.user.workspace);
  absl::Status status = apply::ApplyInput(input, {gap}, &profile, &applied);
  if (!status.ok()) return WithFieldPrefix(status, "input.");
  if (options_.rule_set) {
    rules::UpdateSegments(options_.rule_set()->segments(), input, rules::SegmentCause::kInput, gap, &profile,
                          &applied.segments);
  }

  Preview preview;
  rules::Occurrence occurrence{&input, &profile, applied};
  preview.message = rules::Consider(**compiled, occurrence, rules::Options{gap}, &preview.gates, nullptr);
  return preview;
}

}  // namespace cadenza
