#include "clients/cli/formats/message_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_join.h"
#include "cadenza/v1/campaign.pb.h"
#include "clients/cli/formats/message_yaml.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/support/seed.h"
#include "tests/unit/clients/cli/random_message.h"

namespace cadenza::cli {

void PrintTo(const FieldChange& change, std::ostream* out) {
  *out << change.path << ": " << change.before.value_or("-") << " -> " << change.after.value_or("-");
}

namespace {

using google::protobuf::util::MessageDifferencer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

v1::Campaign Of(const std::string& yaml) { return MessagesOfYaml<v1::Campaign>(yaml).value().at(0); }

FieldChange Text(std::string path, std::optional<std::string> before, std::optional<std::string> after) {
  return {std::move(path), std::move(before), std::move(after), true};
}
FieldChange Value(std::string path, std::optional<std::string> before, std::optional<std::string> after) {
  return {std::move(path), std::move(before), std::move(after), false};
}

TEST(MessageDiffTest, NamesEachLeafThatDiffers) {
  const v1::Campaign before = Of(
      "{campaign_id: a, state: active, cooldown: 7d, condition: x, tags: [a], trigger: {event_name: e}, etag: \"1\"}");
  const v1::Campaign after =
      Of("{campaign_id: a, state: paused, cooldown: 14d, tags: [a, b], trigger: {session_started: {}}, priority: 3, "
         "message: {body: hi}, etag: \"2\"}");
  EXPECT_THAT(DiffMessages(before, after, {"etag"}),
              ElementsAre(Value("state", "active", "paused"), Text("trigger.event_name", "e", std::nullopt),
                          Value("trigger.session_started", std::nullopt, "{}"), Text("condition", "x", std::nullopt),
                          Value("cooldown", "7d", "14d"), Text("message.body", std::nullopt, "hi"),
                          Value("tags", "[a]", "[a, b]"), Value("priority", std::nullopt, "3")));
}

TEST(MessageDiffTest, ElementsBelongTogetherByWhatNamesThem) {
  const v1::Campaign before =
      Of("variants: [{variant_id: a, weight: 1}, {variant_id: b, weight: 1}, {variant_id: c, control: true}]");
  const v1::Campaign after =
      Of("variants: [{variant_id: c, control: true}, {variant_id: a, weight: 2}, {variant_id: d}]");
  EXPECT_THAT(
      DiffMessages(before, after),
      ElementsAre(Value("variants[a].weight", "1", "2"), Value("variants[b].weight", "1", std::nullopt),
                  Value("variants[d]", std::nullopt, "{}"), Value("variants in the order", "[a, c]", "[c, a]")));
  // Two of one name: by their places.
  EXPECT_THAT(
      DiffMessages(Of("variants: [{variant_id: a, weight: 1}]"),
                   Of("variants: [{variant_id: a, weight: 1}, {variant_id: a, weight: 3}]")),
      ElementsAre(Text("variants[1].variant_id", std::nullopt, "a"), Value("variants[1].weight", std::nullopt, "3")));
}

TEST(MessageDiffTest, ValuesAreLeaves) {
  EXPECT_THAT(DiffMessages(Of("trigger: {attribute_changed: {attribute: a, value: 3}}"),
                           Of("trigger: {attribute_changed: {attribute: a, value: \"3\"}}")),
              ElementsAre(Value("trigger.attribute_changed.value", "3", "\"3\"")));
}

TEST(MessageDiffTest, IsEmptyExactlyForEqualMessages) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  RandomMessage random(seed);
  v1::Campaign before;
  for (int i = 0; i < 2000; ++i) {
    v1::Campaign after;
    random.Fill(&after);
    ASSERT_THAT(DiffMessages(after, after), IsEmpty());
    ASSERT_EQ(DiffMessages(before, after).empty(), MessageDifferencer::Equals(before, after))
        << before.DebugString() << "\n"
        << after.DebugString();
    before = after;
    // One field taken away.
    const auto* type = after.GetDescriptor();
    const auto* field = type->field(static_cast<int>(random.Between(0, type->field_count() - 1)));
    after.GetReflection()->ClearField(&after, field);
    ASSERT_EQ(DiffMessages(before, after).empty(), MessageDifferencer::Equals(before, after)) << field->name();
  }
}

std::string Shown(std::string_view before, std::string_view after) {
  return absl::StrJoin(DiffLines(before, after), "/",
                       [](std::string* out, const LineEdit& edit) { *out += edit.sign + edit.line; });
}

TEST(DiffLinesTest, FindsTheShortestWay) {
  EXPECT_EQ(Shown("a\nb\nc", "a\nx\nc"), " a/-b/+x/ c");
  EXPECT_EQ(Shown("a\nb", "b\na"), "-a/ b/+a");
  EXPECT_EQ(Shown("a", "a\n"), " a/+");
  EXPECT_EQ(Shown("a\nb", "a\nb"), " a/ b");
}

TEST(DiffLinesTest, LeadsFromOneToTheOther) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  RandomMessage random(seed);
  const auto text = [&random] {
    std::vector<std::string> lines;
    for (int64_t i = random.Between(1, 12); i > 0; --i)
      lines.push_back(std::string(1, static_cast<char>('a' + random.Between(0, 3))));
    return absl::StrJoin(lines, "\n");
  };
  for (int i = 0; i < 3000; ++i) {
    const std::string before = text();
    const std::string after = text();
    std::vector<std::string> old_lines;
    std::vector<std::string> new_lines;
    for (const LineEdit& edit : DiffLines(before, after)) {
      if (edit.sign != '+') old_lines.push_back(edit.line);
      if (edit.sign != '-') new_lines.push_back(edit.line);
    }
    ASSERT_EQ(absl::StrJoin(old_lines, "\n"), before);
    ASSERT_EQ(absl::StrJoin(new_lines, "\n"), after);
  }
}

TEST(DiffLinesTest, ReplacesVeryLongMiddlesAsAWhole) {
  std::string before;
  std::string after;
  for (int i = 0; i < 3000; ++i) {
    before += "a" + std::to_string(i) + "\n";
    after += "b" + std::to_string(i) + "\n";
  }
  EXPECT_EQ(DiffLines(before, after).size(), 6001u);
}

}  // namespace
}  // namespace cadenza::cli
