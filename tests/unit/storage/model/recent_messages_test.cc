#include "storage/model/recent_messages.h"

#include <algorithm>
#include <deque>
#include <set>
#include <vector>

#include "gtest/gtest.h"
#include "storage/model/limits.h"
#include "tests/support/random_model.h"
#include "tests/support/seed.h"

namespace cadenza {
namespace {

using Kind = Receipt::Kind;

const absl::Time kNow = absl::FromUnixSeconds(1700000000);

Digest Id(int64_t n) { return DigestOf(std::to_string(n)); }

// The same, kept plainly.
struct Kept {
  Digest id;
  absl::Time time;
  std::string campaign_id;
  std::string variant_id;
  std::set<Kind> kinds;
  std::set<std::string> links;
};

void ExpectSame(const RecentMessages& messages, const std::deque<Kept>& kept) {
  ASSERT_EQ(messages.size(), kept.size());
  size_t i = 0;
  messages.ForEach([&](const RecentMessage& message) {
    const Kept& expected = kept[i++];
    EXPECT_EQ(message.message_id, expected.id);
    EXPECT_EQ(message.time, expected.time);
    EXPECT_EQ(message.campaign_id, expected.campaign_id);
    EXPECT_EQ(message.variant_id, expected.variant_id);
    EXPECT_EQ(message.links, expected.links.size());
    for (const Kind kind : {Kind::kDelivered, Kind::kOpened, Kind::kClicked, Kind::kDismissed}) {
      EXPECT_EQ(message.Reported(kind), expected.kinds.contains(kind));
    }
  });
  EXPECT_EQ(i, kept.size());
}

TEST(RecentMessagesTest, AreAPlainListThatIsBounded) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  testing::RandomModel random(seed);
  for (int round = 0; round < 20; ++round) {
    RecentMessages messages;
    std::deque<Kept> kept;
    absl::Time time = kNow;
    for (int step = 0; step < 600; ++step) {
      if (kept.empty() || random.OneIn(3)) {
        time += random.OneIn(60) ? absl::Hours(24 * 20) : absl::Seconds(random.Between(0, 3600));
        while (!kept.empty() && (kept.size() >= 64 || kept.front().time <= time - absl::Hours(24 * 30)))
          kept.pop_front();
        kept.push_back({Id(step), time, random.Name(), random.OneIn(2) ? random.Name() : "", {}, {}});
        messages.Add(Id(step), time, kept.back().campaign_id, kept.back().variant_id);
      } else {
        Kept& one = kept[random.Between(0, static_cast<int64_t>(kept.size()) - 1)];
        if (random.OneIn(2)) {
          const auto kind = static_cast<Kind>(random.Between(1, 4));
          EXPECT_EQ(messages.Report(one.id, kind), one.kinds.insert(kind).second);
        } else {
          const std::string link = std::to_string(random.Between(0, 40));
          const bool room = one.links.size() < limits::kMessageLinks || one.links.contains(link);
          EXPECT_EQ(messages.Click(one.id, link), room && one.links.insert(link).second);
        }
      }
    }
    ExpectSame(messages, kept);
    const std::optional<RecentMessages> back = RecentMessages::FromStored(messages.stored());
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(*back, messages);
  }
}

TEST(RecentMessagesTest, WhatIsNotThereIsNotFound) {
  RecentMessages messages;
  EXPECT_FALSE(messages.Find(Id(1)).has_value());
  messages.Add(Id(1), kNow, "c", "");
  EXPECT_TRUE(messages.Find(Id(1)).has_value());
  EXPECT_FALSE(messages.Find(Id(2)).has_value());
}

TEST(RecentMessagesTest, TwoListsUniteByTimeAndTheFirstGo) {
  RecentMessages mine, theirs;
  for (int i = 0; i < 50; ++i) {
    mine.Add(Id(2 * i), kNow + absl::Seconds(2 * i), "mine", "");
    theirs.Add(Id(2 * i + 1), kNow + absl::Seconds(2 * i + 1), "theirs", "v");
  }
  theirs.Report(Id(99), Kind::kOpened);
  theirs.Click(Id(97), "l");
  mine.Merge(theirs);
  ASSERT_EQ(mine.size(), limits::kRecentMessages);
  int64_t next = 100 - static_cast<int64_t>(limits::kRecentMessages);
  mine.ForEach([&](const RecentMessage& message) {
    EXPECT_EQ(message.message_id, Id(next));
    EXPECT_EQ(message.campaign_id, next % 2 == 0 ? "mine" : "theirs");
    ++next;
  });
  EXPECT_TRUE(mine.Find(Id(99))->Reported(Kind::kOpened));
  EXPECT_FALSE(mine.Click(Id(97), "l")) << "known from the other list";
  RecentMessages none;
  none.Merge(mine);
  EXPECT_EQ(none, mine);
  mine.Merge(RecentMessages());
  EXPECT_EQ(none, mine);
}

TEST(RecentMessagesTest, WhatIsCutOffIsNone) {
  RecentMessages messages;
  messages.Add(Id(1), kNow, "campaign", "variant");
  messages.Click(Id(1), "link");
  const std::string stored = messages.stored();
  for (size_t size = 1; size < stored.size(); ++size) {
    EXPECT_FALSE(RecentMessages::FromStored(stored.substr(0, size)).has_value()) << size;
  }
  for (size_t at = 0; at < stored.size(); ++at) {
    std::string damaged = stored;
    damaged[at] = '\xFF';
    RecentMessages::FromStored(damaged);  // whatever it says, it reads nothing outside
  }
}

TEST(RecentMessagesTest, WhatALaterVersionAddedIsKept) {
  RecentMessages messages;
  messages.Add(Id(1), kNow, "campaign", "");
  std::string longer = messages.stored();
  longer += "later";
  longer[0] = static_cast<char>(longer[0] + 5);
  std::optional<RecentMessages> read = RecentMessages::FromStored(longer);
  ASSERT_TRUE(read.has_value());
  read->Click(Id(1), "link");
  read->Add(Id(2), kNow, "other", "");
  EXPECT_NE(read->stored().find("later"), std::string::npos);
  EXPECT_EQ(read->Find(Id(1))->links, 1);
  EXPECT_EQ(read->Find(Id(2))->campaign_id, "other");
}

}  // namespace
}  // namespace cadenza
