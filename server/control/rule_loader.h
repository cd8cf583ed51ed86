// Keeps the rule set of this process in step with the store: a thread asks for its revision every poll_interval, and
// loads and compiles on change. What is stored damaged is left out, and all else is in force; settings of a workspace
// that are damaged stay what this process knew them to be. By the way it tells when catalogs have changed.
#ifndef CADENZA_SERVER_CONTROL_RULE_LOADER_H_
#define CADENZA_SERVER_CONTROL_RULE_LOADER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/rules/rule_set.h"
#include "storage/store.h"

namespace cadenza {

// Owns the current snapshot. Thread-safe. While the store is in trouble, the last snapshot stays in force.
class RuleLoader {
 public:
  struct Options {
    absl::Duration poll_interval = absl::Milliseconds(250);
    // Told all catalogs that there are, whenever one has changed; on the thread that loads. May be empty.
    std::function<void(const std::vector<CatalogRevision>& catalogs)> catalogs_changed = nullptr;
  };

  // `store` must outlive it. Begins with an empty rule set of revision 0; call LoadNow before serving, so that no event
  // is decided by that one.
  RuleLoader(const Options& options, Store* store);
  ~RuleLoader();

  // For the lanes, once per batch: a lock and a reference count. Never null, never blocks on the store.
  std::shared_ptr<const rules::RuleSet> Current() const;

  // Loads on the calling thread, unless the revision is still the current one. On an error the snapshot stays.
  absl::Status LoadNow();
  // After a change by this process: as LoadNow; what fails is tried again by the thread.
  void Refresh();
  // How many active rules of the store (campaigns, segments, content blocks, settings) are not in the snapshot, since
  // they cannot be read or compiled; the log names each.
  int64_t left_out() const;
  // How the last attempt to follow the store ended.
  absl::Status last_status() const;

  // Begins to poll. Call once.
  void Start();
  // Ends the polling; waits at most for the store's deadline. Idempotent; also done by the destructor.
  void Stop();

 private:
  void Run();
  absl::Status Load() ABSL_EXCLUSIVE_LOCKS_REQUIRED(load_mu_);
  absl::Status LoadRuleSet(int64_t revision, const rules::RuleSet& previous) ABSL_EXCLUSIVE_LOCKS_REQUIRED(load_mu_);

  const Options options_;
  Store* const store_;
  absl::Mutex load_mu_ ABSL_ACQUIRED_BEFORE(mu_);         // one load at a time
  int64_t catalogs_told_ ABSL_GUARDED_BY(load_mu_) = -1;  // Revisions::catalogs
  mutable absl::Mutex mu_;
  std::shared_ptr<const rules::RuleSet> current_ ABSL_GUARDED_BY(mu_);
  int64_t left_out_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Status last_status_ ABSL_GUARDED_BY(mu_);
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_CONTROL_RULE_LOADER_H_
