// All stored inputs of a workspace, read once, those of one user together: for whoever lives them through again. A part
// of Store (store.h), whose errors apply.
#ifndef CADENZA_STORAGE_EVENT_SCAN_H_
#define CADENZA_STORAGE_EVENT_SCAN_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace cadenza {

struct ScanRequest {
  std::string workspace;
  // Inputs whose time and receive_time both are at or after this are left out.
  absl::Time to = absl::InfiniteFuture();
  // Rest while others write to the store, as long as it takes.
  bool gentle = true;
  // Told by the first Next how far it is with reading, 0 to 1, and how many inputs it has. May be null.
  std::function<void(double done, int64_t inputs)> on_read = nullptr;
};

// Views into what the stretch owns.
struct ScannedEvent {
  std::string_view user_key;   // the user whose sequence it is in
  std::string_view owner_key;  // the user whom that one leads to now; mostly himself
  int64_t group = 0;           // the same for all that lead to one user
  int64_t user_seq = 0;
  absl::Time time;  // Input::time
  absl::Time receive_time;
  std::string_view body;       // a serialised cadenza.v1.Input
  std::string_view decisions;  // EventWrite::decisions: its first bytes, which say under which clock it was applied
};

// How much of `decisions` there is.
inline constexpr size_t kScannedDecisionBytes = 11;

// Some thousand inputs.
struct EventStretch {
  std::vector<ScannedEvent> events;
  double done = 0;                    // how far it is when these are done, 0 to 1
  std::shared_ptr<const void> owner;  // of the bytes
};

// For one thread at a time. Reads one snapshot, all of it within its first Next, which blocks as long as that takes;
// nothing is held in the store after it. Writes nothing there.
class EventScan {
 public:
  virtual ~EventScan() = default;

  // In the order of (group, owner_key), of an owner those who were merged into him first and himself last, of each
  // (user_key) by user_seq. Null at the end.
  virtual absl::StatusOr<std::unique_ptr<EventStretch>> Next() = 0;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_EVENT_SCAN_H_
