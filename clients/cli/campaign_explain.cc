#include "clients/cli/campaign_explain.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "clients/cli/decisions.h"
#include "clients/cli/formats/proto_json.h"
#include "clients/cli/input_flags.h"
#include "storage/base/status_macros.h"

namespace cadenza::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  cadenza campaign explain garlic_knots --user ada
  cadenza campaign explain --all --user ada --limit 5
  cadenza campaign explain garlic_knots --user ada --json

Shows what campaigns decided about a user, the newest first: each gate and what it saw, up to the one that stopped the
message. Kept as long as the user's events are.)";

constexpr int64_t kPage = 100;

struct Flags {
  std::string id;
  bool all = false;
  int64_t limit = 20;
  UserFlags user;
};

// True if the limit is reached.
bool ShowPage(const Globals& globals, const v1::ExplainCampaignResponse& page, int64_t* left) {
  const Marks marks = Marks::OfOutput();
  for (const v1::Decision& decision : page.decisions()) {
    if (*left == 0) return true;
    --*left;
    if (globals.json) {
      std::printf("%s\n", ToJson(decision).c_str());
    } else {
      std::printf("%s", FormatDecision(decision, marks).c_str());
    }
  }
  return *left == 0;
}

absl::StatusOr<int> Explain(const Globals& globals, const Flags& flags, client::Client& client) {
  v1::ExplainCampaignRequest request;
  request.set_workspace(globals.workspace);
  request.set_campaign_id(flags.id);
  CADENZA_ASSIGN_OR_RETURN(*request.mutable_user(), flags.user.User());
  int64_t left = flags.limit;
  do {
    request.set_page_size(static_cast<int32_t>(std::min(left, kPage)));
    CADENZA_ASSIGN_OR_RETURN(const v1::ExplainCampaignResponse page, client.ExplainCampaign(request));
    if (ShowPage(globals, page, &left)) return kOk;
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (left == flags.limit && !globals.json) std::printf("no decisions\n");
  return kOk;
}

}  // namespace

void AddExplain(CLI::App& campaign, const Globals& globals, Action& action) {
  CLI::App* command = campaign.add_subcommand("explain", "Says what campaigns decided about a user, and why");
  command->footer(kFooter);
  auto flags = std::make_shared<Flags>();
  CLI::Option* id = command->add_option("CAMPAIGN_ID", flags->id, "of this campaign");
  command->add_flag("--all", flags->all, "of all campaigns")->excludes(id);
  command->add_option("--limit", flags->limit, "at most so many")->check(CLI::PositiveNumber)->capture_default_str();
  flags->user.AddTo(*command);
  command->callback([&globals, &action, flags] {
    if (flags->id.empty() && !flags->all) throw CLI::RequiredError("CAMPAIGN_ID or --all");
    action =
        WithClient(globals, [&globals, flags](client::Client& client) { return Explain(globals, *flags, client); });
  });
}

}  // namespace cadenza::cli
