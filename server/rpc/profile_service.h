// ProfileService. All calls run on the worker pool.
#ifndef CADENZA_SERVER_RPC_PROFILE_SERVICE_H_
#define CADENZA_SERVER_RPC_PROFILE_SERVICE_H_

#include <functional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cadenza/v1/profile_service.grpc.pb.h"
#include "server/rpc/worker_pool.h"
#include "storage/base/clock.h"
#include "storage/store.h"
#include "storage/user_lookup.h"

namespace cadenza::rpc {

struct ProfileContext {
  Store* store = nullptr;
  Clock* clock = nullptr;
  WorkerPool* pool = nullptr;
  std::function<absl::Duration(std::string_view workspace)> session_gap;
};

class ProfileServiceImpl : public v1::ProfileService::CallbackService {
 public:
  explicit ProfileServiceImpl(ProfileContext context) : context_(std::move(context)) {}

  grpc::ServerUnaryReactor* GetProfile(grpc::CallbackServerContext* context, const v1::GetProfileRequest* request,
                                       v1::GetProfileResponse* response) override;
  grpc::ServerUnaryReactor* BatchGetProfiles(grpc::CallbackServerContext* context,
                                             const v1::BatchGetProfilesRequest* request,
                                             v1::BatchGetProfilesResponse* response) override;
  grpc::ServerUnaryReactor* ListUserEvents(grpc::CallbackServerContext* context,
                                           const v1::ListUserEventsRequest* request,
                                           v1::ListUserEventsResponse* response) override;

 private:
  absl::Status DoGet(const v1::GetProfileRequest& request, v1::GetProfileResponse* response);
  absl::Status DoBatchGet(const v1::BatchGetProfilesRequest& request, v1::BatchGetProfilesResponse* response);
  absl::Status DoListEvents(const v1::ListUserEventsRequest& request, v1::ListUserEventsResponse* response);
  absl::Status Fill(const FoundUser& user, v1::Profile* proto) const;

  const ProfileContext context_;
};

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_PROFILE_SERVICE_H_
