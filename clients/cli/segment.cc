#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "clients/cli/command.h"
#include "clients/cli/formats/line_reader.h"
#include "clients/cli/formats/proto_json.h"
#include "clients/cli/output.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  cadenza segment apply vip.yaml
  cadenza segment get vip               # how far its evaluation is
  cadenza segment count vip
  cadenza segment users vip)";

constexpr char kApplyFooter[] = R"(A file is YAML, one cadenza.v1.Segment a document, fields as in the proto:

  segment_id: vip
  state: STATE_ACTIVE            # brings it about; absent: the state stays as it is
  condition: user.event_count("order_placed") >= 3

All files are read before anything is changed. A change is in force within a second; the users who are there are
evaluated in the background (`cadenza segment get vip`).)";

std::string StateOf(v1::Segment::State state) {
  const std::string name = v1::Segment::State_Name(state);
  constexpr size_t kPrefix = sizeof("STATE_") - 1;
  return name.size() <= kPrefix ? name : absl::AsciiStrToLower(name.substr(kPrefix));
}

std::string EvaluationOf(const v1::Segment& segment) {
  if (!segment.has_evaluation()) return "";
  const v1::SegmentEvaluation& evaluation = segment.evaluation();
  if (evaluation.state() == v1::SegmentEvaluation::STATE_DONE) return "";
  if (!evaluation.has_users_total()) return "  (its users are being counted)";
  return StrCat("  (evaluated ", evaluation.users_examined(), " of ", evaluation.users_total(), " users)");
}

void Show(const Globals& globals, const v1::Segment& segment) {
  if (globals.json) {
    std::printf("%s\n", ToJson(segment).c_str());
    return;
  }
  std::printf("%s\n", absl::StrFormat("%-24s  %-8s  if %s%s", segment.segment_id(), StateOf(segment.state()),
                                      segment.condition(), EvaluationOf(segment))
                          .c_str());
}

absl::StatusOr<int> List(const Globals& globals, bool archived, client::Client& client) {
  v1::ListSegmentsRequest request;
  request.set_workspace(globals.workspace);
  request.set_show_archived(archived);
  do {
    CADENZA_ASSIGN_OR_RETURN(const v1::ListSegmentsResponse response, client.ListSegments(request));
    for (const v1::Segment& segment : response.segments()) Show(globals, segment);
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return kOk;
}

absl::StatusOr<int> Get(const Globals& globals, const std::string& id, client::Client& client) {
  v1::GetSegmentRequest request;
  request.set_workspace(globals.workspace);
  request.set_segment_id(id);
  CADENZA_ASSIGN_OR_RETURN(const v1::GetSegmentResponse response, client.GetSegment(request));
  Show(globals, response.segment());
  return kOk;
}

absl::StatusOr<int> Count(const Globals& globals, const std::string& id, client::Client& client) {
  v1::CountSegmentRequest request;
  request.set_workspace(globals.workspace);
  request.set_segment_id(id);
  CADENZA_ASSIGN_OR_RETURN(const v1::CountSegmentResponse response, client.CountSegment(request));
  std::printf("%s\n", globals.json ? ToJson(response).c_str() : StrCat(response.count()).c_str());
  return kOk;
}

absl::StatusOr<int> Users(const Globals& globals, const std::string& id, client::Client& client) {
  v1::ListSegmentUsersRequest request;
  request.set_workspace(globals.workspace);
  request.set_segment_id(id);
  request.set_page_size(1000);
  do {
    CADENZA_ASSIGN_OR_RETURN(const v1::ListSegmentUsersResponse response, client.ListSegmentUsers(request));
    for (const v1::SegmentUser& user : response.users()) {
      if (globals.json) {
        std::printf("%s\n", ToJson(user).c_str());
        continue;
      }
      const std::string& name = user.user().user_id().empty() ? user.user().anonymous_id() : user.user().user_id();
      std::printf("%s  since %s\n", name.c_str(), FormatTime(user.enter_time()).c_str());
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return kOk;
}

absl::StatusOr<int> Archive(const Globals& globals, const std::string& id, client::Client& client) {
  v1::ArchiveSegmentRequest request;
  request.set_workspace(globals.workspace);
  request.set_segment_id(id);
  CADENZA_ASSIGN_OR_RETURN(const v1::ArchiveSegmentResponse response, client.ArchiveSegment(request));
  Show(globals, response.segment());
  return kOk;
}

// A segment as a file says it, and where.
struct SegmentFile {
  std::string where;
  v1::Segment segment;
};

absl::Status At(const std::string& where, const absl::Status& status) {
  absl::Status placed(status.code(), Sv(StrCat(where, ": ", Std(status.message()))));
  status.ForEachPayload(
      [&placed](absl::string_view url, const absl::Cord& payload) { placed.SetPayload(url, payload); });
  return placed;
}

absl::StatusOr<std::vector<SegmentFile>> ReadSegments(const std::vector<std::string>& paths) {
  std::vector<SegmentFile> files;
  std::set<std::string> ids;
  for (const std::string& path : paths) {
    CADENZA_ASSIGN_OR_RETURN(const std::string content, ReadFile(path));
    const absl::StatusOr<std::vector<std::string>> documents = YamlToJson(content);
    if (!documents.ok()) return At(path, documents.status());
    if (documents->empty()) return absl::InvalidArgumentError(StrCat(path, ": holds no segment"));
    for (size_t i = 0; i < documents->size(); ++i) {
      SegmentFile& file = files.emplace_back();
      file.where = documents->size() == 1 ? path : StrCat(path, ", document ", i + 1);
      if (absl::Status parsed = FromJson((*documents)[i], &file.segment); !parsed.ok()) return At(file.where, parsed);
      const std::string& id = file.segment.segment_id();
      if (id.empty()) return absl::InvalidArgumentError(StrCat(file.where, ": segment_id is missing"));
      if (!ids.insert(id).second) {
        return absl::InvalidArgumentError(StrCat(file.where, ": ", id, " stands in two documents"));
      }
    }
  }
  return files;
}

// Creates it, or updates it where it differs; what was done is appended.
absl::StatusOr<v1::Segment> Put(const Globals& globals, const v1::Segment& wanted, client::Client& client,
                                std::vector<std::string>* done) {
  v1::GetSegmentRequest get;
  get.set_workspace(globals.workspace);
  get.set_segment_id(wanted.segment_id());
  const absl::StatusOr<v1::GetSegmentResponse> found = client.GetSegment(get);
  if (absl::IsNotFound(found.status())) {
    v1::CreateSegmentRequest create;
    create.set_workspace(globals.workspace);
    *create.mutable_segment() = wanted;
    CADENZA_ASSIGN_OR_RETURN(const v1::CreateSegmentResponse created, client.CreateSegment(create));
    done->push_back("created");
    return created.segment();
  }
  CADENZA_RETURN_IF_ERROR(found.status());
  const v1::Segment& stored = found->segment();
  if (stored.condition() == wanted.condition() && stored.display_name() == wanted.display_name()) return stored;
  v1::UpdateSegmentRequest update;
  update.set_workspace(globals.workspace);
  *update.mutable_segment() = wanted;
  if (wanted.etag().empty()) update.mutable_segment()->set_etag(stored.etag());
  CADENZA_ASSIGN_OR_RETURN(const v1::UpdateSegmentResponse updated, client.UpdateSegment(update));
  done->push_back("updated");
  return updated.segment();
}

absl::StatusOr<v1::Segment> ChangeState(const Globals& globals, const v1::Segment& stored, v1::Segment::State wanted,
                                        client::Client& client) {
  const auto fill = [&](auto request) {
    request.set_workspace(globals.workspace);
    request.set_segment_id(stored.segment_id());
    request.set_etag(stored.etag());
    return request;
  };
  if (wanted == v1::Segment::STATE_ACTIVE) {
    CADENZA_ASSIGN_OR_RETURN(const v1::ActivateSegmentResponse response,
                             client.ActivateSegment(fill(v1::ActivateSegmentRequest())));
    return response.segment();
  }
  if (wanted == v1::Segment::STATE_ARCHIVED) {
    CADENZA_ASSIGN_OR_RETURN(const v1::ArchiveSegmentResponse response,
                             client.ArchiveSegment(fill(v1::ArchiveSegmentRequest())));
    return response.segment();
  }
  return absl::FailedPreconditionError(StrCat("it is ", StateOf(stored.state()), "; no segment becomes a draft again"));
}

absl::StatusOr<int> Apply(const Globals& globals, const std::vector<std::string>& paths, client::Client& client) {
  CADENZA_ASSIGN_OR_RETURN(const std::vector<SegmentFile> files, ReadSegments(paths));
  for (const SegmentFile& file : files) {
    std::vector<std::string> done;
    absl::StatusOr<v1::Segment> stored = Put(globals, file.segment, client, &done);
    const v1::Segment::State wanted = file.segment.state();
    if (stored.ok() && wanted != v1::Segment::STATE_UNSPECIFIED && wanted != stored->state()) {
      stored = ChangeState(globals, *stored, wanted, client);
      if (stored.ok()) done.push_back(StateOf(stored->state()));
    }
    if (!stored.ok()) return At(StrCat(file.where, ": ", file.segment.segment_id()), stored.status());
    if (done.empty()) done.push_back("unchanged");
    if (globals.json) {
      std::printf("%s\n", ToJson(*stored).c_str());
    } else {
      std::printf("%s: %s\n", stored->segment_id().c_str(), absl::StrJoin(done, ", ").c_str());
    }
  }
  return kOk;
}

void AddForOne(CLI::App& segment, const Globals& globals, Action& action, const char* name, const char* help,
               absl::StatusOr<int> (*call)(const Globals&, const std::string&, client::Client&)) {
  CLI::App* command = segment.add_subcommand(name, help);
  auto id = std::make_shared<std::string>();
  command->add_option("SEGMENT_ID", *id, "the segment")->required();
  command->callback([&globals, &action, id, call] {
    action = WithClient(globals, [&globals, id, call](client::Client& client) { return call(globals, *id, client); });
  });
}

}  // namespace

void AddSegment(CLI::App& app, const Globals& globals, Action& action) {
  CLI::App* segment = app.add_subcommand("segment", "Manages segments");
  segment->require_subcommand(1);
  segment->footer(kFooter);

  CLI::App* apply = segment->add_subcommand("apply", "Makes the server's segments what files say");
  apply->footer(kApplyFooter);
  auto paths = std::make_shared<std::vector<std::string>>();
  apply->add_option("FILE", *paths, "YAML files; - is standard input")->required();
  apply->callback([&globals, &action, paths] {
    action = WithClient(globals, [&globals, paths](client::Client& client) { return Apply(globals, *paths, client); });
  });

  CLI::App* list = segment->add_subcommand("list", "Lists the segments of the workspace");
  auto archived = std::make_shared<bool>(false);
  list->add_flag("--archived", *archived, "archived ones too");
  list->callback([&globals, &action, archived] {
    action =
        WithClient(globals, [&globals, archived](client::Client& client) { return List(globals, *archived, client); });
  });

  AddForOne(*segment, globals, action, "get", "Shows one segment, and how far its evaluation is", Get);
  AddForOne(*segment, globals, action, "count", "Says how many users are in it", Count);
  AddForOne(*segment, globals, action, "users", "Lists the users who are in it", Users);
  AddForOne(*segment, globals, action, "archive", "Any -> archived, for good", Archive);
}

}  // namespace cadenza::cli
