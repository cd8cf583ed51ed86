#include "server/rules/locale.h"

#include <gmock/gmock.h>

#include <vector>

namespace cadenza::rules {
namespace {

using ::testing::ElementsAre;

TEST(LocaleTest, LanguageTags) {
  for (const char* tag : {"en", "en-GB", "zh-Hant-TW", "de-CH-1901", "sl-rozaj-biske", "x1y-1", "fil"}) {
    EXPECT_EQ(IsLanguageTag(tag), std::string_view(tag) != "x1y-1") << tag;
  }
  for (const char* tag :
       {"", "e", "en_GB", "en-", "-en", "en--GB", "en GB", "12", "en-abcdefghi", "abcdefghi", "fr\xC3\xA9"}) {
    EXPECT_FALSE(IsLanguageTag(tag)) << tag;
  }
}

std::vector<std::string> Ranges(std::string_view language) {
  const std::string normal = NormalLocale(language);
  std::vector<std::string> ranges;
  for (std::string_view range = normal; !range.empty(); range = MoreGeneral(range)) ranges.emplace_back(range);
  return ranges;
}

TEST(LocaleTest, RangesGetMoreGeneralAsInRfc4647) {
  EXPECT_THAT(Ranges("en_GB"), ElementsAre("en-gb", "en"));
  EXPECT_THAT(Ranges("fr"), ElementsAre("fr"));
  // The example of section 3.4.
  EXPECT_THAT(Ranges("zh-Hant-CN-x-private1-private2"),
              ElementsAre("zh-hant-cn-x-private1-private2", "zh-hant-cn-x-private1", "zh-hant-cn", "zh-hant", "zh"));
  EXPECT_THAT(Ranges(""), ElementsAre());
}

}  // namespace
}  // namespace cadenza::rules
