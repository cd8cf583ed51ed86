// TriggerCampaign: one launch for each recipient, through the lanes as the inputs of SubmitEvents.
#ifndef CADENZA_SERVER_RPC_CAMPAIGN_TRIGGER_H_
#define CADENZA_SERVER_RPC_CAMPAIGN_TRIGGER_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "cadenza/v1/campaign_service.pb.h"
#include "server/control/campaign_admin.h"
#include "server/rpc/batch_call.h"
#include "server/rpc/worker_pool.h"
#include "server/rules/rule_set.h"

namespace cadenza::rpc {

// All of it outlives the calls.
struct TriggerContext {
  IntakeContext intake;
  StreamRegistry* registry = nullptr;
  WorkerPool* pool = nullptr;
  CampaignAdmin* admin = nullptr;
  std::function<std::shared_ptr<const rules::RuleSet>()> rule_set;
};

// One call.
class TriggerCall : public BatchCall {
 public:
  // Both are valid until the call is finished.
  TriggerCall(const TriggerContext& context, const v1::TriggerCampaignRequest* request,
              v1::TriggerCampaignResponse* response)
      : BatchCall(context.intake, context.registry), context_(context), request_(request), response_(response) {}

  void Start();

 private:
  absl::Status Check() const;
  absl::Status CheckRecipients() const;
  absl::Status CheckProperties() const;
  // Whether the rule set in force here would launch it.
  bool InForce() const;
  absl::Status Read(int i, Input* input) const;
  void FillResponse(const ingest::AckLedger::Ack& ack) override;

  const TriggerContext& context_;
  const v1::TriggerCampaignRequest* const request_;
  v1::TriggerCampaignResponse* const response_;
};

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_CAMPAIGN_TRIGGER_H_
