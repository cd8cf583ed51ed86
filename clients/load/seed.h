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

// Events `first` to `first` + `rows` - 1 (more can be added to what an earlier call left), half into the partition of
// yesterday and half into that of today, of all users of `workload` in turn: rows of the size of real ones (a UUIDv7 of
// yesterday, a body of about 220 bytes), but their bodies are no inputs: for measuring writes and lookups beside many
// rows, not for reading back. user_seq counts from 1,000,000,000 for each user, so that it collides with nothing that
// the server makes.
//
// The indexes of the two partitions are taken off and built again, as full as an old one is, and nothing of the
// schema is another afterwards; meanwhile events has not these partitions, so nobody may use them (a server that has
// nothing to do may run). If it fails, make the database anew. With two connections, each of which
// sorts in up to 1 GB of memory; 50 million rows take about 5 minutes on two cores and 30 GB.
absl::Status SeedEvents(const std::string& connection_string, const Workload& workload, int64_t first, int64_t rows);

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_SEED_H_
