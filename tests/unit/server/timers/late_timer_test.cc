// A timer that nobody has fired yet, and an input that came after its time.
#include <gmock/gmock.h>

#include "tests/unit/server/timers/pumped.h"

namespace cadenza::lanes {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class LateTimerTest : public ::testing::Test {
 protected:
  WorkItem Imported(std::string_view event_id, std::string_view name, absl::Time time) {
    WorkItem item = EventNow(ada_, event_id, name, time);
    item.input.import = true;
    item.input.receive_time = kNow;
    return item;
  }
  std::vector<Message> Messages() { return memory_.ListMessages(ada_, 0, 100, absl::InfinitePast()).value(); }
  std::vector<std::string> Bodies() {
    std::vector<std::string> bodies;
    for (const Message& message : Messages()) bodies.push_back(message.body);
    return bodies;
  }
  std::vector<Timer> Stored() { return memory_.timers().ReadTimers({ada_}).value(); }

  MemoryStore memory_;
  Pumped one_{&memory_};
  const UserKey ada_ = User("ada");
};

TEST_F(LateTimerTest, AnExceptionEventAfterTheDelayCancelsNothing) {
  one_.Submit(EventNow(ada_, "c1", "cart_filled", kNow));
  one_.Submit(EventNow(ada_, "o1", "order_placed", kNow + kDelay));
  EXPECT_THAT(Bodies(), ElementsAre("c1"));
  EXPECT_THAT(Stored(), IsEmpty());
  // In the order of their time: the cart, the timer, the order.
  EXPECT_THAT(ListedSeqs(memory_, ada_), ElementsAre(1, 2, 3));
  EXPECT_EQ(one_.logbook->verdict(2), "applied 3");
  one_.FireAt(kNow + kDelay);
  EXPECT_THAT(Bodies(), SizeIs(1)) << "what the lane has fired, the pump does not fire again";
}

TEST_F(LateTimerTest, AnExceptionEventBeforeItsEndDoes) {
  one_.Submit(EventNow(ada_, "c1", "cart_filled", kNow));
  one_.Submit(EventNow(ada_, "o1", "order_placed", kNow + kDelay - absl::Microseconds(1)));
  EXPECT_THAT(Stored(), IsEmpty());
  one_.FireAt(kNow + kDelay);
  EXPECT_THAT(Bodies(), IsEmpty());
}

TEST_F(LateTimerTest, AnImportDoesWhatALiveStreamWouldHaveDone) {
  const absl::Time start = kNow - absl::Hours(1000);
  std::vector<WorkItem> items;
  items.push_back(Imported("c1", "cart_filled", start));
  items.push_back(Imported("o1", "order_placed", start + absl::Minutes(30)));  // in time
  items.push_back(Imported("c2", "cart_filled", start + absl::Hours(10)));
  items.push_back(Imported("c3", "cart_filled", start + absl::Minutes(630)));   // half an hour later
  items.push_back(Imported("o2", "order_placed", start + absl::Minutes(675)));  // after c2's hour, within c3's
  items.push_back(Imported("c4", "cart_filled", start + absl::Hours(20)));
  for (WorkItem& item : items) {
    item.position = ++one_.last_position;
    item.settlement = one_.logbook;
  }
  one_.Run(std::move(items));
  EXPECT_THAT(Bodies(), ElementsAre("c2"));
  EXPECT_EQ(Messages()[0].create_time, start + absl::Hours(11));
  // The last one waits for what the import may still bring, then fires by itself under its own time.
  one_.FireAt(kNow + one_.options.import_timer_wait - absl::Milliseconds(1));
  EXPECT_THAT(Bodies(), SizeIs(1));
  one_.FireAt(kNow + one_.options.import_timer_wait);
  EXPECT_THAT(Bodies(), ElementsAre("c2", "c4"));
  EXPECT_EQ(Messages()[1].create_time, start + absl::Hours(21));
  EXPECT_THAT(Stored(), IsEmpty());
}

TEST_F(LateTimerTest, OneThatFailsIsNotWaitedForTwice) {
  one_.Submit(EventNow(ada_, "c1", "cart_filled", kNow));
  Campaign broken = Cart();
  broken.message.body = "{% for i in (1..100000) %}{% for j in (1..100000) %}x{% endfor %}{% endfor %}";
  broken.revision = 2;
  one_.rules = RulesWith(broken);
  one_.Submit(EventNow(ada_, "e1", "visited", kNow + kDelay));
  EXPECT_EQ(one_.logbook->verdict(2), "applied 2");
  EXPECT_THAT(Stored(), SizeIs(1));
  one_.rules = RulesWith(Cart());
  one_.FireAt(kNow + kDelay);
  EXPECT_THAT(Bodies(), ElementsAre("c1"));
}

TEST_F(LateTimerTest, OneThatAnotherProcessHasFiredIsSeenToBeGone) {
  Pumped two(&memory_);
  one_.Submit(EventNow(ada_, "c1", "cart_filled", kNow));
  two.FireAt(kNow + kDelay);  // what `one_` has of her is old now
  one_.Submit(EventNow(ada_, "o1", "order_placed", kNow + kDelay + absl::Seconds(1)));
  EXPECT_THAT(Bodies(), ElementsAre("c1"));
  EXPECT_THAT(ListedSeqs(memory_, ada_), ElementsAre(1, 2, 3));
}

TEST_F(LateTimerTest, TroubleWithTheStoreOnlyDelaysIt) {
  one_.Submit(EventNow(ada_, "c1", "cart_filled", kNow));
  WorkItem order = EventNow(ada_, "o1", "order_placed", kNow + kDelay);
  order.position = ++one_.last_position;
  order.settlement = one_.logbook;
  one_.store.Inject(FaultStore::Call::kCommit,
                    {.error = absl::UnknownError("lost"), .do_it = true, .delay = {}, .before = nullptr}, 2);
  std::vector<WorkItem> items;
  items.push_back(std::move(order));
  one_.Run(std::move(items));
  EXPECT_THAT(Bodies(), ElementsAre("c1"));
  EXPECT_THAT(ListedSeqs(memory_, ada_), ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace cadenza::lanes
