// What the calls that change campaigns check alike.
#ifndef CADENZA_SERVER_CONTROL_CAMPAIGN_CHECKS_H_
#define CADENZA_SERVER_CONTROL_CAMPAIGN_CHECKS_H_

#include <string_view>

#include "absl/status/status.h"
#include "storage/base/utf8.h"
#include "storage/model/campaign.h"
#include "storage/model/rejection.h"

namespace cadenza {

inline constexpr size_t kAuthorBytes = 255;

inline absl::Status InvalidField(std::string_view field, std::string_view what) {
  return Rejected(absl::StatusCode::kInvalidArgument, reasons::kInvalidField, field, what);
}

// Who makes a change. Empty: nobody says.
inline absl::Status CheckAuthor(std::string_view author) {
  if (author.size() > kAuthorBytes) return InvalidField("author", "must have at most 255 bytes");
  if (!IsUtf8(author) || HasControlCharacter(author)) {
    return InvalidField("author", "must be UTF-8 without control characters");
  }
  return absl::OkStatus();
}

// "active".
inline std::string_view StateName(Campaign::State state) {
  switch (state) {
    case Campaign::State::kUnspecified:
      return "unspecified";
    case Campaign::State::kDraft:
      return "draft";
    case Campaign::State::kActive:
      return "active";
    case Campaign::State::kPaused:
      return "paused";
    case Campaign::State::kArchived:
      return "archived";
  }
  return "unknown";
}

// The answer when a change may or may not have been made.
inline absl::Status StillUnknown() {
  return absl::UnavailableError("the store does not say whether the change was made; read the campaign, or try again");
}

}  // namespace cadenza

#endif  // CADENZA_SERVER_CONTROL_CAMPAIGN_CHECKS_H_
