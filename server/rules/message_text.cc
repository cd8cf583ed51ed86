#include "server/rules/message_text.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "server/rules/checks.h"
#include "server/rules/liquid/liquid.h"
#include "server/rules/liquid_scope.h"
#include "server/rules/locale.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza::rules {
namespace {

absl::Status CheckTexts(std::string_view title, std::string_view body) {
  CADENZA_RETURN_IF_ERROR(CheckText("title", title, limits::kTemplateBytes));
  if (body.empty()) return Invalid("body", "is required and must not be empty");
  return CheckText("body", body, limits::kTemplateBytes);
}

absl::Status CheckMessage(const MessageTemplate& message) {
  CADENZA_RETURN_IF_ERROR(CheckName("channel", message.channel, limits::kChannelBytes));
  CADENZA_RETURN_IF_ERROR(CheckTexts(message.title, message.body));
  if (message.time_to_live < absl::Seconds(1) || message.time_to_live > limits::kMessageTimeToLive) {
    return Invalid("time_to_live",
                   StrCat("is ", absl::FormatDuration(message.time_to_live), "; it must be from 1 s to ",
                          absl::FormatDuration(limits::kMessageTimeToLive)));
  }
  if (message.localizations.size() > limits::kLocalizations) {
    return LimitExceeded("localizations", StrCat("are ", message.localizations.size(), "; at most ",
                                                 limits::kLocalizations, " are allowed"));
  }
  return absl::OkStatus();
}

absl::Status CheckLocale(const std::string& locale, absl::flat_hash_set<std::string>* seen) {
  CADENZA_RETURN_IF_ERROR(CheckName("locale", locale, limits::kLocaleBytes));
  if (!IsLanguageTag(locale)) {
    return Invalid("locale", StrCat("'", locale, "' is no language tag; write it as \"fr\" or \"en-GB\""));
  }
  if (!seen->insert(NormalLocale(locale)).second) return Invalid("locale", StrCat("'", locale, "' stands twice"));
  return absl::OkStatus();
}

// A template of the message: `prefix` is where it stands in the campaign.
absl::Status CompileTexts(std::string_view prefix, const std::string& title, const std::string& body, Review* review,
                          CompiledText* compiled) {
  CADENZA_ASSIGN_OR_RETURN(compiled->title, CompileTemplate(StrCat(prefix, "title"), title, review));
  CADENZA_ASSIGN_OR_RETURN(compiled->body, CompileTemplate(StrCat(prefix, "body"), body, review));
  return absl::OkStatus();
}

std::string_view TextAttribute(const Facts& facts, std::string_view name) {
  const Value* value = facts.profile->attributes.Find(name);
  return value != nullptr && value->kind() == Value::Kind::kString ? value->string_value() : std::string_view();
}

liquid::Escaping EscapingOf(ContentType type) {
  if (type == ContentType::kHtml) return liquid::Escaping::kHtml;
  return type == ContentType::kJson ? liquid::Escaping::kJson : liquid::Escaping::kNone;
}

// What templates of one workspace take from elsewhere.
class MessageLibrary : public liquid::Library {
 public:
  MessageLibrary(const std::string& workspace, const ContentBlocks* blocks, CatalogItems* items)
      : workspace_(workspace), blocks_(blocks), items_(items) {}
  std::shared_ptr<const liquid::Template> ContentBlock(std::string_view name) const override {
    return blocks_ == nullptr ? nullptr : blocks_->Find(name);
  }
  absl::StatusOr<Value> CatalogItem(std::string_view catalog, std::string_view item_id) const override {
    if (items_ == nullptr) return absl::NotFoundError("there are no catalogs");
    return items_->Find(workspace_, catalog, item_id);
  }

 private:
  const std::string& workspace_;
  const ContentBlocks* blocks_;
  CatalogItems* items_;
};

}  // namespace

absl::Status CompileMessage(const MessageTemplate& message, Review* review, CompiledCampaign* compiled) {
  if (absl::Status checked = CheckMessage(message); !checked.ok()) return WithFieldPrefix(checked, "message.");
  absl::flat_hash_set<std::string> locales;
  for (size_t i = 0; i < message.localizations.size(); ++i) {
    const Localization& localization = message.localizations[i];
    absl::Status status = CheckLocale(localization.locale, &locales);
    if (status.ok()) status = CheckTexts(localization.title, localization.body);
    if (!status.ok()) return WithFieldPrefix(status, StrCat("message.localizations[", i, "]."));
  }
  CompiledText text;
  CADENZA_RETURN_IF_ERROR(CompileTexts("message.", message.title, message.body, review, &text));
  compiled->title = std::move(text.title);
  compiled->body = std::move(text.body);
  for (size_t i = 0; i < message.localizations.size(); ++i) {
    const Localization& localization = message.localizations[i];
    CompiledText& added = compiled->localizations.emplace_back();
    added.locale = NormalLocale(localization.locale);
    CADENZA_RETURN_IF_ERROR(
        CompileTexts(StrCat("message.localizations[", i, "]."), localization.title, localization.body, review, &added));
  }
  return absl::OkStatus();
}

int PickLocalization(const CompiledCampaign& compiled, std::string_view language) {
  if (compiled.localizations.empty() || language.empty() || language.size() > limits::kLocaleBytes) return -1;
  const std::string normal = NormalLocale(language);
  for (std::string_view range = normal; !range.empty(); range = MoreGeneral(range)) {
    for (size_t i = 0; i < compiled.localizations.size(); ++i) {
      if (compiled.localizations[i].locale == range) return static_cast<int>(i);
    }
  }
  return -1;
}

TextOutcome WriteText(const CompiledCampaign& compiled, const Facts& facts, absl::TimeZone zone,
                      std::string_view message_id, CatalogItems* items, std::string* title, std::string* body) {
  using Kind = TextOutcome::Kind;
  MessageFacts message{.campaign = &compiled.campaign, .message_id = message_id, .locale = {}};
  liquid::RenderOptions options;
  options.now = facts.now;
  options.escaping = EscapingOf(compiled.campaign.message.content_type);
  options.time_zone = zone;
  const int picked = PickLocalization(compiled, TextAttribute(facts, "language"));
  if (picked >= 0) options.locale = message.locale = compiled.campaign.message.localizations[picked].locale;
  const LiquidScope scope(facts, message);
  const MessageLibrary library(facts.profile->key.workspace, compiled.blocks.get(), items);
  options.library = &library;

  const auto write = [&](const std::shared_ptr<const liquid::Template>& source, std::string_view field,
                         std::string* out) -> TextOutcome {
    out->clear();
    if (source == nullptr) return {};
    const auto named = [&](std::string_view what, std::string_view why) {
      const std::string where = picked < 0 ? "" : StrCat("localizations[", picked, "].");
      return StrCat(where, field, what, why);
    };
    liquid::Outcome outcome;
    const absl::Status rendered = source->Render(scope, options, out, &outcome);
    if (absl::IsUnavailable(rendered)) return {Kind::kNotLoaded, named("", " waits for catalog items")};
    if (!rendered.ok()) return {Kind::kFailed, named(": ", Std(rendered.message()))};
    if (outcome.aborted) return {Kind::kAborted, named(" aborted the message: ", outcome.abort_reason)};
    return {};
  };
  const CompiledText* text = picked < 0 ? nullptr : &compiled.localizations[picked];
  TextOutcome outcome = write(text != nullptr ? text->title : compiled.title, "title", title);
  // What the body lacks is found in the same run.
  if (outcome.kind == Kind::kWritten || outcome.kind == Kind::kNotLoaded) {
    TextOutcome of_body = write(text != nullptr ? text->body : compiled.body, "body", body);
    if (outcome.kind == Kind::kWritten) outcome = std::move(of_body);
  }
  return outcome;
}

}  // namespace cadenza::rules
