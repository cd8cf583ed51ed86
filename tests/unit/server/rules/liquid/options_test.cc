// What ParseOptions and RenderOptions choose: modes, warnings, what is read, error text, strictness, escaping.
#include "server/rules/liquid/liquid.h"

namespace cadenza::liquid {
namespace {

std::shared_ptr<const Template> Parse(std::string_view source, ParseOptions options = {}) {
  auto parsed = Template::Parse(source, options);
  EXPECT_TRUE(parsed.ok()) << source << ": " << parsed.status();
  return parsed.ok() ? *parsed : *Template::Parse("");
}

MapScope Data() {
  return MapScope({{"name", Value::String("Tom & \"Jerry\"")},
                   {"n", Value::Int(7)},
                   {"list", Value::List({Value::String("<b>"), Value::Int(1)})},
                   {"nothing", Value()}});
}

std::string RenderWith(std::string_view source, const RenderOptions& options, Mode mode = Mode::kStrict) {
  ParseOptions parse;
  parse.mode = mode;
  auto rendering = Parse(source, parse)->Render(Data(), options);
  return rendering.ok() ? rendering->output : std::string(rendering.status().message());
}

TEST(LiquidModes, LaxPassesOverWhatStrictRefuses) {
  struct Case {
    const char* source;
    const char* output;
  };
  for (const Case& c : std::vector<Case>{
           {"{{ name n }}", "Tom & \"Jerry\""},
           {"{{ list.[1] }}", "1"},
           {"{{ 'a' || upcase }}", "A"},
           {"{{ 'a,b' | split, ',' | join: '-' }}", "a-b"},
           {"{{ n | plus: 1 2 }}", "8"},
           {"{{ & }}", ""},
           {"{% if n == 7 && false %}yes{% endif %}", "yes"},
           {"{% if n == 7 and (name contains 'Tom') %}yes{% endif %}", "yes"},
           {"{% for i in (1..3), limit:2 ; %}{{ i }}{% endfor %}", "12"},
           {"{% cycle 'a' 'b', 'c' %}", "a"},
           {"{% case n, 1 %}{% when 7 and 8 %}seven{% endcase %}", "seven"},
           {"{% assign x y = n %}{{ y }}", "7"},
           {"{{ 1.2.3 }}", "1.2"},
           {"{{ -foo }}", ""},
       }) {
    EXPECT_FALSE(Template::Parse(c.source).ok() && std::string_view(c.source) != "{% assign x y = n %}{{ y }}")
        << c.source;
    EXPECT_EQ(RenderWith(c.source, {}, Mode::kLax), c.output) << c.source;
    EXPECT_EQ(RenderWith(c.source, {}, Mode::kWarn), c.output) << c.source;
  }
}

TEST(LiquidModes, WarnTellsWhatItReadLaxly) {
  ParseOptions options;
  options.mode = Mode::kWarn;
  const auto parsed = Parse("a\n{% if n == 7 && x %}y{% endif %}", options);
  ASSERT_EQ(parsed->warnings().size(), 1u);
  EXPECT_EQ(parsed->warnings()[0].line, 2);
  EXPECT_EQ(parsed->warnings()[0].column, 7);
  EXPECT_EQ(parsed->warnings()[0].text, "unexpected '&'; read as the lax mode of Liquid reads it");
  options.mode = Mode::kLax;
  EXPECT_TRUE(Parse("{% if n == 7 && x %}y{% endif %}", options)->warnings().empty());
}

TEST(LiquidModes, EvenLaxRefusesWhatHasNoMeaning) {
  ParseOptions options;
  options.mode = Mode::kLax;
  for (const char* source : {"{% if %}{% endif %}", "{% for x %}{% endfor %}", "{% case %}{% endcase %}", "{% cycle %}",
                             "{% render x %}", "{% include %}", "{% if a and %}{% endif %}", "{% nope %}"}) {
    EXPECT_FALSE(Template::Parse(source, options).ok()) << source;
  }
}

TEST(LiquidWarnings, UnknownFiltersAndAttributes) {
  ParseOptions options;
  options.is_known = [](absl::Span<const std::string_view> path) {
    return path[0] == "user" ? path.size() > 1 && path[1] == "name" : path[0] == "${first_name}";
  };
  const auto parsed = Parse(
      "{{ user.name.size }}{{ user.nme }}\n{{ ${first_name} | shout }}{% assign x = y.z %}{{ x.anything }}"
      "{% for l in user.name %}{{ l.q }}{{ forloop.index }}{% endfor %}",
      options);
  std::vector<std::string> told;
  for (const Warning& w : parsed->warnings()) {
    told.push_back(std::to_string(w.line) + ":" + std::to_string(w.column) + " " + w.text);
  }
  EXPECT_EQ(told, (std::vector<std::string>{"1:24 unknown attribute 'user.nme'", "2:20 unknown filter 'shout'",
                                            "2:42 unknown attribute 'y.z'"}));
}

TEST(LiquidReads, NamesWhatItNames) {
  const auto parsed = Parse(
      "{{ user.first_name }}{{${city}}}{{custom_attribute.${pizza}}}{{ a[0].b }}{{ a[x] }}{% render 'footer' %}"
      "{{content_blocks.${imprint}}}{% catalog_items menu 1 %}{{ items[0].name }}");
  EXPECT_EQ(parsed->reads().variables,
            (std::vector<std::string>{"${city}", "a", "custom_attribute.pizza", "user.first_name", "x"}));
  EXPECT_EQ(parsed->reads().partials, std::vector<std::string>{"footer"});
  EXPECT_EQ(parsed->reads().content_blocks, std::vector<std::string>{"imprint"});
  EXPECT_EQ(parsed->reads().catalogs, std::vector<std::string>{"menu"});
}

TEST(LiquidErrors, InlineAsShopifyPrintsThem) {
  RenderOptions options;
  options.errors = ErrorMode::kInline;
  EXPECT_EQ(RenderWith("a {{ 1 | divided_by: 0 }} b", options), "a Liquid error: divided by 0 b");
  EXPECT_EQ(RenderWith("{% if 1 < '2' %}x{% endif %}", options),
            "Liquid error: comparison of Integer with String failed");
  EXPECT_EQ(RenderWith("{% if 1 < '2' %}{% endif %}", options), "");
  EXPECT_EQ(RenderWith("{% if 1 =! 2 %}ok{% endif %}", options, Mode::kLax), "Liquid error: Unknown operator =!");
  EXPECT_EQ(RenderWith("{{ 'a' | append }}", options, Mode::kLax),
            "Liquid error: wrong number of arguments (given 1, expected 2)");
  EXPECT_EQ(RenderWith("{{ 'abc' | slice: 'x' }}", options), "Liquid error: invalid integer");
  Outcome outcome;
  std::string out;
  EXPECT_TRUE(Parse("{{ 1 | modulo: 0 }}{% for i in (1..2) %}{{ 1 | divided_by: 0 }}{% endfor %}")
                  ->Render(Data(), options, &out, &outcome)
                  .ok());
  EXPECT_EQ(outcome.errors.size(), 3u);
  const auto limited = Parse("{% for i in (1..20000) %}{% endfor %}")->Render(Data(), options);
  EXPECT_EQ(limited.status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(LiquidErrors, StrictVariablesAndFilters) {
  RenderOptions options;
  EXPECT_EQ(RenderWith("{{ nobody }}{{ name | shout }}", options), "Tom & \"Jerry\"");
  options.strict_variables = options.strict_filters = true;
  options.errors = ErrorMode::kInline;
  EXPECT_EQ(RenderWith("{{ nobody }}", options), "Liquid error: undefined variable nobody");
  EXPECT_EQ(RenderWith("{{ nothing }}{{ n }}", options), "7");
  EXPECT_EQ(RenderWith("{{ n | shout }}", options), "Liquid error: undefined filter shout");
}

TEST(LiquidEscaping, OfWhatIsInsertedAndOnce) {
  RenderOptions html;
  html.escaping = Escaping::kHtml;
  struct Case {
    const char* source;
    const char* html;
    const char* json;
  };
  RenderOptions json;
  json.escaping = Escaping::kJson;
  for (const Case& c : std::vector<Case>{
           {"<i>{{ name }}</i>", "<i>Tom &amp; &quot;Jerry&quot;</i>", "<i>Tom & \\\"Jerry\\\"</i>"},
           {"{{ name | escape }}", "Tom &amp; &quot;Jerry&quot;", "Tom &amp; &quot;Jerry&quot;"},
           {"{{ name | raw }}", "Tom & \"Jerry\"", "Tom & \"Jerry\""},
           {"{{ n }} {{ list }}", "7 &lt;b&gt;1", "7 <b>1"},
           {"{{ '<hr>' }}", "<hr>", "<hr>"},
           {"{% capture c %}<p>{{ name }}</p>{% endcapture %}{{ c }}", "<p>Tom &amp; &quot;Jerry&quot;</p>",
            "<p>Tom & \\\"Jerry\\\"</p>"},
           {"{% assign e = name | escape %}{{ e }}{% assign e = list[0] %}{{ e }}",
            "Tom &amp; &quot;Jerry&quot;&lt;b&gt;", "Tom &amp; &quot;Jerry&quot;<b>"},
           {"{{ name | escape | upcase }}", "TOM &amp;AMP; &amp;QUOT;JERRY&amp;QUOT;", "TOM &AMP; &QUOT;JERRY&QUOT;"},
       }) {
    EXPECT_EQ(RenderWith(c.source, html), c.html) << c.source;
    EXPECT_EQ(RenderWith(c.source, json), c.json) << c.source;
  }
  EXPECT_EQ(RenderWith("{\"name\": {{ name | json }}}", json), "{\"name\": \"Tom & \\\"Jerry\\\"\"}");
}

TEST(LiquidRender, AppendsToABufferThatKeepsItsRoom) {
  const auto parsed = Parse("{{ n }}");
  std::string out;
  out.reserve(100);
  const char* room = out.data();
  for (int i = 0; i < 3; ++i) {
    out.clear();
    ASSERT_TRUE(parsed->Render(Data(), RenderOptions(), &out, nullptr).ok());
    EXPECT_EQ(out, "7");
    EXPECT_EQ(out.data(), room);
  }
}

}  // namespace
}  // namespace cadenza::liquid
