#include "server/ingest/stream_order.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cadenza::ingest {
namespace {

WorkItem Item(const UserKey& user, int64_t position) {
  WorkItem item;
  item.input.user = user;
  item.input.payload = CustomEvent{"e", {}};
  item.position = position;
  return item;
}

WorkItem IdentifyItem(const UserKey& user, const UserKey& anonymous, int64_t position) {
  WorkItem item = Item(user, position);
  item.input.payload = Identify{anonymous};
  return item;
}

std::vector<int64_t> Ready(StreamOrder& order) {
  std::vector<int64_t> positions;
  for (const WorkItem& item : order.TakeReady()) positions.push_back(item.position);
  return positions;
}

const UserKey kAda = UserKey::User("w", "ada");
const UserKey kBob = UserKey::User("w", "bob");
const UserKey kPhone = UserKey::Anonymous("w", "phone");
const UserKey kTablet = UserKey::Anonymous("w", "tablet");
using Positions = std::vector<int64_t>;

TEST(StreamOrderTest, UsersByIdGoAtOnce) {
  StreamOrder order;
  order.Add(Item(kAda, 1));
  order.Add(Item(kBob, 2));
  order.Add(Item(kAda, 3));
  EXPECT_EQ(Ready(order), (Positions{1, 2, 3}));
}

Positions Pass(StreamOrder& order, std::vector<WorkItem> items) {
  Positions positions;
  for (const WorkItem& item : order.Pass(std::move(items))) positions.push_back(item.position);
  return positions;
}

std::vector<WorkItem> Items(WorkItem first, WorkItem second) {
  std::vector<WorkItem> items;
  items.push_back(std::move(first));
  items.push_back(std::move(second));
  return items;
}

TEST(StreamOrderTest, UsersByIdPassWhateverIsInFlight) {
  StreamOrder order;
  EXPECT_EQ(Pass(order, Items(Item(kAda, 1), Item(kBob, 2))), (Positions{1, 2}));
  EXPECT_EQ(Pass(order, Items(Item(kAda, 3), Item(kAda, 4))), (Positions{3, 4}));
  EXPECT_EQ(order.waiting(), 0u);
  order.Settled(4);
  EXPECT_EQ(Pass(order, Items(Item(kPhone, 5), Item(kAda, 6))), (Positions{5}));
}

TEST(StreamOrderTest, WhatPassesWaitsBehindAnotherNameInFlightAndBehindWhatWaits) {
  StreamOrder order;
  EXPECT_EQ(Pass(order, Items(Item(kAda, 1), Item(kPhone, 2))), (Positions{1}));
  EXPECT_EQ(Pass(order, Items(Item(kBob, 3), Item(kBob, 4))), (Positions{}));
  order.Settled();
  EXPECT_EQ(Ready(order), (Positions{2}));
  EXPECT_EQ(Pass(order, Items(Item(kAda, 5), Item(kBob, 6))), (Positions{}));
  order.Settled();
  EXPECT_EQ(Ready(order), (Positions{3, 4, 5, 6}));
}

TEST(StreamOrderTest, AnIdentifyAmongThoseThatPassGoesAlone) {
  StreamOrder order;
  EXPECT_EQ(Pass(order, Items(Item(kAda, 1), IdentifyItem(kAda, kPhone, 2))), (Positions{1}));
  order.Settled();
  EXPECT_EQ(Ready(order), (Positions{2}));
  EXPECT_EQ(Pass(order, Items(Item(kAda, 3), Item(kBob, 4))), (Positions{}));
}

TEST(StreamOrderTest, AnIdentifyGoesAloneAndHoldsBackWhatFollows) {
  StreamOrder order;
  order.Add(Item(kPhone, 1));
  order.Add(Item(kPhone, 2));
  order.Add(IdentifyItem(kAda, kPhone, 3));
  order.Add(Item(kPhone, 4));
  order.Add(Item(kAda, 5));
  EXPECT_EQ(Ready(order), (Positions{1, 2}));
  order.Settled();
  EXPECT_EQ(Ready(order), (Positions{}));
  order.Settled();
  EXPECT_EQ(Ready(order), (Positions{3}));
  order.Settled();
  EXPECT_EQ(Ready(order), (Positions{4}));
  order.Settled();
  EXPECT_EQ(Ready(order), (Positions{5}));
}

TEST(StreamOrderTest, TwoAnonymousNamesDoNotOverlap) {
  StreamOrder order;
  order.Add(Item(kPhone, 1));
  order.Add(Item(kTablet, 2));
  EXPECT_EQ(Ready(order), (Positions{1}));
  order.Settled();
  EXPECT_EQ(Ready(order), (Positions{2}));
}

TEST(StreamOrderTest, AUserBehindAnAnonymousOneWaits) {
  StreamOrder order;
  order.Add(Item(kAda, 1));
  order.Add(Item(kPhone, 2));
  order.Add(Item(kAda, 3));
  EXPECT_EQ(Ready(order), (Positions{1}));
  order.Settled();
  EXPECT_EQ(Ready(order), (Positions{2}));
  order.Settled();
  EXPECT_EQ(Ready(order), (Positions{3}));
  EXPECT_EQ(order.waiting(), 0u);
}

}  // namespace
}  // namespace cadenza::ingest
