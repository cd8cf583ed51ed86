// One admitted input on its way to a verdict.
#ifndef CADENZA_SERVER_INGEST_WORK_ITEM_H_
#define CADENZA_SERVER_INGEST_WORK_ITEM_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/ingest/admission.h"
#include "server/lanes/sinks.h"
#include "storage/base/ids.h"
#include "storage/model/input.h"

namespace cadenza {

// Moved from the stream to a lane, between lanes, and dropped when settled; it has one owner at a time. Holding it
// holds its ticket.
struct WorkItem {
  Input input;
  // Whose row it changes, as far as is known: input.user, until a lane finds that the name leads to another user.
  UserKey target;
  std::shared_ptr<Settlement> settlement;
  int64_t position = 0;
  std::shared_ptr<ingest::Ticket> ticket;
  // It was in a commit whose outcome is unknown: if it turns out to be stored already, that was this very input.
  bool maybe_committed = false;
  // What the lane knows of its user may be old: load past every cache.
  bool fresh = false;
  // Timers of its user came due before it, and are to take effect first (lanes/batch_timers.cc).
  bool behind_timers = false;
  // Those that had their chance, by timer_id and set_seq: if one is still there it failed, and is not waited for again.
  std::vector<std::pair<std::string, int64_t>> tried_timers = {};
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_INGEST_WORK_ITEM_H_
