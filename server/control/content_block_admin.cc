#include "server/control/content_block_admin.h"

#include "server/control/retry.h"
#include "server/control/workspace_review.h"
#include "server/rules/checks.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/model/limits.h"

namespace cadenza {
namespace {

constexpr size_t kPageBytes = 2 << 20;  // clients take 4 MiB by default

absl::Status CheckId(std::string_view id) {
  return rules::CheckPlainId("content_block_id", id, limits::kContentBlockIdBytes);
}

absl::Status StillUnknown() {
  return absl::UnavailableError(
      "the store does not say whether the change was made; read the content block, or try again");
}

absl::Time ToMicroseconds(absl::Time time) { return absl::FromUnixMicros(absl::ToUnixMicros(time)); }

}  // namespace

ContentBlock ContentBlockAdmin::Done(ContentBlock block) const {
  if (changed_) changed_();
  return block;
}

// After an UNKNOWN the same row is put again: if the first attempt did arrive, ALREADY_EXISTS says so, and the row that
// is there is ours.
absl::StatusOr<ContentBlock> ContentBlockAdmin::Create(ContentBlock block, Warnings* warnings) {
  block.revision = 1;
  block.create_time = block.update_time = ToMicroseconds(clock_->Now());
  CADENZA_RETURN_IF_ERROR(ReviewContentBlock(*store_, block, warnings));
  bool unknown = false;
  const absl::Status put = WithRetriesOfUnknown([&] {
    absl::Status status = store_->content().PutContentBlock(block);
    unknown |= absl::IsUnknown(status);
    return status;
  });
  if (put.ok()) return Done(std::move(block));
  if (absl::IsUnknown(put)) return StillUnknown();
  if (!absl::IsAlreadyExists(put)) return put;
  if (unknown) {
    CADENZA_ASSIGN_OR_RETURN(const ContentBlock stored, Get(block.workspace, block.content_block_id));
    if (stored == block) return Done(std::move(block));
  }
  return absl::AlreadyExistsError(
      StrCat("content block ", block.content_block_id, " exists; update it, or choose another id"));
}

absl::StatusOr<ContentBlock> ContentBlockAdmin::Get(std::string_view workspace, std::string_view content_block_id) {
  CADENZA_RETURN_IF_ERROR(CheckId(content_block_id));
  return store_->content().GetContentBlock(workspace, content_block_id);
}

absl::StatusOr<ContentBlockPage> ContentBlockAdmin::List(std::string_view workspace, int page_size,
                                                         std::string_view page_token) {
  if (page_token.size() > limits::kContentBlockIdBytes) {
    return rules::Invalid("page_token", "is not one that an earlier page gave; start without one");
  }
  CADENZA_ASSIGN_OR_RETURN(std::vector<ContentBlock> blocks,
                           store_->content().ListContentBlocks(workspace, page_token, page_size + 1));
  ContentBlockPage page;
  size_t bytes = 0;
  for (ContentBlock& block : blocks) {
    bytes += block.content.size();
    const size_t held = page.blocks.size();
    if (held == static_cast<size_t>(page_size) || (held > 0 && bytes > kPageBytes)) {
      page.next_page_token = page.blocks.back().content_block_id;
      break;
    }
    page.blocks.push_back(std::move(block));
  }
  return page;
}

// The read at the start of each attempt is also how an unknown outcome is resolved.
absl::StatusOr<ContentBlock> ContentBlockAdmin::Update(ContentBlock block, Warnings* warnings) {
  CADENZA_RETURN_IF_ERROR(CheckId(block.content_block_id));
  const int64_t revision = block.revision;
  block.update_time = ToMicroseconds(clock_->Now());
  CADENZA_RETURN_IF_ERROR(ReviewContentBlock(*store_, block, warnings));
  bool unknown = false;  // whether `block` was put with an unknown outcome
  for (int attempt = 0; attempt < kStoreAttempts; ++attempt) {
    const absl::StatusOr<ContentBlock> current = Get(block.workspace, block.content_block_id);
    if (!current.ok()) return unknown ? StillUnknown() : current.status();
    if (unknown && *current == block) return Done(std::move(block));
    if (revision != 0 && revision != current->revision) {
      return absl::AbortedError(StrCat("content block ", block.content_block_id, " was changed since: its etag is ",
                                       current->revision, ", not ", revision, "; read it again"));
    }
    if (current->content == block.content && current->display_name == block.display_name) return *current;
    block.create_time = current->create_time;
    block.revision = current->revision + 1;
    const absl::Status put = store_->content().PutContentBlock(block);
    if (put.ok()) return Done(std::move(block));
    unknown = absl::IsUnknown(put);
    if (!unknown && !absl::IsAborted(put)) return put;
  }
  if (unknown) return StillUnknown();
  return absl::AbortedError(StrCat("content block ", block.content_block_id, " is being changed by others; try again"));
}

absl::Status ContentBlockAdmin::Delete(std::string_view workspace, std::string_view content_block_id,
                                       int64_t revision) {
  CADENZA_RETURN_IF_ERROR(CheckId(content_block_id));
  CADENZA_RETURN_IF_ERROR(store_->content().DeleteContentBlock(workspace, content_block_id, revision));
  if (changed_) changed_();
  return absl::OkStatus();
}

}  // namespace cadenza
