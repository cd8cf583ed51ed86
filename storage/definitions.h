// What people define of workspaces, changed together: see Store::PutDefinitions.
#ifndef CADENZA_STORAGE_DEFINITIONS_H_
#define CADENZA_STORAGE_DEFINITIONS_H_

#include <optional>
#include <vector>

#include "storage/model/campaign_row.h"
#include "storage/model/content_block.h"
#include "storage/model/segment.h"
#include "storage/workspace_store.h"

namespace cadenza {

// As SegmentStore::PutSegment takes them.
struct SegmentPut {
  Segment segment;
  bool evaluate = false;
};

struct DefinitionsPut {
  std::optional<WorkspaceSettingsRow> settings = {};
  // Each at most once.
  std::vector<ContentBlock> content_blocks = {};
  std::vector<SegmentPut> segments = {};
  std::vector<CampaignRow> campaigns = {};

  bool empty() const {
    return !settings.has_value() && content_blocks.empty() && segments.empty() && campaigns.empty();
  }
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_DEFINITIONS_H_
