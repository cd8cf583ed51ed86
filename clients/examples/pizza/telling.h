// What the performances of this folder share: how they tell, what they need before they begin, and where they send.
#ifndef CADENZA_CLIENTS_EXAMPLES_PIZZA_TELLING_H_
#define CADENZA_CLIENTS_EXAMPLES_PIZZA_TELLING_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "clients/cpp/client.h"
#include "clients/cpp/producer.h"

namespace cadenza::pizza {

struct StoryOptions {
  client::ChannelOptions channel;
  std::string workspace;
  // How long one step may take before the story has failed.
  absl::Duration patience = absl::Seconds(15);
};

client::ProducerOptions Producing(const StoryOptions& options);

// On standard output.
void Chapter(const std::string& text);

// A step did not happen as told.
absl::Status NotAsTold(const std::string& what);

// Waits until these campaigns, which must be active, are in force in every server. `hint` says how they are applied.
absl::Status AwaitCampaigns(const StoryOptions& options, const std::vector<std::string>& campaign_ids,
                            const std::string& hint, client::Client* client);

}  // namespace cadenza::pizza

#endif  // CADENZA_CLIENTS_EXAMPLES_PIZZA_TELLING_H_
