// What every engine asks of a CommitBatch before it touches anything.
#ifndef CADENZA_STORAGE_BATCH_CHECK_H_
#define CADENZA_STORAGE_BATCH_CHECK_H_

#include "absl/status/status.h"
#include "storage/store.h"

namespace cadenza {

// INVALID_ARGUMENT if the batch breaks the contract of store.h: an owner that is no index into profiles, a key that
// occurs twice, a version that does not grow, a message for another user than its owner, a move without all_or_nothing
// or of a user to himself, a timer that is written twice. Pure.
absl::Status CheckBatch(const CommitBatch& batch);

}  // namespace cadenza

#endif  // CADENZA_STORAGE_BATCH_CHECK_H_
