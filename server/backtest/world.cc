#include "server/backtest/world.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "server/apply/apply.h"
#include "server/apply/merge.h"
#include "server/control/launch_input.h"
#include "server/rules/reaction.h"
#include "server/rules/timers.h"
#include "storage/base/status_macros.h"
#include "storage/codec/timer_codec.h"

namespace cadenza::backtest {
namespace {

constexpr size_t kCatalogItemsKept = 10'000;

const UserKey* LinkedName(const Input& input) {
  if (const auto* identify = std::get_if<Identify>(&input.payload)) return &identify->anonymous;
  if (const auto* add_alias = std::get_if<AddAlias>(&input.payload)) return &add_alias->alias;
  return nullptr;
}

}  // namespace

void Workshop::Renew() {
  if (catalog_items.has_value() && catalog_items->size() < kCatalogItemsKept) return;
  catalog_items.emplace(scene.catalog_items);
  if (!scene.catalog_items) catalog_items->Close();
}

rules::Options Workshop::options() { return {.session_gap = scene.session_gap, .catalog_items = &*catalog_items}; }

const rules::RuleSet& World::RulesAt(absl::Time clock) const {
  return clock < workshop_->scene.from ? *course_->before : *course_->since;
}

World::Member* World::Find(std::string_view user_key) {
  for (Member& member : members_) {
    if (member.profile.key.key == user_key) return &member;
  }
  return nullptr;
}

World::Member& World::MemberOf(const UserKey& user) {
  if (Member* known = Find(user.key)) return *known;
  Member& member = members_.emplace_back();
  member.profile.key = user;
  return member;
}

std::string_view World::OwnerOf(std::string_view user_key) const {
  for (const Member& member : members_) {
    if (member.profile.key.key == user_key && !member.merged_into.empty()) return member.merged_into;
  }
  return user_key;
}

void World::Apply(const UserKey& user, const Input& input, int64_t user_seq, Witness* witness) {
  if (input.clock >= workshop_->scene.to || input.kind() == InputKind::kEvaluate) return;
  if (course_->launches.LeavesOut(input)) return;
  Member& member = MemberOf(user);
  if (input.kind() == InputKind::kTimerFired) {
    LaunchDue(input.clock, &member, witness);
    // A pump fires timers in the order of their times, however late it is; an import in the order of its inputs.
    if (!input.import) FireDue(input.time - absl::Nanoseconds(1), &member, witness);
    return FireStored(input, user_seq, &member, witness);
  }
  Advance(input.clock, &member, witness);
  // Versions are those of that time, whatever fired here and not there: ids are made of them.
  member.profile.version = user_seq - 1;
  Live(input, &member, witness);
}

void World::Live(const Input& input, Member* member, Witness* witness) {
  apply::Applied applied;
  const apply::Options options{.session_gap = workshop_->scene.session_gap};
  absl::Status status = apply::ApplyInput(input, options, &member->profile, &applied);
  if (const UserKey* name = LinkedName(input); status.ok() && name != nullptr) {
    status = Link(*name, input, member, witness);
  }
  if (!status.ok()) {
    if (witness != nullptr) witness->OnRefused();
    return;
  }
  rules::Effects& effects = workshop_->effects;
  effects.Clear(input.clock);
  rules::React(RulesAt(input.clock), input, workshop_->options(), &applied, &member->profile, &effects);
  KeepTimers(member);
  Tell(input, *member, witness);
}

void World::LaunchDue(absl::Time until, Member* member, Witness* witness) {
  const std::vector<schedule::Occurrence>& launches = course_->launches.worked_out;
  if (member->profile.version == 0) {  // whoever has no profile yet is not launched
    const auto is_before = [](const schedule::Occurrence& launch, absl::Time time) { return launch.due_time < time; };
    const auto next = std::lower_bound(launches.begin(), launches.end(), until, is_before);
    member->next_launch = std::max(member->next_launch, static_cast<size_t>(next - launches.begin()));
  }
  while (member->next_launch < launches.size() && launches[member->next_launch].due_time < until) {
    const schedule::Occurrence& launch = launches[member->next_launch++];
    FireDue(launch.due_time, member, witness);
    LaunchFor(launch, member, witness);
  }
}

void World::LaunchFor(const schedule::Occurrence& occurrence, Member* member, Witness* witness) {
  if (!member->merged_into.empty() || !course_->launches.Reaches(member->profile)) return;
  Launch launch;
  launch.workspace = member->profile.key.workspace;
  launch.campaign_id = course_->launches.campaign_id;
  launch.due_time = launch.begin_time = occurrence.due_time;
  launch.local_time = occurrence.local_time;
  const absl::StatusOr<Input> input = ScheduledInput(launch, member->profile.key.key, occurrence.due_time);
  if (input.ok()) {
    Live(*input, member, witness);
  } else if (witness != nullptr) {
    witness->OnRefused();
  }
}

// As the lane links a name (server/lanes): what was refused then is not stored.
absl::Status World::Link(const UserKey& name, const Input& input, Member* member, Witness* witness) {
  Profile& profile = member->profile;
  const auto& names = profile.other_names;
  if (name == profile.key || std::find(names.begin(), names.end(), name.key) != names.end()) return absl::OkStatus();
  Member* const named = Find(name.key);
  if (named == nullptr || named->profile.version == 0) {
    profile.other_names.push_back(name.key);
    return absl::OkStatus();
  }
  // On a live stream what was due has long fired; an import brings its own time along (server/lanes/batch.h), unless
  // launches make their own.
  if (!input.import || !course_->launches.worked_out.empty()) Advance(input.clock, named, witness);
  CADENZA_RETURN_IF_ERROR(apply::MergeProfile(named->profile, workshop_->scene.session_gap, &profile));
  for (auto& [timer_id, waiting] : named->waiting) {
    const auto [it, is_new] = member->waiting.try_emplace(timer_id, std::move(waiting));
    if (!is_new) continue;
    it->second.timer.set_seq = profile.version;
    it->second.order = applied_ + 1;  // as what this input sets
  }
  named->waiting.clear();
  named->profile.timers.clear();
  named->merged_into = profile.key.key;
  return absl::OkStatus();
}

void World::KeepTimers(Member* member) {
  ++applied_;
  for (rules::TimerChange& change : workshop_->effects.timers) {
    if (change.set) {
      member->waiting.insert_or_assign(change.timer_id, Waiting{change.timer, std::move(change.content), applied_});
    } else {
      member->waiting.erase(change.timer_id);
    }
  }
}

void World::FireDue(absl::Time until, Member* member, Witness* witness) {
  while (!member->waiting.empty()) {
    const auto goes_before = [&](const auto& a, const auto& b) {
      const absl::Time time = a.second.timer.fire_time;
      if (time != b.second.timer.fire_time) return time < b.second.timer.fire_time;
      const auto rank = [&](const std::string& timer_id) {
        return rules::TimerRank(RulesAt(time), member->profile.key.workspace, timer_id);
      };
      return std::forward_as_tuple(rank(a.first), a.second.order, a.first) <
             std::forward_as_tuple(rank(b.first), b.second.order, b.first);
    };
    const std::pair<const std::string, Waiting>* first = nullptr;
    for (const auto& entry : member->waiting) {
      if (entry.second.failed || entry.second.timer.fire_time > until) continue;
      if (first == nullptr || goes_before(entry, *first)) first = &entry;
    }
    if (first == nullptr) return;
    Fire(std::string(first->first), nullptr, member, witness);
  }
}

void World::FireStored(const Input& stored, int64_t user_seq, Member* member, Witness* witness) {
  const std::string& timer_id = std::get<TimerFired>(stored.payload).timer_id;
  const auto found = member->waiting.find(timer_id);
  if (found == member->waiting.end() || found->second.timer.fire_time != stored.time) return;
  member->profile.version = user_seq - 1;
  Fire(timer_id, &stored, member, witness);
}

void World::Fire(const std::string& timer_id, const Input* stored, Member* member, Witness* witness) {
  const auto found = member->waiting.find(timer_id);
  Waiting& waiting = found->second;
  Timer timer;
  timer.user = member->profile.key;
  timer.timer_id = timer_id;
  timer.set_seq = waiting.timer.set_seq;
  timer.fire_time = waiting.timer.fire_time;
  timer.payload = EncodeTimerContent(waiting.content);
  absl::StatusOr<Input> input = FiredInput(timer, waiting.timer.fire_time);
  absl::Status status = input.status();
  Profile next = member->profile;
  apply::Applied applied;
  rules::Effects& effects = workshop_->effects;
  if (status.ok()) {
    if (stored != nullptr) {
      input->event_id = stored->event_id;
      input->clock = stored->clock;
      input->receive_time = stored->receive_time;
    }
    effects.Clear(input->clock);
    status = apply::ApplyInput(*input, {.session_gap = workshop_->scene.session_gap}, &next, &applied);
  }
  if (status.ok()) {
    status = rules::FireTimer(RulesAt(input->clock), *input, workshop_->options(), &next, &effects);
  }
  if (!status.ok()) {
    waiting.failed = true;  // it would be tried again, and parked at last
    if (!input.ok()) return;
    effects.messages.clear();
    effects.timers.clear();
    effects.decisions.Clear(input->clock);
    Tell(*input, *member, witness);
    return;
  }
  rules::React(RulesAt(input->clock), *input, workshop_->options(), &applied, &next, &effects);
  member->profile = std::move(next);
  KeepTimers(member);
  Tell(*input, *member, witness);
}

void World::Tell(const Input& input, const Member& member, Witness* witness) const {
  if (witness == nullptr || input.clock < workshop_->scene.from || input.clock >= workshop_->scene.to) return;
  witness->OnDecided(input, member.profile.key, workshop_->effects);
}

void World::Finish(Witness* witness) {
  for (Member& member : members_) Advance(workshop_->scene.to - absl::Nanoseconds(1), &member, witness);
  if (witness != nullptr) witness->OnEnd(*this);
}

}  // namespace cadenza::backtest
