// Launches campaigns by their schedules: a background thread that begins what has become due, and walks over the users
// of what was begun, a stretch at a time, sending each a CampaignLaunch through his lane.
//
// What is launched: of an active campaign, the newest occurrence in (the later of its activation and its last launch,
// now]. If several were missed, because no server was up, only the newest is launched; one that is over
// limits::kLateness late, or outside of the active window, is begun and ends at once. A launch ends early if its
// campaign is not active any more, or was activated again meanwhile.
//
// Everybody exactly once: a launch stands in the store; one process works at it at a time (a lease), and remembers how
// far it is once the verdicts are there. Whoever goes on where one was killed sends some inputs again, with the same
// ids, which the store still knows: a launch that is not through after `span_max` ends where it is.
//
// Its load: at most one stretch is in the lanes, and after each it pauses as long as that took, so it takes half of the
// time, and less the busier the lanes are. Launches that are under way at once take turns.
#ifndef CADENZA_SERVER_CONTROL_LAUNCHER_H_
#define CADENZA_SERVER_CONTROL_LAUNCHER_H_

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/control/user_walk.h"
#include "server/ingest/work_item.h"
#include "server/rules/rule_set.h"
#include "server/rules/schedule/occurrences.h"
#include "storage/base/clock.h"
#include "storage/base/metrics.h"
#include "storage/store.h"

namespace cadenza {

// Owns its thread. Start and Stop by one thread.
class Launcher {
 public:
  struct Options {
    std::string process_name;  // unique among the processes that share the store
    int stretch_users = 200;
    int rows_max = 10'000;  // looked at in one step, most of them of other workspaces
    size_t launches_max = 16;
    absl::Duration poll_interval = absl::Milliseconds(250);
    // Longer than a stretch of each takes in a bad hour: whoever loses one to another does not harm, but double work.
    absl::Duration lease = absl::Seconds(15);
    absl::Duration span_max = absl::Hours(23);  // of begin_time; within limits::kDedupeWindow
    absl::Duration pause_min = absl::Milliseconds(5);
    absl::Duration pause_max = absl::Seconds(2);
  };
  // What it works with; all of it outlives it.
  struct Context {
    Store* store = nullptr;
    Clock* clock = nullptr;
    Metrics* metrics = nullptr;
    std::function<std::shared_ptr<const rules::RuleSet>()> rule_set;
    // Hands items to the lanes (LaneSet::Push).
    std::function<void(std::vector<WorkItem> items)> push;
  };

  Launcher(Options options, Context context) : options_(std::move(options)), context_(std::move(context)) {}
  ~Launcher() { Stop(); }

  // Begins to look for work. Call once.
  void Start();
  // Ends within the store's deadline, before the lanes end. Idempotent; also done by the destructor.
  void Stop();

  // Begins what is due, takes what no process holds, and does one stretch of each launch that it holds. True if it
  // still holds some. For Start's thread, and for tests without it.
  absl::StatusOr<bool> RunOnce();

 private:
  // A campaign with a schedule.
  struct Watched {
    int64_t revision = 0;
    std::optional<schedule::Occurrences> occurrences;  // nothing: it is not understood
    absl::Time after;                                  // what was due until then is not launched (any more)
    absl::Time next;
  };
  struct Held {
    Launch launch;
    std::optional<UserWalk> walk;
  };
  enum class Standing { kGoesOn, kEnds, kNotYet };

  void Run();
  absl::Status BeginDue();
  absl::Status Watch(const Campaign& campaign, Watched* watched);
  absl::Status Begin(const Campaign& campaign, const schedule::Occurrence& occurrence, absl::Time now);
  absl::Status Claim();
  // One stretch. True if it is done, or ended.
  absl::StatusOr<bool> Step(Held* held);
  absl::StatusOr<Standing> StandingOf(const Launch& launch, Campaign* campaign);
  // Sends the users through the lanes and waits until all have been settled: how many were not rejected. CANCELLED if
  // stopped before.
  absl::StatusOr<int64_t> Send(const Launch& launch, const std::vector<std::string>& keys);
  absl::Status End(Held* held, std::string_view how);
  bool Pause(absl::Duration duration);  // false if stopped
  bool stopped();

  const Options options_;
  const Context context_;
  // Of the thread alone:
  std::map<std::pair<std::string, std::string>, Watched> watched_;  // by workspace, campaign_id
  std::list<Held> held_;

  absl::Mutex mu_;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_CONTROL_LAUNCHER_H_
