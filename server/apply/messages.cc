#include "server/apply/messages.h"

#include <algorithm>

#include "storage/base/ids.h"
#include "storage/model/limits.h"

namespace cadenza::apply {
namespace {

void Count(Receipt::Kind kind, absl::Time time, CampaignHistory* history, Reported* reported) {
  ReceiptCount& count = history->Of(kind);
  ++count.count;
  count.last_time = std::max(count.last_time, time);
  reported->kinds |= static_cast<uint8_t>(1 << static_cast<int>(kind));
}

}  // namespace

void RememberMessage(const Message& message, Profile* profile) {
  const std::optional<Digest> id = DigestFromHex(message.message_id);
  if (id.has_value()) profile->recent_messages.Add(*id, message.create_time, message.campaign_id, message.variant_id);
}

std::optional<RecentMessage> FindMessage(const Receipt& receipt, absl::Time clock, const Profile& profile) {
  const std::optional<Digest> id = DigestFromHex(receipt.message_id);
  if (!id.has_value()) return std::nullopt;
  std::optional<RecentMessage> message = profile.recent_messages.Find(*id);
  if (message.has_value() && message->time <= clock - limits::kRecentMessageAge) return std::nullopt;
  return message;
}

std::optional<Reported> FoldReceipt(const Receipt& receipt, absl::Time clock, absl::Time time, Profile* profile) {
  using Kind = Receipt::Kind;
  const std::optional<RecentMessage> message = FindMessage(receipt, clock, *profile);
  if (!message.has_value()) return std::nullopt;
  const auto history = profile->campaigns.find(message->campaign_id);
  if (history == profile->campaigns.end()) return std::nullopt;
  const Digest id = *DigestFromHex(receipt.message_id);
  Reported reported{std::string(message->campaign_id), std::string(message->variant_id)};
  RecentMessages& messages = profile->recent_messages;
  const auto report = [&](Kind kind) {
    if (messages.Report(id, kind)) Count(kind, time, &history->second, &reported);
  };
  switch (receipt.kind) {
    case Kind::kDismissed:
      report(Kind::kDismissed);
      break;
    case Kind::kClicked:
      reported.another_link = !messages.Report(id, Kind::kClicked);
      if (messages.Click(id, receipt.link_id)) Count(Kind::kClicked, time, &history->second, &reported);
      report(Kind::kOpened);
      report(Kind::kDelivered);
      break;
    case Kind::kOpened:
      report(Kind::kOpened);
      report(Kind::kDelivered);
      break;
    case Kind::kDelivered:
      report(Kind::kDelivered);
      break;
    case Kind::kUnspecified:
      break;
  }
  if (reported.kinds == 0) return std::nullopt;
  return reported;
}

}  // namespace cadenza::apply
