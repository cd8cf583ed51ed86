// The order of one stream, kept across names. Users with a user_id are told apart by their name, so their inputs go to
// the lanes at once. An anonymous id or an alias may lead to a user who is also named otherwise in the same stream, and
// an identify or add_alias changes where a name leads; so:
//
//  * inputs named by one anonymous id (or alias) in a row go together, and wait until everything else of the stream is
//  settled;
//  * an identify or add_alias goes alone;
//  * whatever comes behind a waiting input waits too.
//
// With that, inputs of one stream that concern one user take effect in the order sent, whatever names they use, in any
// process. The price is paid only by streams that mix such names: about one commit for each run of inputs.
//
// Not thread-safe: the stream's mutex guards it. Bounded by the stream's limit on inputs in flight.
#ifndef CADENZA_SERVER_INGEST_STREAM_ORDER_H_
#define CADENZA_SERVER_INGEST_STREAM_ORDER_H_

#include <cstddef>
#include <deque>
#include <vector>

#include "server/ingest/work_item.h"

namespace cadenza::ingest {

class StreamOrder {
 public:
  // Adds an item behind all others.
  void Add(WorkItem item) { waiting_.push_back(std::move(item)); }
  // Adds items behind all others, and moves out those that may go to the lanes now, in order.
  std::vector<WorkItem> Pass(std::vector<WorkItem> items);
  // So many of the items that were moved out have been settled.
  void Settled(size_t count = 1) { in_flight_ -= count; }
  // Moves out what may go now.
  std::vector<WorkItem> TakeReady();

  size_t waiting() const { return waiting_.size(); }

 private:
  // What is in flight: inputs of users named by user_id, those of one other name, or a single input that goes alone.
  enum class Mode { kUsers, kOneName, kAlone };
  bool MayGo(const WorkItem& item) const;

  std::deque<WorkItem> waiting_;
  size_t in_flight_ = 0;
  Mode mode_ = Mode::kUsers;
  UserKey name_;  // kOneName
};

}  // namespace cadenza::ingest

#endif  // CADENZA_SERVER_INGEST_STREAM_ORDER_H_
