#include <unistd.h>
#include <zlib.h>

#include <cstdio>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "cadenza/v1/campaign.pb.h"
#include "clients/cli/formats/json_value.h"
#include "clients/cli/formats/line_reader.h"
#include "clients/cli/formats/proto_json.h"

namespace cadenza::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TempFile {
 public:
  explicit TempFile(const std::string& content)
      : path_(absl::StrCat(::testing::TempDir(), "/cadenza-formats-", getpid(), "-", ++count_)) {
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~TempFile() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  static int count_;
  std::string path_;
};
int TempFile::count_ = 0;

std::string Gzip(const std::string& text) {
  const TempFile file("");
  const gzFile gz = gzopen(file.path().c_str(), "wb");
  gzwrite(gz, text.data(), static_cast<unsigned>(text.size()));
  gzclose(gz);
  return *ReadFile(file.path());
}

std::vector<std::string> Lines(const std::string& content) {
  const TempFile file(content);
  absl::StatusOr<LineReader> reader = LineReader::Open(file.path());
  EXPECT_TRUE(reader.ok()) << reader.status();
  std::vector<std::string> lines;
  std::string line;
  for (absl::StatusOr<bool> more = reader->Next(&line); more.ok() && *more; more = reader->Next(&line)) {
    lines.push_back(line);
    EXPECT_EQ(reader->line_number(), static_cast<int64_t>(lines.size()));
  }
  return lines;
}

TEST(LineReaderTest, GivesTheLinesOfPlainAndCompressedFiles) {
  const std::string text = "one\r\n\ntwo\nthree";
  EXPECT_THAT(Lines(text), ElementsAre("one", "", "two", "three"));
  EXPECT_THAT(Lines(Gzip(text)), ElementsAre("one", "", "two", "three"));
  EXPECT_TRUE(Lines("").empty());
}

TEST(LineReaderTest, GivesLinesLongerThanItsBuffer) {
  const std::string large(1 << 20, 'x');
  EXPECT_THAT(Lines(large + "\nend\n"), ElementsAre(large, "end"));
}

TEST(LineReaderTest, NoticesACompressedFileCutShort) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) absl::StrAppend(&text, i * 7919 % 100'003, "\n");
  const std::string whole = Gzip(text);
  const TempFile file(whole.substr(0, whole.size() / 2));
  absl::StatusOr<LineReader> reader = LineReader::Open(file.path());
  ASSERT_TRUE(reader.ok());
  std::string line;
  absl::StatusOr<bool> more = true;
  while (more.ok() && *more) more = reader->Next(&line);
  EXPECT_EQ(more.status().code(), absl::StatusCode::kDataLoss);
}

TEST(LineReaderTest, SaysWhatIsNotThere) {
  EXPECT_EQ(LineReader::Open("/nonexistent").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(LineReader::Open("/").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(JsonValueTest, KeepsTypesAndTheTextOfNumbers) {
  const auto parsed =
      ParseJson(R"({"a":{"i":-7,"d":1.50,"u":18446744073709551615,"l":[1.25]},"s":"x","b":true,"n":null})");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(Find(parsed->value, "a.i")->int64_value(), -7);
  EXPECT_EQ(Find(parsed->value, "a.d")->double_value(), 1.5);
  EXPECT_TRUE(Find(parsed->value, "a.u")->has_double_value());
  EXPECT_EQ(Find(parsed->value, "s")->string_value(), "x");
  EXPECT_TRUE(Find(parsed->value, "b")->bool_value());
  EXPECT_EQ(Find(parsed->value, "n")->kind_case(), v1::Value::kNullValue);
  EXPECT_EQ(Find(parsed->value, "s.x"), nullptr);
  EXPECT_EQ(Find(parsed->value, "none"), nullptr);
  EXPECT_EQ(parsed->numbers.at("a.d"), "1.50");
  EXPECT_EQ(parsed->numbers.at("a.i"), "-7");
  EXPECT_EQ(parsed->numbers.size(), 3u);  // not those in lists
}

TEST(JsonValueTest, RefusesWhatIsNoJson) {
  for (const char* text : {"", "{", "{\"a\":1,}", "nul", "{\"a\":1,\"a\":2}", "\"\xff\""}) {
    EXPECT_EQ(ParseJson(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  EXPECT_FALSE(ParseJson(std::string(200, '[') + std::string(200, ']')).ok());
}

TEST(JsonValueTest, TakesArgumentsAsJsonOrText) {
  EXPECT_EQ(ValueOfArgument("3").int64_value(), 3);
  EXPECT_EQ(ValueOfArgument("2.5").double_value(), 2.5);
  EXPECT_EQ(ValueOfArgument("Ada Lovelace").string_value(), "Ada Lovelace");
  EXPECT_EQ(ValueOfArgument("\"3\"").string_value(), "3");
  EXPECT_EQ(ValueOfArgument("[1,2]").list_value().values_size(), 2);
}

TEST(ProtoJsonTest, YamlBecomesACampaign) {
  const auto documents = YamlToJson(R"(
campaign_id: knots
state: STATE_ACTIVE
trigger: {event_name: order_placed}
condition: >-
  event.properties.total > 15.0 &&
  true
cooldown: 604800s
message:
  channel: push
  title: "10"
  body: |-
    Hello
    you
---
---
campaign_id: "two"
)");
  ASSERT_TRUE(documents.ok()) << documents.status();
  ASSERT_EQ(documents->size(), 2u);
  v1::Campaign campaign;
  const absl::Status status = FromJson((*documents)[0], &campaign);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(campaign.state(), v1::Campaign::STATE_ACTIVE);
  EXPECT_EQ(campaign.trigger().event_name(), "order_placed");
  EXPECT_EQ(campaign.condition(), "event.properties.total > 15.0 && true");
  EXPECT_EQ(campaign.cooldown().seconds(), 604800);
  EXPECT_EQ(campaign.message().title(), "10");
  EXPECT_EQ(campaign.message().body(), "Hello\nyou");
}

TEST(ProtoJsonTest, PlainScalarsAreWhatTheyLookLike) {
  EXPECT_THAT(*YamlToJson("[1, 1.5, true, null, ~, text, '1', 1.2.3, 0x10]"),
              ElementsAre(R"([1,1.5,true,null,null,"text","1","1.2.3","0x10"])"));
}

TEST(ProtoJsonTest, SaysWhereYamlIsWrong) {
  const std::pair<const char*, const char*> cases[] = {{"a: [1", "line"},
                                                       {"a: 1\na: 2", "line 2, column 1: the key \"a\" stands twice"},
                                                       {"a: &x 1\nb: *x", "aliases"},
                                                       {"[1]: 2", "a key must be text"}};
  for (const auto& [yaml, why] : cases) {
    const auto documents = YamlToJson(yaml);
    EXPECT_EQ(documents.status().code(), absl::StatusCode::kInvalidArgument) << yaml;
    EXPECT_THAT(std::string(documents.status().message()), HasSubstr(why));
  }
}

TEST(ProtoJsonTest, NamesAnUnknownField) {
  v1::Campaign campaign;
  const absl::Status status = FromJson(R"({"campaign_id":"a","cooldwon":"1s"})", &campaign);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("cooldwon"));
}

TEST(ProtoJsonTest, ReadFileSaysWhatIsNotThere) {
  EXPECT_EQ(ReadFile("/nonexistent").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace cadenza::cli
