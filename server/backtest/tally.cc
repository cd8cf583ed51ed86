#include "server/backtest/tally.h"

#include <algorithm>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "server/rules/decision_text.h"
#include "server/rules/delay.h"

namespace cadenza::backtest {
namespace {

// A message_id is a digest: the least of them are drawn evenly.
bool GoesBefore(const Message& a, const Message& b) { return a.message_id < b.message_id; }
bool PairGoesBefore(const Difference::Pair& a, const Difference::Pair& b) {
  return GoesBefore(a.draft.has_value() ? *a.draft : *a.other, b.draft.has_value() ? *b.draft : *b.other);
}

template <typename Sample, typename Before>
void Keep(Sample sample, Before before, std::vector<Sample>* samples) {
  if (samples->size() == kSamples && !before(sample, samples->back())) return;
  samples->insert(std::upper_bound(samples->begin(), samples->end(), sample, before), std::move(sample));
  if (samples->size() > kSamples) samples->pop_back();
}

void AddError(const std::string& text, int64_t count, std::map<std::string, int64_t>* errors) {
  const auto known = errors->find(text);
  if (known != errors->end()) {
    known->second += count;
  } else if (errors->size() < kErrorTexts) {
    errors->emplace(text, count);
  }
}

bool IsSame(const Message& a, const Message& b) {
  return std::tie(a.channel, a.variant_id, a.title, a.body, a.create_time) ==
         std::tie(b.channel, b.variant_id, b.title, b.body, b.create_time);
}

void Count(const rules::DecisionCount& decision, Counts* counts) {
  const bool stopped = decision.outcome == DecisionOutcome::kStopped;
  if (stopped) ++counts->stopped[decision.stopped_by];
  if (decision.outcome == DecisionOutcome::kControl) ++counts->control;
  if (decision.outcome == DecisionOutcome::kWaits) ++counts->waited;
  if (decision.outcome == DecisionOutcome::kCancelled) ++counts->cancelled;
  if (!decision.entering) return;
  ++counts->triggered;
  if (!stopped || decision.stopped_by > Gate::kDelay) ++counts->entered;
}

}  // namespace

void Tally::OnDecided(const Input&, const UserKey&, const rules::Effects& effects) {
  if (effects.decisions.empty() && effects.errors.empty()) return;
  const absl::Status counted =
      rules::CountDecisions(effects.decisions.written(), campaign_id_,
                            [this](const rules::DecisionCount& decision) { Count(decision, &counts_); });
  if (!counted.ok()) AddError(std::string(counted.message()), 1, &counts_.errors);
  for (const rules::RuleError& error : effects.errors) {
    if (error.campaign_id == campaign_id_) AddError(error.text, 1, &counts_.errors);
  }
  for (const Message& message : effects.messages) {
    if (message.campaign_id != campaign_id_) continue;
    ++counts_.sent;
    ++counts_.messages[absl::ToCivilDay(message.create_time, zone_)][message.variant_id];
    Keep(message, GoesBefore, &counts_.samples);
    group_messages_.push_back(message);
  }
}

void Tally::OnEnd(const World& world) {
  absl::flat_hash_set<std::string_view> reached;
  for (const Message& message : group_messages_) reached.insert(world.OwnerOf(message.user.key));
  counts_.users += static_cast<int64_t>(reached.size());
  for (const World::Member& member : world.members()) {
    if (!member.waiting.empty()) counts_.waiting += rules::CountWaiting(campaign_id_, member.profile);
  }
}

void Add(const Counts& more, Counts* counts) {
  counts->triggered += more.triggered;
  counts->entered += more.entered;
  counts->control += more.control;
  counts->waited += more.waited;
  counts->cancelled += more.cancelled;
  counts->sent += more.sent;
  counts->waiting += more.waiting;
  counts->users += more.users;
  for (const auto& [gate, count] : more.stopped) counts->stopped[gate] += count;
  for (const auto& [day, variants] : more.messages) {
    for (const auto& [variant_id, count] : variants) counts->messages[day][variant_id] += count;
  }
  for (const Message& message : more.samples) Keep(message, GoesBefore, &counts->samples);
  for (const auto& [text, count] : more.errors) AddError(text, count, &counts->errors);
}

void Add(const Difference& more, Difference* difference) {
  for (size_t kind = 0; kind < more.total.size(); ++kind) difference->total[kind] += more.total[kind];
  for (const auto& [day, counts] : more.days) {
    for (size_t kind = 0; kind < counts.size(); ++kind) difference->days[day][kind] += counts[kind];
  }
  for (size_t kind = 0; kind < more.samples.size(); ++kind) {
    for (const Difference::Pair& pair : more.samples[kind]) Keep(pair, PairGoesBefore, &difference->samples[kind]);
  }
}

void Compare(const std::vector<Message>& draft, const std::vector<Message>& other, absl::TimeZone zone,
             Difference* difference) {
  using Event = std::pair<std::string_view, std::string_view>;
  const auto event_of = [](const Message& message) { return Event(message.user.key, message.event_id); };
  const auto add = [&](Difference::Kind kind, const Message* of_draft, const Message* of_other) {
    ++difference->total[kind];
    const Message& dated = of_draft != nullptr ? *of_draft : *of_other;
    ++difference->days[absl::ToCivilDay(dated.create_time, zone)][kind];
    if (kind == Difference::kBothSame) return;
    Difference::Pair pair;
    if (of_draft != nullptr) pair.draft = *of_draft;
    if (of_other != nullptr) pair.other = *of_other;
    Keep(std::move(pair), PairGoesBefore, &difference->samples[kind]);
  };
  absl::flat_hash_map<Event, const Message*> others;
  for (const Message& message : other) others.emplace(event_of(message), &message);
  for (const Message& message : draft) {
    const auto found = others.find(event_of(message));
    if (found == others.end()) {
      add(Difference::kOnlyDraft, &message, nullptr);
      continue;
    }
    add(IsSame(message, *found->second) ? Difference::kBothSame : Difference::kBothDifferent, &message, found->second);
    others.erase(found);
  }
  for (const Message& message : other) {
    if (others.contains(event_of(message))) add(Difference::kOnlyOther, nullptr, &message);
  }
}

}  // namespace cadenza::backtest
