// What the tests of the lanes share: inputs, a store that misbehaves on demand, and sinks that write down what they are
// told.
#ifndef CADENZA_TESTS_UNIT_SERVER_LANES_WORKBENCH_H_
#define CADENZA_TESTS_UNIT_SERVER_LANES_WORKBENCH_H_

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "server/lanes/batch.h"
#include "storage/base/text.h"
#include "storage/codec/profile_codec.h"
#include "storage/fault_store.h"
#include "storage/memory/memory_store.h"
#include "storage/model/rejection.h"

namespace cadenza::lanes {

inline const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
inline constexpr absl::Duration kPatience = absl::Seconds(60);

inline UserKey User(std::string_view name) { return UserKey::User("shop", name); }
inline UserKey Anonymous(std::string_view name) { return UserKey::Anonymous("shop", name); }

// An input as the door lets it in. Its body is made of `content`, so that another content is another digest.
template <typename Payload>
WorkItem Item(const UserKey& user, std::string_view event_id, Payload payload, std::string_view content = "") {
  WorkItem item;
  item.input.event_id = std::string(event_id);
  item.input.user = user;
  item.input.time = item.input.receive_time = item.input.clock = kNow;
  item.input.payload = std::move(payload);
  item.input.body = StrCat(user.key, "/", event_id, "/", content);
  item.input.digest = DigestOf(item.input.body);
  item.target = user;
  return item;
}
inline WorkItem Event(const UserKey& user, std::string_view event_id, std::string_view name = "visited",
                      std::string_view content = "") {
  return Item(user, event_id, CustomEvent{std::string(name), {}}, content);
}
inline WorkItem Change(const UserKey& user, std::string_view event_id, AttributeOperation::Op op, Value value,
                       std::string_view attribute = "n") {
  return Item(user, event_id, AttributeChange{{{{std::string(attribute)}, op, std::move(value)}}});
}
inline WorkItem Increment(const UserKey& user, std::string_view event_id) {
  return Change(user, event_id, AttributeOperation::Op::kIncrement, Value::Int(1));
}
inline WorkItem IdentifyAs(const UserKey& user, std::string_view event_id, const UserKey& anonymous) {
  return Item(user, event_id, Identify{anonymous});
}

// A message for every order_placed.
inline std::shared_ptr<const rules::RuleSet> Rules() {
  Campaign campaign;
  campaign.workspace = "shop";
  campaign.campaign_id = "thanks";
  campaign.state = Campaign::State::kActive;
  campaign.trigger = {.kind = Trigger::Kind::kEventName, .event_name = "order_placed", .product_id = ""};
  campaign.message = {.channel = "push", .title = "", .body = "Thank you", .time_to_live = absl::Hours(24)};
  campaign.revision = 1;
  std::vector<std::string> errors;
  auto rules = rules::RuleSet::Build(1, {campaign}, nullptr, &errors);
  EXPECT_TRUE(errors.empty()) << errors.front();
  return rules;
}

// Thread-safe.
class Logbook : public Settlement, public MessageSink {
 public:
  void OnSettled(std::vector<Settled> settled) override {
    absl::MutexLock lock(&mu_);
    for (Settled& one : settled) {
      lines_.push_back(StrCat("settled ", one.position));
      EXPECT_FALSE(verdicts_.contains(one.position)) << "settled twice: " << one.position;
      verdicts_[one.position] = std::move(one.verdict);
    }
  }
  void Offer(const std::vector<Message>& messages) override {
    absl::MutexLock lock(&mu_);
    for (const Message& message : messages) {
      lines_.push_back(StrCat("message ", message.user.key, " ", message.message_seq));
    }
  }
  void Hint(const std::vector<UserKey>& users) override {
    absl::MutexLock lock(&mu_);
    for (const UserKey& user : users) lines_.push_back(StrCat("hint ", user.key));
  }
  void Merged(const UserKey& from) override {
    absl::MutexLock lock(&mu_);
    lines_.push_back(StrCat("merged ", from.key));
  }

  std::vector<std::string> lines() const {
    absl::MutexLock lock(&mu_);
    return lines_;
  }
  size_t settled() const {
    absl::MutexLock lock(&mu_);
    return verdicts_.size();
  }
  bool AwaitSettled(size_t count, absl::Duration patience = kPatience) const {
    absl::MutexLock lock(&mu_);
    auto enough = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return verdicts_.size() >= count; };
    return mu_.AwaitWithTimeout(absl::Condition(&enough), patience);
  }
  // "applied 3", "duplicate 3", "rejected ATTRIBUTE_TYPE_MISMATCH", or "none".
  std::string verdict(int64_t position) const {
    absl::MutexLock lock(&mu_);
    auto it = verdicts_.find(position);
    if (it == verdicts_.end()) return "none";
    switch (it->second.kind) {
      case Verdict::Kind::kApplied:
        return StrCat("applied ", it->second.user_seq);
      case Verdict::Kind::kDuplicate:
        return StrCat("duplicate ", it->second.user_seq);
      default:
        return StrCat("rejected ", RejectionReason(it->second.rejection));
    }
  }

 private:
  mutable absl::Mutex mu_;
  std::vector<std::string> lines_ ABSL_GUARDED_BY(mu_);
  std::map<int64_t, Verdict> verdicts_ ABSL_GUARDED_BY(mu_);
};

inline Options TestOptions() {
  Options options;
  options.session_gap = absl::Minutes(30);
  options.retry_min = absl::Milliseconds(1);
  options.retry_max = absl::Milliseconds(4);
  return options;
}

// One process as far as lanes see it, over a store that several may share.
struct Process {
  explicit Process(Store* base) : store(base) {}
  Context context() {
    return {.store = &store,
            .clock = &clock,
            .metrics = &metrics,
            .messages = logbook.get(),
            .rule_set = [this] { return rules; },
            .catalogs = &catalogs};
  }

  ManualClock clock{kNow};
  FaultStore store;
  Metrics metrics;
  std::shared_ptr<Logbook> logbook = std::make_shared<Logbook>();
  std::shared_ptr<const rules::RuleSet> rules = Rules();
  CatalogCache catalogs{CatalogCache::Options()};
};

inline MemoryStore::Options MemoryOptions(Clock* clock) {
  MemoryStore::Options options;
  options.clock = clock;
  return options;
}

// A runner that is driven by hand.
struct HandDriven : Process {
  explicit HandDriven(Store* base, Options given = TestOptions())
      : Process(base), options(std::move(given)), runner(options, context()) {}

  // One batch of `items` (which get positions 1, 2, 3 … in the order of their making). What it leaves is in `outcome`.
  void RunOnce(std::vector<WorkItem> items) {
    for (WorkItem& item : items) {
      if (item.position == 0) item.position = ++last_position;
      item.settlement = logbook;
    }
    outcome = runner.Run(std::move(items));
  }
  // As a lane does it, until nothing is left; how many batches it took.
  int RunAll(std::vector<WorkItem> items) {
    int batches = 0;
    while (!items.empty() && batches < 200) {
      RunOnce(std::move(items));
      ++batches;
      items = std::move(outcome.retry);
      std::move(outcome.forward.begin(), outcome.forward.end(), std::back_inserter(items));
    }
    EXPECT_TRUE(items.empty()) << "no end";
    return batches;
  }

  const Options options;
  BatchRunner runner;
  BatchRunner::Outcome outcome;
  int64_t last_position = 0;
};

// What is stored.
inline Profile StoredProfile(Store& store, const UserKey& user) {
  auto loaded = store.Load({{user}, {}, true});
  EXPECT_TRUE(loaded.ok());
  if (!loaded->rows[0].has_value()) return {};
  auto profile = DecodeProfile(user, loaded->rows[0]->version, loaded->rows[0]->state);
  EXPECT_TRUE(profile.ok()) << profile.status();
  return *std::move(profile);
}
inline std::string LeadsTo(Store& store, const UserKey& user) {
  auto loaded = store.Load({{user}, {}, true});
  EXPECT_TRUE(loaded.ok());
  return loaded->rows[0].has_value() ? loaded->rows[0]->merged_into : "";
}
inline int64_t CountOf(const Profile& profile, std::string_view event_name) {
  auto it = profile.events.find(event_name);
  return it == profile.events.end() ? 0 : it->second.count();
}
inline Value AttributeOf(const Profile& profile, std::string_view name) {
  const Value* value = profile.attributes.Find(name);
  return value == nullptr ? Value::Null() : *value;
}
// The user_seqs of what is listed under him.
inline std::vector<int64_t> ListedSeqs(Store& store, const UserKey& user) {
  std::vector<int64_t> seqs;
  auto events = store.ListEvents(user, 0, false, 1'000'000);
  EXPECT_TRUE(events.ok());
  for (const StoredEvent& event : *events) seqs.push_back(event.user_seq);
  return seqs;
}

}  // namespace cadenza::lanes

#endif  // CADENZA_TESTS_UNIT_SERVER_LANES_WORKBENCH_H_
