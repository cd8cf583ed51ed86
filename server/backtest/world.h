// One course of events for a few users: their inputs, as they were stored, are lived through again under rules that may
// be others than those of that time, and what waits comes due by itself. Nothing is read and nothing is written. Pure.
#ifndef CADENZA_SERVER_BACKTEST_WORLD_H_
#define CADENZA_SERVER_BACKTEST_WORLD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/backtest/launch_plan.h"
#include "server/rules/catalog_items.h"
#include "server/rules/engine.h"
#include "server/rules/rule_set.h"
#include "storage/base/ids.h"
#include "storage/model/input.h"
#include "storage/model/profile.h"
#include "storage/model/timer.h"

namespace cadenza::backtest {

// Which rules hold: one set under every clock before `Scene::from`, the other since; and what is launched by a
// schedule.
struct Course {
  std::shared_ptr<const rules::RuleSet> before;
  std::shared_ptr<const rules::RuleSet> since;
  LaunchPlan launches = {};
};

// What all worlds share.
struct Scene {
  absl::Time from;  // what is decided from here, included,
  absl::Time to;    // to here, excluded, is told to the witness; nothing happens later
  absl::Duration session_gap;
  // Must know every item (a null value: there is none); null: there are none.
  rules::CatalogItems::Cache catalog_items = nullptr;
};

class World;

// Is told what happens in one world.
class Witness {
 public:
  virtual ~Witness() = default;
  // Campaigns have decided on an input of this user (or could have: mostly there is nothing in `effects`).
  virtual void OnDecided(const Input& input, const UserKey& user, const rules::Effects& effects) = 0;
  // An input that was applied in its time could not be now; it is left out.
  virtual void OnRefused() {}
  // No input is left. `world` is as it is at Scene::to.
  virtual void OnEnd(const World& world) = 0;
};

// What one replay works with, again and again.
struct Workshop {
  explicit Workshop(const Scene& of_scene) : scene(of_scene) { Renew(); }
  void Renew();  // forgets catalog items, if they are many
  rules::Options options();

  const Scene scene;
  rules::Effects effects;
  std::optional<rules::CatalogItems> catalog_items;
};

// A plain value: a copy goes its own way from there.
//
// Delivery rates hold nothing back: they bind all users together, in the order of time.
class World {
 public:
  struct Waiting {
    PendingTimer timer;
    TimerContent content;
    int64_t order = 0;    // of two of one rank that are due at once, the lesser was set first
    bool failed = false;  // it has come due, and could not be judged
  };
  struct Member {
    Profile profile;
    absl::flat_hash_map<std::string, Waiting> waiting;  // what profile.timers lists
    std::string merged_into;                            // the key of another member
    size_t next_launch = 0;                             // in LaunchPlan::worked_out
  };

  World(const Course& course, Workshop* workshop) : course_(&course), workshop_(workshop) {}
  // Another course, from here on.
  void Follow(const Course& course) { course_ = &course; }

  // An input that took this user to version `user_seq`. Of those of one user, each comes after the one before; of a
  // user who was merged into another, all come before the other's. What waits for him and came due before it, by its
  // clock, takes effect first, as does what the course launches.
  //
  // A timer that fired is taken for what it says of the time only: the same timer, if it waits here too, fires under
  // that clock. All others fire when they are due. Witness may be null.
  void Apply(const UserKey& user, const Input& input, int64_t user_seq, Witness* witness);
  // What comes due before Scene::to.
  void Finish(Witness* witness);

  const std::vector<Member>& members() const { return members_; }
  // Whom this user was merged into, or himself.
  std::string_view OwnerOf(std::string_view user_key) const;

 private:
  const rules::RuleSet& RulesAt(absl::Time clock) const;
  Member& MemberOf(const UserKey& user);
  Member* Find(std::string_view user_key);
  // The launches of this user before `until`, each after the timers that are due by then.
  void LaunchDue(absl::Time until, Member* member, Witness* witness);
  void LaunchFor(const schedule::Occurrence& occurrence, Member* member, Witness* witness);
  // Applies the input, at the profile's next version.
  void Live(const Input& input, Member* member, Witness* witness);
  void FireDue(absl::Time until, Member* member, Witness* witness);
  void Advance(absl::Time until, Member* member, Witness* witness) {
    LaunchDue(until, member, witness);
    FireDue(until, member, witness);
  }
  void FireStored(const Input& stored, int64_t user_seq, Member* member, Witness* witness);
  // `stored`: the input by which it fired in its time, or null.
  void Fire(const std::string& timer_id, const Input* stored, Member* member, Witness* witness);
  absl::Status Link(const UserKey& name, const Input& input, Member* member, Witness* witness);
  void KeepTimers(Member* member);
  void Tell(const Input& input, const Member& member, Witness* witness) const;

  const Course* course_;
  Workshop* workshop_;
  std::vector<Member> members_;
  int64_t applied_ = 0;  // inputs so far; versions do not count those that are worked out
};

}  // namespace cadenza::backtest

#endif  // CADENZA_SERVER_BACKTEST_WORLD_H_
