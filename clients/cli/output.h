// How things are shown to a person.
#ifndef CADENZA_CLIENTS_CLI_OUTPUT_H_
#define CADENZA_CLIENTS_CLI_OUTPUT_H_

#include <string>

#include "cadenza/v1/campaign.pb.h"
#include "cadenza/v1/campaign_service.pb.h"
#include "cadenza/v1/catalog.pb.h"
#include "cadenza/v1/content_block.pb.h"
#include "cadenza/v1/message.pb.h"
#include "cadenza/v1/profile.pb.h"
#include "cadenza/v1/profile_service.pb.h"
#include "cadenza/v1/value.pb.h"

namespace cadenza::cli {

// Text of others on a terminal: no control characters.
std::string Plain(const std::string& text);
// Like JSON, map keys sorted; control characters escaped.
std::string FormatValue(const v1::Value& value);
// "2026-01-31 12:00:00.123 UTC".
std::string FormatTime(const google::protobuf::Timestamp& time);
std::string FormatDuration(const google::protobuf::Duration& duration);
// Each ends without a newline; a profile takes several lines.
std::string FormatMessage(const v1::Message& message);
std::string FormatEvent(const v1::UserEvent& event);
std::string FormatProfile(const v1::Profile& profile);
// "active".
std::string FormatState(v1::Campaign::State state);
// One line.
std::string FormatCampaign(const v1::Campaign& campaign);
// On standard error.
void WarnOfDamaged(const v1::DamagedCampaign& damaged);
// One line each.
std::string FormatCatalog(const v1::Catalog& catalog);
std::string FormatItem(const v1::CatalogItem& item);
std::string FormatContentBlock(const v1::ContentBlock& block);
// One line: "message.body, line 2, column 5: unknown filter 'shout'".
std::string FormatWarning(const v1::TemplateWarning& warning);
// "order_placed", "session start", "purchase of 12".
std::string FormatTrigger(const v1::Trigger& trigger);
// "custom_event order_placed {…}".
std::string FormatInput(const v1::Input& input);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_OUTPUT_H_
