// A workspace and a folder of files beside it, which `cadenza campaign` plans, applies and exports.
#ifndef CADENZA_TESTS_INTEGRATION_FOLDER_H_
#define CADENZA_TESTS_INTEGRATION_FOLDER_H_

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/integration/harness.h"
#include "tests/integration/program.h"

namespace cadenza::testing {

inline constexpr char kThanks[] = R"(# how it began
campaign_id: thanks
state: active
trigger: {event_name: order}
condition: event.properties.total > 15.0
cooldown: 7d
message:
  channel: push
  title: Thank you
  body: |
    Dear {{ user.id }},
    thank you!
)";

class FolderTest : public ServedTest {
 protected:
  void SetUp() override {
    ServedTest::SetUp();
    folder_ = StrCat(::testing::TempDir(), "cadenza-as-code-", getpid(), "-", shop().name());
    std::filesystem::create_directories(folder_);
    As("ada@laptop");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static void As(const char* author) { setenv("CADENZA_AUTHOR", author, 1); }
  void Write(const std::string& name, const std::string& content) {
    std::filesystem::create_directories(std::filesystem::path(folder_ + "/" + name).parent_path());
    std::ofstream(folder_ + "/" + name) << content;
  }
  Finished Run(std::vector<std::string> args, const std::string& target = "") {
    args.insert(args.begin(), "campaign");
    args.insert(args.end(), {"--server", target.empty() ? server().target() : target, "--workspace", shop().name(),
                             "--timeout", "30"});
    return Cadenza(std::move(args));
  }
  std::string Output(std::vector<std::string> args, const std::string& target = "") {
    const Finished finished = Run(std::move(args), target);
    EXPECT_EQ(finished.exit_code, 0) << finished.out << finished.err;
    return finished.out;
  }
  std::vector<v1::Campaign> All() {
    v1::ListCampaignsRequest request;
    request.set_workspace(shop().name());
    request.set_show_archived(true);
    const auto response = shop().client().ListCampaigns(request);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return {};
    return {response->campaigns().begin(), response->campaigns().end()};
  }
  v1::ApplyCampaignsRequest Request(const std::vector<v1::Campaign>& campaigns, const std::string& author = "") {
    v1::ApplyCampaignsRequest request;
    request.set_workspace(shop().name());
    request.set_author(author);
    for (const v1::Campaign& campaign : campaigns) *request.add_campaigns()->mutable_campaign() = campaign;
    return request;
  }

  std::string folder_;
};

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_INTEGRATION_FOLDER_H_
