#include "server/control/launcher.h"

#include <algorithm>
#include <iterator>

#include "absl/time/clock.h"
#include "server/control/launch_input.h"
#include "server/control/tally.h"
#include "storage/base/log.h"
#include "storage/base/status_macros.h"
#include "storage/codec/campaign_codec.h"
#include "storage/model/limits.h"

namespace cadenza {
namespace {

bool IsScheduled(const Campaign& campaign) { return campaign.trigger.kind == Trigger::Kind::kSchedule; }

// Whether somebody could be sent something: users' own clocks show the time up to a day and two hours later.
bool InWindow(const Campaign& campaign, const Launch& launch) {
  const absl::Duration spread = launch.local_time.empty() ? absl::ZeroDuration() : absl::Hours(26);
  return launch.due_time + spread >= campaign.start_time && launch.due_time < campaign.end_time;
}

}  // namespace

void Launcher::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Launcher::Stop() {
  {
    absl::MutexLock lock(&mu_);
    stopped_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

bool Launcher::stopped() {
  absl::MutexLock lock(&mu_);
  return stopped_;
}

bool Launcher::Pause(absl::Duration duration) {
  absl::MutexLock lock(&mu_);
  return !mu_.AwaitWithTimeout(absl::Condition(&stopped_), duration);
}

void Launcher::Run() {
  while (!stopped()) {
    const absl::StatusOr<bool> worked = RunOnce();
    if (!worked.ok() && !absl::IsCancelled(worked.status())) {
      log::Warn("launches wait for the store", {{"status", worked.status()}});
    }
    if ((!worked.ok() || !*worked) && !Pause(options_.poll_interval)) return;
  }
}

// What fails holds up nothing else.
absl::StatusOr<bool> Launcher::RunOnce() {
  absl::Status trouble = BeginDue();
  trouble.Update(Claim());
  for (auto held = held_.begin(); held != held_.end();) {
    const absl::Time begin = absl::Now();
    const absl::StatusOr<bool> done = Step(&*held);
    if (absl::IsCancelled(done.status())) return done.status();
    if (!done.ok() && !absl::IsAborted(done.status())) trouble.Update(done.status());
    // Whoever finds its lease over goes on with what failed here.
    held = !done.ok() || *done ? held_.erase(held) : std::next(held);
    if (!Pause(std::clamp(absl::Now() - begin, options_.pause_min, options_.pause_max))) {
      return absl::CancelledError("stopped");
    }
  }
  if (!trouble.ok()) return trouble;
  return !held_.empty();
}

absl::Status Launcher::BeginDue() {
  const std::shared_ptr<const rules::RuleSet> rule_set = context_.rule_set();
  const absl::Time now = context_.clock->Now();
  std::map<std::pair<std::string, std::string>, Watched> seen;
  absl::Status trouble;
  for (const auto& compiled : rule_set->scheduled()) {
    const Campaign& campaign = compiled->campaign;
    std::pair<std::string, std::string> key(campaign.workspace, campaign.campaign_id);
    Watched& watched = seen[key];
    if (auto before = watched_.find(key); before != watched_.end()) watched = before->second;
    if (watched.revision != campaign.revision) {
      if (absl::Status status = Watch(campaign, &watched); !status.ok()) {
        trouble.Update(status);
        continue;
      }
    }
    if (!watched.occurrences.has_value() || watched.next > now) continue;
    const std::optional<schedule::Occurrence> newest = watched.occurrences->Newest(watched.after, now);
    if (!newest.has_value()) continue;
    if (absl::Status status = Begin(campaign, *newest, now); !status.ok()) {
      trouble.Update(status);
      continue;
    }
    watched.after = newest->due_time;
    const std::optional<schedule::Occurrence> next = watched.occurrences->Next(watched.after);
    watched.next = next.has_value() ? next->due_time : absl::InfiniteFuture();
  }
  watched_ = std::move(seen);
  return trouble;
}

absl::Status Launcher::Watch(const Campaign& campaign, Watched* watched) {
  CADENZA_ASSIGN_OR_RETURN(const std::optional<absl::Time> last,
                           context_.store->launches().LastLaunch(campaign.workspace, campaign.campaign_id));
  watched->after = std::max(campaign.activate_time, last.value_or(absl::InfinitePast()));
  watched->next = absl::InfiniteFuture();
  watched->revision = campaign.revision;
  absl::StatusOr<schedule::Occurrences> occurrences = schedule::Occurrences::Parse(campaign.trigger.schedule);
  if (!occurrences.ok()) {
    watched->occurrences.reset();
    log::Warn("a campaign's schedule is not understood",
              {{"campaign_id", campaign.campaign_id}, {"status", occurrences.status()}});
    return absl::OkStatus();
  }
  watched->occurrences = *std::move(occurrences);
  const std::optional<schedule::Occurrence> next = watched->occurrences->Next(watched->after);
  if (next.has_value()) watched->next = next->due_time;
  return absl::OkStatus();
}

absl::Status Launcher::Begin(const Campaign& campaign, const schedule::Occurrence& occurrence, absl::Time now) {
  Launch launch;
  launch.workspace = campaign.workspace;
  launch.campaign_id = campaign.campaign_id;
  launch.due_time = occurrence.due_time;
  launch.begin_time = now;
  launch.local_time = occurrence.local_time;
  CADENZA_ASSIGN_OR_RETURN(const bool begun, context_.store->launches().BeginLaunch(launch));
  if (!begun) return absl::OkStatus();
  context_.metrics->launches.Increment();
  log::Info("launch begun", {{"campaign_id", launch.campaign_id}});
  return absl::OkStatus();
}

absl::Status Launcher::Claim() {
  while (held_.size() < options_.launches_max) {
    CADENZA_ASSIGN_OR_RETURN(std::optional<Launch> launch,
                             context_.store->launches().ClaimLaunch(options_.process_name, options_.lease));
    if (!launch.has_value()) return absl::OkStatus();
    held_.push_back({.launch = *std::move(launch), .walk = std::nullopt});
  }
  return absl::OkStatus();
}

// A rule set that does not have the campaign may be older than the activation: the store knows.
absl::StatusOr<Launcher::Standing> Launcher::StandingOf(const Launch& launch, Campaign* campaign) {
  const auto stands = [&launch](const Campaign& found) {
    return found.state == Campaign::State::kActive && IsScheduled(found) && found.activate_time <= launch.due_time;
  };
  const auto compiled = context_.rule_set()->Find(launch.workspace, launch.campaign_id);
  if (compiled != nullptr && stands(compiled->campaign)) {
    *campaign = compiled->campaign;
    return Standing::kGoesOn;
  }
  const absl::StatusOr<CampaignRow> stored =
      context_.store->campaigns().GetCampaign(launch.workspace, launch.campaign_id);
  if (absl::IsNotFound(stored.status())) return Standing::kEnds;
  if (!stored.ok()) return stored.status();
  CADENZA_ASSIGN_OR_RETURN(const Campaign decoded, DecodeCampaign(*stored));
  return stands(decoded) ? Standing::kNotYet : Standing::kEnds;
}

absl::StatusOr<bool> Launcher::Step(Held* held) {
  Launch& launch = held->launch;
  LaunchStore& store = context_.store->launches();
  Campaign campaign;
  CADENZA_ASSIGN_OR_RETURN(const Standing standing, StandingOf(launch, &campaign));
  if (standing == Standing::kNotYet) {
    CADENZA_RETURN_IF_ERROR(store.SaveLaunch(launch, options_.process_name, options_.lease));
    return false;
  }
  std::string_view how;
  const absl::Time now = context_.clock->Now();
  if (standing == Standing::kEnds) {
    how = "launch ended: its campaign is not active any more";
  } else if (now - launch.begin_time > options_.span_max) {
    how = "launch ended: it took too long";
  } else if (now - launch.due_time > limits::kLateness) {
    how = "launch ended: it is too late";
  } else if (!InWindow(campaign, launch)) {
    how = "launch ended: it is outside of the campaign's active window";
  } else {
    if (!held->walk.has_value()) {
      held->walk.emplace(&context_.store->segments(), launch.workspace, campaign.trigger.schedule.segment_id,
                         options_.stretch_users, options_.rows_max);
    }
    CADENZA_ASSIGN_OR_RETURN(const UserStretch stretch, held->walk->Next(launch.cursor));
    if (!stretch.at_end) {
      CADENZA_ASSIGN_OR_RETURN(const int64_t launched, Send(launch, stretch.keys));
      launch.cursor = stretch.last_key;
      launch.users_launched += launched;
      CADENZA_RETURN_IF_ERROR(store.SaveLaunch(launch, options_.process_name, options_.lease));
      return false;
    }
    launch.cursor = std::string(Launch::kCursorEnd);
    how = "launch done";
  }
  CADENZA_RETURN_IF_ERROR(End(held, how));
  return true;
}

absl::Status Launcher::End(Held* held, std::string_view how) {
  Launch& launch = held->launch;
  launch.done = true;
  launch.end_time = absl::FromUnixMicros(absl::ToUnixMicros(context_.clock->Now()));
  CADENZA_RETURN_IF_ERROR(context_.store->launches().SaveLaunch(launch, options_.process_name, options_.lease));
  log::Info(how, {{"campaign_id", launch.campaign_id}, {"users", launch.users_launched}});
  return absl::OkStatus();
}

absl::StatusOr<int64_t> Launcher::Send(const Launch& launch, const std::vector<std::string>& keys) {
  if (keys.empty()) return 0;
  auto tally = std::make_shared<Tally>(keys.size());
  const absl::Time now = context_.clock->Now();
  std::vector<WorkItem> items(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    WorkItem& item = items[i];
    CADENZA_ASSIGN_OR_RETURN(item.input, ScheduledInput(launch, keys[i], now));
    item.target = item.input.user;
    item.settlement = tally;
    item.position = static_cast<int64_t>(i);
  }
  context_.push(std::move(items));
  if (!tally->Await([this] { return stopped(); })) return absl::CancelledError("stopped");
  const auto launched = static_cast<int64_t>(keys.size() - tally->rejected());
  context_.metrics->launched_users.Increment(static_cast<double>(launched));
  return launched;
}

}  // namespace cadenza
