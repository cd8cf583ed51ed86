#include "server/rpc/campaign_trigger.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "server/control/launch_input.h"
#include "server/ingest/validate.h"
#include "server/rpc/requests.h"
#include "server/rpc/status_map.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/wire.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"
#include "storage/model/value_check.h"

namespace cadenza::rpc {
namespace {

absl::Status Invalid(std::string_view reason, std::string_view field, std::string_view message) {
  return Rejected(absl::StatusCode::kInvalidArgument, reason, field, message);
}

v1::Input InputOf(const v1::TriggerCampaignRequest& request, const v1::Recipient& recipient) {
  v1::Input input;
  input.set_event_id(TriggerEventId(request.campaign_id(), request.trigger_id()));
  if (recipient.has_user()) *input.mutable_user() = recipient.user();
  v1::CampaignLaunch* launch = input.mutable_campaign_launch();
  launch->set_campaign_id(request.campaign_id());
  *launch->mutable_properties() = recipient.properties();
  // Keeps those that are there.
  launch->mutable_properties()->insert(request.properties().begin(), request.properties().end());
  return input;
}

// The rejection of an input that was made, its field as the caller wrote it: under `place` ("recipients[3]", or "" for
// what the call says of all).
absl::Status InCallersWords(const absl::Status& rejection, const std::string& place) {
  constexpr std::string_view kLaunch = "campaign_launch.";
  const std::string reason = RejectionReason(rejection);
  if (reason == reasons::kEventIdReused) {
    return Rejected(rejection.code(), reason, "trigger_id",
                    "was used for this user with other properties; take a new one for another launch");
  }
  const std::string field = RejectionField(rejection);
  std::string_view message = Std(rejection.message());
  if (const std::string prefix = StrCat(field, ": "); message.starts_with(prefix)) message.remove_prefix(prefix.size());
  std::string_view rest = field;
  if (rest.starts_with(kLaunch)) rest.remove_prefix(kLaunch.size());
  const bool both = !place.empty() && !rest.empty();
  return Rejected(rejection.code(), reason, StrCat(place, both ? "." : "", rest), message);
}

std::string PlaceOf(int recipient) { return StrCat("recipients[", recipient, "]"); }

// Why the campaign is not launched; asks the store. Never OK.
absl::Status WhyNot(CampaignAdmin* admin, const std::string& workspace, const std::string& campaign_id) {
  CADENZA_ASSIGN_OR_RETURN(const Campaign campaign, admin->Get(workspace, campaign_id));
  if (campaign.trigger.kind != Trigger::Kind::kApi) {
    return absl::FailedPreconditionError(
        StrCat("campaign ", campaign_id, " is not triggered by calls: give it the trigger api_triggered"));
  }
  if (campaign.state != Campaign::State::kActive) {
    return absl::FailedPreconditionError(
        StrCat("campaign ", campaign_id, " is not active: activate it, then call again"));
  }
  return absl::UnavailableError("the campaign became active a moment ago, and is not in force here yet");
}

}  // namespace

void TriggerCall::Start() {
  if (!Begin()) return;
  if (absl::Status checked = Check(); !checked.ok()) {
    Terminate(checked);
    return;
  }
  if (!InForce()) {
    // A shutdown may finish the call, and take the request away, before the pool comes to it.
    const bool asked = context_.pool->Submit(
        [self = shared_from_this(), admin = context_.admin, workspace = request_->workspace(),
         campaign_id = request_->campaign_id()] { self->Terminate(WhyNot(admin, workspace, campaign_id)); });
    if (!asked) {
      Terminate(absl::UnavailableError("too many calls wait for the store"));
    }
    return;
  }
  Run({.workspace = request_->workspace(), .launch = true}, request_->recipients_size(),
      [this](int i, Input* input) { return Read(i, input); });
}

absl::Status TriggerCall::Check() const {
  CADENZA_RETURN_IF_ERROR(CheckWorkspace(request_->workspace()));
  if (request_->campaign_id().empty()) return Invalid(reasons::kInvalidField, "campaign_id", "is required");
  if (request_->trigger_id().empty()) {
    return Invalid(reasons::kInvalidField, "trigger_id",
                   "is required: a new one for each time that users are launched");
  }
  if (absl::Status text = CheckText(request_->trigger_id(), limits::kEventIdBytes); !text.ok()) {
    return UnderField(text, "trigger_id");
  }
  if (request_->recipients_size() == 0 || request_->recipients_size() > limits::kBatchInputs) {
    return Invalid(reasons::kLimitExceeded, "recipients", "must be 1 to 1,000; make several calls for more");
  }
  CADENZA_RETURN_IF_ERROR(CheckRecipients());
  return CheckProperties();
}

absl::Status TriggerCall::CheckRecipients() const {
  absl::flat_hash_set<std::string> users;
  size_t shared = 0;
  for (const auto& [name, value] : request_->properties()) shared += name.size() + value.ByteSizeLong();
  size_t bytes = 0;
  for (int i = 0; i < request_->recipients_size(); ++i) {
    const v1::Recipient& recipient = request_->recipients(i);
    bytes += shared + recipient.ByteSizeLong();
    // Whose name is none is told of him alone.
    const absl::StatusOr<UserKey> user = FromProto(request_->workspace(), recipient.user());
    if (user.ok() && !users.insert(user->key).second) {
      return Invalid(reasons::kInvalidField, StrCat(PlaceOf(i), ".user"), "is there twice; name each user once");
    }
  }
  if (bytes > limits::kBatchBytes) {
    return Invalid(reasons::kLimitExceeded, "recipients",
                   "must be at most 4 MiB together, the properties of the request counted for each");
  }
  return absl::OkStatus();
}

absl::Status TriggerCall::CheckProperties() const {
  v1::Recipient anybody;
  anybody.mutable_user()->set_user_id("anybody");
  absl::StatusOr<Input> input = FromProto(request_->workspace(), InputOf(*request_, anybody));
  absl::Status admitted = input.status();
  if (admitted.ok()) admitted = ingest::AdmitLaunch(context_.intake.clock->Now(), &*input);
  return admitted.ok() ? admitted : InCallersWords(admitted, "");
}

bool TriggerCall::InForce() const {
  const auto campaign = context_.rule_set()->Find(request_->workspace(), request_->campaign_id());
  return campaign != nullptr && campaign->campaign.trigger.kind == Trigger::Kind::kApi;
}

absl::Status TriggerCall::Read(int i, Input* input) const {
  CADENZA_ASSIGN_OR_RETURN(*input, FromProto(request_->workspace(), InputOf(*request_, request_->recipients(i))));
  return absl::OkStatus();
}

void TriggerCall::FillResponse(const ingest::AckLedger::Ack& ack) {
  for (int i = 0; i < request_->recipients_size(); ++i) response_->add_results();
  for (const auto& [position, verdict] : ack.results) {
    const int i = static_cast<int>(position);
    v1::RecipientResult* result = response_->mutable_results(i);
    result->set_user_seq(verdict.kind == Verdict::Kind::kRejected ? 0 : verdict.user_seq);
    result->set_duplicate(verdict.kind == Verdict::Kind::kDuplicate);
    if (verdict.kind == Verdict::Kind::kRejected) {
      cadenza::rpc::ToProto(InCallersWords(verdict.rejection, PlaceOf(i)), result->mutable_error());
    }
  }
}

}  // namespace cadenza::rpc
