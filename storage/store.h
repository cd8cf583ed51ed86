// THE interface of durable state: load, commit a batch, read back. Engines: memory/, postgres/; caching_store.h puts a
// ProfileCache in front of one. Every engine passes tests/conformance/store_suite.h.
//
// Thread-safe: any thread may call anything at any time. Calls block, at most for the engine's own deadline, so never
// call from a gRPC reaction. Nothing throws.
//
// Errors, for all calls:
//   UNAVAILABLE       the engine cannot be reached or is too slow; nothing was changed. Try again later.
//   ABORTED           a conflict with another transaction; nothing was changed. Try again at once.
//   UNKNOWN           Commit and changes of definitions and of content() only: the connection was lost at a
//   moment when the change may or may not
//                     have happened. Find out before answering anybody (for Commit: load fresh and see which events are
//                     there).
//   ALREADY_EXISTS    Commit with check_events only: an event of the batch is stored already; nothing was changed.
//   INVALID_ARGUMENT  the engine can never store this (a bug of the caller: validation should have refused it); nothing
//   was changed. INTERNAL          anything else; nothing was changed.
#ifndef CADENZA_STORAGE_STORE_H_
#define CADENZA_STORAGE_STORE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/base/ids.h"
#include "storage/campaign_store.h"
#include "storage/content_store.h"
#include "storage/counter_store.h"
#include "storage/definitions.h"
#include "storage/event_scan.h"
#include "storage/launch_store.h"
#include "storage/model/catalog.h"
#include "storage/model/input.h"
#include "storage/model/message.h"
#include "storage/segment_store.h"
#include "storage/timer_store.h"
#include "storage/workspace_store.h"

namespace cadenza {

// A user's row. A row with `merged_into` is only a name that leads to another user (an alias, or an anonymous user who
// was identified): its state is empty, its version still counts.
struct ProfileRow {
  int64_t version = 0;      // >= 1
  std::string merged_into;  // the other user's key ("u:…", same workspace), or empty
  std::string state;        // encoded Profile, see storage/codec/profile_codec.h; opaque to engines
  friend bool operator==(const ProfileRow&, const ProfileRow&) = default;
};

// An event as its producer named it: the key of deduplication.
struct EventRef {
  UserKey user;  // as named, not resolved
  std::string event_id;
};

// An event that was committed within the dedupe window.
struct SeenEvent {
  int64_t user_seq = 0;
  Digest digest{};
};

struct LoadRequest {
  std::vector<UserKey> keys;
  std::vector<EventRef> events;
  // Bypass caches: what is returned was committed when the call began, or later.
  bool fresh = false;
  std::vector<CatalogItemKey> catalog_items = {};  // never cached
};

// Parallel to the request; absent = no such row, not seen.
//
// The events are looked up after the rows: an event that was committed before a returned row's version was reached is
// found. With the version fence of Commit that makes "not seen" safe to act on.
struct LoadResult {
  std::vector<std::optional<ProfileRow>> rows;
  std::vector<std::optional<SeenEvent>> events;
  size_t cached_rows = 0;                                      // how many of `rows` a cache gave; for metrics
  std::vector<std::optional<std::string>> catalog_items = {};  // CatalogItemRow::fields
};

// A row to insert (expected_version 0) or update (WHERE version = expected_version).
struct ProfileWrite {
  UserKey key;
  int64_t expected_version = 0;
  ProfileRow row;  // row.version > expected_version
};

// An applied input. It is stored if the profile write that `owner` indexes went through.
struct EventWrite {
  size_t owner = 0;
  UserKey named;  // as the producer named the user: with event_id, the key of deduplication
  std::string event_id;
  int64_t user_seq = 0;
  InputKind kind = InputKind::kCustomEvent;
  std::string name;  // Input::event_name()
  absl::Time time;
  absl::Time receive_time;
  std::string body;
  Digest digest{};
  std::string decisions = {};  // that the input led to, encoded (storage/codec/decision_codec.h); opaque to engines
};

struct MessageWrite {
  size_t owner = 0;
  Message message;
};

// The owner has entered a segment, or left it. One of a segment that he is in already moves his time; leaving what he
// is not in changes nothing.
struct MemberWrite {
  size_t owner = 0;
  std::string segment_id;
  bool entered = false;
  absl::Time since = absl::Time();  // entered
};

// All messages of `from` become messages of `to`, message_seq + offset.
struct MessageMove {
  UserKey from;
  UserKey to;
  int64_t offset = 0;
};

// A timer of the profile write that `owner` indexes: set, in place of any that has its id, or deleted (nothing there is
// fine). At most one write for each timer.
struct TimerWrite {
  enum class Kind : uint8_t { kSet, kDelete };
  size_t owner = 0;
  Kind kind = Kind::kSet;
  std::string timer_id;
  // kSet:
  int64_t set_seq = 0;
  absl::Time fire_time;
  std::string payload;
  absl::Time due_time = absl::InfinitePast();  // when it is first tried, if later than fire_time
};

// All timers of `from` become timers of `to`, with this set_seq, but those whose timer_id `to` has: they are deleted.
struct TimerMove {
  UserKey from;
  UserKey to;
  int64_t set_seq = 0;
};

// The counter grows if the profile write that `owner` indexes went through.
struct CounterWrite {
  size_t owner = 0;
  size_t key = 0;  // index into CommitBatch::counter_keys
  int place = 0;   // 1 to CounterKey::places()
  absl::int128 value = 0;
};

// What one commit holds. A key occurs at most once in `profiles`.
struct CommitBatch {
  // The journal of the lane that commits (OpenJournal), and the number of this commit in it: 1, 2, 3 … without gaps.
  int64_t journal = 0;
  int64_t journal_seq = 0;
  // If true, one failed fence fails the whole batch (everything then reads conflicted).
  bool all_or_nothing = false;
  // If true, nobody has looked whether the events are stored already, so Commit does: if any is, within the dedupe
  // window, nothing is changed and the answer is ALREADY_EXISTS; Load says which. The rows that the batch is based on
  // must be older than the call, as any are: then what was stored before a row's version is found, as with Load.
  bool check_events = false;
  std::vector<ProfileWrite> profiles;
  std::vector<EventWrite> events;
  std::vector<MessageWrite> messages;
  std::vector<TimerWrite> timers;
  // Only with all_or_nothing; done after everything else.
  std::vector<MessageMove> moves;
  std::vector<TimerMove> timer_moves;
  std::vector<MemberWrite> members = {};      // at most one for an owner and a segment
  std::vector<CounterKey> counter_keys = {};  // each once
  std::vector<CounterWrite> counters = {};    // those of one counter add up
};

struct CommitResult {
  // Parallel to CommitBatch::profiles: true = the row was not at expected_version, and neither the write nor anything
  // owned by it happened.
  std::vector<bool> conflicted;
};

struct StoredEvent {
  int64_t user_seq = 0;
  absl::Time receive_time;
  std::string body;            // a serialised cadenza.v1.Input
  std::string decisions = {};  // EventWrite::decisions
};

// What the processes follow.
struct Revisions {
  int64_t rule_set = 0;  // grows with every change of campaigns, settings, content blocks and segments, in any process
  int64_t catalogs = 0;  // grows with every change of a catalog or an item
  friend bool operator==(const Revisions&, const Revisions&) = default;
};

class Store {
 public:
  virtual ~Store() = default;

  // --- the lanes ---
  virtual absl::StatusOr<LoadResult> Load(const LoadRequest& request) = 0;
  // One transaction. Users whose fence fails are left out (see CommitResult), the others commit together.
  virtual absl::StatusOr<CommitResult> Commit(const CommitBatch& batch) = 0;
  // A new journal, for one writer.
  virtual absl::StatusOr<int64_t> OpenJournal() = 0;

  // --- reading back ---
  // Ascending: user_seq > after; descending: user_seq < after (0 = from the newest). At most `limit`.
  virtual absl::StatusOr<std::vector<StoredEvent>> ListEvents(const UserKey& user, int64_t after, bool descending,
                                                              int limit) = 0;
  // message_seq > after, ascending, at most `limit`, without those whose expire_time <= now.
  virtual absl::StatusOr<std::vector<Message>> ListMessages(const UserKey& user, int64_t after, int limit,
                                                            absl::Time now) = 0;
  // For each user, the highest message_seq stored, expired or not; 0 if none. Parallel to `users`.
  virtual absl::StatusOr<std::vector<int64_t>> TopMessageSeqs(const std::vector<UserKey>& users) = 0;

  // A scan of a workspace's stored inputs, which begins at its first Next. It works for itself, and takes nothing that
  // other calls wait for. Must not outlive the store.
  virtual absl::StatusOr<std::unique_ptr<EventScan>> ScanEvents(const ScanRequest& request) = 0;

  // --- timers ---
  // Lives as long as the store.
  virtual TimerStore& timers() = 0;

  // --- campaigns ---
  // Owned by the store.
  virtual CampaignStore& campaigns() = 0;
  // Both as of one moment.
  virtual absl::StatusOr<Revisions> ReadRevisions() = 0;

  // --- what holds for all campaigns of a workspace ---
  // Owned by the store.
  virtual WorkspaceStore& workspaces() = 0;

  // --- catalogs and content blocks ---
  // Lives as long as this.
  virtual ContentStore& content() = 0;

  // --- several of these at once ---
  // Puts all of them, or none, in one transaction: each as PutSettings, PutContentBlock, PutSegment and PutCampaigns
  // put it, and the error is that of one that could not be put. All are of one workspace. INVALID_ARGUMENT: something
  // stands twice. UNKNOWN as of Commit.
  virtual absl::Status PutDefinitions(const DefinitionsPut& put) = 0;

  // --- what campaigns have counted ---
  // Owned by the store.
  virtual CounterStore& counters() = 0;

  // --- segments ---
  // Owned by the store.
  virtual SegmentStore& segments() = 0;

  // --- launches ---
  // Owned by the store.
  virtual LaunchStore& launches() = 0;

  // --- operating ---
  // OK if the engine may be served from: reachable, its schema the one that this program knows, and durable.
  // FAILED_PRECONDITION says what is wrong and what to do.
  virtual absl::Status CheckReady() = 0;
  // Commits a heartbeat: OK means that a commit succeeded just now.
  virtual absl::Status Probe() = 0;
  // Makes storage for the days ahead and drops what retention allows. Idempotent; any process may do it at any time.
  virtual absl::Status Maintain() = 0;
  // For the line that the server prints at start: "postgres (schema 1)", "memory (nothing is durable)".
  virtual std::string Describe() = 0;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_STORE_H_
