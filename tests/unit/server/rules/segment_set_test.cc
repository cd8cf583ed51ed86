#include "server/rules/segment_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "server/rules/reaction.h"
#include "storage/model/rejection.h"
#include "tests/support/seed.h"
#include "tests/unit/server/rules/fixtures.h"

namespace cadenza::rules {
namespace {

using apply::SegmentChange;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Segment SegmentOf(std::string id, std::string condition) {
  Segment segment;
  segment.workspace = "pizza";
  segment.segment_id = std::move(id);
  segment.state = Segment::State::kActive;
  segment.condition = std::move(condition);
  segment.revision = 1;
  return segment;
}

SegmentSet SetOf(const std::vector<Segment>& segments) {
  std::vector<std::string> errors;
  SegmentSet set = SegmentSet::Build(segments, nullptr, &errors);
  EXPECT_THAT(errors, IsEmpty());
  return set;
}

std::vector<SegmentChange> Update(const SegmentSet& set, const Input& input, Profile* profile) {
  std::vector<SegmentChange> changes;
  UpdateSegments(set, input, SegmentCause::kInput, kGap, profile, &changes);
  return changes;
}

TEST(CompileSegmentTest, RefusesWhatIsNoSegmentAndNamesTheField) {
  struct Case {
    Segment segment;
    std::string field;
    std::string text;
  };
  Segment long_name = SegmentOf("a", "true");
  long_name.display_name = std::string(256, 'x');
  for (const Case& c : std::vector<Case>{
           {SegmentOf("", "true"), "segment_id", "required"},
           {SegmentOf("VIP", "true"), "segment_id", "a-z"},
           {SegmentOf(std::string(64, 'a'), "true"), "segment_id", "at most 63"},
           {long_name, "display_name", "at most 255"},
           {SegmentOf("vip", ""), "condition", "required"},
           {SegmentOf("vip", "user.event_count("), "condition", "line 1"},
           {SegmentOf("vip", "user.event_count(\"x\")"), "condition", "must be of type bool"},
           {SegmentOf("vip", "event.name == \"order_placed\""), "condition", "neither `event`"},
           {SegmentOf("vip", "user.in_segment(\"other\")"), "condition", "user.in_segment()"},
           {SegmentOf("vip", std::string(4097, ' ')), "condition", "at most 4096"},
       }) {
    const absl::Status status = CompileSegment(c.segment).status();
    EXPECT_EQ(RejectionField(status), c.field) << c.segment.condition;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.text));
  }
}

TEST(CompileSegmentTest, TakesEverythingThatIsAboutTheUser) {
  for (const char* condition :
       {"true", "user.event_count(\"order_placed\") >= 3", "user.event_count(\"order_placed\", duration(\"24h\")) > 1",
        "user.attributes.plan == \"gold\"", "now - user.created_at > duration(\"720h\")", "user.session.active",
        "user.spent(\"EUR\") > 100.0", "user.received(\"knots\")", "user.subscribed(\"push\")"}) {
    EXPECT_TRUE(CompileSegment(SegmentOf("vip", condition)).ok()) << condition;
  }
}

TEST(SegmentSetTest, HoldsTheActiveOnesOfEachWorkspaceInOrder) {
  Segment draft = SegmentOf("draft", "true");
  draft.state = Segment::State::kDraft;
  Segment archived = SegmentOf("old", "true");
  archived.state = Segment::State::kArchived;
  Segment other = SegmentOf("other", "true");
  other.workspace = "burgers";
  const SegmentSet set = SetOf({SegmentOf("b", "true"), draft, archived, other, SegmentOf("a", "false")});
  EXPECT_EQ(set.size(), 3u);
  ASSERT_THAT(set.Of("pizza"), SizeIs(2));
  EXPECT_EQ(set.Of("pizza")[0]->segment.segment_id, "a");
  EXPECT_EQ(set.Of("pizza")[1]->segment.segment_id, "b");
  EXPECT_THAT(set.Of("burgers"), SizeIs(1));
  EXPECT_THAT(set.Of("sushi"), IsEmpty());
}

TEST(SegmentSetTest, LeavesOutWhatDoesNotCompileOrIsTooMuch) {
  std::vector<Segment> segments = {SegmentOf("zz-broken", "1 +")};
  for (int i = 0; i < 257; ++i) segments.push_back(SegmentOf("s" + std::to_string(i), "true"));
  std::vector<std::string> errors;
  EXPECT_EQ(SegmentSet::Build(segments, nullptr, &errors).size(), 256u);
  ASSERT_THAT(errors, SizeIs(2));
  EXPECT_THAT(errors[0], HasSubstr("too many"));
  EXPECT_THAT(errors[1], HasSubstr("zz-broken"));
}

TEST(SegmentSetTest, LendsThePreviousProgramsButNotTheirSegments) {
  const SegmentSet before = SetOf({SegmentOf("a", "true"), SegmentOf("b", "true")});
  Segment renamed = SegmentOf("a", "true");
  renamed.display_name = "A";
  const SegmentSet after = SegmentSet::Build({renamed, SegmentOf("b", "false")}, &before, nullptr);
  EXPECT_EQ(after.Of("pizza")[0]->condition, before.Of("pizza")[0]->condition);
  EXPECT_EQ(after.Of("pizza")[0]->segment.display_name, "A");
  EXPECT_NE(after.Of("pizza")[1]->condition, before.Of("pizza")[1]->condition);
}

TEST(UpdateSegmentsTest, AUserEntersAndLeaves) {
  const SegmentSet set = SetOf({SegmentOf("gold", "user.attributes.plan == \"gold\"")});
  Profile ada = Ada();
  const Input input = Order("e1", kNoon, {}, 20);
  EXPECT_THAT(Update(set, input, &ada), IsEmpty()) << "no such attribute is false";
  ada.attributes.Set("plan", Value::String("gold"));
  EXPECT_THAT(Update(set, input, &ada), ElementsAre(SegmentChange{"gold", true, false}));
  EXPECT_EQ(ada.segments.at("gold"), kNoon);
  EXPECT_THAT(Update(set, Order("e2", kNoon + absl::Hours(1), {}, 20), &ada), IsEmpty());
  EXPECT_EQ(ada.segments.at("gold"), kNoon) << "since is when he entered";
  ada.attributes.Set("plan", Value::String("free"));
  EXPECT_THAT(Update(set, input, &ada), ElementsAre(SegmentChange{"gold", false, false}));
  EXPECT_TRUE(ada.segments.empty());
}

TEST(UpdateSegmentsTest, SegmentsThatAreNotInForceAreLeftSilently) {
  Profile ada = Ada();
  ada.segments["gone"] = kNoon;
  ada.segments["kept"] = kNoon;
  EXPECT_THAT(Update(SetOf({SegmentOf("kept", "true")}), Order("e1", kNoon, {}, 20), &ada),
              ElementsAre(SegmentChange{"gone", false, true}));
  EXPECT_THAT(Update(SegmentSet(), Order("e2", kNoon, {}, 20), &ada), ElementsAre(SegmentChange{"kept", false, true}));
  EXPECT_TRUE(ada.segments.empty());
}

TEST(UpdateSegmentsTest, ASegmentOfAnotherWorkspaceIsNothingToHim) {
  Segment other = SegmentOf("all", "true");
  other.workspace = "burgers";
  Profile ada = Ada();
  EXPECT_THAT(Update(SetOf({other}), Order("e1", kNoon, {}, 20), &ada), IsEmpty());
}

TEST(UpdateSegmentsTest, WhoWasThereBeforeEntersSilentlyWhileTheEvaluationRuns) {
  struct Case {
    absl::Time created;
    SegmentEvaluation::State state;
    bool silent;
  };
  using State = SegmentEvaluation::State;
  for (const Case& c : {Case{kNoon - absl::Hours(1), State::kRunning, true},
                        Case{kNoon - absl::Hours(1), State::kDone, false}, Case{kNoon, State::kRunning, false}}) {
    Segment segment = SegmentOf("all", "true");
    segment.evaluation = {.state = c.state, .start_time = kNoon};
    Profile ada = Ada();
    ada.create_time = c.created;
    EXPECT_THAT(Update(SetOf({segment}), Order("e1", kNoon, {}, 20), &ada),
                ElementsAre(SegmentChange{"all", true, c.silent}));
  }
}

TEST(ConcernsTest, OnlyWhatReadsWhatTheInputTouches) {
  Profile ada = Ada();
  ada.version = 7;
  const Input order = Order("e1", kNoon, {}, 20);
  const Input purchase = PurchaseOf("e2", kNoon, "p");
  Input plan = order, mute = order, mute_all = order, session = order, evaluate = order, alias = order, receipt = order;
  plan.payload = AttributeChange{{{{"plan", "name"}, AttributeOperation::Op::kSet, Value::Int(1)}}};
  mute.payload = SubscriptionChange{"push", SubscriptionState::kUnsubscribed};
  mute_all.payload = SubscriptionChange{"", SubscriptionState::kUnsubscribed};
  session.payload = SessionStart();
  evaluate.payload = Evaluate();
  alias.payload = AddAlias{UserKey::User("pizza", "x")};
  receipt.payload = Receipt{Receipt::Kind::kOpened, ToHex(DigestOf("m")), ""};
  const std::vector<const Input*> inputs = {&order,   &purchase, &plan,  &mute,   &mute_all,
                                            &session, &evaluate, &alias, &receipt};
  struct Case {
    std::string condition;
    std::string
        concerned;  // by each of the inputs: order, purchase, plan, mute, mute all, session, evaluate, alias, receipt
  };
  for (const Case& c : std::vector<Case>{{"true", "......##."},
                                         {"user.event_count(\"order_placed\") > 1", "#.....##."},
                                         {"user.event_count(\"other\") > 1", "......##."},
                                         {"user.event_count(\"purchase\") > 1", ".#....##."},
                                         {"user.event_count(user.id) > 1", "##....##."},
                                         {"user.spent(\"EUR\") > 1.0", ".#....##."},
                                         {"user.spent(\"USD\") > 1.0", "......##."},
                                         {"user.purchases.count > 1", ".#....##."},
                                         {"user.attributes.plan.name == \"gold\"", "..#...##."},
                                         {"user.attributes.city == \"Rome\"", "......##."},
                                         {"user.attributes.size() > 1", "..#...##."},
                                         {"user.subscribed(\"push\")", "...##.##."},
                                         {"user.subscribed(\"email\")", "....#.##."},
                                         {"user.received(\"knots\")", "......###"},
                                         {"user.opened(\"knots\")", "......###"},
                                         {"user.clicked(\"knots\")", "......###"},
                                         {"user.session.count > 3", "#########"},
                                         {"user.event_count(\"x\", duration(\"1h\")) > 1", "#########"},
                                         {"now > user.created_at", "#########"}}) {
    const auto compiled = CompileSegment(SegmentOf("vip", c.condition));
    ASSERT_TRUE(compiled.ok()) << c.condition << ": " << compiled.status();
    std::string concerned;
    for (const Input* input : inputs) {
      concerned += Concerns(**compiled, *input, SegmentCause::kInput, ada) ? '#' : '.';
    }
    EXPECT_EQ(concerned, c.concerned) << c.condition;
    Profile first = Ada();
    first.version = 1;
    EXPECT_TRUE(Concerns(**compiled, order, SegmentCause::kInput, first)) << "a first input concerns all";
    const bool by_message = Concerns(**compiled, order, SegmentCause::kMessages, ada);
    EXPECT_EQ(by_message, (*compiled)->timed || c.condition.ends_with("(\"knots\")")) << c.condition;
  }
}

TEST(UpdateSegmentsTest, SaysWhenTimeAloneCanChangeSomething) {
  struct Case {
    std::string condition;
    absl::Time next;
  };
  for (const Case& c :
       std::vector<Case>{{"user.event_count(\"order_placed\") >= 1", absl::InfiniteFuture()},
                         {"user.event_count(\"order_placed\", duration(\"2h\")) >= 1", kNoon + absl::Hours(2)},
                         {"now - user.last_event(\"order_placed\") >= duration(\"3h\")", kNoon + absl::Hours(3)},
                         {"now.getSeconds() % 2 == 0 && string(now) != \"\"", kNoon + absl::Minutes(1)},
                         {"user.session.active", kNoon + kGap + absl::Nanoseconds(1)}}) {
    Profile ada = Ada();
    const Input order = Order("e1", kNoon, {}, 20);
    apply::Applied applied;
    ASSERT_TRUE(apply::ApplyInput(order, {kGap}, &ada, &applied).ok());
    std::vector<SegmentChange> changes;
    const SegmentSet set = SetOf({SegmentOf("a", c.condition), SegmentOf("b", "true")});
    const absl::Time next = UpdateSegments(set, order, SegmentCause::kInput, kGap, &ada, &changes);
    if (c.condition.starts_with("now.getSeconds")) {
      EXPECT_LE(next, c.next) << c.condition;
      EXPECT_GT(next, kNoon);
    } else {
      EXPECT_EQ(next, c.next) << c.condition;
    }
    const bool opaque = c.condition.starts_with("now.getSeconds");
    if (next == absl::InfiniteFuture() || opaque) continue;
    // At that moment, and not before, it changes.
    Input later = order;
    later.payload = Evaluate();
    changes.clear();
    later.clock = later.time = c.next - absl::Nanoseconds(2);
    UpdateSegments(set, later, SegmentCause::kInput, kGap, &ada, &changes);
    EXPECT_THAT(changes, IsEmpty()) << c.condition;
    later.clock = later.time = c.next;
    UpdateSegments(set, later, SegmentCause::kInput, kGap, &ada, &changes);
    EXPECT_THAT(changes, SizeIs(1)) << c.condition;
  }
}

// --- what is kept equals what is evaluated anew ---

class Customer {
 public:
  explicit Customer(uint64_t seed) : random_(seed) { profile_.key = UserKey::User("pizza", "ada"); }

  Input Next() {
    now_ += absl::Seconds(1) * Below(OneIn(10) ? 400'000 : 3'000);
    Input input;
    input.event_id = "e" + std::to_string(++inputs_);
    input.user = profile_.key;
    input.clock = input.receive_time = now_;
    input.time = OneIn(5) ? now_ - absl::Seconds(1) * Below(10'000) : now_;
    switch (Below(7)) {
      case 0:
        input.payload = Purchase{"p", Money::Of("EUR", Below(60), 0), 1, {}};
        break;
      case 1:
        input.payload = SessionStart();
        break;
      case 2:
        input.payload = SubscriptionChange{"push", static_cast<SubscriptionState>(1 + Below(3))};
        break;
      case 3:
        input.payload = AttributeChange{{{{"plan"},
                                          OneIn(4) ? AttributeOperation::Op::kUnset : AttributeOperation::Op::kSet,
                                          OneIn(4) ? Value::Int(1) : Value::String(OneIn(2) ? "gold" : "free")}}};
        if (auto& operation = std::get<AttributeChange>(input.payload).operations[0];
            operation.op == AttributeOperation::Op::kUnset) {
          operation.value = Value::Null();
        }
        break;
      case 4:
        input.payload = Evaluate();
        break;
      default:
        input.payload = CustomEvent{OneIn(2) ? "order_placed" : "visited", {}};
    }
    return input;
  }
  Profile& profile() { return profile_; }

 private:
  int64_t Below(int64_t n) { return std::uniform_int_distribution<int64_t>(0, n - 1)(random_); }
  bool OneIn(int64_t n) { return Below(n) == 0; }

  std::mt19937_64 random_;
  Profile profile_;
  absl::Time now_ = kNoon;
  int inputs_ = 0;
};

std::set<std::string> NamesOf(const Profile& profile) {
  std::set<std::string> names;
  for (const auto& [id, since] : profile.segments) names.insert(id);
  return names;
}

TEST(UpdateSegmentsPropertyTest, WhatIsKeptIsWhatAnEvaluationFromNothingGives) {
  const std::vector<Segment> segments = {
      SegmentOf("bought", "user.purchases.count > 2"),
      SegmentOf("busy", "user.event_count(\"order_placed\", duration(\"2h\")) >= 2"),
      SegmentOf("gold", "user.attributes.plan == \"gold\""),
      SegmentOf("heard", "user.received(\"knots\", duration(\"24h\"))"),
      SegmentOf("here", "user.session.active"),
      SegmentOf("lapsed", "now - user.last_event(\"order_placed\") > duration(\"3h\")"),
      SegmentOf("pushed", "!user.subscribed(\"push\")"),
      SegmentOf("spender", "user.spent(\"EUR\") > 200.0"),
      SegmentOf("vip", "user.event_count(\"order_placed\") >= 3")};
  Campaign knots = KnotsCampaign();
  knots.condition = "";
  knots.cooldown = absl::Hours(30);
  knots.message.title = "";
  knots.message.body = "Knots?";
  Campaign on_entry = knots;
  on_entry.campaign_id = "welcome";
  on_entry.trigger = {Trigger::Kind::kSegmentEntered, "", "", "heard"};
  std::vector<std::string> errors;
  const auto rule_set = RuleSet::Build(1, {knots, on_entry}, nullptr, &errors, {}, segments);
  ASSERT_THAT(errors, IsEmpty());

  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  std::set<std::string> entered, left;
  int fired = 0;
  for (uint64_t user = 0; user < 60; ++user) {
    Customer customer(seed + user);
    Profile& profile = customer.profile();
    std::set<std::string> told;  // by the changes
    const auto step = [&](const Input& input) {
      apply::Applied applied;
      ASSERT_TRUE(apply::ApplyInput(input, {kGap}, &profile, &applied).ok());
      Effects effects;
      effects.Clear(input.clock);
      React(*rule_set, input, kOptions, &applied, &profile, &effects);
      for (const SegmentChange& change : applied.segments) {
        if (change.entered) {
          EXPECT_TRUE(told.insert(change.segment_id).second) << "entered twice: " << change.segment_id;
          entered.insert(change.segment_id);
        } else {
          EXPECT_EQ(told.erase(change.segment_id), 1u) << "left twice: " << change.segment_id;
          left.insert(change.segment_id);
        }
      }
      ASSERT_EQ(NamesOf(profile), told);
      std::set<std::string> senders;
      for (const Message& message : effects.messages) EXPECT_TRUE(senders.insert(message.campaign_id).second);
      // Now, and at any moment before the timer.
      const auto timer = profile.timers.find(kSegmentTimerId);
      const absl::Time until = timer == profile.timers.end() ? input.clock + absl::Hours(10'000)
                                                             : timer->second.fire_time - absl::Microseconds(1);
      ASSERT_GE(until, input.clock);
      for (absl::Time at : {input.clock, input.clock + (until - input.clock) / 2, until}) {
        Profile anew = profile;
        anew.segments.clear();
        Input look = input;
        look.payload = Evaluate();
        look.clock = at;
        Update(rule_set->segments(), look, &anew);
        ASSERT_EQ(NamesOf(profile), NamesOf(anew)) << at - input.clock << " after the input";
      }
    };
    for (int i = 0; i < 60; ++i) {
      SCOPED_TRACE("user " + std::to_string(user) + ", input " + std::to_string(i));
      const Input input = customer.Next();
      while (true) {
        const auto timer = profile.timers.find(kSegmentTimerId);
        if (timer == profile.timers.end() || timer->second.fire_time > input.clock) break;
        ++fired;
        TimerContent content;
        content.purpose = TimerPurpose::kSegments;
        Input fire = input;
        fire.event_id += "-timer-" + std::to_string(fired);
        fire.time = fire.receive_time = fire.clock = timer->second.fire_time;
        fire.payload = TimerFired{std::string(kSegmentTimerId), timer->second.set_seq,
                                  std::make_shared<const TimerContent>(content)};
        ASSERT_NO_FATAL_FAILURE(step(fire));
      }
      ASSERT_NO_FATAL_FAILURE(step(input));
    }
  }
  EXPECT_GT(fired, 0);
  EXPECT_THAT(entered, SizeIs(segments.size())) << "the inputs reach every segment";
  EXPECT_THAT(left, ElementsAre("busy", "gold", "heard", "here", "lapsed", "pushed"));
}

}  // namespace
}  // namespace cadenza::rules
