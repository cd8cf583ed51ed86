// Catalog items for a replay, read when the first template asks for one and kept from then on. Thread-safe.
#ifndef CADENZA_SERVER_BACKTEST_CATALOG_READER_H_
#define CADENZA_SERVER_BACKTEST_CATALOG_READER_H_

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "storage/model/catalog.h"
#include "storage/model/value.h"
#include "storage/store.h"

namespace cadenza::backtest {

class CatalogReader {
 public:
  explicit CatalogReader(Store* store) : store_(store) {}

  // Null: there is none, or it could not be read (see status).
  Value Find(const CatalogItemKey& key) ABSL_LOCKS_EXCLUDED(mu_);
  // The first failure: what was rendered since is of no use.
  absl::Status status() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  static constexpr size_t kKept = 100'000;  // beyond it, all are forgotten

  Store* const store_;
  mutable absl::Mutex mu_;
  absl::flat_hash_map<CatalogItemKey, Value> items_ ABSL_GUARDED_BY(mu_);
  absl::Status status_ ABSL_GUARDED_BY(mu_);
};

}  // namespace cadenza::backtest

#endif  // CADENZA_SERVER_BACKTEST_CATALOG_READER_H_
