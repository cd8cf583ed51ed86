#include "server/apply/session.h"

#include <algorithm>
#include <string>

namespace cadenza::apply {
namespace {

void Start(absl::Time t, std::string_view new_id, Sessions* sessions) {
  sessions->current = Session{std::string(new_id), t, t, 1};
  ++sessions->count;
  if (sessions->count == 1 || t < sessions->first_start) sessions->first_start = t;
  sessions->last_start = std::max(sessions->last_start, t);
}

// Counts the current session, which ends at `end`.
void End(absl::Time end, Sessions* sessions) {
  sessions->total_time += end - sessions->current->start;
  sessions->last_end = std::max(sessions->last_end, end);
  sessions->current.reset();
}

// One more activity of the current session, at t.
void Extend(absl::Time t, Sessions* sessions) {
  Session& current = *sessions->current;
  ++current.event_count;
  current.last_activity = std::max(current.last_activity, t);
  if (t >= current.start || t < sessions->last_end) return;
  if (sessions->last_start == current.start) sessions->last_start = t;
  sessions->first_start = std::min(sessions->first_start, t);
  current.start = t;
}

SessionChange FoldPlain(absl::Time t, absl::Duration gap, std::string_view new_id, Sessions* sessions) {
  SessionChange change;
  if (!sessions->current.has_value()) {
    change.started = sessions->last_seen == absl::InfinitePast() || t > sessions->last_seen + gap;
  } else if (t > sessions->current->last_activity + gap) {
    End(sessions->current->last_activity, sessions);
    change = {.started = true, .ended = true};
  } else if (t >= sessions->current->start - gap) {
    Extend(t, sessions);
  }
  if (change.started) Start(t, new_id, sessions);
  sessions->last_seen = std::max(sessions->last_seen, t);
  return change;
}

SessionChange FoldStart(absl::Time t, absl::Duration gap, std::string_view new_id, Sessions* sessions) {
  const bool late = t <= sessions->last_end || (sessions->current.has_value() && t < sessions->current->start);
  if (late) return FoldPlain(t, gap, new_id, sessions);
  const bool ended = sessions->current.has_value();
  if (ended) End(std::min(sessions->current->last_activity, t), sessions);
  Start(t, new_id, sessions);
  sessions->last_seen = std::max(sessions->last_seen, t);
  return {.started = true, .ended = ended};
}

SessionChange FoldEnd(absl::Time t, absl::Duration gap, Sessions* sessions) {
  if (!sessions->current.has_value() || t < sessions->current->start) return {};
  if (t <= sessions->current->last_activity + gap) Extend(t, sessions);
  End(sessions->current->last_activity, sessions);
  sessions->last_seen = std::max(sessions->last_seen, t);
  return {.ended = true};
}

bool Touch(const Session& a, const Session& b, absl::Duration gap) {
  return a.start <= b.last_activity + gap && b.start <= a.last_activity + gap;
}

Session Joined(const Session& known, const Session& anonymous) {
  return {known.id, std::min(known.start, anonymous.start), std::max(known.last_activity, anonymous.last_activity),
          known.event_count + anonymous.event_count};
}

}  // namespace

SessionChange FoldSession(Activity activity, absl::Time t, absl::Duration gap, std::string_view new_id,
                          Sessions* sessions) {
  switch (activity) {
    case Activity::kPlain:
      return FoldPlain(t, gap, new_id, sessions);
    case Activity::kSessionStart:
      return FoldStart(t, gap, new_id, sessions);
    case Activity::kSessionEnd:
      return FoldEnd(t, gap, sessions);
  }
  return {};
}

void MergeSessions(const Sessions& anonymous, absl::Duration gap, Sessions* known) {
  if (known->count == 0 || (anonymous.count > 0 && anonymous.first_start < known->first_start)) {
    known->first_start = anonymous.first_start;
  }
  known->last_start = std::max(known->last_start, anonymous.last_start);
  known->last_end = std::max(known->last_end, anonymous.last_end);
  known->last_seen = std::max(known->last_seen, anonymous.last_seen);
  known->count += anonymous.count;
  known->total_time += anonymous.total_time;
  if (!anonymous.current.has_value()) return;
  if (!known->current.has_value()) {
    known->current = anonymous.current;
    return;
  }
  if (Touch(*known->current, *anonymous.current, gap)) {
    known->current = Joined(*known->current, *anonymous.current);
    known->last_start = known->current->start;
    --known->count;
    return;
  }
  Session later = *anonymous.current;
  if (later.start < known->current->start) std::swap(later, *known->current);
  End(known->current->last_activity, known);
  known->current = std::move(later);
}

}  // namespace cadenza::apply
