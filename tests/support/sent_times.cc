#include "tests/support/sent_times.h"

#include <sstream>

#include "gtest/gtest.h"
#include "storage/base/text.h"
#include "tests/support/postgres_server.h"

namespace cadenza::testing {

std::vector<absl::Time> SentTimes(const std::string& connection_string, const std::string& workspace,
                                  const std::string& campaign_id) {
  const std::string of_campaign = campaign_id.empty() ? "" : StrCat(" AND campaign_id = '", campaign_id, "'");
  const absl::StatusOr<std::string> text =
      RunSql(connection_string, StrCat("SELECT string_agg(create_time::text, ' ' ORDER BY create_time) FROM messages "
                                       "WHERE workspace = '",
                                       workspace, "'", of_campaign));
  EXPECT_TRUE(text.ok()) << text.status();
  std::istringstream in(text.value_or(""));
  std::vector<absl::Time> times;
  for (int64_t micros = 0; in >> micros;) times.push_back(absl::FromUnixMicros(micros));
  return times;
}

}  // namespace cadenza::testing
