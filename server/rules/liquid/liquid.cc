#include "server/rules/liquid/liquid.h"

#include "server/rules/liquid/context.h"
#include "server/rules/liquid/node.h"
#include "server/rules/liquid/parser.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::liquid {

// The nodes hold views into `source`, which therefore never moves.
struct Template::Impl {
  std::string source;
  Limits limits;
  Block block;
};

Template::Template() : impl_(std::make_unique<Impl>()) {}
Template::~Template() = default;

absl::StatusOr<std::shared_ptr<const Template>> Template::Parse(std::string_view source, const Limits& limits) {
  if (source.size() > limits.template_bytes) {
    return absl::ResourceExhaustedError(
        StrCat("the template has ", source.size(), " bytes; at most ", limits.template_bytes, " are allowed"));
  }
  std::shared_ptr<Template> made(new Template());
  made->impl_->source = std::string(source);
  made->impl_->limits = limits;
  Parser parser(made->impl_->source, made->impl_->limits);
  CADENZA_ASSIGN_OR_RETURN(made->impl_->block, parser.ParseTemplate());
  return std::shared_ptr<const Template>(std::move(made));
}

absl::StatusOr<Rendering> Template::Render(const Scope& scope, absl::Time now) const {
  Context context(impl_->source, scope, impl_->limits, now);
  Rendering rendering;
  CADENZA_RETURN_IF_ERROR(impl_->block.Render(context, &rendering.output));
  rendering.aborted = context.interrupt == Interrupt::kAbort;
  rendering.abort_reason = std::move(context.abort_reason);
  return rendering;
}

}  // namespace cadenza::liquid
