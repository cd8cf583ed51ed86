// What every Store must do, whatever it is made of. An engine takes the suite over with
//
//   INSTANTIATE_TEST_SUITE_P(Memory, StoreSuite, ::testing::Values(StoreFactory{"memory", [] { … }}), StoreName);
//
// in a file of its own. Tests use workspaces of their own, so that one database serves them all.
#ifndef CADENZA_TESTS_CONFORMANCE_STORE_SUITE_H_
#define CADENZA_TESTS_CONFORMANCE_STORE_SUITE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/store.h"

namespace cadenza::testing {

struct StoreFactory {
  std::string name;
  // Two stores of one factory see the same data only if the engine shares it; each test makes one.
  std::function<std::unique_ptr<Store>()> make;
};

inline void PrintTo(const StoreFactory& factory, std::ostream* out) { *out << factory.name; }
inline std::string StoreName(const ::testing::TestParamInfo<StoreFactory>& info) { return info.param.name; }

// An arbitrary time that every engine can store exactly.
inline const absl::Time kStoreTime = absl::FromUnixMicros(1'700'000'000'123'456);

class StoreSuite : public ::testing::TestWithParam<StoreFactory> {
 protected:
  void SetUp() override;

  UserKey User(std::string_view name) const { return UserKey::User(workspace_, name); }
  // The row at `version`, or the next one of `expected`.
  ProfileWrite Write(const UserKey& key, int64_t expected, std::string state = "state") const;
  EventWrite Event(size_t owner, const UserKey& named, std::string id, int64_t seq, std::string body = "body") const;
  MessageWrite MessageFor(size_t owner, const UserKey& user, int64_t seq) const;
  // A batch with the next number of this test's journal; the number is used if Commit changed something.
  CommitBatch Batch();
  // Commits, and expects that it went through; the conflicts.
  std::vector<bool> CommitOk(const CommitBatch& batch);
  // One event that takes the user from version `seq` - 1 to `seq`.
  void Apply(const UserKey& user, int64_t seq, std::string event_id);

  std::optional<ProfileRow> LoadRow(const UserKey& key);
  std::optional<SeenEvent> FindEvent(const UserKey& named, const std::string& event_id);
  std::vector<int64_t> EventSeqs(const UserKey& user, int64_t after, bool descending, int limit);
  std::vector<int64_t> MessageSeqs(const UserKey& user, int64_t after, int limit, absl::Time now);

  std::unique_ptr<Store> store_;
  std::string workspace_;

 private:
  int64_t journal_ = 0;
  int64_t journal_seq_ = 0;
};

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_CONFORMANCE_STORE_SUITE_H_
