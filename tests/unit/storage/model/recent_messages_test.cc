#include "storage/model/recent_messages.h"

#include <algorithm>
#include <deque>
#include <set>
#include <vector>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "storage/model/limits.h"
#include "tests/support/random_model.h"
#include "tests/support/seed.h"

namespace cadenza {
namespace {

using Kind = Receipt::Kind;

const absl::Time kNow = absl::FromUnixSeconds(1700000000);

Digest Id(int64_t n) { return DigestOf(std::to_string(n)); }

std::string_view FrontOf(const Digest& id) { return {reinterpret_cast<const char*>(id.data()), 8}; }

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
    EXPECT_EQ(message.message_id, FrontOf(expected.id));
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

// As the program wrote them before form 2; see recent_messages.h.
std::string InForm1(const std::deque<Kept>& kept) {
  std::string stored;
  for (const Kept& one : kept) {
    std::string message(one.id.begin(), one.id.end());
    const int64_t micros = absl::ToUnixMicros(one.time);
    for (size_t i = 0; i < sizeof(micros); ++i) message.push_back(static_cast<char>(micros >> (8 * i)));
    uint8_t reported = 0;
    for (const Kind kind : one.kinds) reported |= static_cast<uint8_t>(1 << static_cast<int>(kind));
    message.push_back(static_cast<char>(reported));
    for (const std::string* text : {&one.campaign_id, &one.variant_id}) {
      message.push_back(static_cast<char>(text->size()));
      message.append(*text);
    }
    message.push_back(static_cast<char>(one.links.size()));
    for (const std::string& link : one.links) message.append(FrontOf(DigestOf(link)));
    stored.push_back(static_cast<char>(message.size() & 0xFF));
    stored.push_back(static_cast<char>(message.size() >> 8));
    stored.append(message);
  }
  return stored;
}

TEST(RecentMessagesTest, AreAPlainListThatIsBounded) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  testing::RandomModel random(seed);
  for (int round = 0; round < 20; ++round) {
    RecentMessages messages;
    std::deque<Kept> kept;
    const int64_t origins = random.Between(1, 100);
    absl::Time time = kNow;
    for (int step = 0; step < 600; ++step) {
      if (kept.empty() || random.OneIn(3)) {
        time += random.OneIn(60) ? absl::Hours(24 * 20) : absl::Seconds(random.Between(0, 3600));
        while (!kept.empty() && (kept.size() >= 64 || kept.front().time <= time - absl::Hours(24 * 30)))
          kept.pop_front();
        const int64_t origin = random.Between(1, origins);
        kept.push_back({Id(step),
                        time,
                        std::string(static_cast<size_t>(origin), 'c'),
                        random.OneIn(2) ? std::to_string(origin) : "",
                        {},
                        {}});
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
    const std::optional<RecentMessages> old = RecentMessages::FromStored(InForm1(kept));
    ASSERT_TRUE(old.has_value());
    ExpectSame(*old, kept);
  }
}

// What every change must show in, and nothing else.
TEST(RecentMessagesTest, ChangesAreCounted) {
  RecentMessages messages;
  const auto changes = [&](auto change) {
    const uint32_t before = messages.changes();
    const std::string stored = messages.stored();
    change();
    EXPECT_EQ(messages.changes() != before, messages.stored() != stored);
    return messages.changes() != before;
  };
  EXPECT_TRUE(changes([&] { messages.Add(Id(1), kNow, "c", ""); }));
  EXPECT_TRUE(changes([&] { messages.Report(Id(1), Kind::kOpened); }));
  EXPECT_FALSE(changes([&] { messages.Report(Id(1), Kind::kOpened); }));
  EXPECT_TRUE(changes([&] { messages.Click(Id(1), "l"); }));
  EXPECT_FALSE(changes([&] { messages.Click(Id(1), "l"); }));
  EXPECT_FALSE(changes([&] { messages.Find(Id(1)); }));
  RecentMessages other;
  EXPECT_FALSE(changes([&] { messages.Merge(other); }));
  other.Add(Id(2), kNow, "c", "");
  EXPECT_TRUE(changes([&] { messages.Merge(other); }));
}

TEST(RecentMessagesTest, AFullListTakesFifteenBytesAMessage) {
  RecentMessages messages;
  for (int i = 0; i < 200; ++i) messages.Add(Id(i), kNow + absl::Seconds(i), "order_placed-thanks", "a");
  EXPECT_EQ(messages.stored().size(), 8 + 22 + 15 * limits::kRecentMessages);
  // What no message has any more makes room.
  for (int i = 0; i < 2000; ++i) messages.Add(Id(i), kNow + absl::Seconds(200 + i), std::to_string(1000 + i), "");
  EXPECT_EQ(messages.stored().size(), 8 + (6 + 15) * limits::kRecentMessages);
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
    EXPECT_EQ(message.message_id, FrontOf(Id(next)));
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

// Of the program before form 2: three messages, the second opened, delivered and clicked.
TEST(RecentMessagesTest, WhatWasStoredBeforeIsRead) {
  const std::string stored = absl::HexStringToBytes(
      "2300ca0df2c95aa144c1d0ff2ff3c8f967fd40222018240a0600000777656c636f6d650000290029c1b289e7522195b3"
      "62e44f54e05470c06c7d1d240a0600060473616c650161018d9001d32c6a703d2300153812ae5fea0b73a011bf28bd7c"
      "ea93406a47c5250a0600000777656c636f6d650000");
  const std::optional<RecentMessages> read = RecentMessages::FromStored(stored);
  ASSERT_TRUE(read.has_value());
  ASSERT_EQ(read->size(), 3);
  const std::optional<RecentMessage> first = read->Find(DigestOf("m1"));
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->time, kNow);
  EXPECT_EQ(first->campaign_id, "welcome");
  EXPECT_EQ(first->reported, 0);
  RecentMessages messages = *read;
  EXPECT_EQ(messages.Find(DigestOf("m2"))->campaign_id, "sale");
  EXPECT_EQ(messages.Find(DigestOf("m2"))->variant_id, "a");
  EXPECT_FALSE(messages.Report(DigestOf("m2"), Kind::kOpened));
  EXPECT_FALSE(messages.Report(DigestOf("m2"), Kind::kDelivered));
  EXPECT_FALSE(messages.Click(DigestOf("m2"), "shop"));
  EXPECT_TRUE(messages.Click(DigestOf("m2"), "other"));
  EXPECT_TRUE(messages.Report(DigestOf("m3"), Kind::kOpened));
  for (size_t size = 1; size < stored.size(); ++size) {
    const std::optional<RecentMessages> cut = RecentMessages::FromStored(stored.substr(0, size));
    EXPECT_TRUE(!cut.has_value() || cut->size() < 3) << size;
  }
}

TEST(RecentMessagesTest, WhatIsCutOffIsNone) {
  RecentMessages messages;
  messages.Add(Id(1), kNow, "campaign", "variant");
  messages.Click(Id(1), "link");
  const std::string stored = messages.stored();
  for (size_t size = 1; size < stored.size(); ++size) {
    EXPECT_FALSE(RecentMessages::FromStored(stored.substr(0, size)).has_value()) << size;
  }
}

// Whatever it is taken for, nothing outside of it is read or written.
TEST(RecentMessagesTest, DamageDoesNoHarm) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  testing::RandomModel random(seed);
  RecentMessages messages;
  std::deque<Kept> kept;
  for (int i = 0; i < 100; ++i) {
    kept.push_back({Id(i), kNow, random.Name(), random.Name(), {Kind::kOpened}, {random.Name()}});
    messages.Add(Id(i), kNow, kept.back().campaign_id, kept.back().variant_id);
    messages.Click(Id(i), *kept.back().links.begin());
  }
  int taken = 0;
  for (const std::string& stored : {messages.stored(), InForm1(kept)}) {
    for (int i = 0; i < 3000; ++i) {
      std::string damaged = stored;
      for (int64_t bytes = random.Between(1, 3); bytes > 0; --bytes) {
        const int64_t most = random.OneIn(2) ? 8 : static_cast<int64_t>(stored.size());
        damaged[static_cast<size_t>(random.Between(0, most - 1))] = static_cast<char>(random.Between(0, 255));
      }
      std::optional<RecentMessages> read = RecentMessages::FromStored(damaged);
      if (!read.has_value()) continue;
      ++taken;
      read->Add(Id(1), kNow, "campaign", "variant");
      read->Click(Id(1), "link");
      read->Merge(messages);
      EXPECT_TRUE(RecentMessages::FromStored(read->stored()).has_value());
    }
  }
  EXPECT_GT(taken, 0);
}

// What a later version may add to each message.
TEST(RecentMessagesTest, WhatALaterVersionAddedIsKept) {
  RecentMessages messages;
  messages.Add(Id(1), kNow, "campaign", "");
  messages.Add(Id(2), kNow, "campaign", "");
  const std::string stored = messages.stored();
  std::string longer = stored.substr(0, stored.size() - 15) + "later" + stored.substr(stored.size() - 15) + "LATER";
  longer[2] = 15 + 5;
  std::optional<RecentMessages> read = RecentMessages::FromStored(longer);
  ASSERT_TRUE(read.has_value());
  read->Click(Id(1), "link");
  read->Add(Id(3), kNow, "other", "");
  EXPECT_NE(read->stored().find("later"), std::string::npos);
  EXPECT_NE(read->stored().find("LATER"), std::string::npos);
  EXPECT_EQ(read->Find(Id(1))->links, 1);
  EXPECT_EQ(read->Find(Id(3))->campaign_id, "other");
}

}  // namespace
}  // namespace cadenza
