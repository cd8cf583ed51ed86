// The text of a message: the language that its user reads, rendered with everything that a template may name. Pure.
#ifndef CADENZA_SERVER_RULES_MESSAGE_TEXT_H_
#define CADENZA_SERVER_RULES_MESSAGE_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/rules/catalog_items.h"
#include "server/rules/content_blocks.h"
#include "server/rules/facts.h"
#include "server/rules/rule_set.h"
#include "storage/model/campaign.h"

namespace cadenza::rules {

// Checks the fields of `message` (under "message.") and compiles its templates into `compiled`. INVALID_ARGUMENT is a
// rejection of the field; of a template, with line, column and excerpt. `review` may be null.
absl::Status CompileMessage(const MessageTemplate& message, Review* review, CompiledCampaign* compiled);

// Which of the localizations a user gets whose language is `language`: RFC 4647, "Lookup". -1 = the default.
int PickLocalization(const CompiledCampaign& compiled, std::string_view language);

struct TextOutcome {
  enum class Kind : uint8_t {
    kWritten,
    kAborted,    // {% abort_message %}
    kFailed,     // an error of the template with these values, or over a limit
    kNotLoaded,  // catalog items are missing, and noted in `items`
  };
  Kind kind = Kind::kWritten;
  std::string detail;  // which template, and why; empty if it was written
};

// `zone` is the user's (ZoneOf, workspace.h): what `| time_zone` without a name means. `items` may be null: there are
// none. `title` and `body` hold the text if it was written.
TextOutcome WriteText(const CompiledCampaign& compiled, const Facts& facts, absl::TimeZone zone,
                      std::string_view message_id, CatalogItems* items, std::string* title, std::string* body);

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_MESSAGE_TEXT_H_
