// What a person at a terminal sees and is asked: the program on a pseudo-terminal.
#include "tests/support/terminal.h"

#include <gmock/gmock.h>

#include "tests/integration/folder.h"

namespace cadenza::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kQuestion[] = "? [y/N] ";

class TerminalTest : public FolderTest {
 protected:
  // `cadenza campaign ARGS` on a terminal; null fails the test.
  std::unique_ptr<Terminal> OnATerminal(std::vector<std::string> args) {
    args.insert(args.begin(), {ProgramPath("cadenza"), "campaign"});
    args.insert(args.end(), {"--server", server().target(), "--workspace", shop().name(), "--timeout", "30"});
    absl::StatusOr<std::unique_ptr<Terminal>> terminal = Terminal::Start(args);
    EXPECT_TRUE(terminal.ok()) << terminal.status();
    return terminal.ok() ? *std::move(terminal) : nullptr;
  }
  // Applies the folder and answers the question with `keys`; what is seen, and the exit code.
  Finished Answer(std::string_view keys) {
    const std::unique_ptr<Terminal> terminal = OnATerminal({"apply", folder_});
    if (terminal == nullptr) return {.exit_code = -1, .out = "", .err = ""};
    EXPECT_EQ(terminal->Await(StrCat("Apply this to workspace ", shop().name(), kQuestion), kPatience),
              absl::OkStatus());
    EXPECT_EQ(terminal->Type(keys), absl::OkStatus());
    const absl::StatusOr<int> code = terminal->End(kPatience);
    EXPECT_TRUE(code.ok()) << code.status();
    return {.exit_code = code.value_or(-1), .out = terminal->seen(), .err = ""};
  }
};

TEST_F(TerminalTest, ApplyAsksAndDoesNothingWithoutAYes) {
  Write("thanks.yaml", kThanks);
  for (const char* keys : {"n\n", "\n", "maybe\n", "Yes, do\n", "\x04"}) {
    const Finished refused = Answer(keys);
    EXPECT_EQ(refused.exit_code, 1) << keys << refused.out;
    EXPECT_THAT(refused.out, HasSubstr("cadenza: nothing was changed\r\n"));
    EXPECT_THAT(All(), IsEmpty()) << keys;
  }
  const Finished broken_off = Answer("\x03");
  EXPECT_EQ(broken_off.exit_code, 130);
  EXPECT_THAT(All(), IsEmpty());
}

TEST_F(TerminalTest, ApplyShowsThePlanInColoursAndAppliesItAfterAYes) {
  Write("thanks.yaml", kThanks);
  const Finished applied = Answer("y\n");
  EXPECT_EQ(applied.exit_code, 0) << applied.out;
  EXPECT_THAT(applied.out, HasSubstr("\x1b[32m+\x1b[0m \x1b[1mthanks\x1b[0m  created, active"));
  EXPECT_THAT(applied.out, HasSubstr("    \x1b[32m+ cooldown: 7d\x1b[0m\r\n"));
  EXPECT_THAT(applied.out, HasSubstr("[y/N] y\r\nthanks: created, active\r\n"));
  ASSERT_THAT(All(), SizeIs(1));

  Write("thanks.yaml", kThanks + std::string("once: true\n"));
  EXPECT_EQ(Answer("yes\n").exit_code, 0);
  EXPECT_TRUE(All()[0].once());
}

TEST_F(TerminalTest, ApplyDoesNotAskWhereNothingIsToBeDoneOrYesWasSaid) {
  Write("thanks.yaml", kThanks);
  for (const std::vector<std::string>& args :
       {std::vector<std::string>{"apply", folder_, "--yes"}, std::vector<std::string>{"apply", folder_}}) {
    const std::unique_ptr<Terminal> terminal = OnATerminal(args);
    ASSERT_NE(terminal, nullptr);
    const absl::StatusOr<int> code = terminal->End(kPatience);
    ASSERT_TRUE(code.ok()) << code.status();
    EXPECT_EQ(*code, 0) << terminal->seen();
    EXPECT_THAT(terminal->seen(), Not(HasSubstr(kQuestion)));
    EXPECT_THAT(All(), SizeIs(1));
  }
}

TEST_F(TerminalTest, VersionsAndRollbackShowTheirChangesInColours) {
  Write("thanks.yaml", kThanks);
  Output({"apply", folder_, "--yes"});
  Write("thanks.yaml", kThanks + std::string("once: true\n"));
  Output({"apply", folder_, "--yes"});
  const std::vector<std::pair<std::vector<std::string>, std::string>> shown = {
      {{"versions", "thanks"}, "\x1b[32m+ once: true\x1b[0m\r\n"},
      {{"rollback", "thanks", "--to", "1"}, "\x1b[31m- once: true\x1b[0m\r\n"}};
  for (const auto& [args, expected] : shown) {
    const std::unique_ptr<Terminal> terminal = OnATerminal(args);
    ASSERT_NE(terminal, nullptr);
    const absl::StatusOr<int> code = terminal->End(kPatience);
    ASSERT_TRUE(code.ok()) << code.status();
    EXPECT_EQ(*code, 0) << terminal->seen();
    EXPECT_THAT(terminal->seen(), HasSubstr(expected));
  }
}

}  // namespace
}  // namespace cadenza::testing
