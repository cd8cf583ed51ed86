#include <algorithm>

#include "storage/base/status_macros.h"
#include "storage/postgres/store_impl.h"

namespace cadenza::postgres {
namespace {

using Element = ArrayParam::Element;

// Positions come from WITH ORDINALITY: 1, 2, 3 …
size_t IndexOf(const Rows& rows, int row) { return static_cast<size_t>(rows.Int(row, 0) - 1); }

Params RowParams(const std::vector<UserKey>& keys) {
  KeyColumns columns;
  for (const UserKey& key : keys) columns.Add(key);
  Params params;
  std::move(columns).MoveTo(&params);
  return params;
}

void TakeRows(const Rows& rows, std::vector<std::optional<ProfileRow>>* found) {
  for (int i = 0; i < rows.size(); ++i) {
    (*found)[IndexOf(rows, i)] = ProfileRow{rows.Int(i, 1), rows.String(i, 2), rows.String(i, 3)};
  }
}

// Events that are looked for together, because their ids lie near each other.
class EventLookup {
 public:
  void Add(const EventRef& ref, size_t index) {
    if (indexes_.empty() || ref.event_id < *least_) least_ = &ref.event_id;
    if (indexes_.empty() || ref.event_id > *greatest_) greatest_ = &ref.event_id;
    workspaces_.AddBytes(ref.user.workspace);
    keys_.AddBytes(ref.user.key);
    ids_.AddBytes(ref.event_id);
    indexes_.push_back(index);
  }

  bool empty() const { return indexes_.empty(); }
  // REQUIRES: not empty; once.
  Params TakeParams() {
    Params params;
    params.Array(std::move(workspaces_)).Array(std::move(keys_)).Array(std::move(ids_));
    params.Text(*least_).Text(*greatest_);
    return params;
  }
  void TakeEvents(const Rows& rows, std::vector<std::optional<SeenEvent>>* found) const {
    for (int i = 0; i < rows.size(); ++i) {
      SeenEvent seen{rows.Int(i, 1), {}};
      const std::string_view digest = rows.Bytes(i, 2);
      std::copy_n(digest.begin(), std::min(digest.size(), seen.digest.size()), seen.digest.begin());
      (*found)[indexes_[IndexOf(rows, i)]] = seen;
    }
  }

 private:
  ArrayParam workspaces_{Element::kText}, keys_{Element::kText}, ids_{Element::kText};
  std::vector<size_t> indexes_;  // in the request
  const std::string* least_ = nullptr;
  const std::string* greatest_ = nullptr;
};

Params ItemParams(const std::vector<CatalogItemKey>& keys) {
  ArrayParam workspaces(Element::kText), catalogs(Element::kText), items(Element::kText);
  for (const CatalogItemKey& key : keys) {
    workspaces.AddBytes(key.workspace);
    catalogs.AddBytes(key.catalog_id);
    items.AddBytes(key.item_id);
  }
  Params params;
  params.Array(std::move(workspaces)).Array(std::move(catalogs)).Array(std::move(items));
  return params;
}

}  // namespace

// One round trip. Two statements, each with a snapshot of its own: what was committed before a row that the first one
// saw is seen by the second.
absl::StatusOr<LoadResult> PostgresStore::Load(const LoadRequest& request) {
  LoadResult result;
  result.rows.resize(request.keys.size());
  result.events.resize(request.events.size());
  // UUIDv7s lie within a short span of time, other ids anywhere.
  EventLookup ascending, others;
  for (size_t i = 0; i < request.events.size(); ++i) {
    const EventRef& ref = request.events[i];
    (UuidV7Time(ref.event_id) ? ascending : others).Add(ref, i);
  }
  std::vector<Params> params;
  std::vector<Connection::Call> calls;
  std::vector<EventLookup*> lookups;
  params.reserve(4);
  if (!request.keys.empty()) {
    params.push_back(RowParams(request.keys));
    calls.push_back({&kLoadRows, &params.back()});
  }
  for (EventLookup* lookup : {&ascending, &others}) {
    if (lookup->empty()) continue;
    params.push_back(lookup->TakeParams());
    calls.push_back({&kFindEvents, &params.back()});
    lookups.push_back(lookup);
  }
  result.catalog_items.resize(request.catalog_items.size());
  if (!request.catalog_items.empty()) {
    params.push_back(ItemParams(request.catalog_items));
    calls.push_back({&kLoadCatalogItems, &params.back()});
  }
  if (calls.empty()) return result;

  const Deadline deadline = NewDeadline();
  CADENZA_ASSIGN_OR_RETURN(Pool::Lease connection, pool_.Borrow(deadline));
  CADENZA_ASSIGN_OR_RETURN(std::vector<Rows> answers, connection->RunAll(calls, deadline, OnLoss::kNothingChanged));
  auto answer = answers.begin();
  if (!request.keys.empty()) TakeRows(*answer++, &result.rows);
  for (const EventLookup* lookup : lookups) lookup->TakeEvents(*answer++, &result.events);
  if (!request.catalog_items.empty()) {
    for (int i = 0; i < answer->size(); ++i) result.catalog_items[IndexOf(*answer, i)] = answer->String(i, 1);
  }
  return result;
}

}  // namespace cadenza::postgres
