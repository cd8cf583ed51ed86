#include "storage/postgres/event_sorter.h"

#include <filesystem>
#include <random>
#include <tuple>

#include "gmock/gmock.h"
#include "storage/base/text.h"
#include "tests/support/seed.h"

namespace cadenza::postgres {
namespace {

using ::testing::HasSubstr;

struct Kept {
  std::string user_key;
  std::string owner_key;
  int64_t user_seq = 0;
  int64_t micros = 0;
  std::string body;
  std::string decisions;
  friend bool operator==(const Kept&, const Kept&) = default;
  friend bool operator<(const Kept& a, const Kept& b) {
    const bool a_last = a.user_key == a.owner_key;
    const bool b_last = b.user_key == b.owner_key;
    return std::tie(a.owner_key, a_last, a.user_key, a.user_seq) <
           std::tie(b.owner_key, b_last, b.user_key, b.user_seq);
  }
};

ScannedEvent EventOf(const Kept& kept) {
  return {.user_key = kept.user_key,
          .owner_key = kept.owner_key,
          .user_seq = kept.user_seq,
          .time = absl::FromUnixMicros(kept.micros),
          .receive_time = absl::FromUnixMicros(kept.micros + 1),
          .body = kept.body,
          .decisions = kept.decisions};
}

// Users with a few inputs and one with very many, some merged into others; in no order.
std::vector<Kept> SomeInputs(std::mt19937_64* random) {
  const auto below = [random](int n) { return std::uniform_int_distribution<int>(0, n - 1)(*random); };
  std::vector<Kept> inputs;
  for (int u = 0; u < 60; ++u) {
    const int count = u == 0 ? 3000 : 1 + below(40);
    const std::string user = StrCat(u % 3 == 0 ? "a:" : "u:", u);
    const std::string owner = u % 3 == 0 && u > 0 ? StrCat("u:", 1 + below(60) / 3 * 3) : user;
    for (int seq = 1; seq <= count; ++seq) {
      inputs.push_back({user, owner, seq, below(1'000'000), std::string(static_cast<size_t>(below(300)), '\0'),
                        std::string(static_cast<size_t>(below(12)), 'd')});
    }
  }
  inputs[17].body = std::string(100'000, 'b');  // longer than what is read at once
  std::shuffle(inputs.begin(), inputs.end(), *random);
  return inputs;
}

// What comes out, by owner; each owner once, and how far it is never goes back.
std::vector<Kept> Drain(EventSorter* sorter) {
  std::vector<Kept> out;
  std::set<std::string> owners;
  double done = 0;
  int64_t group = 0;
  while (true) {
    auto stretch = sorter->Next();
    EXPECT_TRUE(stretch.ok()) << stretch.status();
    if (!stretch.ok() || *stretch == nullptr) return out;
    EXPECT_FALSE((*stretch)->events.empty());
    EXPECT_GE((*stretch)->done, done);
    EXPECT_LE((*stretch)->done, 1);
    done = (*stretch)->done;
    for (const ScannedEvent& event : (*stretch)->events) {
      const std::string owner(event.owner_key);
      if (out.empty() || out.back().owner_key != owner) {
        EXPECT_TRUE(owners.insert(owner).second) << owner << " comes twice";
        group = event.group;
      }
      EXPECT_EQ(event.group, group);
      EXPECT_EQ(event.receive_time - event.time, absl::Microseconds(1));
      out.push_back({std::string(event.user_key), owner, event.user_seq, absl::ToUnixMicros(event.time),
                     std::string(event.body), std::string(event.decisions)});
    }
  }
}

TEST(EventSorterTest, OwnersTogetherInOrderWhateverFitsIntoMemory) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  std::mt19937_64 random(seed);
  for (const size_t run_bytes : {size_t{1} << 30, size_t{300} << 10, size_t{100} << 10, size_t{5} << 10}) {
    SCOPED_TRACE(run_bytes);
    std::vector<Kept> inputs = SomeInputs(&random);
    EventSorter sorter(run_bytes, ::testing::TempDir());
    for (const Kept& kept : inputs) ASSERT_TRUE(sorter.Add(EventOf(kept)).ok());
    ASSERT_TRUE(sorter.Finish().ok());
    EXPECT_EQ(sorter.runs_written() == 0, run_bytes == size_t{1} << 30) << sorter.runs_written();
    std::vector<Kept> out = Drain(&sorter);
    std::sort(inputs.begin(), inputs.end());
    // Of one owner in order; owners by their groups.
    std::stable_sort(out.begin(), out.end(), [](const Kept& a, const Kept& b) { return a.owner_key < b.owner_key; });
    EXPECT_TRUE(out == inputs);
  }
}

TEST(EventSorterTest, NothingIsNothing) {
  EventSorter sorter;
  ASSERT_TRUE(sorter.Finish().ok());
  EXPECT_EQ(sorter.Next()->get(), nullptr);
}

TEST(EventSorterTest, TheFileHasNoName) {
  const std::string folder = ::testing::TempDir() + "cadenza-sorter";
  std::filesystem::create_directories(folder);
  EventSorter sorter(1, folder);
  ASSERT_TRUE(sorter.Add(EventOf({"u:ada", "u:ada", 1, 0, "", ""})).ok());
  ASSERT_TRUE(sorter.Add(EventOf({"u:ada", "u:ada", 2, 0, "", ""})).ok());
  EXPECT_EQ(sorter.runs_written(), 1u);
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST(EventSorterTest, AFolderThatCannotBeWrittenIsNamed) {
  EventSorter sorter(1, "/proc/none");
  ASSERT_TRUE(sorter.Add(EventOf({"u:ada", "u:ada", 1, 0, "", ""})).ok());
  const absl::Status status = sorter.Add(EventOf({"u:ada", "u:ada", 2, 0, "", ""}));
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/proc/none"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("TMPDIR"));
}

}  // namespace
}  // namespace cadenza::postgres
