// Receipts as clients report them: the C++ subscriber, and the command line.
#include <gmock/gmock.h>

#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "clients/cpp/subscriber.h"
#include "tests/integration/harness.h"
#include "tests/integration/program.h"
#include "tests/integration/thanks.h"

namespace cadenza::testing {
namespace {

using client::Event;
using client::MessageReceipt;
using client::Subscriber;
using client::SubscriberOptions;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Kind = v1::Receipt;

class ClientReceiptTest : public ThanksTest {
 protected:
  SubscriberOptions Options(const Workspace& through) {
    SubscriberOptions options;
    options.channel = through.channel();
    options.workspace = through.name();
    options.user = ada_;
    options.backoff = kBackoff;
    options.on_message = [](const v1::Message&) {};
    return options;
  }
  Finished Run(std::vector<std::string> args) {
    args.insert(args.end(), {"--server", server().target(), "--workspace", shop().name(), "--user", "ada"});
    return Cadenza(std::move(args));
  }
};

TEST_F(ClientReceiptTest, EachMessageIsReportedAsDeliveredOnceItWasDealtWith) {
  for (int i = 0; i < 3; ++i) Order();
  for (int round = 0; round < 2; ++round) {
    SubscriberOptions options = Options(shop());
    options.report_delivered = true;
    Subscriber subscriber(options);
    ASSERT_TRUE(Eventually([&] { return subscriber.stats().messages == 3; }));
    ASSERT_TRUE(subscriber.AwaitReceipts(Soon()));
    EXPECT_EQ(subscriber.stats().receipts, 3);
    EXPECT_EQ(subscriber.stats().dropped, 0);
    EXPECT_EQ(Thanks().delivered().count(), 3);
    EXPECT_EQ(shop().Profile(ada_).user_seq(), 6) << "seen again, they are duplicates";
  }
}

TEST_F(ClientReceiptTest, WhatIsRejectedIsTold) {
  const std::string message = Order();
  absl::Mutex mu;
  std::vector<std::pair<std::string, std::string>> rejected;  // what was reported, the field
  SubscriberOptions options = Options(shop());
  options.on_rejected = [&](const v1::MessageReceipt& receipt, const v1::Rejection& rejection) {
    absl::MutexLock lock(&mu);
    rejected.emplace_back(receipt.receipt().message_id(), rejection.field());
  };
  Subscriber subscriber(options);
  EXPECT_EQ(subscriber.Report(MessageReceipt(Kind::KIND_OPENED, "no id")), absl::OkStatus());
  EXPECT_EQ(subscriber.Report(MessageReceipt(Kind::KIND_CLICKED, message, "menu")), absl::OkStatus());
  EXPECT_EQ(subscriber.Report(MessageReceipt(Kind::KIND_OPENED, message, "menu")), absl::OkStatus());
  ASSERT_TRUE(subscriber.AwaitReceipts(Soon()));
  ASSERT_TRUE(Eventually([&] {
    absl::MutexLock lock(&mu);
    return rejected.size() == 2;
  }));
  absl::MutexLock lock(&mu);
  EXPECT_THAT(rejected, ElementsAre(std::pair<std::string, std::string>("no id", "receipt.message_id"),
                                    std::pair<std::string, std::string>(message, "receipt.link_id")));
  EXPECT_EQ(Thanks().clicked().count(), 1) << "the neighbour goes through";
  EXPECT_EQ(subscriber.stats().receipts, 3);
}

TEST_F(ClientReceiptTest, AReceiptOutlivesTheServerThatItWasMeantFor) {
  const std::string message = Order();
  const std::unique_ptr<ServerProcess> other = StartServer(database());
  Subscriber subscriber(Options(shop().Through(other->target())));
  ASSERT_TRUE(Eventually([&] { return subscriber.stats().opened == 1; }));
  other->Kill();
  EXPECT_EQ(subscriber.Report(MessageReceipt(Kind::KIND_CLICKED, message, "menu")), absl::OkStatus());
  EXPECT_FALSE(Thanks().has_clicked());
  ASSERT_EQ(other->Restart(), absl::OkStatus());
  ASSERT_TRUE(subscriber.AwaitReceipts(Soon()));
  EXPECT_EQ(shop().Profile(ada_, 2).campaigns().at("thanks").clicked().count(), 1);
  subscriber.RequestStop();
  EXPECT_EQ(subscriber.Wait(Soon()), absl::OkStatus());
  EXPECT_EQ(subscriber.Report(MessageReceipt(Kind::KIND_OPENED, message)).code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(ClientReceiptTest, TheCommandLineSendsOne) {
  const std::string message = Order();
  const Finished clicked = Run({"send", "--receipt", "clicked", "--message-id", message, "--link", "menu"});
  EXPECT_EQ(clicked.exit_code, 0) << clicked.err;
  EXPECT_EQ(Thanks().clicked().count(), 1);
  EXPECT_EQ(Thanks().delivered().count(), 1);
  EXPECT_EQ(Run({"send", "--receipt", "dismissed", "--message-id", message}).exit_code, 0);
  EXPECT_EQ(Thanks().dismissed().count(), 1);
  EXPECT_THAT(Run({"profile"}).out, HasSubstr("clicked"));

  const Finished refused = Run({"send", "--receipt", "opened", "--message-id", "no id"});
  EXPECT_EQ(refused.exit_code, 5);
  EXPECT_THAT(refused.err, HasSubstr("receipt.message_id"));
  EXPECT_EQ(Run({"send", "--receipt", "eaten", "--message-id", message}).exit_code, 2);
}

TEST_F(ClientReceiptTest, ListeningReportsWhatItShowsAndNothingElse) {
  const std::string first = Order();
  for (int i = 0; i < 4; ++i) Order();
  const Finished silent = Run({"listen", "--count", "5"});
  EXPECT_EQ(silent.exit_code, 0) << silent.err;
  EXPECT_FALSE(Thanks().has_delivered());

  const Finished one = Run({"listen", "--count", "1", "--receipts", "--json"});
  EXPECT_EQ(one.exit_code, 0) << one.err;
  EXPECT_THAT(one.out, HasSubstr(first));
  EXPECT_EQ(Thanks().delivered().count(), 1);
  EXPECT_EQ(shop().Events(ada_).back().input().receipt().message_id(), first);
  EXPECT_THAT(one.err, Not(HasSubstr("could not be reported")));

  // The cursor is that of what was shown.
  const size_t at = one.err.find("cursor ");
  ASSERT_NE(at, std::string::npos) << one.err;
  const std::string cursor = one.err.substr(at + 7, one.err.find('\n', at) - at - 7);
  const Finished rest = Run({"listen", "--count", "4", "--receipts", "--cursor", cursor});
  EXPECT_EQ(rest.exit_code, 0) << rest.err;
  EXPECT_EQ(Thanks().delivered().count(), 5);
}

}  // namespace
}  // namespace cadenza::testing
