// Content blocks: made, changed, read. cadenza.v1.ContentBlockService says what each call means; here it is done, on
// model types.
#ifndef CADENZA_SERVER_CONTROL_CONTENT_BLOCK_ADMIN_H_
#define CADENZA_SERVER_CONTROL_CONTENT_BLOCK_ADMIN_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/rules/content_blocks.h"
#include "storage/base/clock.h"
#include "storage/model/content_block.h"
#include "storage/store.h"

namespace cadenza {

struct ContentBlockPage {
  std::vector<ContentBlock> blocks;
  std::string next_page_token;  // empty on the last page
};

// Thread-safe; blocks on the store. The workspace was checked by the caller. `warnings` may be null.
//
// Errors as those of CampaignAdmin; RESOURCE_EXHAUSTED: the workspace has no room.
class ContentBlockAdmin {
 public:
  using Warnings = std::vector<rules::TemplateWarning>;

  // `store` and `clock` must outlive it. `changed`, if given, is called after each change, before the call returns.
  ContentBlockAdmin(Store* store, Clock* clock, std::function<void()> changed = nullptr)
      : store_(store), clock_(clock), changed_(std::move(changed)) {}

  // The times and the revision of `block` are ignored.
  absl::StatusOr<ContentBlock> Create(ContentBlock block, Warnings* warnings);
  absl::StatusOr<ContentBlock> Get(std::string_view workspace, std::string_view content_block_id);
  absl::StatusOr<ContentBlockPage> List(std::string_view workspace, int page_size, std::string_view page_token);
  // block.revision, unless 0, must be the current one.
  absl::StatusOr<ContentBlock> Update(ContentBlock block, Warnings* warnings);
  // `revision`, unless 0, must be the current one.
  absl::Status Delete(std::string_view workspace, std::string_view content_block_id, int64_t revision);

 private:
  ContentBlock Done(ContentBlock block) const;

  Store* const store_;
  Clock* const clock_;
  const std::function<void()> changed_;
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_CONTROL_CONTENT_BLOCK_ADMIN_H_
