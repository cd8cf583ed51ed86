// The Store on PostgreSQL 14 or newer, built with lz4 (Debian's is): the schema of migrations/.
//
// Every call is bounded by Options::deadline on the monotonic clock, connecting included, even while PostgreSQL is
// stopped: waiting is done by poll(2) on the connection's socket, and an overdue connection is closed. (Only the
// resolution of a host name is not bounded; give an address or a socket.)
//
// A Commit without all_or_nothing is one statement, hence one round trip and one transaction. Its outcome is UNKNOWN if
// the connection is lost after it was sent. journal_seq is used by a commit in which at least one profile write went
// through, and by no other; a number that the journal holds already gives ABORTED (after UNKNOWN, go on with a new
// journal). Journal 0 is no journal: nothing is recorded.
#ifndef CADENZA_STORAGE_POSTGRES_POSTGRES_STORE_H_
#define CADENZA_STORAGE_POSTGRES_POSTGRES_STORE_H_

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "storage/store.h"

namespace cadenza::postgres {

struct Traffic;

struct Options {
  std::string connection_string;               // as libpq has it: a URI or key=value pairs
  int pool_size = 8;                           // connections, opened as they are needed; a call waits for a free one
  absl::Duration deadline = absl::Seconds(5);  // of one call
  int partitions_ahead_days = 7;
  // Maintain() drops events that were received before this many days ago (0 = never; at least 2 are kept, for
  // deduplication), and messages that both expired and were stored longer ago than message_retention: those of an
  // import may have expired when they are made.
  int event_retention_days = 90;
  absl::Duration message_retention = absl::Hours(24 * 30);
  // Serve even if PostgreSQL runs with fsync, full_page_writes or synchronous_commit off: what was acked may then be
  // lost.
  bool allow_unsafe_durability = false;
  std::string process_name = "cadenza";  // names the heartbeat and the journals; no two processes may share one
  Traffic* traffic = nullptr;            // not owned, outlives the store: counts what it sends
};

// Does not connect: CheckReady says whether it works. Thread-safe, as Store says.
std::unique_ptr<Store> MakePostgresStore(Options options);

}  // namespace cadenza::postgres

#endif  // CADENZA_STORAGE_POSTGRES_POSTGRES_STORE_H_
