// The scenarios of segments.json that are conditions here: timed steps, and who is in what.
#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "server/apply/apply.h"
#include "server/rules/segment_set.h"
#include "storage/base/text.h"
#include "tests/support/suite.h"

namespace cadenza::rules {
namespace {

using Json = nlohmann::json;
using Nodes = std::map<std::string, Json>;

constexpr absl::Duration kSessionGap = absl::Minutes(30);

std::string Quoted(const Json& value) { return value.dump(); }

std::optional<std::string> TraitCondition(const Json& node) {
  const std::string path = "user.attributes." + node["path"].get<std::string>();
  const Json& op = node["operator"];
  if (op["type"] == "Equals") return path + " == " + Quoted(op["value"]);
  if (op["type"] != "Within") return std::nullopt;
  return StrCat("timestamp(", path, ") > now - duration(\"", op["windowSeconds"].get<int>(), "s\")");
}

// Nothing if Cadenza has no such condition: what an event's properties were is not kept.
std::optional<std::string> ConditionOf(const Json& node, const Nodes& nodes) {
  const std::string type = node["type"];
  if (type == "Trait") return TraitCondition(node);
  if (type == "And") {
    std::string all;
    for (const Json& child : node["children"]) {
      const std::optional<std::string> part = ConditionOf(nodes.at(child.get<std::string>()), nodes);
      if (!part.has_value()) return std::nullopt;
      all += (all.empty() ? "(" : " && (") + *part + ")";
    }
    return all;
  }
  if (type != "Performed" || node.contains("properties")) return std::nullopt;
  const std::string window =
      node.contains("withinSeconds") ? StrCat(", duration(\"", node["withinSeconds"].get<int>(), "s\")") : "";
  const std::map<std::string, std::string> operators = {
      {"Equals", "=="}, {"GreaterThanOrEqual", ">="}, {"LessThan", "<"}};
  return StrCat("user.event_count(", Quoted(node["event"]), window, ") ",
                operators.at(node.value("timesOperator", "Equals")), " ", node.value("times", 1));
}

// Empty if one of the definitions is no condition.
std::vector<Segment> SegmentsOf(const Json& definitions, int64_t revision) {
  std::vector<Segment> segments;
  for (const Json& json : definitions) {
    Nodes nodes;
    for (const Json& node : json["definition"]["nodes"]) nodes[node["id"]] = node;
    const std::optional<std::string> condition = ConditionOf(json["definition"]["entryNode"], nodes);
    if (!condition.has_value()) return {};
    Segment& segment = segments.emplace_back();
    segment.workspace = "suite";
    segment.segment_id = absl::AsciiStrToLower(json["name"].get<std::string>());
    segment.condition = *condition;
    segment.state = Segment::State::kActive;
    segment.revision = revision;
  }
  return segments;
}

class Scenario {
 public:
  explicit Scenario(const std::vector<Segment>& segments) { Define(segments); }

  void Run(const Json& steps) {
    for (const Json& step : steps) {
      if (step.contains("submit")) {
        for (const Json& event : step["submit"]) Submit(event);
      } else if (step.contains("evaluateAt")) {
        PassTo(testing::At(step["evaluateAt"].get<std::string>()));
      } else if (step.contains("redefine")) {
        const std::vector<Segment> segments = SegmentsOf(step["redefine"]["segments"], ++revision_);
        ASSERT_FALSE(segments.empty());
        Define(segments);
        for (auto& [id, user] : users_) Update(Timed(Evaluate(), now_), &user);  // all of them are looked at
      } else {
        ASSERT_TRUE(step.contains("expect")) << step.dump();
        Expect(step["expect"]);
      }
    }
  }

 private:
  struct User {
    Profile profile;
    absl::Time next = absl::InfiniteFuture();
  };

  template <typename Payload>
  static Input Timed(Payload payload, absl::Time time) {
    Input input;
    input.time = input.receive_time = input.clock = time;
    input.payload = std::move(payload);
    return input;
  }

  void Define(const std::vector<Segment>& segments) {
    std::vector<std::string> errors;
    set_ = SegmentSet::Build(segments, nullptr, &errors);
    EXPECT_TRUE(errors.empty()) << errors.front();
  }

  void Submit(const Json& json) {
    const std::string id = json["userId"];
    User& user = users_[id];
    user.profile.key = UserKey::User("suite", id);
    const absl::Time time = testing::At(json["at"].get<std::string>());
    if (json["type"] == "Track") {
      Fold(Timed(CustomEvent{json["event"], {}}, time), &user);
      return;
    }
    AttributeChange change;
    for (const auto& [name, value] : json["traits"].items()) {
      change.operations.push_back({{name}, AttributeOperation::Op::kSet, Value::String(value.get<std::string>())});
    }
    Fold(Timed(std::move(change), time), &user);
  }

  void Fold(const Input& input, User* user) {
    apply::Applied applied;
    const absl::Status folded = apply::ApplyInput(input, {.session_gap = kSessionGap}, &user->profile, &applied);
    ASSERT_TRUE(folded.ok()) << folded;
    Update(input, user);
  }

  void Update(const Input& input, User* user) {
    std::vector<apply::SegmentChange> changes;
    user->next = UpdateSegments(set_, input, SegmentCause::kInput, kSessionGap, &user->profile, &changes);
  }

  // Time passes: a user is looked at only when his timer says so.
  void PassTo(absl::Time now) {
    now_ = now;
    for (auto& [id, user] : users_) {
      while (user.next <= now) Update(Timed(Evaluate(), user.next), &user);
    }
  }

  void Expect(const Json& expect) {
    for (const Json& json : expect["users"]) {
      const Profile& profile = users_[json["id"]].profile;
      for (const auto& [name, member] : json["segments"].items()) {
        EXPECT_EQ(profile.segments.find(absl::AsciiStrToLower(name)) != profile.segments.end(), member == true)
            << json["id"] << " " << name << " at " << expect["at"];
      }
    }
  }

  SegmentSet set_;
  std::map<std::string, User> users_;
  absl::Time now_ = absl::InfinitePast();
  int64_t revision_ = 1;
};

TEST(SegmentSuiteTest, EveryScenarioThatIsACondition) {
  const std::optional<Json> suite = testing::ReadSuite("segments.json");
  if (!suite.has_value()) GTEST_SKIP() << "no ../shared/suites/segments.json";
  size_t run = 0;
  for (const Json& json : *suite) {
    const std::string description = json["description"];
    SCOPED_TRACE(description);
    const std::vector<Segment> segments = SegmentsOf(json["segments"], 1);
    if (segments.empty()) continue;
    ++run;
    Scenario(segments).Run(json["steps"]);
  }
  std::cout << "segments.json: " << run << " of " << suite->size() << " scenarios are conditions here\n";
  EXPECT_GE(run, 6u);
}

}  // namespace
}  // namespace cadenza::rules
