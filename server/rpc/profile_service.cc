#include "server/rpc/profile_service.h"

#include <utility>
#include <vector>

#include "server/rpc/requests.h"
#include "server/rpc/unary.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/profile_codec.h"
#include "storage/codec/wire.h"
#include "storage/model/rejection.h"

namespace cadenza::rpc {

constexpr int kBatchGetMax = 100;
constexpr size_t kPageBytes = 2 << 20;  // clients take 4 MiB by default

grpc::ServerUnaryReactor* ProfileServiceImpl::GetProfile(grpc::CallbackServerContext* context,
                                                         const v1::GetProfileRequest* request,
                                                         v1::GetProfileResponse* response) {
  return RunUnary(context, context_.pool, [=, this] { return DoGet(*request, response); });
}

grpc::ServerUnaryReactor* ProfileServiceImpl::BatchGetProfiles(grpc::CallbackServerContext* context,
                                                               const v1::BatchGetProfilesRequest* request,
                                                               v1::BatchGetProfilesResponse* response) {
  return RunUnary(context, context_.pool, [=, this] { return DoBatchGet(*request, response); });
}

grpc::ServerUnaryReactor* ProfileServiceImpl::ListUserEvents(grpc::CallbackServerContext* context,
                                                             const v1::ListUserEventsRequest* request,
                                                             v1::ListUserEventsResponse* response) {
  return RunUnary(context, context_.pool, [=, this] { return DoListEvents(*request, response); });
}

absl::Status ProfileServiceImpl::DoGet(const v1::GetProfileRequest& request, v1::GetProfileResponse* response) {
  CADENZA_RETURN_IF_ERROR(CheckWorkspace(request.workspace()));
  CADENZA_ASSIGN_OR_RETURN(UserKey name, CheckUser(request.workspace(), request.user(), "user"));
  // With a min_seq the answer proves itself, so a cache may give it; without one only the store can say what is
  // current.
  if (request.min_seq() > 0) {
    CADENZA_ASSIGN_OR_RETURN(FoundUser cached, LookUpUser(*context_.store, name, /*fresh=*/false));
    if (cached.row.has_value() && cached.row->version >= request.min_seq()) {
      return Fill(cached, response->mutable_profile());
    }
  }
  CADENZA_ASSIGN_OR_RETURN(FoundUser user, LookUpUser(*context_.store, name, /*fresh=*/true));
  if (user.row.has_value() && user.row->version < request.min_seq()) {
    return Rejected(absl::StatusCode::kFailedPrecondition, reasons::kInvalidField, "min_seq",
                    StrCat("is ", request.min_seq(), ", but the user has only reached ", user.row->version));
  }
  if (!user.row.has_value()) return absl::NotFoundError("user: nobody is known by this name");
  return Fill(user, response->mutable_profile());
}

absl::Status ProfileServiceImpl::DoBatchGet(const v1::BatchGetProfilesRequest& request,
                                            v1::BatchGetProfilesResponse* response) {
  CADENZA_RETURN_IF_ERROR(CheckWorkspace(request.workspace()));
  if (request.users_size() == 0 || request.users_size() > kBatchGetMax) {
    return Rejected(absl::StatusCode::kInvalidArgument, reasons::kLimitExceeded, "users", "must be 1 to 100");
  }
  std::vector<UserKey> names;
  for (int i = 0; i < request.users_size(); ++i) {
    CADENZA_ASSIGN_OR_RETURN(UserKey name, CheckUser(request.workspace(), request.users(i), StrCat("users[", i, "]")));
    names.push_back(std::move(name));
  }
  CADENZA_ASSIGN_OR_RETURN(std::vector<FoundUser> users, LookUpUsers(*context_.store, names, /*fresh=*/true));
  for (const FoundUser& user : users) {
    if (user.row.has_value()) CADENZA_RETURN_IF_ERROR(Fill(user, response->add_profiles()));
  }
  return absl::OkStatus();
}

absl::Status ProfileServiceImpl::Fill(const FoundUser& user, v1::Profile* proto) const {
  CADENZA_ASSIGN_OR_RETURN(Profile profile, DecodeProfile(user.key, user.row->version, user.row->state));
  cadenza::ToProto(profile, context_.clock->Now(), context_.session_gap(user.key.workspace), proto);
  return absl::OkStatus();
}

absl::Status ProfileServiceImpl::DoListEvents(const v1::ListUserEventsRequest& request,
                                              v1::ListUserEventsResponse* response) {
  CADENZA_RETURN_IF_ERROR(CheckWorkspace(request.workspace()));
  CADENZA_ASSIGN_OR_RETURN(UserKey name, CheckUser(request.workspace(), request.user(), "user"));
  CADENZA_ASSIGN_OR_RETURN(int page_size, CheckPageSize(request.page_size()));
  CADENZA_ASSIGN_OR_RETURN(int64_t after, ParseSeqToken(request.page_token()));
  CADENZA_ASSIGN_OR_RETURN(FoundUser user, LookUpUser(*context_.store, name, /*fresh=*/true));
  if (!user.row.has_value()) return absl::NotFoundError("user: nobody is known by this name");
  CADENZA_ASSIGN_OR_RETURN(UserKey listed, OwnerOfEvents(*context_.store, name, user.key));
  CADENZA_ASSIGN_OR_RETURN(std::vector<StoredEvent> events,
                           context_.store->ListEvents(listed, after, request.descending(), page_size + 1));
  size_t bytes = 0;
  for (const StoredEvent& event : events) {
    bytes += event.body.size();
    const int held = response->events_size();
    if (held == page_size || (held > 0 && bytes > kPageBytes)) {
      response->set_next_page_token(MakeSeqToken(response->events(held - 1).user_seq()));
      break;
    }
    v1::UserEvent* proto = response->add_events();
    proto->set_user_seq(event.user_seq);
    if (!proto->mutable_input()->ParseFromString(event.body))
      return absl::DataLossError("a stored input does not parse");
    cadenza::ToProto(event.receive_time, proto->mutable_receive_time());
  }
  return absl::OkStatus();
}

}  // namespace cadenza::rpc
