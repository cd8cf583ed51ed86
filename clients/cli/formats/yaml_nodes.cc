#include "clients/cli/formats/yaml_nodes.h"

#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>

#include <sstream>

#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

// Whether an anchor or an alias begins somewhere in the text, as yaml-cpp's events see it.
class AliasFinder : public YAML::EventHandler {
 public:
  bool found() const { return found_; }
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t anchor) override { Note(anchor); }
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override { found_ = true; }
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t anchor, const std::string&) override {
    Note(anchor);
  }
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Note(anchor);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    Note(anchor);
  }
  void OnMapEnd() override {}

 private:
  void Note(YAML::anchor_t anchor) { found_ |= anchor != YAML::NullAnchor; }
  bool found_ = false;
};

bool HasAliases(const std::string& yaml) {
  std::istringstream in(yaml);
  YAML::Parser parser(in);
  AliasFinder finder;
  while (parser.HandleNextDocument(finder)) continue;
  return finder.found();
}

}  // namespace

absl::StatusOr<std::vector<YAML::Node>> LoadYaml(const std::string& yaml) {
  std::vector<YAML::Node> documents;
  try {
    if (HasAliases(yaml)) return absl::InvalidArgumentError("anchors and aliases (&, *) are not allowed");
    for (const YAML::Node& document : YAML::LoadAll(yaml)) {
      if (document.IsDefined() && !document.IsNull()) documents.push_back(document);
    }
  } catch (const YAML::Exception& e) {
    return absl::InvalidArgumentError(StrCat("line ", e.mark.line + 1, ", column ", e.mark.column + 1, ": ", e.msg));
  }
  return documents;
}

absl::Status AtNode(const YAML::Node& node, std::string_view problem) {
  return absl::InvalidArgumentError(
      StrCat("line ", node.Mark().line + 1, ", column ", node.Mark().column + 1, ": ", problem));
}

bool IsQuoted(const YAML::Node& scalar) { return scalar.Tag() == "!"; }

bool IsNothing(const YAML::Node& node) {
  if (node.IsNull()) return true;
  return node.IsScalar() && !IsQuoted(node) &&
         (node.Scalar().empty() || node.Scalar() == "~" || node.Scalar() == "null");
}

}  // namespace cadenza::cli
