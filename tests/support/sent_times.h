// When messages were made, and how many of them a window holds.
#ifndef CADENZA_TESTS_SUPPORT_SENT_TIMES_H_
#define CADENZA_TESTS_SUPPORT_SENT_TIMES_H_

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace cadenza::testing {

// How many of the moments (ascending) the fullest half-open window of this length holds, wherever it starts.
inline int64_t Fullest(const std::vector<absl::Time>& moments, absl::Duration window) {
  int64_t most = 0;
  for (auto last = moments.begin(); last != moments.end(); ++last) {
    const auto first = std::upper_bound(moments.begin(), moments.end(), *last - window);
    most = std::max<int64_t>(most, last - first + 1);
  }
  return most;
}

// create_time of the messages of a workspace (a plain name) in PostgreSQL, ascending; of one campaign, if it is given.
// Fails the test, and has none, if they cannot be read.
std::vector<absl::Time> SentTimes(const std::string& connection_string, const std::string& workspace,
                                  const std::string& campaign_id = "");

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_SUPPORT_SENT_TIMES_H_
