#include "server/rules/liquid/content_block.h"

#include "server/rules/liquid/template_access.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::liquid {

absl::StatusOr<Datum> ContentBlockExpression::Evaluate(Context& context) const {
  const Library* library = context.options.library;
  std::shared_ptr<const Template> block = library == nullptr ? nullptr : library->ContentBlock(name_);
  if (block == nullptr) return absl::NotFoundError(StrCat("there is no content block '", name_, "'"));
  std::string text;
  CADENZA_RETURN_IF_ERROR(context.RenderWithin(std::move(block), kContentBlock, name_, &text));
  return Value::String(std::move(text));
}

}  // namespace cadenza::liquid
