#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "clients/cli/command.h"
#include "clients/cli/formats/catalog_items.h"
#include "clients/cli/formats/proto_json.h"
#include "clients/cli/output.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  cadenza catalog create pizzas
  cadenza catalog upsert pizzas pizzas.ndjson
  cadenza catalog get pizzas margherita
  cadenza catalog delete pizzas margherita diavola

Templates read items with {% catalog_items pizzas margherita %}{{ items[0].price }}.)";

constexpr char kUpsertFooter[] =
    R"(A file holds a JSON array of objects, or one object a line (NDJSON, gzip or not). "id" names the item, all other
members are its fields:

  {"id": "margherita", "name": "Margherita", "price": 8.5, "tags": ["vegetarian"]}

Items are inserted, or replaced as a whole. What is refused is told on standard error, and holds nobody up.)";

// Of one request; the server takes 1,000 items and 4 MiB.
constexpr int kBatchItems = 500;
constexpr size_t kBatchBytes = 2 << 20;
constexpr int kToldMax = 20;

// Sends items in batches.
class Upserter {
 public:
  Upserter(const Globals& globals, const std::string& catalog_id, client::Client& client) : client_(client) {
    request_.set_workspace(globals.workspace);
    request_.set_catalog_id(catalog_id);
  }

  absl::Status Add(v1::CatalogItem item) {
    const size_t bytes = item.ByteSizeLong();
    if (request_.items_size() > 0 && (request_.items_size() == kBatchItems || bytes_ + bytes > kBatchBytes)) {
      CADENZA_RETURN_IF_ERROR(Send());
    }
    bytes_ += bytes;
    *request_.add_items() = std::move(item);
    return absl::OkStatus();
  }

  absl::Status Send() {
    if (request_.items_size() == 0) return absl::OkStatus();
    CADENZA_ASSIGN_OR_RETURN(const v1::UpsertCatalogItemsResponse response, client_.UpsertCatalogItems(request_));
    upserted_ += response.upserted_count();
    for (const v1::CatalogItemError& error : response.errors()) {
      if (++refused_ <= kToldMax) {
        std::fprintf(stderr, "item \"%s\": %s\n", error.item_id().c_str(), error.rejection().message().c_str());
      }
    }
    request_.clear_items();
    bytes_ = 0;
    return absl::OkStatus();
  }

  int64_t upserted() const { return upserted_; }
  int64_t refused() const { return refused_; }

 private:
  client::Client& client_;
  v1::UpsertCatalogItemsRequest request_;
  size_t bytes_ = 0;
  int64_t upserted_ = 0;
  int64_t refused_ = 0;
};

absl::StatusOr<int> Upsert(const Globals& globals, const std::string& catalog_id, const std::string& path,
                           client::Client& client) {
  Upserter upserter(globals, catalog_id, client);
  CADENZA_RETURN_IF_ERROR(ReadItems(path, [&upserter](v1::CatalogItem item) { return upserter.Add(std::move(item)); }));
  CADENZA_RETURN_IF_ERROR(upserter.Send());
  if (upserter.refused() > kToldMax) {
    std::fprintf(stderr, "and %ld more were refused\n", static_cast<long>(upserter.refused() - kToldMax));
  }
  if (globals.json) {
    const nlohmann::ordered_json line = {{"upserted", upserter.upserted()}, {"refused", upserter.refused()}};
    std::printf("%s\n", line.dump().c_str());
  } else {
    std::printf("%s: %ld upserted, %ld refused\n", catalog_id.c_str(), static_cast<long>(upserter.upserted()),
                static_cast<long>(upserter.refused()));
  }
  return upserter.refused() > 0 ? kRefused : kOk;
}

void Show(const Globals& globals, const v1::Catalog& catalog) {
  std::printf("%s\n", globals.json ? ToJson(catalog).c_str() : FormatCatalog(catalog).c_str());
}

void Show(const Globals& globals, const v1::CatalogItem& item) {
  std::printf("%s\n", globals.json ? ToJson(item).c_str() : FormatItem(item).c_str());
}

struct Flags {
  std::string id;
  std::string name;
  std::string file;
  std::string item;
  std::vector<std::string> items;
  bool list_items = false;
  bool yes = false;
};

template <typename Request>
Request For(const Globals& globals, const Flags& flags) {
  Request request;
  request.set_workspace(globals.workspace);
  request.set_catalog_id(flags.id);
  return request;
}

absl::StatusOr<int> Create(const Globals& globals, const Flags& flags, client::Client& client) {
  v1::CreateCatalogRequest request;
  request.set_workspace(globals.workspace);
  request.mutable_catalog()->set_catalog_id(flags.id);
  request.mutable_catalog()->set_display_name(flags.name);
  CADENZA_ASSIGN_OR_RETURN(const v1::CreateCatalogResponse response, client.CreateCatalog(request));
  Show(globals, response.catalog());
  return kOk;
}

absl::StatusOr<int> List(const Globals& globals, client::Client& client) {
  v1::ListCatalogsRequest request;
  request.set_workspace(globals.workspace);
  do {
    CADENZA_ASSIGN_OR_RETURN(const v1::ListCatalogsResponse response, client.ListCatalogs(request));
    for (const v1::Catalog& catalog : response.catalogs()) Show(globals, catalog);
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return kOk;
}

absl::StatusOr<int> Get(const Globals& globals, const Flags& flags, client::Client& client) {
  if (!flags.item.empty()) {
    auto request = For<v1::GetCatalogItemRequest>(globals, flags);
    request.set_item_id(flags.item);
    CADENZA_ASSIGN_OR_RETURN(const v1::GetCatalogItemResponse response, client.GetCatalogItem(request));
    Show(globals, response.item());
    return kOk;
  }
  if (!flags.list_items) {
    CADENZA_ASSIGN_OR_RETURN(const v1::GetCatalogResponse response,
                             client.GetCatalog(For<v1::GetCatalogRequest>(globals, flags)));
    Show(globals, response.catalog());
    return kOk;
  }
  auto request = For<v1::ListCatalogItemsRequest>(globals, flags);
  request.set_page_size(1000);
  do {
    CADENZA_ASSIGN_OR_RETURN(const v1::ListCatalogItemsResponse response, client.ListCatalogItems(request));
    for (const v1::CatalogItem& item : response.items()) Show(globals, item);
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return kOk;
}

absl::StatusOr<int> Delete(const Globals& globals, const Flags& flags, client::Client& client) {
  if (flags.items.empty()) {
    if (!flags.yes) {
      return absl::InvalidArgumentError(
          StrCat("this deletes the catalog ", flags.id, " with all its items; say --yes, or name items"));
    }
    CADENZA_RETURN_IF_ERROR(client.DeleteCatalog(For<v1::DeleteCatalogRequest>(globals, flags)).status());
    std::printf("%s: deleted\n", flags.id.c_str());
    return kOk;
  }
  auto request = For<v1::DeleteCatalogItemsRequest>(globals, flags);
  request.mutable_item_ids()->Add(flags.items.begin(), flags.items.end());
  CADENZA_ASSIGN_OR_RETURN(const v1::DeleteCatalogItemsResponse response, client.DeleteCatalogItems(request));
  std::printf("%s: %d items deleted\n", flags.id.c_str(), response.deleted_count());
  return kOk;
}

}  // namespace

void AddCatalog(CLI::App& app, const Globals& globals, Action& action) {
  CLI::App* catalog = app.add_subcommand("catalog", "Manages catalogs: items that messages speak of");
  catalog->require_subcommand(1);
  catalog->footer(kFooter);
  auto flags = std::make_shared<Flags>();
  using Body = absl::StatusOr<int> (*)(const Globals&, const Flags&, client::Client&);
  const auto add = [&](const char* name, const char* help, Body body) {
    CLI::App* command = catalog->add_subcommand(name, help);
    command->callback([&globals, &action, flags, body] {
      action = WithClient(globals,
                          [&globals, flags, body](client::Client& client) { return body(globals, *flags, client); });
    });
    return command;
  };
  const auto named = [&](CLI::App* command) {
    command->add_option("CATALOG_ID", flags->id, "the catalog")->required();
    return command;
  };

  named(add("create", "Makes an empty catalog", Create))->add_option("--name", flags->name, "its name for people");
  add("list", "Lists the catalogs of the workspace",
      [](const Globals& g, const Flags&, client::Client& client) { return List(g, client); });
  CLI::App* upsert =
      named(add("upsert", "Inserts or replaces items", [](const Globals& g, const Flags& f, client::Client& client) {
        return Upsert(g, f.id, f.file, client);
      }));
  upsert->footer(kUpsertFooter);
  upsert->add_option("FILE", flags->file, "JSON or NDJSON")->required();
  CLI::App* get = named(add("get", "Shows a catalog, or one of its items", Get));
  CLI::Option* item = get->add_option("ITEM_ID", flags->item, "the item");
  get->add_flag("--items", flags->list_items, "all of its items")->excludes(item);
  CLI::App* remove = named(add("delete", "Deletes items, or the whole catalog", Delete));
  remove->add_option("ITEM_ID", flags->items, "the items; none: the catalog");
  remove->add_flag("--yes", flags->yes, "yes, the whole catalog");
}

}  // namespace cadenza::cli
