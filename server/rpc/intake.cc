#include "server/rpc/intake.h"

#include <utility>

#include "server/ingest/validate.h"

namespace cadenza::rpc {

std::shared_ptr<Intake> Intake::Create(const IntakeContext& context, Options options, std::function<void()> progress) {
  return std::shared_ptr<Intake>(new Intake(context, std::move(options), std::move(progress)));
}

Intake::Intake(const IntakeContext& context, Options options, std::function<void()> progress)
    : context_(context),
      options_(std::move(options)),
      progress_(std::move(progress)),
      ledger_(options_.keep_applied, options_.want_user_seqs) {}

absl::Status Intake::Add(int64_t first, int count, ReadInput read) {
  const absl::Time now = context_.clock->Now();
  std::vector<WorkItem> items;
  std::vector<std::pair<int64_t, absl::Status>> rejected;
  std::vector<int64_t> sizes;
  int64_t bytes = 0;
  items.reserve(count);
  sizes.reserve(count);
  for (int i = 0; i < count; ++i) {
    WorkItem& item = items.emplace_back();
    absl::Status admitted = read(i, &item.input);
    if (admitted.ok()) {
      admitted =
          options_.launch ? ingest::AdmitLaunch(now, &item.input) : ingest::Admit(now, options_.import, &item.input);
    }
    if (!admitted.ok()) {
      items.pop_back();
      sizes.push_back(0);
      rejected.emplace_back(first + i, std::move(admitted));
      continue;
    }
    sizes.push_back(static_cast<int64_t>(item.input.body.size()));
    bytes += sizes.back();
    item.target = item.input.user;
    item.settlement = shared_from_this();
    item.position = first + i;
  }
  std::shared_ptr<ingest::Ticket> ticket;
  if (!items.empty()) ticket = context_.admission->TryAcquire(static_cast<int64_t>(items.size()), bytes);
  {
    absl::MutexLock lock(&mu_);
    if (!OpenLocked(first, sizes, std::move(rejected))) {
      return absl::InvalidArgumentError("first_seq: must be the sequence number after the last input sent");
    }
    if (items.empty()) return absl::OkStatus();
    if (ticket != nullptr) {
      AdmitLocked(std::move(items), ticket);
      return absl::OkStatus();
    }
    parked_ = true;
  }
  Park(std::move(items), bytes);
  return absl::OkStatus();
}

bool Intake::OpenLocked(int64_t first, const std::vector<int64_t>& sizes,
                        std::vector<std::pair<int64_t, absl::Status>> rejected) {
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (!ledger_.Open(first + static_cast<int64_t>(i), sizes[i])) return false;
  }
  if (!rejected.empty()) context_.metrics->inputs_rejected.Increment(static_cast<double>(rejected.size()));
  for (auto& [position, status] : rejected) {
    ledger_.Settle(position, UserKey(),
                   {.kind = Verdict::Kind::kRejected, .user_seq = 0, .rejection = std::move(status)});
  }
  return true;
}

void Intake::Park(std::vector<WorkItem> items, int64_t bytes) {
  const auto count = static_cast<int64_t>(items.size());
  // std::function must be copyable, so the items wait behind a shared_ptr.
  auto waiting = std::make_shared<std::vector<WorkItem>>(std::move(items));
  auto admit = [self = std::weak_ptr<Intake>(weak_from_this()), waiting](std::shared_ptr<ingest::Ticket> ticket) {
    const std::shared_ptr<Intake> intake = self.lock();
    if (intake == nullptr) return;
    {
      absl::MutexLock lock(&intake->mu_);
      intake->parked_ = false;
      intake->AdmitLocked(std::move(*waiting), ticket);
    }
    intake->progress_();
  };
  if (std::shared_ptr<ingest::Ticket> ticket = context_.admission->Acquire(count, bytes, admit)) {
    admit(std::move(ticket));
  }
}

// Under the mutex, so that two threads cannot swap what they took out of the order.
void Intake::AdmitLocked(std::vector<WorkItem> items, const std::shared_ptr<ingest::Ticket>& ticket) {
  for (WorkItem& item : items) item.ticket = ticket;
  std::vector<WorkItem> ready = order_.Pass(std::move(items));
  if (!ready.empty()) context_.lanes->Push(std::move(ready));
}

void Intake::OnSettled(std::vector<Settled> settled) {
  {
    absl::MutexLock lock(&mu_);
    order_.Settled(settled.size());
    for (Settled& one : settled) ledger_.Settle(one.position, one.named, std::move(one.verdict));
    if (order_.waiting() > 0) {
      std::vector<WorkItem> ready = order_.TakeReady();
      if (!ready.empty()) context_.lanes->Push(std::move(ready));
    }
  }
  progress_();
}

bool Intake::has_ack() const {
  absl::MutexLock lock(&mu_);
  return ledger_.has_ack();
}

ingest::AckLedger::Ack Intake::TakeAck() {
  absl::MutexLock lock(&mu_);
  return ledger_.TakeAck();
}

Intake::Load Intake::load() const {
  absl::MutexLock lock(&mu_);
  return {.inputs = ledger_.open_count(),
          .bytes = ledger_.open_bytes(),
          .untold = ledger_.untold_count(),
          .parked = parked_};
}

}  // namespace cadenza::rpc
