// What people define, put on a connection: what a single change and a transaction of several have in common. Internal
// to storage/postgres.
#ifndef CADENZA_STORAGE_POSTGRES_DEFINITIONS_H_
#define CADENZA_STORAGE_POSTGRES_DEFINITIONS_H_

#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "storage/definitions.h"
#include "storage/postgres/connection.h"

namespace cadenza::postgres {

// As the call of the store without "On" says. In a transaction of its own if none is open, and then `on_loss` is
// kMayHaveChanged. Where one is open and the answer is an error, something may have been put: roll back.
absl::Status PutSettingsOn(Connection& connection, Deadline deadline, OnLoss on_loss, const WorkspaceSettingsRow& row);
absl::Status PutContentBlockOn(Connection& connection, Deadline deadline, OnLoss on_loss, const ContentBlock& block);
absl::Status PutSegmentOn(Connection& connection, Deadline deadline, OnLoss on_loss, const SegmentPut& put);
absl::Status PutCampaignsOn(Connection& connection, Deadline deadline, OnLoss on_loss,
                            const std::vector<CampaignRow>& rows);

// Runs `body` in a transaction, committed if it is OK. UNKNOWN if the connection is lost while it is committed.
absl::Status InTransaction(Connection& connection, Deadline deadline, const std::function<absl::Status()>& body);

}  // namespace cadenza::postgres

#endif  // CADENZA_STORAGE_POSTGRES_DEFINITIONS_H_
