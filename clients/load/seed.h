// Fills a fresh database for scenarios that begin with much in it, faster than any server could.
#ifndef CADENZA_CLIENTS_LOAD_SEED_H_
#define CADENZA_CLIENTS_LOAD_SEED_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "clients/load/workload.h"

namespace cadenza::load {

// A profile of each user of `workload`, just as the server would have stored it for the user's FillAttributes, sent at
// `made`: version 1, no events. Their input itself is not in the database. With two connections; the table must hold
// none of these users.
absl::Status SeedProfiles(const std::string& connection_string, const Workload& workload, absl::Time made);

// `rows` events into the partitions that are there (yesterday and today; those of coming days stay empty), spread
// evenly over `users` users of the workload's workspace: rows of the size and the entropy of the real ones (a random
// event id, a body of about 230 bytes), but their bodies are no inputs: for measuring writes and lookups by key, not
// for reading back. user_seq counts from 1,000,000,000 for each, so they collide with nothing.
//
// Indexes are kept while the rows go in: about 100,000 rows a second on two cores.
absl::Status SeedEvents(const std::string& connection_string, const Workload& workload, int64_t rows);

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_SEED_H_
