#include "server/ingest/stream_order.h"

#include <algorithm>
#include <utility>

namespace cadenza::ingest {
namespace {

bool GoesAlone(const WorkItem& item) {
  return item.input.kind() == InputKind::kIdentify || item.input.kind() == InputKind::kAddAlias;
}

bool NamedByUserId(const WorkItem& item) { return item.input.user.kind() == RefKind::kUserId; }

}  // namespace

bool StreamOrder::MayGo(const WorkItem& item) const {
  if (in_flight_ == 0) return true;
  if (GoesAlone(item)) return false;
  if (NamedByUserId(item)) return mode_ == Mode::kUsers;
  return mode_ == Mode::kOneName && name_ == item.input.user;
}

std::vector<WorkItem> StreamOrder::Pass(std::vector<WorkItem> items) {
  // Most streams name users by user_id only, and nothing of theirs ever waits.
  const bool open = in_flight_ == 0 || mode_ == Mode::kUsers;
  auto plain = [](const WorkItem& item) { return NamedByUserId(item) && !GoesAlone(item); };
  if (waiting_.empty() && open && std::all_of(items.begin(), items.end(), plain)) {
    mode_ = Mode::kUsers;
    in_flight_ += items.size();
    return items;
  }
  for (WorkItem& item : items) Add(std::move(item));
  return TakeReady();
}

std::vector<WorkItem> StreamOrder::TakeReady() {
  std::vector<WorkItem> ready;
  while (!waiting_.empty() && MayGo(waiting_.front())) {
    WorkItem& item = waiting_.front();
    if (in_flight_ == 0) {
      mode_ = GoesAlone(item) ? Mode::kAlone : NamedByUserId(item) ? Mode::kUsers : Mode::kOneName;
      name_ = item.input.user;
    }
    ++in_flight_;
    ready.push_back(std::move(item));
    waiting_.pop_front();
  }
  return ready;
}

}  // namespace cadenza::ingest
