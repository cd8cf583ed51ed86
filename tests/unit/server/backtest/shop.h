// A shop whose campaigns use what the engine has, lived through by lanes and a pump over a memory store.
#ifndef CADENZA_TESTS_UNIT_SERVER_BACKTEST_SHOP_H_
#define CADENZA_TESTS_UNIT_SERVER_BACKTEST_SHOP_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cadenza/v1/input.pb.h"
#include "server/backtest/backtest.h"
#include "server/control/launch_input.h"
#include "server/control/user_walk.h"
#include "server/rules/schedule/occurrences.h"
#include "storage/codec/campaign_codec.h"
#include "storage/codec/serialize.h"
#include "storage/codec/wire.h"
#include "storage/codec/wire_workspace.h"
#include "tests/unit/server/timers/pumped.h"

namespace cadenza::backtest {

inline const absl::Time kStart = lanes::kNow;

inline Campaign On(std::string_view campaign_id, Trigger trigger, std::string_view body) {
  Campaign campaign;
  campaign.workspace = "shop";
  campaign.campaign_id = std::string(campaign_id);
  campaign.state = Campaign::State::kActive;
  campaign.trigger = std::move(trigger);
  campaign.message = {.channel = "push", .title = "", .body = std::string(body), .time_to_live = absl::Hours(24)};
  campaign.revision = 1;
  return campaign;
}
inline Trigger OnEvent(std::string_view name) {
  Trigger trigger;
  trigger.kind = Trigger::Kind::kEventName;
  trigger.event_name = std::string(name);
  return trigger;
}
inline Trigger OnSegment(std::string_view segment_id, bool entered) {
  Trigger trigger;
  trigger.kind = entered ? Trigger::Kind::kSegmentEntered : Trigger::Kind::kSegmentLeft;
  trigger.segment_id = std::string(segment_id);
  return trigger;
}

// Variants, a control and a cooldown; a delay that an event cancels; segments, one of which time changes; sessions.
inline std::vector<Campaign> ShopCampaigns() {
  std::vector<Campaign> campaigns;
  Campaign thanks = On("thanks", OnEvent("order_placed"), "");
  thanks.condition = "event.properties.total > 5";
  thanks.cooldown = absl::Hours(2);
  thanks.variants = {{"plain", 2, false, thanks.message}, {"warm", 1, false, thanks.message}, {"none", 1, true, {}}};
  thanks.variants[0].message.body = "Thanks for {{ event.properties.total }}";
  thanks.variants[1].message.body = "Order {{ user.event_count | default: 'new' }}: thank you";
  thanks.message = MessageTemplate();
  campaigns.push_back(thanks);
  Campaign cart = On("cart", OnEvent("cart_filled"), "Your cart {{ event.id }} waits");
  cart.delay = absl::Hours(1);
  cart.exception_event_names = {"order_placed"};
  cart.recheck_condition = true;
  cart.condition = "user.event_count('visited') > 0";
  campaigns.push_back(cart);
  campaigns.push_back(On("welcome", OnSegment("regulars", true), "A regular now"));
  Campaign back = On("come_back", OnSegment("active", false), "We miss you");
  back.priority = 5;
  campaigns.push_back(back);
  Trigger session;
  session.kind = Trigger::Kind::kSessionStarted;
  campaigns.push_back(On("hello", session, "Hello {{${first_name} | default: 'you'}}"));
  return campaigns;
}

inline std::vector<Segment> ShopSegments() {
  const auto segment = [](std::string_view id, std::string_view condition) {
    Segment made;
    made.workspace = "shop";
    made.segment_id = std::string(id);
    made.condition = std::string(condition);
    made.state = Segment::State::kActive;
    made.revision = 1;
    return made;
  };
  return {segment("regulars", "user.event_count('order_placed') >= 3"),
          segment("active", "user.event_count('visited', duration('5h')) >= 2")};
}

inline WorkspaceSettings ShopSettings() {
  WorkspaceSettings settings;
  settings.workspace = "shop";
  settings.revision = 1;
  settings.quiet_hours.windows.push_back({.start = {22 * 60}, .end = {6 * 60}});
  settings.quiet_hours.hold = true;
  FrequencyCap cap;
  cap.most = 3;
  cap.window = absl::Hours(24);
  settings.frequency_caps = {cap};
  settings.holdout = {.basis_points = 1000, .salt = "s"};
  return settings;
}

// The shop at work.
class Shop {
 public:
  explicit Shop(std::vector<Campaign> campaigns = ShopCampaigns()) : campaigns_(std::move(campaigns)) {
    const WorkspaceSettings settings = ShopSettings();
    for (const Campaign& campaign : campaigns_) {
      EXPECT_TRUE(store_.campaigns().PutCampaign(EncodeCampaign(campaign)).ok());
    }
    for (const Segment& segment : ShopSegments())
      EXPECT_TRUE(store_.segments().PutSegment(segment, /*evaluate=*/false).ok());
    EXPECT_TRUE(store_.workspaces().PutSettings({"shop", 1, EncodeWorkspaceSettings(settings)}).ok());
    auto segments = store_.segments().ListSegments("", "", 0, false).value();
    std::vector<std::string> errors;
    pumped_.rules = rules::RuleSet::Build(1, campaigns_, nullptr, &errors, {}, segments, {settings});
    EXPECT_TRUE(errors.empty()) << errors.front();
  }

  Store& store() { return store_; }
  const std::vector<Campaign>& campaigns() const { return campaigns_; }
  const Campaign& Find(std::string_view campaign_id) const {
    for (const Campaign& campaign : campaigns_) {
      if (campaign.campaign_id == campaign_id) return campaign;
    }
    ADD_FAILURE() << "no campaign " << campaign_id;
    return campaigns_.front();
  }

  // An input of this user under `time`; on an import stream it is received at the clock of the process.
  void Submit(const UserKey& user, v1::Input proto, absl::Time time, bool import = false) {
    const auto known = leads_to_.find(user);
    ToProto(user, proto.mutable_user());
    if (proto.event_id().empty()) proto.set_event_id(StrCat("e", ++last_event_));
    if (import) ToProto(time, proto.mutable_time());
    WorkItem item;
    item.input = FromProto("shop", proto).value();
    if (!import) pumped_.clock.Set(time);
    item.input.receive_time = import ? pumped_.clock.Now() : time;
    item.input.time = item.input.clock = time;
    item.input.import = import;
    item.target = known == leads_to_.end() ? user : known->second;
    pumped_.Submit(std::move(item));
  }
  void Event(const UserKey& user, std::string_view name, absl::Time time, bool import = false, int total = 0) {
    v1::Input proto;
    proto.mutable_custom_event()->set_name(std::string(name));
    if (total > 0) (*proto.mutable_custom_event()->mutable_properties())["total"].set_int64_value(total);
    Submit(user, std::move(proto), time, import);
  }
  void IdentifyAs(const UserKey& user, const UserKey& anonymous, absl::Time time, bool import = false) {
    v1::Input proto;
    proto.mutable_identify()->set_anonymous_id(std::string(anonymous.name()));
    Submit(user, std::move(proto), time, import);
    leads_to_[anonymous] = user;
  }
  // A launch of the campaign at `occurrence`, as a launcher makes it, that comes by all users who have a profile at
  // `now`; those of a segment, if the schedule asks for one.
  void LaunchAll(const Campaign& campaign, const schedule::Occurrence& occurrence, absl::Time now) {
    Launch launch{"shop", campaign.campaign_id, occurrence.due_time, now, occurrence.local_time, "", 0, false};
    EXPECT_TRUE(store_.launches().BeginLaunch(launch).value());
    EXPECT_TRUE(store_.launches().ClaimLaunch("shop", absl::Hours(1)).value().has_value());
    UserWalk walk(&store_.segments(), "shop", campaign.trigger.schedule.segment_id, 200, 10'000);
    while (true) {
      const UserStretch stretch = walk.Next(launch.cursor).value();
      if (stretch.at_end) break;
      for (const std::string& key : stretch.keys) {
        WorkItem item;
        item.input = ScheduledInput(launch, key, now).value();
        item.target = item.input.user;
        pumped_.clock.Set(now);
        pumped_.Submit(std::move(item));
        ++launch.users_launched;
      }
      launch.cursor = stretch.last_key;
    }
    launch.done = true;
    EXPECT_TRUE(store_.launches().SaveLaunch(launch, "shop", absl::Hours(1)).ok());
  }
  // What is due fires now, and what that sets and is due too.
  void FireAt(absl::Time now) {
    for (int i = 0; i < 4; ++i) pumped_.FireAt(now);
  }

  // All messages of these users, by campaign and message_id.
  std::map<std::pair<std::string, std::string>, Message> Messages(const std::vector<UserKey>& users) {
    std::map<std::pair<std::string, std::string>, Message> found;
    for (const UserKey& user : users) {
      std::vector<Message> messages = store_.ListMessages(user, 0, 10'000, absl::InfinitePast()).value();
      for (Message& message : messages) {
        found[{message.campaign_id, message.message_id}] = std::move(message);
      }
    }
    return found;
  }

  Request RequestFor(const Campaign& draft, absl::Time from, absl::Time to) const {
    Request request;
    request.workspace = "shop";
    request.draft = draft;
    request.from = from;
    request.to = to;
    request.session_gap = pumped_.options.session_gap;
    request.zone = absl::UTCTimeZone();
    return request;
  }

 private:
  const std::vector<Campaign> campaigns_;
  MemoryStore store_;
  lanes::Pumped pumped_{&store_};
  std::map<UserKey, UserKey> leads_to_;
  int last_event_ = 0;
};

}  // namespace cadenza::backtest

#endif  // CADENZA_TESTS_UNIT_SERVER_BACKTEST_SHOP_H_
