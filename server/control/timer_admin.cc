#include "server/control/timer_admin.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "server/control/campaign_checks.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/model/limits.h"
#include "storage/user_lookup.h"

namespace cadenza {
namespace {

// "5:u:adadelay/cart/0f": the length of the user's key, the key, the timer_id.
std::string TokenOf(const Timer& timer) { return StrCat(timer.user.key.size(), ":", timer.user.key, timer.timer_id); }

absl::Status ReadToken(std::string_view token, ParkedRequest* request) {
  if (token.empty()) return absl::OkStatus();
  size_t length = 0;
  const size_t colon = token.find(':');
  if (colon == std::string_view::npos || !absl::SimpleAtoi(std::string(token.substr(0, colon)), &length) ||
      length > token.size() - colon - 1) {
    return InvalidField("page_token", "is not one; give back next_page_token unchanged");
  }
  request->after_user_key = std::string(token.substr(colon + 1, length));
  request->after_timer_id = std::string(token.substr(colon + 1 + length));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ParkedPage> TimerAdmin::ListParked(std::string_view workspace, int page_size,
                                                  std::string_view page_token) const {
  ParkedRequest request;
  request.workspace = std::string(workspace);
  request.limit = page_size + 1;
  CADENZA_RETURN_IF_ERROR(ReadToken(page_token, &request));
  ParkedPage page;
  CADENZA_ASSIGN_OR_RETURN(page.timers, store_->timers().ListParked(request));
  if (page.timers.size() > static_cast<size_t>(page_size)) {
    page.timers.pop_back();
    page.next_page_token = TokenOf(page.timers.back());
  }
  return page;
}

// Whether an attempt of unknown outcome has arrived cannot be told from a timer that was never parked, so the caller is
// told what is known.
absl::Status TimerAdmin::RetryParked(const UserKey& named, std::string_view timer_id) {
  if (timer_id.empty() || timer_id.size() > limits::kTimerIdBytes) {
    return InvalidField("timer_id", StrCat("must have 1 to ", limits::kTimerIdBytes, " bytes"));
  }
  CADENZA_ASSIGN_OR_RETURN(const FoundUser user, LookUpUser(*store_, named, /*fresh=*/true));
  const absl::Time now = absl::FromUnixMicros(absl::ToUnixMicros(clock_->Now()));
  CADENZA_ASSIGN_OR_RETURN(const bool retried, store_->timers().RetryParked(user.key, timer_id, now));
  if (retried) return absl::OkStatus();
  return absl::NotFoundError(
      StrCat("the user has no parked timer ", timer_id, "; it has fired, was cancelled, or is being tried again"));
}

}  // namespace cadenza
