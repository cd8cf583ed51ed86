// What campaigns decided about a user: the decisions that are stored with his inputs, as texts.
// cadenza.v1.CampaignService says what the call means.
#ifndef CADENZA_SERVER_CONTROL_EXPLAIN_H_
#define CADENZA_SERVER_CONTROL_EXPLAIN_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/base/ids.h"
#include "storage/model/decision.h"
#include "storage/store.h"

namespace cadenza {

struct Explanation {
  // Of the newest input first; those of one input in the order in which they were made.
  std::vector<Decision> decisions;
  int64_t next = 0;  // what to give as `before` for what follows; 0 on the last page
};

// Thread-safe; blocks on the store.
class Explainer {
 public:
  static constexpr int kPageInputs = 2000;  // that one page looks at

  // `store` must outlive it.
  explicit Explainer(Store* store) : store_(store) {}

  // Of one campaign, or of all if `campaign_id` is empty; of inputs with user_seq < before (0: from the newest). A page
  // ends with the input that fills it, so it may hold a few decisions more than `page_size`; it may be empty and not
  // the last.
  //
  // Errors: NOT_FOUND if nobody is known by that name; those of the store; DATA_LOSS if a decision cannot be read.
  absl::StatusOr<Explanation> Explain(const UserKey& named, std::string_view campaign_id, int page_size,
                                      int64_t before) const;

 private:
  Store* const store_;
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_CONTROL_EXPLAIN_H_
