#include "server/rules/survey.h"

#include <algorithm>

#include "server/rules/cel/cel.h"
#include "server/rules/cel_scope.h"
#include "server/rules/condition_analysis.h"
#include "server/rules/facts.h"
#include "server/rules/liquid/liquid.h"
#include "server/rules/liquid_scope.h"
#include "storage/base/suggest.h"
#include "storage/base/text.h"
#include "storage/model/input.h"

namespace cadenza::rules {
namespace {

// The attribute that a path of a template reads; empty if it reads something else.
std::string_view AttributeOf(std::string_view variable) {
  for (const std::string_view prefix : {"user.attributes.", "custom_attribute."}) {
    if (!variable.starts_with(prefix)) continue;
    variable.remove_prefix(prefix.size());
    return variable.substr(0, variable.find('.'));
  }
  if (!variable.starts_with("${") || variable.find('}') == std::string_view::npos) return {};
  const std::string_view name = variable.substr(2, variable.find('}') - 2);
  const bool standard =
      std::find(std::begin(kStandardAttributes), std::end(kStandardAttributes), name) != std::end(kStandardAttributes);
  return standard && name != "user_id" ? name : std::string_view();
}

template <typename Map>
void AddNames(const Map& map, std::set<std::string, std::less<>>* seen) {
  for (const auto& entry : map) {
    if (seen->size() < Survey::kNames && !seen->contains(entry.first)) seen->insert(std::string(entry.first));
  }
}

bool Holds(const cel::Program& program, const Facts& facts) {
  const absl::StatusOr<cel::Value> value = program.Evaluate(CelScope(facts));
  return value.ok() && value->kind() == cel::Value::Kind::kBool && value->bool_value();
}

}  // namespace

Survey::Survey(const std::vector<Campaign>& campaigns, const std::vector<Segment>& segments) {
  for (const Campaign& campaign : campaigns) subjects_.push_back(SubjectOf(campaign));
  for (const Segment& segment : segments) groups_.push_back(GroupOf(segment));
}

Survey::Group Survey::GroupOf(const Segment& segment) {
  Group group;
  group.segment_id = segment.segment_id;
  group.active = segment.state == Segment::State::kActive;
  if (auto condition = cel::Compile(segment.condition, SegmentEnv()); condition.ok() && group.active) {
    ReadCondition("condition", **condition, &group);
    group.audience = *std::move(condition);
  }
  return group;
}

Survey::Subject Survey::SubjectOf(const Campaign& campaign) {
  Subject subject;
  if (const auto condition = cel::Compile(campaign.condition, ConditionEnv()); condition.ok()) {
    ReadCondition("condition", **condition, &subject);
  }
  if (auto audience = cel::Compile(campaign.audience, AudienceEnv()); audience.ok()) {
    ReadCondition("audience", **audience, &subject);
    subject.audience = *std::move(audience);
  }
  const Trigger& trigger = campaign.trigger;
  if (trigger.kind == Trigger::Kind::kEventName) subject.events.emplace(trigger.event_name, "trigger.event_name");
  if (trigger.kind == Trigger::Kind::kAttributeChanged) {
    subject.attributes.emplace(trigger.attribute, "trigger.attribute_changed.attribute");
  }
  for (size_t i = 0; i < campaign.exception_event_names.size(); ++i) {
    subject.events.emplace(campaign.exception_event_names[i], StrCat("exception_event_names[", i, "]"));
  }
  // Purchases are counted apart from custom events.
  subject.events.erase(std::string(kPurchaseEventName));
  ReadMessage("message", campaign.message, &subject);
  for (size_t i = 0; i < campaign.variants.size(); ++i) {
    ReadMessage(StrCat("variants[", i, "].message"), campaign.variants[i].message, &subject);
  }
  return subject;
}

void Survey::ReadCondition(const std::string& field, const cel::Program& program, Subject* subject) {
  const ConditionReads reads = ReadsOf(program);
  for (const std::string& name : reads.attributes.names) subject->attributes.emplace(name, field);
  for (const std::string& name : reads.events.names) subject->events.emplace(name, field);
}

void Survey::ReadTemplate(const std::string& field, const std::string& source, Subject* subject) {
  const auto parsed = liquid::Template::Parse(source);
  if (!parsed.ok()) return;
  for (const std::string& variable : (*parsed)->reads().variables) {
    const std::string_view name = AttributeOf(variable);
    if (!name.empty()) subject->attributes.emplace(std::string(name), field);
  }
}

void Survey::ReadMessage(const std::string& field, const MessageTemplate& message, Subject* subject) {
  ReadTemplate(field + ".title", message.title, subject);
  ReadTemplate(field + ".body", message.body, subject);
  for (size_t i = 0; i < message.localizations.size(); ++i) {
    const std::string place = StrCat(field, ".localizations[", i, "]");
    ReadTemplate(place + ".title", message.localizations[i].title, subject);
    ReadTemplate(place + ".body", message.localizations[i].body, subject);
  }
}

void Survey::Look(const Profile& profile, absl::Time now, absl::Duration session_gap) {
  ++users_;
  AddNames(profile.attributes, &attributes_);
  AddNames(profile.events, &events_);
  Input input;
  input.user = profile.key;
  input.time = input.receive_time = input.clock = now;
  input.payload = Evaluate();
  const Facts facts(input, profile, session_gap);
  if (groups_.empty()) return Count(facts);
  Profile changed = profile;
  for (Group& group : groups_) {
    const bool is_in = group.audience != nullptr && Holds(*group.audience, facts);
    group.members += is_in;
    if (is_in) {
      changed.segments.emplace(group.segment_id, now);
    } else {
      changed.segments.erase(group.segment_id);
    }
  }
  Count(Facts(input, changed, session_gap));
}

void Survey::Count(const Facts& facts) {
  for (Subject& subject : subjects_) {
    if (subject.audience != nullptr) subject.members += Holds(*subject.audience, facts);
  }
}

void Survey::WarnOfNames(const Named& named, const Seen& seen, std::string_view kind, std::string_view where,
                         std::vector<TemplateWarning>* warnings) const {
  const std::vector<std::string_view> candidates(seen.begin(), seen.end());
  for (const auto& [name, field] : named) {
    if (seen.contains(name) || seen.size() >= kNames) continue;
    warnings->push_back(
        {.field = field, .message = StrCat(kind, " '", name, "' is in none of ", where, DidYouMean(name, candidates))});
  }
}

std::vector<TemplateWarning> Survey::WarningsOf(const Subject& subject, std::string_view audience, bool all) const {
  std::vector<TemplateWarning> warnings;
  if (users_ == 0) return warnings;
  const std::string where = all ? StrCat("the profiles of all ", users_, users_ == 1 ? " user" : " users")
                                : StrCat("the ", users_, " profiles looked at (there are more)");
  WarnOfNames(subject.attributes, attributes_, "attribute", where, &warnings);
  WarnOfNames(subject.events, events_, "event", where, &warnings);
  if (subject.audience != nullptr && subject.members == 0) {
    warnings.push_back({.field = std::string(audience), .message = StrCat("nobody is in it now, of ", where)});
  }
  return warnings;
}

std::vector<TemplateWarning> Survey::Warnings(size_t campaign, bool all) const {
  return WarningsOf(subjects_[campaign], "audience", all);
}

std::vector<TemplateWarning> Survey::SegmentWarnings(size_t segment, bool all) const {
  return WarningsOf(groups_[segment], "condition", all);
}

}  // namespace cadenza::rules
