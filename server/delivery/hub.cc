#include "server/delivery/hub.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "server/delivery/registry.h"
#include "server/delivery/subscriber.h"
#include "storage/base/log.h"
#include "storage/base/status_macros.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

constexpr size_t kUsersPerRead = 256;
constexpr absl::Duration kBackoffMin = absl::Milliseconds(50);
constexpr absl::Duration kBackoffMax = absl::Seconds(2);

class HubSubscription : public Subscription {
 public:
  HubSubscription(std::shared_ptr<Registry> registry, std::shared_ptr<Subscriber> subscriber, Clock* clock)
      : registry_(std::move(registry)), subscriber_(std::move(subscriber)), clock_(clock) {}
  ~HubSubscription() override { Close(); }

  std::vector<Message> Take(size_t max) override {
    Subscriber::Taken taken = subscriber_->Take(max, clock_->Now());
    if (taken.again) registry_->Ask({subscriber_->user()}, /*merge_check=*/false);
    return std::move(taken.messages);
  }
  absl::Status status() const override { return subscriber_->status(); }
  void Close() override {
    registry_->Remove(subscriber_);
    subscriber_->Close();
  }

 private:
  const std::shared_ptr<Registry> registry_;
  const std::shared_ptr<Subscriber> subscriber_;
  Clock* const clock_;
};

class HubImpl : public Hub {
 public:
  HubImpl(const Options& options, Store* store, Clock* clock)
      : options_(options), store_(store), clock_(clock), registry_(std::make_shared<Registry>(options)) {
    thread_ = std::thread([this] { Run(); });
  }
  ~HubImpl() override { Stop(); }

  absl::StatusOr<std::unique_ptr<Subscription>> Subscribe(const UserKey& user, int64_t after,
                                                          std::function<void()> ready) override {
    Subscriber::Limits limits{options_.queue_messages, options_.queue_bytes};
    auto subscriber = std::make_shared<Subscriber>(user, after, limits, std::move(ready));
    CADENZA_RETURN_IF_ERROR(registry_->Add(subscriber));
    return std::make_unique<HubSubscription>(registry_, std::move(subscriber), clock_);
  }

  void Offer(const std::vector<Message>& messages) override;
  void Hint(const std::vector<UserKey>& users) override { registry_->Ask(users, /*merge_check=*/true); }
  void Merged(const UserKey& from) override;
  size_t subscription_count() const override { return registry_->count(); }

  void Stop() override {
    registry_->Stop();
    absl::MutexLock lock(&stop_mu_);
    if (thread_.joinable()) thread_.join();
  }

 private:
  void Run();
  // Brings what `work` asks for from the store. On an error, what was left undone is asked for again.
  absl::Status Serve(const Registry::Work& work);
  absl::Status ServeUser(const UserKey& user, int64_t top);
  absl::Status CheckMerged(const std::vector<UserKey>& users);

  const Options options_;
  Store* const store_;
  Clock* const clock_;
  const std::shared_ptr<Registry> registry_;
  absl::Mutex stop_mu_;
  std::thread thread_ ABSL_GUARDED_BY(stop_mu_);
};

void HubImpl::Offer(const std::vector<Message>& messages) {
  std::vector<Registry::List> lists = registry_->OfEach(messages);
  Registry::List queued;
  std::vector<UserKey> behind;
  for (size_t i = 0; i < lists.size(); ++i) {
    for (std::shared_ptr<Subscriber>& subscriber : lists[i]) {
      switch (subscriber->Offer(messages[i])) {
        case Subscriber::Offered::kQueued:
          queued.push_back(std::move(subscriber));
          break;
        case Subscriber::Offered::kBehind:
          behind.push_back(messages[i].user);
          break;
        case Subscriber::Offered::kKnown:
          break;
      }
    }
  }
  if (!behind.empty()) registry_->Ask(behind, /*merge_check=*/false);
  std::sort(queued.begin(), queued.end());
  queued.erase(std::unique(queued.begin(), queued.end()), queued.end());
  for (const std::shared_ptr<Subscriber>& subscriber : queued) subscriber->Notify();
}

void HubImpl::Merged(const UserKey& from) {
  for (const std::shared_ptr<Subscriber>& subscriber : registry_->RemoveAll(from)) {
    subscriber->End(
        Rejected(absl::StatusCode::kAborted, kUserMerged, "", "the user was merged into another; subscribe again"));
    subscriber->Notify();
  }
}

void HubImpl::Run() {
  absl::Duration backoff = kBackoffMin;
  while (true) {
    Registry::Work work = registry_->Next(kUsersPerRead);
    if (work.stopped) return;
    if (work.users.empty()) continue;
    absl::Status status = Serve(work);
    if (status.ok()) {
      backoff = kBackoffMin;
      continue;
    }
    log::Warn("messages could not be read; trying again", {{"status", status}});
    if (!registry_->Pause(backoff)) return;
    backoff = std::min(backoff * 2, kBackoffMax);
  }
}

absl::Status HubImpl::Serve(const Registry::Work& work) {
  if (absl::Status status = CheckMerged(work.merge_checks); !status.ok()) {
    registry_->Ask(work.merge_checks, /*merge_check=*/true);
    registry_->Ask(work.users, /*merge_check=*/false);
    return status;
  }
  absl::StatusOr<std::vector<int64_t>> tops = store_->TopMessageSeqs(work.users);
  if (!tops.ok()) {
    registry_->Ask(work.users, /*merge_check=*/false);
    return tops.status();
  }
  absl::Status first_error;
  for (size_t i = 0; i < work.users.size(); ++i) {
    absl::Status status = ServeUser(work.users[i], (*tops)[i]);
    if (status.ok()) continue;
    first_error.Update(status);
    // An error of one user alone must not keep the others waiting; a store that is away would cost each of them its
    // deadline.
    bool away = absl::IsUnavailable(status);
    size_t undone = away ? work.users.size() : i + 1;
    registry_->Ask({work.users.begin() + i, work.users.begin() + undone}, /*merge_check=*/false);
    if (away) break;
  }
  return first_error;
}

absl::Status HubImpl::ServeUser(const UserKey& user, int64_t top) {
  for (const std::shared_ptr<Subscriber>& subscriber : registry_->Of(user)) {
    std::optional<Subscriber::Gap> gap = subscriber->Missing(top);
    if (!gap) continue;
    CADENZA_ASSIGN_OR_RETURN(std::vector<Message> page,
                             store_->ListMessages(user, gap->after, gap->limit, clock_->Now()));
    Subscriber::Filled filled = subscriber->Fill(*gap, std::move(page));
    if (filled.again) registry_->Ask({user}, /*merge_check=*/false);
    if (filled.queued) subscriber->Notify();
  }
  return absl::OkStatus();
}

absl::Status HubImpl::CheckMerged(const std::vector<UserKey>& users) {
  if (users.empty()) return absl::OkStatus();
  CADENZA_ASSIGN_OR_RETURN(LoadResult loaded, store_->Load({users, {}, /*fresh=*/true}));
  for (size_t i = 0; i < users.size(); ++i) {
    if (loaded.rows[i] && !loaded.rows[i]->merged_into.empty()) Merged(users[i]);
  }
  return absl::OkStatus();
}

}  // namespace

std::unique_ptr<Hub> Hub::Create(const Options& options, Store* store, Clock* clock) {
  return std::make_unique<HubImpl>(options, store, clock);
}

}  // namespace cadenza
