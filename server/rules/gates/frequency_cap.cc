#include "server/rules/gates/frequency_cap.h"

#include <algorithm>
#include <utility>

#include "storage/base/text.h"
#include "storage/model/rejection.h"

namespace cadenza::rules {
namespace {

absl::Status CheckCap(const std::string& field, const FrequencyCap& cap) {
  auto invalid = [&field](std::string_view member, std::string_view message) {
    return Rejected(absl::StatusCode::kInvalidArgument, reasons::kInvalidField, StrCat(field, ".", member), message);
  };
  if (cap.most < 1 || cap.most > kMaxCapMessages) {
    return invalid("most", StrCat("is ", cap.most, "; it must be from 1 to ", kMaxCapMessages));
  }
  if (cap.window < absl::Seconds(1) || cap.window > kMaxCapWindow) {
    return invalid("window", StrCat("is ", absl::FormatDuration(cap.window), "; it must be from 1s to ",
                                    absl::FormatDuration(kMaxCapWindow)));
  }
  return absl::OkStatus();
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%E4Y-%m-%d%ET%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

}  // namespace

absl::Status CheckFrequencyCaps(const std::vector<FrequencyCap>& caps) {
  if (caps.size() > kMaxCaps) {
    return Rejected(absl::StatusCode::kInvalidArgument, reasons::kLimitExceeded, "frequency_caps",
                    StrCat("there are ", caps.size(), "; at most ", kMaxCaps, " are allowed"));
  }
  for (size_t i = 0; i < caps.size(); ++i) {
    if (absl::Status status = CheckCap(StrCat("frequency_caps[", i, "]"), caps[i]); !status.ok()) return status;
  }
  return absl::OkStatus();
}

std::string CapLabel(const FrequencyCap& cap) {
  std::string label = cap.channel;
  if (!cap.tag.empty()) StrAppend(&label, label.empty() ? "#" : " #", cap.tag);
  if (!cap.campaign_id.empty()) StrAppend(&label, label.empty() ? "all of " : " of ", cap.campaign_id);
  return StrCat(label.empty() ? "all" : label, "/", absl::FormatDuration(cap.window));
}

bool Counts(const FrequencyCap& cap, const SentMessage& message) {
  return (cap.channel.empty() || cap.channel == message.channel) &&
         (cap.campaign_id.empty() || cap.campaign_id == message.campaign_id) &&
         (cap.tag.empty() || std::find(message.tags.begin(), message.tags.end(), cap.tag) != message.tags.end());
}

absl::Time SendTime(const MessageHistory& history, absl::Time now) {
  return history.empty() ? now : std::max(now, history.back().time);
}

std::string CapVerdict::ToString() const {
  if (cap == nullptr) return "no cap counts this message";
  const std::string standing = StrCat(CapLabel(*cap), ": ", count, " of ", cap->most);
  if (passed) return standing;
  return StrCat(standing, ", frees at ", TimeText(frees_at));
}

CapVerdict CheckCaps(const std::vector<FrequencyCap>& caps, const MessageHistory& history, const SentMessage& next) {
  CapVerdict verdict;
  verdict.frees_at = next.time;
  for (const FrequencyCap& cap : caps) {
    if (!Counts(cap, next)) continue;
    int64_t count = 0;
    absl::Time frees_at = next.time;
    for (auto sent = history.rbegin(); sent != history.rend() && sent->time > next.time - cap.window; ++sent) {
      if (!Counts(cap, *sent)) continue;
      // When the `most` newest are less than `most` again.
      if (++count == cap.most) frees_at = sent->time + cap.window;
    }
    const bool blocks = count >= cap.most;
    const bool fuller = verdict.cap == nullptr || count * verdict.cap->most > verdict.count * cap.most;
    if (blocks ? verdict.passed || frees_at > verdict.frees_at : verdict.passed && fuller) {
      verdict = {!blocks, &cap, count, frees_at};
    }
  }
  return verdict;
}

void Record(const std::vector<FrequencyCap>& caps, SentMessage sent, MessageHistory* history) {
  if (std::none_of(caps.begin(), caps.end(), [&sent](const FrequencyCap& cap) { return Counts(cap, sent); })) return;
  const absl::Time now = sent.time;
  history->push_back(std::move(sent));
  std::vector<bool> kept(history->size());
  for (const FrequencyCap& cap : caps) {
    int64_t count = 0;
    for (size_t i = history->size(); i-- > 0 && (*history)[i].time > now - cap.window && count < cap.most;) {
      if (!Counts(cap, (*history)[i])) continue;
      kept[i] = true;
      ++count;
    }
  }
  size_t size = 0;
  for (size_t i = 0; i < history->size(); ++i) {
    if (kept[i] && size != i) (*history)[size] = std::move((*history)[i]);
    if (kept[i]) ++size;
  }
  history->resize(size);
}

std::vector<std::string> ForgottenBefore(const std::vector<FrequencyCap>& before,
                                         const std::vector<FrequencyCap>& after, absl::Time now) {
  std::vector<std::string> sentences;
  for (size_t i = 0; i < after.size(); ++i) {
    const FrequencyCap& cap = after[i];
    const bool known = std::any_of(before.begin(), before.end(), [&cap](const FrequencyCap& old) {
      return old.channel == cap.channel && old.tag == cap.tag && old.campaign_id == cap.campaign_id &&
             old.window >= cap.window && old.most >= cap.most;
    });
    if (known) continue;
    sentences.push_back(
        StrCat("frequency_caps[", i, "] (", CapLabel(cap),
               ") knows of messages before now only what the caps until now needed: it may let more pass "
               "until ",
               TimeText(now + cap.window)));
  }
  return sentences;
}

}  // namespace cadenza::rules
