#include "server/rules/liquid/liquid.h"

#include "server/rules/liquid/context.h"
#include "server/rules/liquid/node.h"
#include "server/rules/liquid/parser.h"
#include "server/rules/liquid/template_access.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::liquid {

// The nodes hold views into `source`, which therefore never moves.
struct Template::Impl {
  std::string source;
  Limits limits;
  Block block;
  bool keeps_loop_positions = false;
  std::vector<Warning> warnings;
  Reads reads;
};

absl::StatusOr<Value> Library::CatalogItem(std::string_view catalog, std::string_view item_id) const {
  return absl::NotFoundError(StrCat("there is no item '", item_id, "' in a catalog '", catalog, "'"));
}

std::string_view TemplateAccess::Source(const Template& of) { return of.impl_->source; }
const Block& TemplateAccess::Body(const Template& of) { return of.impl_->block; }
bool TemplateAccess::KeepsLoopPositions(const Template& of) { return of.impl_->keeps_loop_positions; }

Template::Template() : impl_(std::make_unique<Impl>()) {}
Template::~Template() = default;

const std::vector<Warning>& Template::warnings() const { return impl_->warnings; }
const Reads& Template::reads() const { return impl_->reads; }

absl::StatusOr<std::shared_ptr<const Template>> Template::Parse(std::string_view source, const Limits& limits) {
  ParseOptions options;
  options.limits = limits;
  return Parse(source, options);
}

absl::StatusOr<std::shared_ptr<const Template>> Template::Parse(std::string_view source, const ParseOptions& options) {
  const Limits& limits = options.limits;
  if (source.size() > limits.template_bytes) {
    return absl::ResourceExhaustedError(
        StrCat("the template has ", source.size(), " bytes; at most ", limits.template_bytes, " are allowed"));
  }
  std::shared_ptr<Template> made(new Template());
  made->impl_->source = std::string(source);
  made->impl_->limits = limits;
  ParseState state(made->impl_->source, options);
  CADENZA_ASSIGN_OR_RETURN(made->impl_->block, Parser(state).ParseTemplate());
  state.Finish();
  made->impl_->keeps_loop_positions = state.NeedsLoopPositions();
  made->impl_->warnings = state.TakeWarnings();
  made->impl_->reads = state.TakeReads();
  return std::shared_ptr<const Template>(std::move(made));
}

absl::Status Template::Render(const Scope& scope, const RenderOptions& options, std::string* out,
                              Outcome* outcome) const {
  Context context(impl_->source, scope, impl_->limits, options);
  context.keeps_loop_positions = impl_->keeps_loop_positions;
  CADENZA_RETURN_IF_ERROR(impl_->block.Render(context, out));
  context.outcome.aborted = context.interrupt == Interrupt::kAbort;
  const size_t missing = context.outcome.missing.size();
  if (outcome != nullptr) *outcome = std::move(context.outcome);
  if (missing == 0) return absl::OkStatus();
  return absl::UnavailableError(StrCat(missing, " items of catalogs are to be loaded first"));
}

absl::StatusOr<Rendering> Template::Render(const Scope& scope, const RenderOptions& options) const {
  Rendering rendering;
  CADENZA_RETURN_IF_ERROR(Render(scope, options, &rendering.output, &rendering));
  return rendering;
}

absl::StatusOr<Rendering> Template::Render(const Scope& scope, absl::Time now) const {
  RenderOptions options;
  options.now = now;
  return Render(scope, options);
}

}  // namespace cadenza::liquid
