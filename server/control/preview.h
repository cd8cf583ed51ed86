// What a campaign would do with an input of a user, as the profile stands now. Changes nothing.
#ifndef CADENZA_SERVER_CONTROL_PREVIEW_H_
#define CADENZA_SERVER_CONTROL_PREVIEW_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/rules/content_blocks.h"
#include "server/rules/engine.h"
#include "server/rules/rule_set.h"
#include "storage/base/clock.h"
#include "storage/model/campaign.h"
#include "storage/model/decision.h"
#include "storage/model/input.h"
#include "storage/model/message.h"
#include "storage/store.h"

namespace cadenza {

struct Preview {
  Decision decision;               // its gates are in the order passed, up to and with the one that stopped it
  std::optional<Message> message;  // without message_seq; absent if a gate stopped it, or it would wait
  std::vector<rules::TemplateWarning> warnings;  // of the campaign's templates
};

// Thread-safe; blocks on the store.
class Previewer {
 public:
  struct Options {
    // Of a workspace, as the lanes have it.
    std::function<absl::Duration(std::string_view workspace)> session_gap;
    // For the segments and the settings in force; null = there are none.
    std::function<std::shared_ptr<const rules::RuleSet>()> rule_set = nullptr;
  };

  // `store` and `clock` must outlive it.
  Previewer(Options options, Store* store, Clock* clock) : options_(std::move(options)), store_(store), clock_(clock) {}

  // `campaign` need not be stored, nor active. `input` was validated by the caller; its receive_time, its clock, and
  // its time if it is InfinitePast, are filled here.
  //
  // Errors: the rejection of the campaign (its field under "campaign.") or of the input (under "input."), as if it had
  // been sent; those of Store::Load; DATA_LOSS if the profile cannot be read.
  absl::StatusOr<Preview> Run(const Campaign& campaign, Input input) const;

 private:
  const Options options_;
  Store* const store_;
  Clock* const clock_;
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_CONTROL_PREVIEW_H_
