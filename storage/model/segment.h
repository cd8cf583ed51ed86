// A segment as plain C++ (cadenza.v1.Segment, which says what each field means), and who is in it.
#ifndef CADENZA_STORAGE_MODEL_SEGMENT_H_
#define CADENZA_STORAGE_MODEL_SEGMENT_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace cadenza {

// How far the users who were there when a segment was activated, changed or archived have been evaluated.
struct SegmentEvaluation {
  // The numbers are stored and those of cadenza.v1.SegmentEvaluation.State.
  enum class State : uint8_t { kNone = 0, kRunning = 1, kDone = 2 };
  static constexpr int64_t kNotCounted = -1;

  State state = State::kNone;
  absl::Time start_time = absl::InfinitePast();  // when it became due; InfinitePast if there never was one
  absl::Time end_time = absl::InfinitePast();    // InfinitePast while there is none
  int64_t users_examined = 0;
  int64_t users_total = kNotCounted;  // those who were there when it began
  friend bool operator==(const SegmentEvaluation&, const SegmentEvaluation&) = default;
};

struct Segment {
  // The numbers are stored and those of cadenza.v1.Segment.State.
  enum class State : uint8_t { kUnspecified = 0, kDraft = 1, kActive = 2, kArchived = 3 };

  std::string workspace;
  std::string segment_id;
  std::string display_name;
  State state = State::kDraft;
  std::string condition;
  absl::Time create_time;
  absl::Time update_time;
  int64_t revision = 0;  // 1, 2, … with every change; the etag
  SegmentEvaluation evaluation;
  friend bool operator==(const Segment&, const Segment&) = default;
};

// A user who is in a segment.
struct SegmentMember {
  std::string user_key;
  absl::Time since;
  friend bool operator==(const SegmentMember&, const SegmentMember&) = default;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_SEGMENT_H_
