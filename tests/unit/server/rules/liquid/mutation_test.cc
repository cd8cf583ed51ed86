// Templates that were nearly right: pieces of good ones, cut, doubled, swapped and damaged. Each must parse or not,
// render or not, the same way twice, and print UTF-8. A bounded stand-in for the fuzzers of tests/fuzz.
#include <random>

#include "server/rules/liquid/liquid.h"
#include "storage/base/utf8.h"

namespace cadenza::liquid {
namespace {

constexpr int kRounds = 6'000;

const std::vector<std::string>& Templates() {
  static const auto& templates = *new std::vector<std::string>{
      "{% for i in (1..4) reversed limit: 2 offset: x %}{{ forloop.index }}{% cycle 'a', i %}{% else %}none{% endfor "
      "%}",
      "{% if x == 'a' and y contains \"b\" or z != blank %}{{ x | upcase }}{% elsif y[0].k > 2 %}2{% else %}3{% endif "
      "%}",
      "{% case x %}{% when 1, 2 or 'a' %}{{ 'now' | date: '%-d.%^b %10Y' }}{% else %}{% endcase %}",
      "{% assign a = y | map: 'k' | join: ', ' | truncate: 7, '…' %}{{ a | escape | default: 'é', allow_false: true }}",
      "{% capture c %}{{ n | plus: 1.5 | times: 2 | round: 1 }}{% endcapture %}{{ c }}{% increment c %}{% raw %}{{{% "
      "endraw %}",
      "{% tablerow r in y cols: 2 %}{{ r }}{% break %}{% endtablerow %}{%- comment %}x{% endcomment -%}",
      "{% liquid\n  assign q = 'a b' | split: ' '\n  for w in q\n    echo w | capitalize\n  endfor\n%}",
      "{% render 'p', x: n %}{% include 'p' for y as k %}{{content_blocks.${b}}}{% catalog_items menu 1 {{ n }} %}",
      "{{${first_name} | default: 'x'}}{% if {{custom_attribute.${a b}}} == 3 %}{% abort_message('no') %}{% endif %}",
      "{{ y | where: 'k', 2 | first | json }}{{ s | url_encode | md5 }}{{ s | split: '' | sort | uniq | reverse }}",
      "{% unless n > 3 %}{{ -1.5 | abs }}{{ (1..n) | size }}{% endunless %}{% ifchanged %}{{ n }}{% endifchanged %}",
  };
  return templates;
}

class ItselfLibrary : public Library {
 public:
  std::shared_ptr<const Template> itself;
  std::shared_ptr<const Template> Partial(std::string_view) const override { return itself; }
  std::shared_ptr<const Template> ContentBlock(std::string_view) const override { return itself; }
};

std::string Mutated(std::mt19937& random) {
  const auto pick = [&random](size_t size) { return static_cast<size_t>(random() % size); };
  std::string text = Templates()[pick(Templates().size())];
  for (size_t changes = 1 + pick(4); changes > 0; --changes) {
    const std::string& other = Templates()[pick(Templates().size())];
    const size_t at = pick(text.size() + 1), from = pick(other.size());
    const size_t length = 1 + pick(12);
    switch (pick(5)) {
      case 0:
        text.erase(std::min(at, text.size()), length);
        break;
      case 1:
        text.insert(at, other.substr(from, length));
        break;
      case 2:
        text.insert(at, text.substr(pick(text.size() + 1), length));
        break;
      case 3:
        if (at < text.size()) text[at] = "{}%|:.,'\"[]()-=<>$ \n"[pick(20)];
        break;
      default:
        text.resize(at);
        text += other.substr(from);
    }
  }
  return text;
}

TEST(LiquidMutations, EndInATextOrAnError) {
  const auto seed = std::random_device()();
  std::mt19937 random(seed);
  const MapScope scope({{"x", Value::String("a")},
                        {"y", Value::List({Value::Map({{"k", Value::Int(2)}}), Value::String("b"), Value()})},
                        {"n", Value::Int(3)},
                        {"s", Value::String("añ €<b>")},
                        {"${first_name}", Value::String("Ada")}});
  int rendered = 0;
  for (int round = 0; round < kRounds; ++round) {
    const std::string source = Mutated(random);
    SCOPED_TRACE("seed " + std::to_string(seed) + ", round " + std::to_string(round) + ": " + source);
    ParseOptions parse;
    parse.mode = static_cast<Mode>(round % 3);
    parse.limits.steps = 5'000;
    parse.limits.output_bytes = 16 << 10;
    const auto parsed = Template::Parse(source, parse);
    if (!parsed.ok()) {
      ASSERT_EQ(parsed.status().message().substr(0, 5), "line ");
      continue;
    }
    ItselfLibrary library;
    library.itself = *parsed;
    RenderOptions options;
    options.library = &library;
    options.errors = round % 2 == 0 ? ErrorMode::kInline : ErrorMode::kStatus;
    options.escaping = static_cast<Escaping>(round % 3);
    const auto once = (*parsed)->Render(scope, options);
    const auto twice = (*parsed)->Render(scope, options);
    library.itself = nullptr;
    ASSERT_EQ(once.ok(), twice.ok());
    if (!once.ok()) continue;
    ++rendered;
    ASSERT_EQ(once->output, twice->output);
    ASSERT_LE(once->output.size(), parse.limits.output_bytes);
    ASSERT_TRUE(!IsUtf8(source) || IsUtf8(once->output));
  }
  EXPECT_GT(rendered, kRounds / 10) << "seed " << seed;
}

}  // namespace
}  // namespace cadenza::liquid
