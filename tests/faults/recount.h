// What a campaign's statistics must be, counted anew from what is stored: events with their decisions, and messages.
// Naive on purpose, and without any of the server's counting.
#ifndef CADENZA_TESTS_FAULTS_RECOUNT_H_
#define CADENZA_TESTS_FAULTS_RECOUNT_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cadenza/v1/campaign.pb.h"
#include "cadenza/v1/campaign_stats.pb.h"

namespace cadenza::testing {

// Numbers by "campaign/variant name": "thanks/a entered", "thanks/a sent users", "thanks/ stopped by condition",
// "thanks/a again last_touch EUR" (in billionths). None is 0.
using Numbers = std::map<std::string, double>;

// The workspace must have been written to by imports only, so that the clock of every input is its time. `campaigns`
// are those with conversions, as they were all the time; goals are events and purchases.
absl::StatusOr<Numbers> Recount(const std::string& database, const std::string& workspace,
                                const std::vector<v1::Campaign>& campaigns);

// The same numbers as a server tells them.
void AddNumbers(const v1::CampaignStats& stats, Numbers* numbers);
void AddCounts(const std::string& prefix, const v1::StatsCounts& counts, Numbers* numbers);

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_FAULTS_RECOUNT_H_
