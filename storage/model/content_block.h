// A content block as plain C++ (cadenza.v1.ContentBlock, which says what each field means).
#ifndef CADENZA_STORAGE_MODEL_CONTENT_BLOCK_H_
#define CADENZA_STORAGE_MODEL_CONTENT_BLOCK_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace cadenza {

struct ContentBlock {
  std::string workspace;
  std::string content_block_id;
  std::string display_name;
  std::string content;
  absl::Time create_time;
  absl::Time update_time;
  int64_t revision = 0;  // 1, 2, … with every change; the etag
  friend bool operator==(const ContentBlock&, const ContentBlock&) = default;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_CONTENT_BLOCK_H_
