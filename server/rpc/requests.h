// Checks that several calls share: workspaces, users, pages. Each error names the field.
#ifndef CADENZA_SERVER_RPC_REQUESTS_H_
#define CADENZA_SERVER_RPC_REQUESTS_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cadenza/v1/input.pb.h"
#include "storage/base/ids.h"

namespace cadenza::rpc {

// 1 to 63 bytes of a-z, 0-9, '-' and '_'.
absl::Status CheckWorkspace(std::string_view workspace);

// A user's key with the limits of a name; `field` is the path of the UserRef in the request.
absl::StatusOr<UserKey> CheckUser(std::string_view workspace, const v1::UserRef& user, std::string_view field);

// 0 becomes 100; 1 to 1,000.
absl::StatusOr<int> CheckPageSize(int32_t page_size);

// Tokens that are a sequence number. Empty is 0.
absl::StatusOr<int64_t> ParseSeqToken(std::string_view page_token);
std::string MakeSeqToken(int64_t seq);

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_REQUESTS_H_
