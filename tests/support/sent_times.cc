#include "tests/support/sent_times.h"

#include <sstream>

#include "gtest/gtest.h"
#include "tests/support/postgres_server.h"

namespace cadenza::testing {

std::vector<absl::Time> SentTimes(const std::string& connection_string, const std::string& workspace,
                                  const std::string& campaign_id) {
  const absl::StatusOr<std::string> text =
      RunSql(connection_string,
             "SELECT string_agg(concat_ws(' ', workspace, campaign_id, create_time), ' ' ORDER BY create_time) "
             "FROM messages");
  EXPECT_TRUE(text.ok()) << text.status();
  std::istringstream in(text.value_or(""));
  std::vector<absl::Time> times;
  std::string of_workspace, of_campaign;
  for (int64_t micros = 0; in >> of_workspace >> of_campaign >> micros;) {
    if (of_workspace != workspace || (!campaign_id.empty() && of_campaign != campaign_id)) continue;
    times.push_back(absl::FromUnixMicros(micros));
  }
  return times;
}

}  // namespace cadenza::testing
