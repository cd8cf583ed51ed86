#include "server/rpc/intake.h"

#include <utility>

#include "server/ingest/validate.h"
#include "storage/codec/wire.h"

namespace cadenza::rpc {
namespace {

absl::StatusOr<Input> ConvertAndCheck(const std::string& workspace, bool import, absl::Time now,
                                      const v1::Input& proto) {
  absl::StatusOr<Input> input = FromProto(workspace, proto);
  if (!input.ok()) return input;
  if (absl::Status admitted = ingest::Admit(now, import, &*input); !admitted.ok()) return admitted;
  return input;
}

}  // namespace

std::shared_ptr<Intake> Intake::Create(const IntakeContext& context, Options options, std::function<void()> progress) {
  return std::shared_ptr<Intake>(new Intake(context, std::move(options), std::move(progress)));
}

Intake::Intake(const IntakeContext& context, Options options, std::function<void()> progress)
    : context_(context),
      options_(std::move(options)),
      progress_(std::move(progress)),
      ledger_(options_.keep_applied, options_.want_user_seqs) {}

absl::Status Intake::Add(int64_t first, const google::protobuf::RepeatedPtrField<v1::Input>& inputs) {
  const absl::Time now = context_.clock->Now();
  std::vector<WorkItem> items;
  std::vector<std::pair<int64_t, absl::Status>> rejected;
  std::vector<int64_t> sizes;
  int64_t bytes = 0;
  items.reserve(inputs.size());
  for (int i = 0; i < inputs.size(); ++i) {
    absl::StatusOr<Input> input = ConvertAndCheck(options_.workspace, options_.import, now, inputs[i]);
    sizes.push_back(input.ok() ? static_cast<int64_t>(input->body.size()) : 0);
    if (!input.ok()) {
      rejected.emplace_back(first + i, input.status());
      continue;
    }
    bytes += sizes.back();
    WorkItem item;
    item.target = input->user;
    item.input = *std::move(input);
    item.settlement = shared_from_this();
    item.position = first + i;
    items.push_back(std::move(item));
  }
  {
    absl::MutexLock lock(&mu_);
    for (size_t i = 0; i < sizes.size(); ++i) {
      if (!ledger_.Open(first + static_cast<int64_t>(i), sizes[i])) {
        return absl::InvalidArgumentError("first_seq: must be the sequence number after the last input sent");
      }
    }
    context_.metrics->inputs_rejected.Increment(static_cast<double>(rejected.size()));
    for (auto& [position, status] : rejected) {
      ledger_.Settle(position, UserKey(),
                     {.kind = Verdict::Kind::kRejected, .user_seq = 0, .rejection = std::move(status)});
    }
    parked_ = !items.empty();
  }
  if (items.empty()) {
    progress_();
    return absl::OkStatus();
  }
  // std::function must be copyable, so the items wait behind a shared_ptr.
  auto waiting = std::make_shared<std::vector<WorkItem>>(std::move(items));
  const auto count = static_cast<int64_t>(waiting->size());
  std::shared_ptr<ingest::Ticket> ticket = context_.admission->Acquire(
      count, bytes, [self = std::weak_ptr<Intake>(weak_from_this()), waiting](std::shared_ptr<ingest::Ticket> late) {
        if (auto intake = self.lock()) intake->Admitted(std::move(*waiting), std::move(late));
      });
  if (ticket != nullptr) Admitted(std::move(*waiting), std::move(ticket));
  return absl::OkStatus();
}

void Intake::Admitted(std::vector<WorkItem> items, std::shared_ptr<ingest::Ticket> ticket) {
  {
    absl::MutexLock lock(&mu_);
    parked_ = false;
    for (WorkItem& item : items) {
      item.ticket = ticket;
      order_.Add(std::move(item));
    }
    DispatchLocked();
  }
  progress_();
}

// Under the mutex, so that two threads cannot swap what they took out of the order.
void Intake::DispatchLocked() {
  std::vector<WorkItem> ready = order_.TakeReady();
  if (!ready.empty()) context_.lanes->Push(std::move(ready));
}

void Intake::OnSettled(std::vector<Settled> settled) {
  {
    absl::MutexLock lock(&mu_);
    for (Settled& one : settled) {
      order_.Settled();
      ledger_.Settle(one.position, one.named, std::move(one.verdict));
    }
    DispatchLocked();
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
