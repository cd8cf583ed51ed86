#include "server/control/segment_admin.h"

#include <algorithm>

#include "server/rules/segment_set.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

// How often a change is tried when others change the same segment, or its outcome is unknown.
constexpr int kAttempts = 5;

absl::Status InvalidField(std::string_view field, std::string_view what) {
  return Rejected(absl::StatusCode::kInvalidArgument, reasons::kInvalidField, field, what);
}

absl::Status CheckNames(std::string_view workspace, std::string_view segment_id) {
  if (workspace.empty() || workspace.size() > limits::kWorkspaceBytes) {
    return InvalidField("workspace", "must have 1 to 63 bytes");
  }
  if (segment_id.empty() || segment_id.size() > limits::kSegmentIdBytes) {
    return InvalidField("segment_id", "must have 1 to 63 bytes");
  }
  return absl::OkStatus();
}

absl::StatusOr<int> PageSize(int page_size) {
  if (page_size < 0 || page_size > SegmentAdmin::kMaxPageSize) {
    return InvalidField("page_size", "must be 0 to 1000");
  }
  return page_size == 0 ? SegmentAdmin::kDefaultPageSize : page_size;
}

absl::Status CheckToken(std::string_view page_token, size_t most) {
  if (page_token.size() <= most) return absl::OkStatus();
  return InvalidField("page_token", "is not one; give back next_page_token unchanged");
}

absl::Status WrongState(const Segment& segment, std::string_view needed) {
  return absl::FailedPreconditionError(
      StrCat("segment ", segment.segment_id, " is ", NameOf(segment.state), "; ", needed));
}

// Stores keep microseconds.
absl::Time ToMicroseconds(absl::Time time) { return absl::FromUnixMicros(absl::ToUnixMicros(time)); }

absl::Status StillUnknown() {
  return absl::UnavailableError("the store does not say whether the change was made; read the segment, or try again");
}

// Whether `stored` is what was put as `put`: its evaluation moves by itself.
bool IsThat(Segment stored, const Segment& put) {
  stored.evaluation = put.evaluation;
  return stored == put;
}

}  // namespace

std::string_view NameOf(Segment::State state) {
  switch (state) {
    case Segment::State::kUnspecified:
      return "unspecified";
    case Segment::State::kDraft:
      return "a draft";
    case Segment::State::kActive:
      return "active";
    case Segment::State::kArchived:
      return "archived";
  }
  return "unknown";
}

absl::StatusOr<Segment> SegmentAdmin::Done(const Segment& segment) {
  if (changed_) changed_();
  return Get(segment.workspace, segment.segment_id);
}

// After an UNKNOWN the same row is put again: if the first attempt did arrive, ALREADY_EXISTS says so, and the row that
// is there is ours.
absl::StatusOr<Segment> SegmentAdmin::Create(Segment segment) {
  CADENZA_RETURN_IF_ERROR(CheckNames(segment.workspace, segment.segment_id));
  segment.state = Segment::State::kDraft;
  segment.revision = 1;
  segment.create_time = segment.update_time = ToMicroseconds(clock_->Now());
  segment.evaluation = {};
  CADENZA_RETURN_IF_ERROR(rules::CompileSegment(segment).status());
  bool unknown = false;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    absl::Status status = store_->segments().PutSegment(segment, /*evaluate=*/false);
    if (status.ok()) return Done(segment);
    if (absl::IsUnknown(status)) {
      unknown = true;
    } else if (absl::IsAlreadyExists(status)) {
      if (unknown) {
        CADENZA_ASSIGN_OR_RETURN(Segment stored, Get(segment.workspace, segment.segment_id));
        if (IsThat(stored, segment)) return Done(segment);
      }
      return absl::AlreadyExistsError(
          StrCat("segment ", segment.segment_id, " exists; update it, or choose another id"));
    } else if (!absl::IsAborted(status)) {
      return unknown ? StillUnknown() : status;
    }
  }
  return unknown ? StillUnknown() : absl::AbortedError("the store kept refusing the change; try again");
}

absl::StatusOr<Segment> SegmentAdmin::Get(std::string_view workspace, std::string_view segment_id) {
  CADENZA_RETURN_IF_ERROR(CheckNames(workspace, segment_id));
  absl::StatusOr<Segment> segment = store_->segments().GetSegment(workspace, segment_id);
  if (absl::IsNotFound(segment.status())) return absl::NotFoundError(StrCat("there is no segment ", segment_id));
  return segment;
}

absl::StatusOr<SegmentPage> SegmentAdmin::List(std::string_view workspace, int page_size, std::string_view page_token,
                                               bool with_archived) {
  CADENZA_ASSIGN_OR_RETURN(page_size, PageSize(page_size));
  CADENZA_RETURN_IF_ERROR(CheckToken(page_token, limits::kSegmentIdBytes));
  CADENZA_RETURN_IF_ERROR(CheckNames(workspace, "any"));
  SegmentPage page;
  CADENZA_ASSIGN_OR_RETURN(page.segments,
                           store_->segments().ListSegments(workspace, page_token, page_size + 1, with_archived));
  if (page.segments.size() > static_cast<size_t>(page_size)) {
    page.segments.pop_back();
    page.next_page_token = page.segments.back().segment_id;
  }
  return page;
}

// The read at the start of each attempt is also how an unknown outcome is resolved: what is there is ours, or it is not
// and ours is tried again on top of it.
absl::StatusOr<Segment> SegmentAdmin::Modify(std::string_view workspace, std::string_view segment_id, int64_t revision,
                                             const Change& change) {
  const absl::Time now = ToMicroseconds(clock_->Now());
  Segment unknown;  // put with an unknown outcome, if its revision is not 0
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    absl::StatusOr<Segment> current = Get(workspace, segment_id);
    if (!current.ok()) return unknown.revision != 0 ? StillUnknown() : current.status();
    if (unknown.revision != 0 && IsThat(*current, unknown)) return Done(unknown);
    if (revision != 0 && revision != current->revision) {
      return absl::AbortedError(StrCat("segment ", segment_id, " was changed since: its etag is ", current->revision,
                                       ", not ", revision, "; read it again"));
    }
    CADENZA_ASSIGN_OR_RETURN(Changed next, change(*current));
    if (next.segment == *current) return next.segment;
    next.segment.revision = current->revision + 1;
    next.segment.update_time = now;
    absl::Status status = store_->segments().PutSegment(next.segment, next.evaluate);
    if (status.ok()) return Done(next.segment);
    if (absl::IsUnknown(status)) {
      unknown = std::move(next.segment);
    } else if (!absl::IsAborted(status)) {
      return unknown.revision != 0 ? StillUnknown() : status;
    }
  }
  if (unknown.revision != 0) return StillUnknown();
  return absl::AbortedError(StrCat("segment ", segment_id, " is being changed by others; try again"));
}

absl::StatusOr<Segment> SegmentAdmin::Update(const Segment& segment) {
  CADENZA_RETURN_IF_ERROR(CheckNames(segment.workspace, segment.segment_id));
  CADENZA_RETURN_IF_ERROR(rules::CompileSegment(segment).status());
  return Modify(segment.workspace, segment.segment_id, segment.revision,
                [&segment](const Segment& current) -> absl::StatusOr<Changed> {
                  if (current.state == Segment::State::kArchived) {
                    return WrongState(current, "an archived segment stays as it is; create another");
                  }
                  Changed next{current};
                  next.segment.display_name = segment.display_name;
                  next.segment.condition = segment.condition;
                  next.evaluate = current.state == Segment::State::kActive && segment.condition != current.condition;
                  return next;
                });
}

absl::Status SegmentAdmin::CheckRoom(std::string_view workspace) {
  CADENZA_ASSIGN_OR_RETURN(const std::vector<Segment> all, store_->segments().ListSegments(workspace, "", 0, false));
  const auto active = std::count_if(all.begin(), all.end(),
                                    [](const Segment& segment) { return segment.state == Segment::State::kActive; });
  if (static_cast<size_t>(active) < limits::kActiveSegments) return absl::OkStatus();
  return absl::FailedPreconditionError(
      StrCat("the workspace has ", active, " active segments, as many as it can have; archive one"));
}

absl::StatusOr<Segment> SegmentAdmin::Activate(std::string_view workspace, std::string_view segment_id,
                                               int64_t revision) {
  CADENZA_RETURN_IF_ERROR(CheckNames(workspace, segment_id));
  CADENZA_RETURN_IF_ERROR(CheckRoom(workspace));
  return Modify(workspace, segment_id, revision, [](const Segment& current) -> absl::StatusOr<Changed> {
    if (current.state != Segment::State::kDraft) return WrongState(current, "only a draft can be activated");
    // It may have been stored by a version of the program that knew other rules.
    CADENZA_RETURN_IF_ERROR(rules::CompileSegment(current).status());
    Changed next{current, true};
    next.segment.state = Segment::State::kActive;
    return next;
  });
}

absl::StatusOr<Segment> SegmentAdmin::Archive(std::string_view workspace, std::string_view segment_id,
                                              int64_t revision) {
  return Modify(workspace, segment_id, revision, [](const Segment& current) -> absl::StatusOr<Changed> {
    Changed next{current, current.state == Segment::State::kActive};
    next.segment.state = Segment::State::kArchived;
    return next;
  });
}

absl::StatusOr<int64_t> SegmentAdmin::Count(std::string_view workspace, std::string_view segment_id) {
  CADENZA_RETURN_IF_ERROR(Get(workspace, segment_id).status());
  return store_->segments().CountMembers(workspace, segment_id);
}

absl::StatusOr<SegmentUserPage> SegmentAdmin::ListUsers(std::string_view workspace, std::string_view segment_id,
                                                        int page_size, std::string_view page_token) {
  CADENZA_ASSIGN_OR_RETURN(page_size, PageSize(page_size));
  CADENZA_RETURN_IF_ERROR(CheckToken(page_token, 2 + limits::kNameBytes));
  CADENZA_RETURN_IF_ERROR(Get(workspace, segment_id).status());
  SegmentUserPage page;
  CADENZA_ASSIGN_OR_RETURN(page.users,
                           store_->segments().ListMembers(workspace, segment_id, page_token, page_size + 1));
  if (page.users.size() > static_cast<size_t>(page_size)) {
    page.users.pop_back();
    page.next_page_token = page.users.back().user_key;
  }
  return page;
}

}  // namespace cadenza
