#include "tests/conformance/store_suite.h"

#include <unistd.h>

#include <atomic>

#include "storage/base/text.h"

namespace cadenza::testing {

void StoreSuite::SetUp() {
  static std::atomic<int> tests{0};
  workspace_ = StrCat("w", getpid(), "-", ++tests);
  store_ = GetParam().make();
  ASSERT_NE(store_, nullptr);
  auto journal = store_->OpenJournal();
  ASSERT_TRUE(journal.ok()) << journal.status();
  journal_ = *journal;
}

ProfileWrite StoreSuite::Write(const UserKey& key, int64_t expected, std::string state) const {
  return {key, expected, {expected + 1, "", std::move(state)}};
}

EventWrite StoreSuite::Event(size_t owner, const UserKey& named, std::string id, int64_t seq, std::string body) const {
  EventWrite write;
  write.owner = owner;
  write.named = named;
  write.digest = DigestOf(body);
  write.event_id = std::move(id);
  write.user_seq = seq;
  write.name = "order_placed";
  write.time = kStoreTime;
  write.receive_time = kStoreTime + absl::Microseconds(seq);
  write.body = std::move(body);
  return write;
}

MessageWrite StoreSuite::MessageFor(size_t owner, const UserKey& user, int64_t seq) const {
  Message message;
  message.user = user;
  message.message_seq = seq;
  message.message_id = ToHex(DigestOf(StrCat(user.key, "/", seq)));
  message.campaign_id = "knots";
  message.event_id = StrCat("e", seq);
  message.channel = "push";
  message.title = "Garlic knots?";
  message.body = StrCat("message ", seq);
  message.create_time = kStoreTime;
  message.expire_time = kStoreTime + absl::Hours(1);
  return {owner, message};
}

CommitBatch StoreSuite::Batch() {
  CommitBatch batch;
  batch.journal = journal_;
  batch.journal_seq = journal_seq_ + 1;
  return batch;
}

std::vector<bool> StoreSuite::CommitOk(const CommitBatch& batch) {
  auto result = store_->Commit(batch);
  EXPECT_TRUE(result.ok()) << result.status();
  if (!result.ok()) return {};
  EXPECT_EQ(result->conflicted.size(), batch.profiles.size());
  for (bool conflicted : result->conflicted) {
    if (conflicted) continue;
    ++journal_seq_;
    break;
  }
  return result->conflicted;
}

void StoreSuite::Apply(const UserKey& user, int64_t seq, std::string event_id) {
  CommitBatch batch = Batch();
  batch.profiles = {Write(user, seq - 1)};
  batch.events = {Event(0, user, std::move(event_id), seq)};
  EXPECT_EQ(CommitOk(batch), std::vector<bool>{false});
}

std::optional<ProfileRow> StoreSuite::LoadRow(const UserKey& key) {
  auto result = store_->Load({{key}, {}, true});
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? result->rows.at(0) : std::nullopt;
}

std::optional<SeenEvent> StoreSuite::FindEvent(const UserKey& named, const std::string& event_id) {
  auto result = store_->Load({{}, {{named, event_id}}, true});
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? result->events.at(0) : std::nullopt;
}

std::vector<int64_t> StoreSuite::EventSeqs(const UserKey& user, int64_t after, bool descending, int limit) {
  auto events = store_->ListEvents(user, after, descending, limit);
  EXPECT_TRUE(events.ok()) << events.status();
  std::vector<int64_t> seqs;
  if (events.ok()) {
    for (const StoredEvent& event : *events) seqs.push_back(event.user_seq);
  }
  return seqs;
}

std::vector<int64_t> StoreSuite::MessageSeqs(const UserKey& user, int64_t after, int limit, absl::Time now) {
  auto messages = store_->ListMessages(user, after, limit, now);
  EXPECT_TRUE(messages.ok()) << messages.status();
  std::vector<int64_t> seqs;
  if (messages.ok()) {
    for (const Message& message : *messages) seqs.push_back(message.message_seq);
  }
  return seqs;
}

}  // namespace cadenza::testing
