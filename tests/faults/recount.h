// What the statistics of campaigns must be, recounted by PostgreSQL from what is stored (events with their decisions,
// messages, campaigns): recount/decode.sql takes the bytes apart, recount/recount.sql counts, by the documents and
// without any of the server's code. And the same numbers as a server tells them.
#ifndef CADENZA_TESTS_FAULTS_RECOUNT_H_
#define CADENZA_TESTS_FAULTS_RECOUNT_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/cpp/client.h"

namespace cadenza::testing {

// Numbers by campaign, variant, local time of the hour or day, and name: "thanks/a 2026-11-13 05:00:00 entered",
// "… sent users", "… stopped by condition", "… again last_touch EUR" (in billionths). None is 0.
using Numbers = std::map<std::string, int64_t>;

struct Buckets {
  v1::GetCampaignStatsRequest::Granularity granularity = v1::GetCampaignStatsRequest::GRANULARITY_HOUR;
  std::string time_zone = "UTC";
};

// Makes the functions in the database, and recounts. Again after more was stored: again. FAILED_PRECONDITION if what is
// stored contradicts itself, INTERNAL with PostgreSQL's words.
absl::Status Recount(const std::string& database, const std::string& workspace);
// What the last Recount counted.
absl::StatusOr<Numbers> RecountedNumbers(const std::string& database, const Buckets& buckets);

// As GetCampaignStats has them: the sum of its buckets, which must be its totals.
void AddNumbers(client::Client& client, const std::string& workspace, const std::string& campaign_id,
                const Buckets& buckets, Numbers* numbers);

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_FAULTS_RECOUNT_H_
