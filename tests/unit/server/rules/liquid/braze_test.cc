// Templates as Braze's users write them, and the filters that Braze documents.
#include <map>

#include "server/rules/liquid/liquid.h"

namespace cadenza::liquid {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);  // 2023-11-14 22:13:20 UTC

Value Map(std::initializer_list<ValueMap::Entry> entries) { return Value::Map(ValueMap(entries)); }

MapScope Data() {
  return MapScope({{"${first_name}", Value::String("Ada")},
                   {"${user_id}", Value()},
                   {"custom_attribute", Map({{"favourite pizza", Value::String("Margherita")},
                                             {"points", Value::Int(40)},
                                             {"wishlist", Value::List({Value::String("1234"), Value::Int(1235)})}})},
                   {"event_properties", Map({{"total", Value::Double(17.5)}})},
                   {"at", Value::Timestamp(kNow)}});
}

class TestLibrary : public Library {
 public:
  std::shared_ptr<const Template> ContentBlock(std::string_view name) const override {
    const std::map<std::string, std::string, std::less<>> sources = {
        {"imprint", "<b>Cadenza {{ year }}</b>{% assign seen = 'yes' %}"},
        {"self", "x{{content_blocks.${self}}}"},
        {"ping", "{{content_blocks.${pong}}}"},
        {"pong", "{{content_blocks.${ping}}}"},
        {"stop", "{% abort_message('from a block') %}"},
        {"broken", "\n{{ 1 | divided_by: 0 }}"},
        {"outer", "[{{content_blocks.${imprint}}}]"},
    };
    auto found = sources.find(name);
    return found == sources.end() ? nullptr : *Template::Parse(found->second);
  }
  absl::StatusOr<Value> CatalogItem(std::string_view catalog, std::string_view item_id) const override {
    if (catalog != "Games") return absl::NotFoundError("no such catalog");
    if (item_id == "1234") return Map({{"title", Value::String("Tales")}, {"price", Value::Double(7.49)}});
    if (item_id == "1235") return Map({{"title", Value::String("Teslagrad")}});
    if (item_id == "later") return absl::UnavailableError("not loaded");
    return absl::NotFoundError("no such item");
  }
};

absl::StatusOr<Rendering> TryRender(std::string_view source, Escaping escaping = Escaping::kNone) {
  auto parsed = Template::Parse(source);
  if (!parsed.ok()) return parsed.status();
  const TestLibrary library;
  RenderOptions options;
  options.now = kNow;
  options.library = &library;
  options.escaping = escaping;
  return (*parsed)->Render(Data(), options);
}

std::string Render(std::string_view source) {
  auto rendering = TryRender(source);
  return rendering.ok() ? rendering->output : rendering.status().ToString();
}

struct Case {
  const char* source;
  const char* output;
};

class BrazeCases : public testing::TestWithParam<Case> {};

TEST_P(BrazeCases, Renders) { EXPECT_EQ(Render(GetParam().source), GetParam().output) << GetParam().source; }

INSTANTIATE_TEST_SUITE_P(
    Spelling, BrazeCases,
    testing::ValuesIn(std::vector<Case>{
        {"Hi {{${first_name}}}!", "Hi Ada!"},
        {"Hi {{ ${first_name} | upcase }}!", "Hi ADA!"},
        {"{{custom_attribute.${favourite pizza}}}", "Margherita"},
        {"{{ custom_attribute.${points} | plus: 2 }}", "42"},
        {"{{event_properties.${total}}}", "17.5"},
        {"{{${user_id} | default: 'x'}}", "x"},
        {"{% if {{${first_name}}} == 'Ada' %}yes{% endif %}", "yes"},
        {"{% if ${first_name} == 'Ada' %}yes{% endif %}", "yes"},
        {"{% if custom_attribute.${favourite pizza} contains 'Marg' %}yes{% endif %}", "yes"},
        {"{% if {{custom_attribute.${points}}} > 30 and {{${first_name}}} != blank %}yes{% endif %}", "yes"},
        {"{% assign a = {{custom_attribute.${points}}} %}{{ a }}", "40"},
        {"{% assign a = {{custom_attribute.${nope} | default: 'none'}} %}{{ a }}", "none"},
        {"{{custom_attribute.${points} | plus: {{event_properties.${total}}}}}", "57.5"},
        {"{% for w in {{custom_attribute.${wishlist}}} %}{{ w }} {% endfor %}", "1234 1235 "},
        {"{% case {{${first_name}}} %}{% when 'Ada' %}A{% endcase %}", "A"},
        {"{{ custom_attribute.${wishlist}[0] }}", "1234"},
        {"${first_name} {a} {{ '{}' }}", "${first_name} {a} {}"},
    }));

INSTANTIATE_TEST_SUITE_P(
    Library, BrazeCases,
    testing::ValuesIn(std::vector<Case>{
        {"{% assign year = 2023 %}{{content_blocks.${imprint}}} {{ seen }}", "<b>Cadenza 2023</b> yes"},
        {"{{content_blocks.${imprint} | id: 'cb12'}}", "<b>Cadenza </b>"},
        {"{% content_blocks.${outer} %}", "[<b>Cadenza </b>]"},
        {"{% assign x = {{content_blocks.${imprint}}} %}{{ x | size }}", "15"},
        {"{% catalog_items Games 1234 %}{{ items[0].title }} for {{ items[0].price }}", "Tales for 7.49"},
        {"{% catalog_items Games 1234 1235 nope %}{{ items | map: 'title' | join: ', ' }}", "Tales, Teslagrad"},
        {"{% assign w = {{custom_attribute.${wishlist}}}%}{% catalog_items Games {{ w[1] }} %}{{ items[0].title }}",
         "Teslagrad"},
        {"{% catalog_items Games custom_attribute.${wishlist} %}{{ items.size }}", "2"},
        {"{% assign id = '1234' %}{% catalog_items 'Games' id %}{{ items[0].title }}", "Tales"},
        {"{% catalog_items Nope 1 %}{{ items.size }}{{ items[0].title }}", "0"},
        {"a{% message_extras :key test :value {{${first_name}}} %}b", "ab"},
    }));

INSTANTIATE_TEST_SUITE_P(
    Filters, BrazeCases,
    testing::ValuesIn(std::vector<Case>{
        {"{{ 'hey' | md5 }}", "6057f13c496ecf7fd777ceb9e79ae285"},
        {"{{ 'hey' | sha1 }}", "7f550a9f4c44173a37664d938f1355f0f92a47a7"},
        {"{{ 'hey' | sha2 }}", "fa690b82061edfd2852629aeba8a8977b57e40fcb77d1a7a28b26cba62591204"},
        {"{{ 'hey' | sha256 }}", "fa690b82061edfd2852629aeba8a8977b57e40fcb77d1a7a28b26cba62591204"},
        {"{{ 'hey' | hmac_sha1_hex: 'secret_key' }}", "2a3969bed25bfeefb00aca4063eb9590b4df8f0e"},
        {"{{ 'hey' | hmac_sha1_base64: 'secret_key' }}", "KjlpvtJb/u+wCspAY+uVkLTfjw4="},
        {"{{ 'hey' | hmac_sha256: 'secret_key' }}", "8df897f8da3d7992fe57c8dbc6f27578cfbf2dcc4d0fbb4000b8c924841d508e"},
        {"{{ 'hey' | hmac_sha256_base64: 'secret_key' }}", "jfiX+No9eZL+V8jbxvJ1eM+/LcxND7tAALjJJIQdUI4="},
        {"{{ 'hey' | hmac_sha512: 'k' | size }}", "128"},
        {"{{ 'blah' | base64_encode }}", "YmxhaA=="},
        {"{{ 'hey<>hi' | url_escape }}", "hey%3C%3Ehi"},
        {"{{ 'hey<&>hi' | url_param_escape }}", "hey%3C%26%3Ehi"},
        {"{{ custom_attribute | property_accessor: 'points' }}", "40"},
        {"{{ 123456 | number_with_delimiter }}", "123,456"},
        {"{{ -1234567.891 | number_with_delimiter }}", "-1,234,567.891"},
        {"{{ '12' | number_with_delimiter }}{{ 'twelve' | number_with_delimiter }}", "12twelve"},
        {"{{ 145 | money }} {{ 17.8 | money }} {{ '350000.25' | plus: 0 | money }}", "145.00 17.80 350,000.25"},
        {"{{ 'say \"hi\"\\n' | json_escape }}", "say \\\"hi\\\"\\\\n"},
        {"{{ custom_attribute.${wishlist} | json }}", "[\"1234\",1235]"},
        {"{{ custom_attribute.${wishlist} | as_json_string }}", "[\"1234\",1235]"},
        {"{% assign o = '{\"b\": [1, 2.5], \"a\": null}' | json_parse %}{{ o.b[1] }} {{ o }}",
         "2.5 {\"b\"=>[1, 2.5], \"a\"=>nil}"},
        {"{{ at | time_zone: 'America/Los_Angeles' | date: '%a %b %e %T %Z' }}", "Tue Nov 14 14:13:20 PST"},
        {"{{ 'now' | time_zone: 'Asia/Kathmandu' }}", "2023-11-15 03:58:20 +0545"},
        {"{% assign t = at | time_zone: 'Europe/Berlin' %}{{ t | date: '%H:%M %z' }}", "23:13 +0100"},
    }));

TEST(Braze, AbortMessageTakesItsReasonInEverySpelling) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{% abort_message %}", ""},
      {"{% abort_message() %}", ""},
      {"{% abort_message('no pizza') %}", "no pizza"},
      {"{% abort_message(\"no 'pizza'\") %}", "no 'pizza'"},
      {"{%  abort_message (  'no pizza'  )  %}", "no pizza"},
      {"{% abort_message \"no pizza\" %}", "no pizza"},
      {"{% abort_message(no venue_name) %}", "no venue_name"},
      {"{% abort_message({{${first_name}}}) %}", "Ada"},
      {"x{% if true %}{{content_blocks.${stop}}}{% endif %}y", "from a block"},
  };
  for (const auto& [source, reason] : cases) {
    auto rendering = TryRender(source);
    ASSERT_TRUE(rendering.ok()) << source << ": " << rendering.status();
    EXPECT_TRUE(rendering->aborted) << source;
    EXPECT_EQ(rendering->abort_reason, reason) << source;
  }
}

TEST(Braze, ContentBlocksHaveAnEnd) {
  for (const char* source : {"{{content_blocks.${self}}}", "{{content_blocks.${ping}}}"}) {
    EXPECT_EQ(TryRender(source).status().code(), absl::StatusCode::kInvalidArgument) << source;
  }
  const std::string text = TryRender("{{content_blocks.${nope}}}").status().ToString();
  EXPECT_NE(text.find("there is no content block 'nope'"), std::string::npos) << text;
  const std::string within = TryRender("{{content_blocks.${broken}}}").status().ToString();
  EXPECT_NE(within.find("in the content block 'broken', line 2, column 8: divided by 0"), std::string::npos) << within;
  EXPECT_FALSE(TryRender("{% if content_blocks.${imprint} == 'x' %}{% endif %}").ok());
}

TEST(Braze, ContentBlocksAreEscapedOnceWithin) {
  auto rendering = TryRender("{% assign year = '<1>' %}{{content_blocks.${imprint}}}", Escaping::kHtml);
  ASSERT_TRUE(rendering.ok()) << rendering.status();
  // A literal of the template is text of its author.
  EXPECT_EQ(rendering->output, "<b>Cadenza <1></b>");
}

TEST(Braze, AllMissingItemsAreToldAtOnce) {
  auto parsed = Template::Parse(
      "{% catalog_items Games later 1234 %}{{ items[0].title }}{% catalog_items Games {{ 'later' }} %}");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  const TestLibrary library;
  RenderOptions options;
  options.library = &library;
  std::string out;
  Outcome outcome;
  EXPECT_EQ((*parsed)->Render(Data(), options, &out, &outcome).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(outcome.missing, (std::vector<CatalogItemName>{{"Games", "later"}, {"Games", "later"}}));
}

TEST(Braze, DatesAreShownInTheUsersZoneWhenAsked) {
  auto parsed = Template::Parse(
      "{{ at | date: '%H:%M' }} {{ at | time_zone | date: '%H:%M' }} {{ '2024-01-01T00:00:00+02:00' | date: '%H:%M' "
      "}}");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  RenderOptions options;
  ASSERT_TRUE(absl::LoadTimeZone("Europe/Berlin", &options.time_zone));
  EXPECT_EQ((*parsed)->Render(Data(), options)->output, "22:13 23:13 00:00");
  options.local_dates = true;
  EXPECT_EQ((*parsed)->Render(Data(), options)->output, "23:13 23:13 00:00");
}

TEST(Braze, MessageExtrasAreKeptBesideTheText) {
  auto rendering =
      TryRender("{% message_extras :key mood :value good %}{% message_extras :key 'n' :value {{${first_name}}} %}");
  ASSERT_TRUE(rendering.ok()) << rendering.status();
  EXPECT_EQ(rendering->extras, (std::vector<std::pair<std::string, std::string>>{{"mood", "good"}, {"n", "Ada"}}));
}

TEST(Braze, NumbersAreWrittenAsTheLocaleDoes) {
  auto parsed = Template::Parse("{{ 1234567.5 | number_with_delimiter }}");
  ASSERT_TRUE(parsed.ok());
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"en-GB", "1,234,567.5"}, {"de", "1.234.567,5"}, {"fr-FR", "1\u202F234\u202F567,5"}, {"de-CH", "1’234’567.5"}};
  for (const auto& [locale, text] : cases) {
    RenderOptions options;
    options.locale = locale;
    EXPECT_EQ((*parsed)->Render(Data(), options)->output, text) << locale;
  }
}

}  // namespace
}  // namespace cadenza::liquid
