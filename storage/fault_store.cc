#include "storage/fault_store.h"

#include <utility>

#include "absl/time/clock.h"

namespace cadenza {

void FaultStore::Inject(Call call, Fault fault, int times) {
  absl::MutexLock lock(&mu_);
  for (int i = 0; i < times; ++i) plans_[static_cast<int>(call)].next.push_back(fault);
}

void FaultStore::InjectAlways(Call call, Fault fault) {
  absl::MutexLock lock(&mu_);
  Plan& plan = plans_[static_cast<int>(call)];
  plan.always = std::move(fault);
  plan.has_always = true;
}

void FaultStore::Heal() {
  absl::MutexLock lock(&mu_);
  for (Plan& plan : plans_) {
    plan.next.clear();
    plan.has_always = false;
  }
}

int64_t FaultStore::Calls(Call call) const {
  absl::MutexLock lock(&mu_);
  return plans_[static_cast<int>(call)].calls;
}

FaultStore::Fault FaultStore::Take(Call call) {
  absl::MutexLock lock(&mu_);
  Plan& plan = plans_[static_cast<int>(call)];
  ++plan.calls;
  if (!plan.next.empty()) {
    Fault fault = std::move(plan.next.front());
    plan.next.pop_front();
    return fault;
  }
  return plan.has_always ? plan.always : Fault();
}

template <typename Result>
Result FaultStore::Run(Call call, const std::function<Result()>& work) {
  const Fault fault = Take(call);
  if (fault.delay > absl::ZeroDuration()) absl::SleepFor(fault.delay);
  if (fault.before) fault.before();
  if (fault.error.ok()) return work();
  if (fault.do_it) (void)work();
  return fault.error;
}

absl::StatusOr<LoadResult> FaultStore::Load(const LoadRequest& request) {
  return Run<absl::StatusOr<LoadResult>>(Call::kLoad, [&] { return base_->Load(request); });
}

absl::StatusOr<CommitResult> FaultStore::Commit(const CommitBatch& batch) {
  return Run<absl::StatusOr<CommitResult>>(Call::kCommit, [&] { return base_->Commit(batch); });
}

absl::StatusOr<int64_t> FaultStore::OpenJournal() {
  return Run<absl::StatusOr<int64_t>>(Call::kOpenJournal, [&] { return base_->OpenJournal(); });
}

absl::StatusOr<std::vector<StoredEvent>> FaultStore::ListEvents(const UserKey& user, int64_t after, bool descending,
                                                                int limit) {
  return Run<absl::StatusOr<std::vector<StoredEvent>>>(
      Call::kRead, [&] { return base_->ListEvents(user, after, descending, limit); });
}

absl::StatusOr<std::vector<Message>> FaultStore::ListMessages(const UserKey& user, int64_t after, int limit,
                                                              absl::Time now) {
  return Run<absl::StatusOr<std::vector<Message>>>(Call::kRead,
                                                   [&] { return base_->ListMessages(user, after, limit, now); });
}

absl::StatusOr<std::vector<int64_t>> FaultStore::TopMessageSeqs(const std::vector<UserKey>& users) {
  return Run<absl::StatusOr<std::vector<int64_t>>>(Call::kRead, [&] { return base_->TopMessageSeqs(users); });
}

absl::StatusOr<std::vector<CampaignRow>> FaultStore::Campaigns::ListCampaigns(std::string_view workspace,
                                                                              std::string_view after, int limit,
                                                                              bool with_archived) {
  return store_->Run<absl::StatusOr<std::vector<CampaignRow>>>(Call::kCampaigns, [&] {
    return store_->base_->campaigns().ListCampaigns(workspace, after, limit, with_archived);
  });
}

absl::StatusOr<CampaignRow> FaultStore::Campaigns::GetCampaign(std::string_view workspace,
                                                               std::string_view campaign_id) {
  return store_->Run<absl::StatusOr<CampaignRow>>(
      Call::kCampaigns, [&] { return store_->base_->campaigns().GetCampaign(workspace, campaign_id); });
}

absl::Status FaultStore::Campaigns::PutCampaigns(const std::vector<CampaignRow>& rows) {
  return store_->Run<absl::Status>(Call::kCampaigns, [&] { return store_->base_->campaigns().PutCampaigns(rows); });
}

absl::StatusOr<std::vector<CampaignRow>> FaultStore::Campaigns::ListVersions(std::string_view workspace,
                                                                             std::string_view campaign_id,
                                                                             int64_t before, int limit) {
  return store_->Run<absl::StatusOr<std::vector<CampaignRow>>>(
      Call::kCampaigns, [&] { return store_->base_->campaigns().ListVersions(workspace, campaign_id, before, limit); });
}

absl::StatusOr<CampaignRow> FaultStore::Campaigns::GetVersion(std::string_view workspace, std::string_view campaign_id,
                                                              int64_t revision) {
  return store_->Run<absl::StatusOr<CampaignRow>>(
      Call::kCampaigns, [&] { return store_->base_->campaigns().GetVersion(workspace, campaign_id, revision); });
}

absl::StatusOr<Revisions> FaultStore::ReadRevisions() {
  return Run<absl::StatusOr<Revisions>>(Call::kCampaigns, [&] { return base_->ReadRevisions(); });
}

absl::Status FaultStore::PutDefinitions(const DefinitionsPut& put) {
  return Run<absl::Status>(Call::kCampaigns, [&] { return base_->PutDefinitions(put); });
}

absl::Status FaultStore::CheckReady() {
  return Run<absl::Status>(Call::kOperate, [&] { return base_->CheckReady(); });
}

absl::Status FaultStore::Probe() {
  return Run<absl::Status>(Call::kOperate, [&] { return base_->Probe(); });
}

absl::Status FaultStore::Maintain() {
  return Run<absl::Status>(Call::kOperate, [&] { return base_->Maintain(); });
}

}  // namespace cadenza
