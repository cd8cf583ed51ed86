// A process with lanes and a pump, both driven by hand, over a store that several may share.
#ifndef CADENZA_TESTS_UNIT_SERVER_TIMERS_PUMPED_H_
#define CADENZA_TESTS_UNIT_SERVER_TIMERS_PUMPED_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cadenza/v1/input.pb.h"
#include "server/timers/timer_pump.h"
#include "storage/codec/serialize.h"
#include "tests/unit/server/lanes/workbench.h"

namespace cadenza::lanes {

inline constexpr absl::Duration kDelay = absl::Hours(1);

inline Campaign Cart() {
  Campaign campaign;
  campaign.workspace = "shop";
  campaign.campaign_id = "cart";
  campaign.state = Campaign::State::kActive;
  campaign.trigger = {.kind = Trigger::Kind::kEventName, .event_name = "cart_filled", .product_id = ""};
  campaign.delay = kDelay;
  campaign.exception_event_names = {"order_placed"};
  campaign.message = {.channel = "push", .title = "", .body = "{{ event.id }}", .time_to_live = absl::Hours(24)};
  campaign.revision = 1;
  return campaign;
}

inline std::shared_ptr<const rules::RuleSet> RulesWith(const Campaign& campaign) {
  return rules::RuleSet::Build(1, {campaign}, nullptr, nullptr);
}

// As the door lets it in, with the body that the wire would have given it.
inline WorkItem EventNow(const UserKey& user, std::string_view event_id, std::string_view name, absl::Time now) {
  WorkItem item = Event(user, event_id, name);
  v1::Input proto;
  proto.set_event_id(std::string(event_id));
  if (user.kind() == RefKind::kUserId) {
    proto.mutable_user()->set_user_id(std::string(user.name()));
  } else {
    proto.mutable_user()->set_anonymous_id(std::string(user.name()));
  }
  proto.mutable_custom_event()->set_name(std::string(name));
  item.input.body = SerializeDeterministic(proto);
  item.input.digest = DigestOf(item.input.body);
  item.input.time = item.input.receive_time = item.input.clock = now;
  return item;
}

inline TimerPump::Options PumpOptions() {
  TimerPump::Options options;
  options.attempts_max = 3;
  return options;
}

// A process with its pump, both driven by hand.
struct Pumped : Process {
  explicit Pumped(Store* base, const Campaign& campaign = Cart()) : Process(base), runner(options, Context()) {
    rules = RulesWith(campaign);
  }
  lanes::Context Context() {
    lanes::Context made = context();
    made.timer_set = [this](absl::Time due) { pump.Notify(due); };
    return made;
  }

  void Run(std::vector<WorkItem> items) {
    for (int batch = 0; !items.empty() && batch < 500; ++batch) {
      BatchRunner::Outcome outcome = runner.Run(std::move(items));
      items = std::move(outcome.retry);
      std::move(outcome.forward.begin(), outcome.forward.end(), std::back_inserter(items));
    }
    EXPECT_TRUE(items.empty()) << "no end";
  }
  void Submit(WorkItem item) {
    item.position = ++last_position;
    item.settlement = logbook;
    std::vector<WorkItem> items;
    items.push_back(std::move(item));
    Run(std::move(items));
  }
  // Time passes; what is due is pushed, and waits in `pushed`.
  void StepAt(absl::Time now) {
    clock.Set(now);
    pump.Step();
  }
  void RunPushed() { Run(std::exchange(pushed, {})); }
  void FireAt(absl::Time now) {
    StepAt(now);
    RunPushed();
    pump.Step();  // failures are recorded
  }

  const Options options = TestOptions();
  std::vector<WorkItem> pushed;
  TimerPump pump{PumpOptions(), &store.timers(), &clock, &metrics, [this](std::vector<WorkItem> items) {
                   std::move(items.begin(), items.end(), std::back_inserter(pushed));
                 }};
  BatchRunner runner;
  int64_t last_position = 0;
};

}  // namespace cadenza::lanes

#endif  // CADENZA_TESTS_UNIT_SERVER_TIMERS_PUMPED_H_
