// A load that campaigns count much of: three campaigns with all kinds of gates and goals, and senders whose users do
// everything, some of it anonymously, and some of it twice.
#ifndef CADENZA_TESTS_FAULTS_STATISTICS_LOAD_H_
#define CADENZA_TESTS_FAULTS_STATISTICS_LOAD_H_

#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "cadenza/v1/campaign.pb.h"
#include "cadenza/v1/workspace.pb.h"
#include "clients/cpp/client.h"

namespace cadenza::testing {

// A holdout and a frequency cap.
v1::WorkspaceSettings StatisticsSettings();
// For inputs whose clocks begin at `start`: "thanks", "cart", "visit".
std::vector<v1::Campaign> StatisticsCampaigns(absl::Time start);

// Messages that receipts may be of: user_key and message_id.
using MessageList = std::vector<std::pair<std::string, std::string>>;

// One sender, with users of its own, whose inputs go to either of two servers, some twice, some to both at once, each
// until it is answered. For one thread.
class StatisticsSender {
 public:
  // Users' clocks begin at `start`.
  StatisticsSender(int number, const std::vector<std::string>& targets, uint64_t seed, absl::Time start);

  void Run(const MessageList& messages);
  // For each user something that triggers nothing, much later: what still waited has come before it.
  void Finish();
  // Everything again.
  void Resend();

 private:
  std::string UserName(int user) const;
  v1::Input Named(v1::Input input, int user);
  v1::Input NewInput(const MessageList& messages);
  v1::Input ReceiptOf(const MessageList& messages, int user, const v1::UserRef& ref);
  void Send(const v1::SubmitEventsRequest& request, size_t server);

  const int number_;
  std::mt19937_64 random_;
  std::vector<std::unique_ptr<client::Client>> clients_;
  std::vector<absl::Time> clocks_;  // of users
  std::set<int> known_;             // of those that were anonymous
  std::vector<v1::Input> sent_;
  int64_t events_ = 0;
};

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_FAULTS_STATISTICS_LOAD_H_
