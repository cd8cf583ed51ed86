#include "server/rpc/requests.h"

#include <algorithm>
#include <string>

#include "absl/strings/numbers.h"
#include "storage/base/text.h"
#include "storage/codec/wire.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza::rpc {
namespace {

absl::Status Invalid(std::string_view field, std::string_view message) {
  return Rejected(absl::StatusCode::kInvalidArgument, reasons::kInvalidField, field, message);
}

}  // namespace

absl::Status CheckWorkspace(std::string_view workspace) {
  auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  if (workspace.empty() || workspace.size() > limits::kWorkspaceBytes ||
      !std::all_of(workspace.begin(), workspace.end(), allowed)) {
    return Invalid("workspace", "must be 1 to 63 bytes of a-z, 0-9, '-' and '_'");
  }
  return absl::OkStatus();
}

absl::StatusOr<UserKey> CheckUser(std::string_view workspace, const v1::UserRef& user, std::string_view field) {
  absl::StatusOr<UserKey> key = FromProto(workspace, user);
  if (!key.ok()) return Invalid(field, Std(key.status().message()));
  if (key->name().size() > limits::kNameBytes || key->name().find('\0') != std::string_view::npos) {
    return Invalid(field, "must be 1 to 255 bytes without NUL");
  }
  return key;
}

absl::StatusOr<int> CheckPageSize(int32_t page_size) {
  if (page_size < 0 || page_size > 1000) return Invalid("page_size", "must be 0 (for 100) to 1,000");
  return page_size == 0 ? 100 : page_size;
}

absl::StatusOr<int64_t> ParseSeqToken(std::string_view page_token) {
  int64_t seq = 0;
  if (page_token.empty()) return seq;
  if (!absl::SimpleAtoi(Sv(page_token), &seq) || seq < 1) {
    return Invalid("page_token", "is not one that an earlier page gave; start without one");
  }
  return seq;
}

std::string MakeSeqToken(int64_t seq) { return std::to_string(seq); }

}  // namespace cadenza::rpc
