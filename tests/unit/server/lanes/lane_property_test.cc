// Several streams, two processes, one store, random faults in both: in the end everything is there once and in order.
#include <deque>
#include <random>

#include "server/ingest/stream_order.h"
#include "server/lanes/lane_set.h"
#include "tests/support/seed.h"
#include "tests/unit/server/lanes/workbench.h"

namespace cadenza::lanes {
namespace {

constexpr int kStreams = 6;
constexpr int kUsers = 4;
constexpr int kInputs = 300;  // of a stream, duplicates included

// A stream as server/rpc has it: an order of its own, and verdicts. It opens up to kWindow inputs at a time.
class TestStream : public Settlement {
 public:
  static constexpr size_t kWindow = 40;

  // The settlement of `items` is set by Start.
  TestStream(LaneSet* lanes, std::deque<WorkItem> items)
      : lanes_(lanes), items_(std::move(items)), count_(items_.size()) {}

  void Start(const std::shared_ptr<TestStream>& self) {
    int64_t position = 0;
    absl::MutexLock lock(&mu_);
    for (WorkItem& item : items_) {
      item.position = ++position;
      item.settlement = self;
    }
    FeedLocked();
  }

  void OnSettled(std::vector<Settled> settled) override {
    absl::MutexLock lock(&mu_);
    for (Settled& one : settled) {
      EXPECT_TRUE(verdicts_.try_emplace(one.position, std::move(one.verdict)).second) << "settled twice";
      order_.Settled();
    }
    FeedLocked();
  }

  std::map<int64_t, Verdict> Await() {
    absl::MutexLock lock(&mu_);
    auto all = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return verdicts_.size() == count_; };
    EXPECT_TRUE(mu_.AwaitWithTimeout(absl::Condition(&all), kPatience)) << verdicts_.size() << " of " << count_;
    return verdicts_;
  }

 private:
  void FeedLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    while (!items_.empty() && opened_ - verdicts_.size() < kWindow) {
      order_.Add(std::move(items_.front()));
      items_.pop_front();
      ++opened_;
    }
    auto ready = order_.TakeReady();
    if (!ready.empty()) lanes_->Push(std::move(ready));
  }

  LaneSet* const lanes_;
  absl::Mutex mu_;
  std::deque<WorkItem> items_ ABSL_GUARDED_BY(mu_);
  const size_t count_;
  size_t opened_ ABSL_GUARDED_BY(mu_) = 0;
  ingest::StreamOrder order_ ABSL_GUARDED_BY(mu_);
  std::map<int64_t, Verdict> verdicts_ ABSL_GUARDED_BY(mu_);
};

// Fails the calls of a process at random, in every way that a store may.
class RandomFaults : public FaultStore {
 public:
  RandomFaults(Store* base, uint64_t seed) : FaultStore(base), random_(seed) {}
  absl::StatusOr<LoadResult> Load(const LoadRequest& request) override {
    if (OneIn(12)) return absl::UnavailableError("random");
    return FaultStore::Load(request);
  }
  absl::StatusOr<CommitResult> Commit(const CommitBatch& batch) override {
    if (OneIn(12)) return absl::UnavailableError("random");
    if (OneIn(20)) return absl::AbortedError("random");
    if (OneIn(12)) return absl::UnknownError("not done");
    if (OneIn(12)) {
      (void)FaultStore::Commit(batch);
      return absl::UnknownError("done");
    }
    return FaultStore::Commit(batch);
  }

 private:
  bool OneIn(int n) {
    absl::MutexLock lock(&mu_);
    return std::uniform_int_distribution<int>(1, n)(random_) == 1;
  }
  absl::Mutex mu_;
  std::mt19937_64 random_ ABSL_GUARDED_BY(mu_);
};

struct Model {
  std::map<std::string, int64_t> orders;     // by user key
  std::map<std::string, ValueList> logs;     // by "user key/attribute": what was appended, in order
  std::map<std::string, std::string> known;  // anonymous key -> user key
};

// What stream `s` sends: orders and appends for the shared users and for an anonymous one of its own, who is identified
// midway; now and then an input again.
std::deque<WorkItem> Script(int s, std::mt19937_64& random, Model* model) {
  auto below = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  const UserKey anonymous = Anonymous(StrCat("s", s));
  const UserKey own = User(StrCat("own", s));
  const std::string log = StrCat("log", s);
  std::deque<WorkItem> items;
  auto copy = [&](const WorkItem& item) {
    WorkItem again;
    again.input = item.input;
    again.target = item.target;
    return again;
  };
  for (int i = 0; i < kInputs; ++i) {
    const std::string id = StrCat(s, "-", i);
    if (i == kInputs / 2) {
      items.push_back(IdentifyAs(own, id, anonymous));
      continue;
    }
    UserKey user = User(StrCat("shared", below(kUsers)));
    if (below(4) == 0) user = i < kInputs / 2 || below(2) == 0 ? anonymous : own;
    const UserKey& owner = user == anonymous ? own : user;
    if (below(2) == 0) {
      items.push_back(Event(user, id, "order_placed"));
      ++model->orders[owner.key];
    } else {
      items.push_back(Change(user, id, AttributeOperation::Op::kListAdd, Value::Int(i), log));
      model->logs[owner.key + "/" + log].push_back(Value::Int(i));
    }
    if (below(8) == 0) items.push_back(copy(items[below(static_cast<int>(items.size()))]));
  }
  return items;
}

void Check(Store& store, const Model& model) {
  for (const auto& [key, count] : model.orders) {
    const UserKey user{"shop", key};
    const Profile profile = StoredProfile(store, user);
    EXPECT_EQ(CountOf(profile, "order_placed"), count) << key;
    EXPECT_EQ(profile.message_seq, count) << key;
    auto messages = store.ListMessages(user, 0, 1'000'000, kNow);
    ASSERT_EQ(static_cast<int64_t>(messages->size()), count) << key;
    absl::flat_hash_set<std::string> ids;
    for (const Message& message : *messages) EXPECT_TRUE(ids.insert(message.message_id).second) << key;
    if (!profile.other_names.empty()) continue;  // the events before the merge are listed under the old name
    const std::vector<int64_t> seqs = ListedSeqs(store, user);
    EXPECT_EQ(static_cast<int64_t>(seqs.size()), profile.version) << key;
    for (size_t i = 0; i < seqs.size(); ++i) EXPECT_EQ(seqs[i], static_cast<int64_t>(i) + 1) << key;
  }
  for (const auto& [path, log] : model.logs) {
    const size_t slash = path.find('/');
    EXPECT_EQ(AttributeOf(StoredProfile(store, {"shop", path.substr(0, slash)}), path.substr(slash + 1)),
              Value::List(log))
        << path;
  }
}

TEST(LanePropertyTest, EverythingOnceAndInOrder) {
  const uint64_t seed = cadenza::testing::TestSeed();
  SCOPED_TRACE(cadenza::testing::SeedLine(seed));
  for (int round = 0; round < 6; ++round) {
    std::mt19937_64 random(seed + round);
    ManualClock clock(kNow);
    MemoryStore memory(MemoryOptions(&clock));
    RandomFaults faults_a(&memory, random()), faults_b(&memory, random());
    Process a(&faults_a), b(&faults_b);
    Options options = TestOptions();
    options.hot.users_max = 3;
    options.batch_inputs_max = 1 + static_cast<int>(random() % 30);
    LaneSet lanes_a(options, a.context()), lanes_b(options, b.context());
    Model model;
    std::vector<std::shared_ptr<TestStream>> streams;
    for (int s = 0; s < kStreams; ++s) {
      streams.push_back(std::make_shared<TestStream>(s % 2 == 0 ? &lanes_a : &lanes_b, Script(s, random, &model)));
    }
    for (auto& stream : streams) stream->Start(stream);
    for (auto& stream : streams) {
      for (const auto& [position, verdict] : stream->Await()) {
        EXPECT_NE(verdict.kind, Verdict::Kind::kRejected) << verdict.rejection;
      }
    }
    Check(memory, model);
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace cadenza::lanes
