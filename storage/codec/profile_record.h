// The fields of cadenza/internal/v1/profile_record.proto, for the two halves of profile_codec.h. Internal to
// storage/codec.
#ifndef CADENZA_STORAGE_CODEC_PROFILE_RECORD_H_
#define CADENZA_STORAGE_CODEC_PROFILE_RECORD_H_

#include <cstdint>
#include <limits>

#include "absl/time/time.h"

namespace cadenza::profile_record {

inline constexpr int kCreateTime = 1;
inline constexpr int kAttributes = 2;
inline constexpr int kEvents = 3;
inline constexpr int kPurchases = 4;
inline constexpr int kSessions = 5;
inline constexpr int kSubscriptions = 6;
inline constexpr int kCampaigns = 7;
inline constexpr int kOtherNames = 8;
inline constexpr int kMessageSeq = 9;
inline constexpr int kSegments = 10;
inline constexpr int kTimers = 11;
inline constexpr int kEntries = 12;
inline constexpr int kSent = 13;
inline constexpr int kRecentMessages = 14;
inline constexpr int kParticipations = 18;
inline constexpr int kTouches = 19;
inline constexpr int kFields = 20;

// Of a CampaignHistoryRecord: the count of the first kind of receipt, then its time, then the next kind's.
inline constexpr int kFirstReceipts = 4;

// Times that may be "never" (InfinitePast): never is 0, which takes no bytes, and the instant 0 itself is the lowest
// number.
inline constexpr int64_t kEpochItself = std::numeric_limits<int64_t>::min();

inline int64_t FromTimeOrNever(absl::Time time) {
  if (time == absl::InfinitePast()) return 0;
  const int64_t micros = absl::ToUnixMicros(time);
  return micros == 0 ? kEpochItself : micros;
}

inline absl::Time ToTimeOrNever(int64_t micros) {
  if (micros == 0) return absl::InfinitePast();
  return absl::FromUnixMicros(micros == kEpochItself ? 0 : micros);
}

}  // namespace cadenza::profile_record

#endif  // CADENZA_STORAGE_CODEC_PROFILE_RECORD_H_
