// Liquid templates: parsed once, rendered many times under limits. Usable alone: knows nothing of profiles or
// campaigns.
//
// The language is that of Shopify's Liquid 5 (github.com/Shopify/liquid, as of 5.13) with the tags, filters and
// spellings that Braze adds (braze.com/docs: {{${first_name}}}, {% abort_message("reason") %},
// {{content_blocks.${name}}},
// {% catalog_items name id %}). Values come in through a Scope; text in a value is data and is never parsed.
#ifndef CADENZA_SERVER_RULES_LIQUID_LIQUID_H_
#define CADENZA_SERVER_RULES_LIQUID_LIQUID_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "storage/model/value.h"

namespace cadenza::liquid {

// Counted, not timed, so that a rendering is repeatable. Over a limit is RESOURCE_EXHAUSTED.
struct Limits {
  size_t template_bytes = 64 << 10;
  int nesting = 32;                 // tags in tags; and, apart from those, templates in templates
  size_t output_bytes = 256 << 10;  // captures and assigned strings count too
  int64_t iterations = 10'000;      // of all loops together
  int64_t steps = 100'000;          // the cost: nodes rendered, iterations, filter applications, bytes copied / 64
};

// How a template is read where it is not plainly right, as in Shopify's Liquid (error_mode).
enum class Mode : uint8_t {
  kStrict,  // what is wrong is an error
  kWarn,    // strict; what only lax understands is read so, with a warning
  kLax,     // what cannot be understood is passed over
};

// Something in a template that is probably not meant. Lines and columns from 1, columns in characters.
struct Warning {
  int line = 0;
  int column = 0;
  std::string text;  // "unknown filter 'capitalise'"
};

struct ParseOptions {
  Mode mode = Mode::kStrict;
  Limits limits;
  // Whether data can have such a name: {"user", "first_name"}, {"custom_attribute", "pizza"}, {"${first_name}"}. Asked
  // for each path of plain names whose first the template does not set itself; false gives a warning. Null: all are
  // known.
  std::function<bool(absl::Span<const std::string_view> path)> is_known;
};

// Names with values: the ones at the top of a template, or the members of one object. Implementations answer lazily,
// from the caller's own data; called only during Render, on its thread. What they hand out must live until Render
// returns.
//
// Braze's ${name} is, after a dot, the member `name`; alone, the top name "${name}" with these three signs.
class Scope {
 public:
  virtual ~Scope() = default;
  // The value, lent: saves the copy that Lookup makes. Asked first; nullptr: ask Nested, then Lookup.
  virtual const Value* Borrow(std::string_view /*name*/) const { return nullptr; }
  // Null value if there is no such name (Liquid renders that as nothing).
  virtual Value Lookup(std::string_view name) const = 0;
  // The scope behind a name that stands for an object ("user"); nullptr if the name is none of these. Asked before
  // Lookup.
  virtual const Scope* Nested(std::string_view /*name*/) const { return nullptr; }
  // Whether the name is defined, even as null: asked where Lookup gave null and RenderOptions::strict_variables is set.
  virtual bool Defines(std::string_view /*name*/) const { return false; }
  // All of it as one value, for a template that names the object itself ({% for pair in user.attributes %}). Null if
  // that makes no sense.
  virtual Value Whole() const { return Value(); }
};

// A scope over a map.
class MapScope : public Scope {
 public:
  explicit MapScope(ValueMap values) : values_(std::move(values)) {}
  const Value* Borrow(std::string_view name) const override { return values_.Find(name); }
  Value Lookup(std::string_view name) const override {
    const Value* value = values_.Find(name);
    return value == nullptr ? Value() : *value;
  }
  bool Defines(std::string_view name) const override { return values_.Find(name) != nullptr; }
  Value Whole() const override { return Value::Map(values_); }

 private:
  ValueMap values_;
};

class Template;

// What templates take from elsewhere. Called only during Render, on its thread.
class Library {
 public:
  virtual ~Library() = default;
  // For {% render 'name' %} and {% include name %}. Null if there is none, which is an error of the rendering.
  virtual std::shared_ptr<const Template> Partial(std::string_view /*name*/) const { return nullptr; }
  // For {{ content_blocks.${name} }}. As above.
  virtual std::shared_ptr<const Template> ContentBlock(std::string_view /*name*/) const { return nullptr; }
  // For {% catalog_items catalog item_id … %}: a map with the item's fields. NOT_FOUND: there is no such item or
  // catalog; the template sees one item less. UNAVAILABLE: not known yet, to be loaded; Render goes on as if the item
  // had no fields, to find what else it misses, and then is UNAVAILABLE with all of them in Outcome::missing.
  virtual absl::StatusOr<Value> CatalogItem(std::string_view catalog, std::string_view item_id) const;
};

// What strings that {{ }} inserts are made safe for. A string that went through `escape` (HTML) or `json`,
// `json_escape`, `as_json_string` (JSON) last is not escaped again; neither is what ends in the filter `raw`, nor a
// captured or content block's text, whose parts were.
enum class Escaping : uint8_t { kNone, kHtml, kJson };

enum class ErrorMode : uint8_t {
  kStatus,  // the first error ends Render with its status
  kInline,  // "Liquid error: …" stands in the output where it happened, as Shopify prints it; limits still end Render
};

struct RenderOptions {
  absl::Time now = absl::UnixEpoch();              // "now" and "today"
  absl::TimeZone time_zone = absl::UTCTimeZone();  // the user's: what {{ x | time_zone }} without a name means
  bool local_dates = false;                        // `date` shows times that bear no zone in time_zone, else in UTC
  std::string_view locale = "en";                  // BCP 47; number_with_delimiter
  ErrorMode errors = ErrorMode::kStatus;
  bool strict_variables = false;  // an undefined variable is an error
  bool strict_filters = false;    // an unknown filter is an error, else it passes its input on
  Escaping escaping = Escaping::kNone;
  // Whether partials of {% render %} see the scope beside their parameters (Shopify: only its global objects).
  bool partials_see_data = true;
  const Library* library = nullptr;  // borrowed; null: an empty one
};

struct CatalogItemName {
  std::string catalog;
  std::string item_id;
  friend bool operator==(const CatalogItemName&, const CatalogItemName&) = default;
};

// What a rendering told apart from its text.
struct Outcome {
  bool aborted = false;  // {% abort_message %} was reached; the output is to be dropped
  std::string abort_reason;
  std::vector<CatalogItemName> missing;                     // see Library::CatalogItem
  std::vector<std::string> errors;                          // those that stand in the output (ErrorMode::kInline)
  std::vector<std::pair<std::string, std::string>> extras;  // {% message_extras :key … :value … %}, in their order
};

struct Rendering : Outcome {
  std::string output;
};

// What a template reads, as far as it names it in so many words. Sorted, each once.
struct Reads {
  std::vector<std::string> catalogs;
  std::vector<std::string> content_blocks;
  std::vector<std::string> partials;
  std::vector<std::string> variables;  // "user.first_name", "${first_name}", "custom_attribute.pizza"
};

// Immutable: Render is safe from any thread.
class Template {
 public:
  // INVALID_ARGUMENT: "line L, column C: what is wrong", then on two lines the line of the template and a caret under
  // the place. RESOURCE_EXHAUSTED: over a limit, the same.
  static absl::StatusOr<std::shared_ptr<const Template>> Parse(std::string_view source, const ParseOptions& options);
  static absl::StatusOr<std::shared_ptr<const Template>> Parse(std::string_view source, const Limits& limits = {});

  // Appends to `out`, whose capacity is reused; after an error, what `out` holds is unspecified. `outcome` may be null.
  // INVALID_ARGUMENT (line, column, excerpt: something that cannot be done with these values), NOT_FOUND (a partial or
  // content block), RESOURCE_EXHAUSTED (over a limit), UNAVAILABLE (see Library::CatalogItem).
  absl::Status Render(const Scope& scope, const RenderOptions& options, std::string* out, Outcome* outcome) const;
  absl::StatusOr<Rendering> Render(const Scope& scope, const RenderOptions& options) const;
  absl::StatusOr<Rendering> Render(const Scope& scope, absl::Time now) const;

  const std::vector<Warning>& warnings() const;
  const Reads& reads() const;

  ~Template();
  Template(const Template&) = delete;
  Template& operator=(const Template&) = delete;

 private:
  friend class TemplateAccess;  // templates in templates
  Template();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cadenza::liquid

#endif  // CADENZA_SERVER_RULES_LIQUID_LIQUID_H_
