#include "clients/examples/pizza/telling.h"

#include <algorithm>
#include <cstdio>

#include "absl/time/clock.h"
#include "clients/cpp/builders.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::pizza {
namespace {

// A change of campaigns is in force everywhere within this time (CampaignService).
constexpr absl::Duration kCampaignDelay = absl::Seconds(1);

}  // namespace

client::ProducerOptions Producing(const StoryOptions& options) {
  client::ProducerOptions producing;
  producing.channel = options.channel;
  producing.workspace = options.workspace;
  return producing;
}

void Chapter(const std::string& text) {
  std::printf("\n%s\n", text.c_str());
  std::fflush(stdout);
}

absl::Status NotAsTold(const std::string& what) { return absl::FailedPreconditionError(what); }

absl::Status AwaitCampaigns(const StoryOptions& options, const std::vector<std::string>& campaign_ids,
                            const std::string& hint, client::Client* client) {
  absl::Time newest = absl::InfinitePast();
  for (const std::string& id : campaign_ids) {
    v1::GetCampaignRequest request;
    request.set_workspace(options.workspace);
    request.set_campaign_id(id);
    const auto response = client->GetCampaign(request);
    if (absl::IsNotFound(response.status()) ||
        (response.ok() && response->campaign().state() != v1::Campaign::STATE_ACTIVE)) {
      return NotAsTold(StrCat("the campaign ", id, " is not active in workspace ", options.workspace, "; ", hint));
    }
    CADENZA_RETURN_IF_ERROR(response.status());
    newest = std::max(newest, client::FromProto(response->campaign().update_time()));
  }
  absl::SleepFor(std::clamp(newest + kCampaignDelay - absl::Now(), absl::ZeroDuration(), kCampaignDelay));
  return absl::OkStatus();
}

}  // namespace cadenza::pizza
