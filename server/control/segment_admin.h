// Segments: created, changed, moved through their states, counted and listed. cadenza.v1.SegmentService says what each
// call means; here it is done, on model types.
#ifndef CADENZA_SERVER_CONTROL_SEGMENT_ADMIN_H_
#define CADENZA_SERVER_CONTROL_SEGMENT_ADMIN_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/base/clock.h"
#include "storage/model/segment.h"
#include "storage/store.h"

namespace cadenza {

// As a sentence has it: "segment vip is a draft".
std::string_view NameOf(Segment::State state);

struct SegmentPage {
  std::vector<Segment> segments;
  std::string next_page_token;  // empty on the last page
};

struct SegmentUserPage {
  std::vector<SegmentMember> users;
  std::string next_page_token;  // empty on the last page
};

// Thread-safe; blocks on the store. Errors as CampaignAdmin's.
class SegmentAdmin {
 public:
  static constexpr int kDefaultPageSize = 100;
  static constexpr int kMaxPageSize = 1000;

  // `store` and `clock` must outlive it. `changed`, if given, is called after each change, before the call returns.
  SegmentAdmin(Store* store, Clock* clock, std::function<void()> changed = nullptr)
      : store_(store), clock_(clock), changed_(std::move(changed)) {}

  // A new draft of `segment`, whose state, times, revision and evaluation are ignored.
  absl::StatusOr<Segment> Create(Segment segment);
  absl::StatusOr<Segment> Get(std::string_view workspace, std::string_view segment_id);
  // page_size 0 = kDefaultPageSize.
  absl::StatusOr<SegmentPage> List(std::string_view workspace, int page_size, std::string_view page_token,
                                   bool with_archived);
  // segment.revision, unless 0, must be the current one.
  absl::StatusOr<Segment> Update(const Segment& segment);
  // `revision`, unless 0, must be the current one.
  absl::StatusOr<Segment> Activate(std::string_view workspace, std::string_view segment_id, int64_t revision);
  absl::StatusOr<Segment> Archive(std::string_view workspace, std::string_view segment_id, int64_t revision);

  // NOT_FOUND if there is no such segment.
  absl::StatusOr<int64_t> Count(std::string_view workspace, std::string_view segment_id);
  absl::StatusOr<SegmentUserPage> ListUsers(std::string_view workspace, std::string_view segment_id, int page_size,
                                            std::string_view page_token);

 private:
  // What a change does to the current segment. Must be safe to apply again to a newer one.
  struct Changed {
    Segment segment;
    bool evaluate = false;
  };
  using Change = std::function<absl::StatusOr<Changed>(const Segment& current)>;
  absl::StatusOr<Segment> Modify(std::string_view workspace, std::string_view segment_id, int64_t revision,
                                 const Change& change);
  // As it is stored now, and whoever waits for changes told.
  absl::StatusOr<Segment> Done(const Segment& segment);
  absl::Status CheckRoom(std::string_view workspace);

  Store* const store_;
  Clock* const clock_;
  const std::function<void()> changed_;
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_CONTROL_SEGMENT_ADMIN_H_
