// The content blocks of one workspace, compiled: immutable, shared by its campaigns, replaced as a whole. Pure.
#ifndef CADENZA_SERVER_RULES_CONTENT_BLOCKS_H_
#define CADENZA_SERVER_RULES_CONTENT_BLOCKS_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/rules/liquid/liquid.h"
#include "storage/base/text.h"
#include "storage/model/content_block.h"

namespace cadenza::rules {

// cadenza.v1.TemplateWarning.
struct TemplateWarning {
  std::string field;
  int line = 0;
  int column = 0;
  std::string message;
  friend bool operator==(const TemplateWarning&, const TemplateWarning&) = default;
};

class ContentBlocks;

// What a template is checked against when it is saved, and what comes of it.
struct Review {
  const ContentBlocks* blocks = nullptr;                         // null: what it names is not looked for
  std::function<bool(std::string_view catalog_id)> has_catalog;  // null: the same
  std::vector<TemplateWarning> warnings;
};

// A template of `field`. INVALID_ARGUMENT (a rejection of the field) with line, column and excerpt. Null if `source` is
// empty. With `review`: an error too if it names a content block that is not there.
absl::StatusOr<std::shared_ptr<const liquid::Template>> CompileTemplate(std::string_view field,
                                                                        const std::string& source, Review* review);

// Immutable after Build; reading is safe from any thread.
class ContentBlocks {
 public:
  // All of one workspace. One that does not compile (it was stored by another version of the program) is left out and
  // reported in `errors`. `previous`, if given, lends what has not changed since.
  static std::shared_ptr<const ContentBlocks> Build(const std::vector<ContentBlock>& blocks,
                                                    const ContentBlocks* previous, std::vector<std::string>* errors);

  // Null if there is none.
  std::shared_ptr<const liquid::Template> Find(std::string_view content_block_id) const;
  // INVALID_ARGUMENT if some block leads back to itself, or blocks are nested over limits::kContentBlockNesting; says
  // by which way. Blocks that are not there lead nowhere.
  absl::Status CheckNesting() const;
  // Whether they are the same blocks with the same content.
  bool SameAs(const ContentBlocks& other) const;

 private:
  struct Compiled {
    std::string content;
    std::shared_ptr<const liquid::Template> source;
  };
  ContentBlocks() = default;

  StringMap<Compiled> blocks_;
};

// One of several that are saved together. Alone: checks every field and compiles. Then, `all` being the workspace's
// with all of them: the block must lead to blocks that are there; that they make no circle is left to all.CheckNesting.
absl::Status CheckContentBlockAlone(const ContentBlock& block);
absl::Status CheckContentBlockAmong(const ContentBlock& block, const ContentBlocks& all, Review* review);

// Checks every field and compiles. Errors are rejections of the block's fields. `others` are those of its workspace
// with or without it; the block must lead to blocks that are there, and make no circle and no deep nest with them.
absl::Status CheckContentBlock(const ContentBlock& block, std::vector<ContentBlock> others, Review* review);

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_CONTENT_BLOCKS_H_
