#include "server/rules/message_text.h"

#include <gmock/gmock.h>

#include "storage/model/limits.h"
#include "storage/model/rejection.h"
#include "tests/unit/server/rules/fixtures.h"

namespace cadenza::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = TextOutcome::Kind;

ContentBlock Block(std::string id, std::string content) {
  ContentBlock block;
  block.workspace = "pizza";
  block.content_block_id = std::move(id);
  block.content = std::move(content);
  return block;
}

class MessageText : public testing::Test {
 protected:
  MessageText() {
    campaign_.message.title = "";
    profile_.key = UserKey::User("pizza", "ada");
  }

  TextOutcome Write(CatalogItems* items = nullptr) {
    const auto rule_set = RuleSet::Build(1, {campaign_}, nullptr, nullptr, blocks_);
    const RuleSet::List& list = rule_set->ForEvent("pizza", "order_placed");
    if (list.size() != 1) return {Kind::kFailed, "does not compile"};
    const Facts facts(input_, profile_, kGap);
    return WriteText(*list[0], facts, absl::UTCTimeZone(), "m-1", items, &title_, &body_);
  }
  std::string Body(std::string body) {
    campaign_.message.body = std::move(body);
    const TextOutcome outcome = Write();
    return outcome.kind == Kind::kWritten ? body_ : outcome.detail;
  }

  Campaign campaign_ = KnotsCampaign();
  std::vector<ContentBlock> blocks_;
  Profile profile_ = Ada();
  Input input_ = Order("o1", kNoon, {Line("Margherita", 2)}, 17.5);
  std::string title_;
  std::string body_;
};

TEST_F(MessageText, BrazesNames) {
  profile_.attributes.Set("favourite_pizza", Value::String("Diavola"));
  campaign_.display_name = "Knots!";
  EXPECT_EQ(Body("{{${first_name}}} {{ ${user_id} | upcase }} [{{${last_name}}}]"), "Ada ADA []");
  EXPECT_EQ(Body("{{custom_attribute.${favourite_pizza}}} {{event_properties.${total}}}"), "Diavola 17.5");
  EXPECT_EQ(Body("{{campaign.${name}}} {{campaign.${api_id}}} {{ campaign.id }} {{campaign.${dispatch_id}}}"),
            "Knots! knots knots m-1");
  EXPECT_EQ(Body("{{ message.channel }} {{ message.id }}[{{ message.locale }}]"), "push m-1[]");
  EXPECT_EQ(Body("{{${nobody} | default: 'x'}}"), "x");
  profile_.key = UserKey::Anonymous("pizza", "device-1");
  EXPECT_EQ(Body("{{${user_id} | default: 'friend'}}"), "device-1");
}

TEST_F(MessageText, TheUsersLanguageIsLookedUp) {
  campaign_.message.body = "default";
  campaign_.message.localizations = {{"fr", "Titre",
                                      "fran\xC3\xA7"
                                      "ais"},
                                     {"en-GB", "", "British {{ message.locale }}"},
                                     {"en", "", "English"}};
  const struct {
    Value language;
    const char* body;
  } cases[] = {
      {Value::String("fr"),
       "fran\xC3\xA7"
       "ais"},
      {Value::String("fr-CA"),
       "fran\xC3\xA7"
       "ais"},
      {Value::String("en_GB"), "British en-GB"},
      {Value::String("EN-gb-oxendict"), "British en-GB"},
      {Value::String("en-US"), "English"},
      {Value::String("de"), "default"},
      {Value::String(""), "default"},
      {Value::Int(1), "default"},
      {Value::String(std::string(10'000, 'x')), "default"},
  };
  for (const auto& one : cases) {
    profile_.attributes.Set("language", one.language);
    ASSERT_EQ(Write().kind, Kind::kWritten);
    EXPECT_EQ(body_, one.body);
    EXPECT_EQ(title_, body_.starts_with("fran") ? "Titre" : "");
  }
}

TEST_F(MessageText, ErrorsAndAbortsNameTheTemplate) {
  campaign_.message.localizations = {{"fr", "", "{{ 1 | divided_by: 0 }}"}, {"en", "{% abort_message('no') %}", "x"}};
  profile_.attributes.Set("language", Value::String("fr"));
  TextOutcome outcome = Write();
  EXPECT_EQ(outcome.kind, Kind::kFailed);
  EXPECT_THAT(outcome.detail, testing::StartsWith("localizations[0].body: line 1, column "));
  profile_.attributes.Set("language", Value::String("en"));
  outcome = Write();
  EXPECT_EQ(outcome.kind, Kind::kAborted);
  EXPECT_EQ(outcome.detail, "localizations[1].title aborted the message: no");
}

TEST_F(MessageText, ContentTypesEscapeWhatIsInserted) {
  profile_.attributes.Set("first_name", Value::String("<b>\"A\"</b>"));
  const std::string body = "{\"name\": \"{{ ${first_name} }}\"}";
  EXPECT_EQ(Body(body), "{\"name\": \"<b>\"A\"</b>\"}");
  campaign_.message.content_type = ContentType::kHtml;
  EXPECT_EQ(Body(body), "{\"name\": \"&lt;b&gt;&quot;A&quot;&lt;/b&gt;\"}");
  campaign_.message.content_type = ContentType::kJson;
  const std::string json = Body(body);
  EXPECT_THAT(json, HasSubstr("\\\"A\\\""));
}

TEST_F(MessageText, ContentBlocksAreThoseOfTheWorkspace) {
  blocks_ = {Block("footer", "Bye, {{ ${first_name} }}{{content_blocks.${ps}}}"), Block("ps", "!")};
  EXPECT_EQ(Body("Hi. {{content_blocks.${footer}}}"), "Hi. Bye, Ada!");
  blocks_[0].workspace = "other";
  EXPECT_THAT(Body("Hi. {{content_blocks.${footer}}}"), HasSubstr("footer"));
  EXPECT_EQ(Write().kind, Kind::kFailed);
  blocks_ = {Block("a", "{{content_blocks.${a}}}")};
  Body("{{content_blocks.${a}}}");
  EXPECT_EQ(Write().kind, Kind::kFailed) << "a circle ends";
}

TEST_F(MessageText, CatalogItemsAreAskedForAndThenRead) {
  campaign_.message.title = "{% catalog_items shops linz %}{{ items[0].name }}";
  campaign_.message.body =
      "{% catalog_items pizzas margherita knots %}{{ items[0].price }} {{ items[1].price }}{{ items[1].id }}";
  CatalogItems items;
  EXPECT_EQ(Write(&items).kind, Kind::kNotLoaded);
  EXPECT_THAT(items.missing(),
              ElementsAre(CatalogItemKey{"pizza", "shops", "linz"}, CatalogItemKey{"pizza", "pizzas", "margherita"},
                          CatalogItemKey{"pizza", "pizzas", "knots"}))
      << "all of them in one run";
  items.Put({"pizza", "shops", "linz"}, Value());
  items.Put({"pizza", "pizzas", "margherita"}, ItemValue("margherita", {{"price", Value::Double(8.5)}}));
  items.Put({"pizza", "pizzas", "knots"}, ItemValue("knots", {{"price", Value::Double(3.5)}}));
  items.ClearMissing();
  const TextOutcome outcome = Write(&items);
  ASSERT_EQ(outcome.kind, Kind::kWritten) << outcome.detail;
  EXPECT_EQ(title_, "");
  EXPECT_EQ(body_, "8.5 3.5knots");
  campaign_.message.body = "{% catalog_items pizzas new %}{{ items[0].price }}";
  items.Close();
  EXPECT_EQ(Write(&items).kind, Kind::kFailed);
}

TEST_F(MessageText, AMissingItemCanAbort) {
  campaign_.message.body =
      "{% catalog_items pizzas gone %}{% if items[0] == blank %}{% abort_message('no such pizza') %}{% endif %}x";
  CatalogItems items;
  items.Put({"pizza", "pizzas", "gone"}, Value());
  const TextOutcome outcome = Write(&items);
  EXPECT_EQ(outcome.kind, Kind::kAborted);
  EXPECT_THAT(outcome.detail, HasSubstr("no such pizza"));
}

TEST_F(MessageText, DatesInTheUsersTimeZoneWhenAsked) {
  profile_.attributes.Set("time_zone", Value::String("Asia/Kathmandu"));
  EXPECT_EQ(Body("{{ now | date: '%H:%M' }} {{ now | time_zone | date: '%H:%M' }}"), "12:00 17:45");
  EXPECT_EQ(Body("{{ now | time_zone: ${time_zone} | date: '%H:%M' }}"), "17:45");
  profile_.attributes.Set("time_zone", Value::String("Nowhere/Land"));
  EXPECT_EQ(Body("{{ now | time_zone | date: '%H:%M' }}"), "12:00");
}

struct BadMessage {
  const char* field;
  void (*spoil)(MessageTemplate& message);
};

TEST(CompileMessageTest, NamesTheFieldOfTheLocalization) {
  const BadMessage cases[] = {
      {"message.localizations[1].locale", [](MessageTemplate& m) { m.localizations[1].locale = "english!"; }},
      {"message.localizations[1].locale", [](MessageTemplate& m) { m.localizations[1].locale = "FR"; }},
      {"message.localizations[0].locale", [](MessageTemplate& m) { m.localizations[0].locale = ""; }},
      {"message.localizations[1].body", [](MessageTemplate& m) { m.localizations[1].body = ""; }},
      {"message.localizations[1].body", [](MessageTemplate& m) { m.localizations[1].body = "\n{% if x %}"; }},
      {"message.localizations[0].title",
       [](MessageTemplate& m) { m.localizations[0].title = std::string(limits::kTemplateBytes + 1, 'x'); }},
      {"message.localizations",
       [](MessageTemplate& m) {
         m.localizations.resize(limits::kLocalizations + 1, {"fr", "", "x"});
       }},
      {"message.body", [](MessageTemplate& m) { m.body = "{{"; }},
  };
  for (const BadMessage& one : cases) {
    Campaign campaign = KnotsCampaign();
    campaign.message.localizations = {{"fr", "", "a"}, {"en", "", "b"}};
    EXPECT_TRUE(CompileCampaign(campaign).ok());
    one.spoil(campaign.message);
    const absl::Status status = CompileCampaign(campaign).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_EQ(RejectionField(status), one.field) << status;
  }
}

}  // namespace
}  // namespace cadenza::rules
