#include "clients/load/cpu_meter.h"

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <functional>

#include "gtest/gtest.h"

namespace cadenza::load {
namespace {

TEST(CpuMeterTest, ReadsTheMachinesTimes) {
  const auto times = ParseMachineTimes(
      "cpu  100 20 30 4000 500 6 7 80 9 1\n"
      "cpu0 1 1 1 1 1 1 1 1 1 1\n",
      100);
  ASSERT_TRUE(times.ok()) << times.status();
  EXPECT_EQ(times->machine, absl::Milliseconds(1630));  // 100 + 20 + 30 + 6 + 7; neither idle, waiting, nor guests
  EXPECT_EQ(times->stolen, absl::Milliseconds(800));
  EXPECT_EQ(times->server, absl::ZeroDuration());
}

TEST(CpuMeterTest, RefusesOtherFiles) {
  for (const char* text : {"", "cpu", "cpu  1 2 3\n", "intr 1 2 3 4 5 6 7 8 9\n"})
    EXPECT_FALSE(ParseMachineTimes(text, 100).ok()) << text;
  for (const char* text : {"", "1 (a", "1 (a) S", "1 (a) S 2 3 4"}) EXPECT_FALSE(ParseProcessStat(text, 100).ok());
}

TEST(CpuMeterTest, ReadsAProcessWhateverItsName) {
  const auto stat = ParseProcessStat(
      "4711 (post (gres) 9) S 17 4711 4711 0 -1 4194560 1 2 3 4 50 60 700 81 20 0 1 0 8086 227 998 184467", 100);
  ASSERT_TRUE(stat.ok()) << stat.status();
  EXPECT_EQ(stat->parent, 17);
  EXPECT_EQ(stat->ended_children, absl::Milliseconds(7810));
}

// Burns processor time, not wall time: however busy the machine is, it is that much.
void Burn(absl::Duration time) {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  const absl::Duration end = absl::DurationFromTimespec(now) + time;
  while (absl::DurationFromTimespec(now) < end) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
}

class Child {
 public:
  explicit Child(const std::function<void()>& what) {
    // One pipe tells that it has done what it should, the other that it may end.
    EXPECT_EQ(pipe(done_), 0);
    EXPECT_EQ(pipe(end_), 0);
    pid_ = fork();
    if (pid_ == 0) {
      close(end_[1]);
      what();
      char c = '.';
      if (write(done_[1], &c, 1) != 1) _exit(1);
      (void)!read(end_[0], &c, 1);
      _exit(0);
    }
    char c = 0;
    EXPECT_EQ(read(done_[0], &c, 1), 1);
  }
  ~Child() { End(); }
  void End() {
    if (pid_ <= 0) return;
    close(end_[1]);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
    close(end_[0]);
    close(done_[0]);
    close(done_[1]);
  }
  pid_t pid() const { return pid_; }

 private:
  int done_[2];
  int end_[2];
  pid_t pid_ = -1;
};

TEST(CpuMeterTest, TimesProcessesAndThemselves) {
  const CpuTimes before = *CpuMeter({}).Sample();
  Burn(absl::Milliseconds(30));
  Child other([] { Burn(absl::Milliseconds(60)); });
  const CpuMeter meter({.server = other.pid(), .postmaster = 0, .redis = other.pid()});
  const auto times = meter.Sample();
  ASSERT_TRUE(times.ok()) << times.status();
  EXPECT_GE(times->server, absl::Milliseconds(60));
  EXPECT_GE(times->redis, times->server);
  EXPECT_EQ(times->postgres, absl::ZeroDuration());
  EXPECT_GE((*times - before).generator, absl::Milliseconds(30));
  EXPECT_GT(times->machine, absl::ZeroDuration());
}

// This program stands for the postmaster: what its child has burned counts while it lives and after it has ended.
TEST(CpuMeterTest, CountsLivingAndEndedChildrenOnce) {
  const CpuMeter meter({.server = 0, .postmaster = getpid(), .redis = 0});
  const CpuTimes before = *meter.Sample();
  Child child([] { Burn(absl::Milliseconds(200)); });
  const CpuTimes living = *meter.Sample() - before;
  EXPECT_GE(living.postgres - living.generator, absl::Milliseconds(200));
  child.End();
  const CpuTimes ended = *meter.Sample() - before;
  // Ticks round down, by at most one for each of user and system time.
  EXPECT_GE(ended.postgres - ended.generator, absl::Milliseconds(180));
  EXPECT_LT(ended.postgres - ended.generator, absl::Milliseconds(400));
}

TEST(CpuMeterTest, SaysThatAPartIsGone) {
  Child child([] {});
  const pid_t pid = child.pid();
  child.End();
  EXPECT_EQ(CpuMeter({.server = pid, .postmaster = 0, .redis = 0}).Sample().status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(CpuMeter({.server = 0, .postmaster = pid, .redis = 0}).Sample().status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace cadenza::load
