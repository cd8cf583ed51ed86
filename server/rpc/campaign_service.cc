#include "server/rpc/campaign_service.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/control/campaign_checks.h"
#include "server/ingest/validate.h"
#include "server/rpc/campaign_stats_wire.h"
#include "server/rpc/campaign_versions.h"
#include "server/rpc/requests.h"
#include "server/rpc/unary.h"
#include "server/rpc/warnings.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/wire.h"
#include "storage/codec/wire_decision.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza::rpc {
namespace {

constexpr char kPreviewEventId[] = "preview";
constexpr int kExplainPageSize = 20;

absl::StatusOr<Campaign> CampaignOf(const std::string& workspace, const v1::Campaign& proto) {
  absl::StatusOr<Campaign> campaign = FromProto(workspace, proto);
  if (!campaign.ok()) return WithFieldPrefix(campaign.status(), "campaign.");
  return campaign;
}

// The etag of a change of state, as a campaign's own.
absl::StatusOr<int64_t> RevisionOf(const std::string& workspace, const std::string& etag) {
  v1::Campaign proto;
  proto.set_etag(etag);
  CADENZA_ASSIGN_OR_RETURN(Campaign campaign, FromProto(workspace, proto));
  return campaign.revision;
}

void ToProto(const Launch& launch, v1::Launch* proto) {
  const bool all = launch.cursor == Launch::kCursorEnd;
  proto->set_state(!launch.done ? v1::Launch::STATE_RUNNING
                   : all        ? v1::Launch::STATE_DONE
                                : v1::Launch::STATE_CUT_SHORT);
  cadenza::ToProto(launch.due_time, proto->mutable_due_time());
  proto->set_local_time(launch.local_time);
  cadenza::ToProto(launch.begin_time, proto->mutable_begin_time());
  if (launch.done) cadenza::ToProto(launch.end_time, proto->mutable_end_time());
  proto->set_users_launched(launch.users_launched);
}

// create and update: a campaign in, the stored one out.
template <typename Request, typename Response, typename Change>
absl::Status Store(const Request& request, Response* response, Change change) {
  CADENZA_RETURN_IF_ERROR(CheckWorkspace(request.workspace()));
  CADENZA_RETURN_IF_ERROR(CheckAuthor(request.author()));
  CADENZA_ASSIGN_OR_RETURN(Campaign campaign, CampaignOf(request.workspace(), request.campaign()));
  std::vector<rules::TemplateWarning> warnings;
  absl::StatusOr<Campaign> stored = change(std::move(campaign), &warnings);
  if (!stored.ok()) return WithFieldPrefix(stored.status(), "campaign.");
  cadenza::ToProto(*stored, response->mutable_campaign());
  AddWarnings(warnings, response->mutable_warnings());
  return absl::OkStatus();
}

// activate, pause and archive.
template <typename Request, typename Response, typename Change>
absl::Status Move(const Request& request, Response* response, Change change) {
  CADENZA_RETURN_IF_ERROR(CheckWorkspace(request.workspace()));
  CADENZA_RETURN_IF_ERROR(CheckAuthor(request.author()));
  CADENZA_ASSIGN_OR_RETURN(int64_t revision, RevisionOf(request.workspace(), request.etag()));
  CADENZA_ASSIGN_OR_RETURN(Campaign campaign, change(revision));
  cadenza::ToProto(campaign, response->mutable_campaign());
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* CampaignServiceImpl::CreateCampaign(grpc::CallbackServerContext* context,
                                                              const v1::CreateCampaignRequest* request,
                                                              v1::CreateCampaignResponse* response) {
  return RunUnary(context, context_.pool, [=, this] {
    return Store(*request, response, [=, this](Campaign campaign, std::vector<rules::TemplateWarning>* warnings) {
      return context_.admin->Create(std::move(campaign), warnings, request->author());
    });
  });
}

grpc::ServerUnaryReactor* CampaignServiceImpl::UpdateCampaign(grpc::CallbackServerContext* context,
                                                              const v1::UpdateCampaignRequest* request,
                                                              v1::UpdateCampaignResponse* response) {
  return RunUnary(context, context_.pool, [=, this] {
    return Store(*request, response,
                 [=, this](const Campaign& campaign, std::vector<rules::TemplateWarning>* warnings) {
                   return context_.admin->Update(campaign, warnings, request->author());
                 });
  });
}

grpc::ServerUnaryReactor* CampaignServiceImpl::GetCampaign(grpc::CallbackServerContext* context,
                                                           const v1::GetCampaignRequest* request,
                                                           v1::GetCampaignResponse* response) {
  return RunUnary(context, context_.pool, [=, this]() -> absl::Status {
    CADENZA_RETURN_IF_ERROR(CheckWorkspace(request->workspace()));
    CADENZA_ASSIGN_OR_RETURN(Campaign campaign, context_.admin->Get(request->workspace(), request->campaign_id()));
    cadenza::ToProto(campaign, response->mutable_campaign());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* CampaignServiceImpl::ListCampaigns(grpc::CallbackServerContext* context,
                                                             const v1::ListCampaignsRequest* request,
                                                             v1::ListCampaignsResponse* response) {
  return RunUnary(context, context_.pool, [=, this] { return DoList(*request, response); });
}

grpc::ServerUnaryReactor* CampaignServiceImpl::ActivateCampaign(grpc::CallbackServerContext* context,
                                                                const v1::ActivateCampaignRequest* request,
                                                                v1::ActivateCampaignResponse* response) {
  return RunUnary(context, context_.pool, [=, this] {
    return Move(*request, response, [=, this](int64_t revision) {
      return context_.admin->Activate(request->workspace(), request->campaign_id(), revision, request->author());
    });
  });
}

grpc::ServerUnaryReactor* CampaignServiceImpl::PauseCampaign(grpc::CallbackServerContext* context,
                                                             const v1::PauseCampaignRequest* request,
                                                             v1::PauseCampaignResponse* response) {
  return RunUnary(context, context_.pool, [=, this] {
    return Move(*request, response, [=, this](int64_t revision) {
      return context_.admin->Pause(request->workspace(), request->campaign_id(), revision, request->author());
    });
  });
}

grpc::ServerUnaryReactor* CampaignServiceImpl::ArchiveCampaign(grpc::CallbackServerContext* context,
                                                               const v1::ArchiveCampaignRequest* request,
                                                               v1::ArchiveCampaignResponse* response) {
  return RunUnary(context, context_.pool, [=, this] {
    return Move(*request, response, [=, this](int64_t revision) {
      return context_.admin->Archive(request->workspace(), request->campaign_id(), revision, request->author());
    });
  });
}

grpc::ServerUnaryReactor* CampaignServiceImpl::PreviewCampaign(grpc::CallbackServerContext* context,
                                                               const v1::PreviewCampaignRequest* request,
                                                               v1::PreviewCampaignResponse* response) {
  return RunUnary(context, context_.pool, [=, this] { return DoPreview(*request, response); });
}

grpc::ServerUnaryReactor* CampaignServiceImpl::TriggerCampaign(grpc::CallbackServerContext*,
                                                               const v1::TriggerCampaignRequest* request,
                                                               v1::TriggerCampaignResponse* response) {
  auto call = std::make_shared<TriggerCall>(context_.trigger, request, response);
  call->Start();
  return call.get();
}

grpc::ServerUnaryReactor* CampaignServiceImpl::ApplyCampaigns(grpc::CallbackServerContext* context,
                                                              const v1::ApplyCampaignsRequest* request,
                                                              v1::ApplyCampaignsResponse* response) {
  return RunUnary(context, context_.pool,
                  [=, this] { return rpc::ApplyCampaigns(*context_.applier, *request, response); });
}

grpc::ServerUnaryReactor* CampaignServiceImpl::ListCampaignVersions(grpc::CallbackServerContext* context,
                                                                    const v1::ListCampaignVersionsRequest* request,
                                                                    v1::ListCampaignVersionsResponse* response) {
  return RunUnary(context, context_.pool,
                  [=, this] { return rpc::ListCampaignVersions(*context_.applier, *request, response); });
}

grpc::ServerUnaryReactor* CampaignServiceImpl::RollbackCampaign(grpc::CallbackServerContext* context,
                                                                const v1::RollbackCampaignRequest* request,
                                                                v1::RollbackCampaignResponse* response) {
  return RunUnary(context, context_.pool,
                  [=, this] { return rpc::RollbackCampaign(*context_.applier, *request, response); });
}

grpc::ServerUnaryReactor* CampaignServiceImpl::ExplainCampaign(grpc::CallbackServerContext* context,
                                                               const v1::ExplainCampaignRequest* request,
                                                               v1::ExplainCampaignResponse* response) {
  return RunUnary(context, context_.pool, [=, this] { return DoExplain(*request, response); });
}

grpc::ServerUnaryReactor* CampaignServiceImpl::ListLaunches(grpc::CallbackServerContext* context,
                                                            const v1::ListLaunchesRequest* request,
                                                            v1::ListLaunchesResponse* response) {
  return RunUnary(context, context_.pool, [=, this] { return DoListLaunches(*request, response); });
}

grpc::ServerUnaryReactor* CampaignServiceImpl::GetCampaignStats(grpc::CallbackServerContext* context,
                                                                const v1::GetCampaignStatsRequest* request,
                                                                v1::GetCampaignStatsResponse* response) {
  return RunUnary(context, context_.pool, [=, this]() -> absl::Status {
    CADENZA_RETURN_IF_ERROR(CheckWorkspace(request->workspace()));
    CADENZA_ASSIGN_OR_RETURN(const StatsRequest asked, FromProto(*request));
    CADENZA_ASSIGN_OR_RETURN(const CampaignStats stats, context_.stats->Read(asked));
    ToProto(stats, response->mutable_stats());
    return absl::OkStatus();
  });
}

absl::Status CampaignServiceImpl::DoList(const v1::ListCampaignsRequest& request, v1::ListCampaignsResponse* response) {
  CADENZA_RETURN_IF_ERROR(CheckWorkspace(request.workspace()));
  CADENZA_ASSIGN_OR_RETURN(int page_size, CheckPageSize(request.page_size()));
  CADENZA_ASSIGN_OR_RETURN(CampaignPage page, context_.admin->List(request.workspace(), page_size, request.page_token(),
                                                                   request.show_archived()));
  for (const Campaign& campaign : page.campaigns) cadenza::ToProto(campaign, response->add_campaigns());
  for (DamagedCampaign& damaged : page.damaged) {
    v1::DamagedCampaign& added = *response->add_damaged();
    added.set_campaign_id(std::move(damaged.campaign_id));
    added.set_error(std::move(damaged.error));
  }
  response->set_next_page_token(page.next_page_token);
  return absl::OkStatus();
}

absl::Status CampaignServiceImpl::DoListLaunches(const v1::ListLaunchesRequest& request,
                                                 v1::ListLaunchesResponse* response) {
  CADENZA_RETURN_IF_ERROR(CheckWorkspace(request.workspace()));
  CADENZA_ASSIGN_OR_RETURN(const int page_size, CheckPageSize(request.page_size()));
  // The token is the due_time of the last launch of the page before.
  CADENZA_ASSIGN_OR_RETURN(const int64_t token, ParseSeqToken(request.page_token()));
  const absl::Time before = token == 0 ? absl::InfiniteFuture() : absl::FromUnixMicros(token);
  CADENZA_ASSIGN_OR_RETURN(const LaunchPage page,
                           context_.launches->List(request.workspace(), request.campaign_id(), before, page_size));
  for (const Launch& launch : page.launches) ToProto(launch, response->add_launches());
  if (page.more) response->set_next_page_token(MakeSeqToken(absl::ToUnixMicros(page.launches.back().due_time)));
  if (page.next_time.has_value()) cadenza::ToProto(*page.next_time, response->mutable_next_launch_time());
  return absl::OkStatus();
}

absl::Status CampaignServiceImpl::DoExplain(const v1::ExplainCampaignRequest& request,
                                            v1::ExplainCampaignResponse* response) {
  CADENZA_RETURN_IF_ERROR(CheckWorkspace(request.workspace()));
  CADENZA_ASSIGN_OR_RETURN(const UserKey user, CheckUser(request.workspace(), request.user(), "user"));
  if (request.campaign_id().size() > limits::kCampaignIdBytes) {
    return Rejected(absl::StatusCode::kInvalidArgument, reasons::kInvalidField, "campaign_id",
                    "must have at most 63 bytes");
  }
  CADENZA_ASSIGN_OR_RETURN(const int page_size,
                           CheckPageSize(request.page_size() == 0 ? kExplainPageSize : request.page_size()));
  CADENZA_ASSIGN_OR_RETURN(const int64_t before, ParseSeqToken(request.page_token()));
  CADENZA_ASSIGN_OR_RETURN(const Explanation page,
                           context_.explainer->Explain(user, request.campaign_id(), page_size, before));
  for (const Decision& decision : page.decisions) cadenza::ToProto(decision, response->add_decisions());
  if (page.next > 0) response->set_next_page_token(MakeSeqToken(page.next));
  return absl::OkStatus();
}

absl::Status CampaignServiceImpl::DoPreview(const v1::PreviewCampaignRequest& request,
                                            v1::PreviewCampaignResponse* response) {
  CADENZA_RETURN_IF_ERROR(CheckWorkspace(request.workspace()));
  Campaign campaign;
  if (request.has_campaign()) {
    CADENZA_ASSIGN_OR_RETURN(campaign, CampaignOf(request.workspace(), request.campaign()));
  } else if (!request.campaign_id().empty()) {
    CADENZA_ASSIGN_OR_RETURN(campaign, context_.admin->Get(request.workspace(), request.campaign_id()));
  } else {
    return Rejected(absl::StatusCode::kInvalidArgument, reasons::kInvalidField, "subject",
                    "must be campaign_id or campaign");
  }
  v1::Input proto = request.input();
  if (proto.event_id().empty()) proto.set_event_id(kPreviewEventId);
  absl::StatusOr<Input> input = FromProto(request.workspace(), proto);
  if (!input.ok()) return WithFieldPrefix(input.status(), "input.");
  if (absl::Status admitted = ingest::Admit(context_.clock->Now(), /*import=*/false, &*input); !admitted.ok()) {
    return WithFieldPrefix(admitted, "input.");
  }
  CADENZA_ASSIGN_OR_RETURN(Preview preview, context_.previewer->Run(campaign, *std::move(input)));
  for (const GateVerdict& gate : preview.decision.gates) cadenza::ToProto(gate, response->add_gates());
  cadenza::ToProto(preview.decision, response->mutable_decision());
  response->mutable_decision()->clear_gates();
  AddWarnings(preview.warnings, response->mutable_warnings());
  if (preview.message.has_value()) cadenza::ToProto(*preview.message, response->mutable_message());
  return absl::OkStatus();
}

}  // namespace cadenza::rpc
