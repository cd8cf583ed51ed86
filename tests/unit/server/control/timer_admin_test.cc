#include "server/control/timer_admin.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/base/text.h"
#include "storage/memory/memory_store.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class TimerAdminTest : public ::testing::Test {
 protected:
  void Park(const std::string& user, const std::vector<std::string>& ids) {
    const UserKey key = UserKey::User("w", user);
    CommitBatch batch;
    batch.journal = *memory_.OpenJournal();
    batch.journal_seq = 1;
    batch.profiles.push_back({key, 0, {1, "", ""}});
    std::vector<TimerFailure> failures;
    for (const std::string& id : ids) {
      TimerWrite write;
      write.timer_id = id;
      write.kind = TimerWrite::Kind::kSet;
      write.set_seq = 1;
      write.fire_time = kNow;
      batch.timers.push_back(write);
      failures.push_back({key, id, 1, 6, kNow, true, "why"});
    }
    ASSERT_TRUE(memory_.Commit(batch).ok());
    ASSERT_TRUE(memory_.timers().RecordFailures(failures).ok());
  }
  // Page by page.
  std::vector<std::string> Listed(int page_size) {
    std::vector<std::string> lines;
    std::string token;
    do {
      const auto page = admin_.ListParked("w", page_size, token);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      for (const Timer& timer : page->timers) lines.push_back(StrCat(timer.user.key, " ", timer.timer_id));
      token = page->next_page_token;
    } while (!token.empty());
    return lines;
  }

  ManualClock clock_{kNow};
  MemoryStore memory_;
  TimerAdmin admin_{&memory_, &clock_};
};

TEST_F(TimerAdminTest, AreListedPageByPage) {
  EXPECT_THAT(Listed(10), IsEmpty());
  Park("ada", {"delay/a/1", "delay/b/2"});
  Park("7:x", {"delay/a/1"});
  for (const int page_size : {1, 2, 3, 10}) {
    EXPECT_THAT(Listed(page_size), ElementsAre("u:7:x delay/a/1", "u:ada delay/a/1", "u:ada delay/b/2")) << page_size;
  }
  for (const char* token : {"x", "5", "99:u:ada", ":", "-1:u"}) {
    EXPECT_EQ(RejectionField(admin_.ListParked("w", 10, token).status()), "page_token") << token;
  }
}

TEST_F(TimerAdminTest, OneThatIsRetriedIsDue) {
  Park("ada", {"t1", "t2"});
  clock_.Advance(absl::Hours(1));
  const UserKey ada = UserKey::User("w", "ada");
  ASSERT_TRUE(admin_.RetryParked(ada, "t1").ok());
  EXPECT_THAT(Listed(10), ElementsAre("u:ada t2"));
  const DueTimers due = memory_.timers().FindDue({kNow + absl::Hours(1), 10, 1000}).value();
  ASSERT_EQ(due.timers.size(), 1u);
  EXPECT_EQ(due.timers[0].timer_id, "t1");
  EXPECT_EQ(due.timers[0].due_time, kNow + absl::Hours(1));
  EXPECT_TRUE(absl::IsNotFound(admin_.RetryParked(ada, "t1")));
  EXPECT_TRUE(absl::IsNotFound(admin_.RetryParked(UserKey::User("w", "nobody"), "t2")));
  EXPECT_EQ(RejectionField(admin_.RetryParked(ada, "")), "timer_id");
}

}  // namespace
}  // namespace cadenza
