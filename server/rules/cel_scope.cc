#include "server/rules/cel_scope.h"

#include <map>
#include <memory>
#include <string>
#include <typeinfo>

#include "storage/base/text.h"

namespace cadenza::rules {
namespace {

// A pointer to what somebody else owns and keeps long enough.
template <typename T>
std::shared_ptr<const T> Borrow(const T* borrowed) {
  return std::shared_ptr<const T>(std::shared_ptr<void>(), borrowed);
}

cel::Value InPlace(const Value& value) {
  if (value.kind() == Value::Kind::kString) return cel::Value::SharedString(Borrow(&value.string_value()));
  return cel::Value::Of(value);
}

std::optional<cel::Value> ToCel(const Fact& fact, const Facts& facts) {
  struct Visitor {
    const Facts& facts;
    std::optional<cel::Value> operator()(std::monostate) const { return std::nullopt; }
    std::optional<cel::Value> operator()(const Value& value) const { return cel::Value::Of(value); }
    std::optional<cel::Value> operator()(const std::string* text) const {
      return cel::Value::SharedString(Borrow(text));
    }
    std::optional<cel::Value> operator()(absl::Duration duration) const { return cel::Value::Duration(duration); }
    std::optional<cel::Value> operator()(const ValueMap*) const { return std::nullopt; }  // CelObject has these
    std::optional<cel::Value> operator()(const ObjectSchema* schema) const {
      return cel::Value::Map(std::make_shared<const CelObject>(facts, *schema));
    }
  };
  return std::visit(Visitor{facts}, fact);
}

cel::Type TypeOf(const Member& member) {
  switch (member.type) {
    case FactType::kBool:
      return cel::Type::Bool();
    case FactType::kInt:
      return cel::Type::Int();
    case FactType::kDouble:
      return cel::Type::Double();
    case FactType::kString:
      return cel::Type::String();
    case FactType::kTimestamp:
      return cel::Type::Timestamp();
    case FactType::kDuration:
      return cel::Type::Duration();
    case FactType::kStringList:
      return cel::Type::List(cel::Type::String());
    case FactType::kValues:
      return cel::Type::Map(cel::Type::String(), cel::Type::Dyn());
    case FactType::kDoubles:
      return cel::Type::Map(cel::Type::String(), cel::Type::Double());
    case FactType::kObject:
      return cel::Type::Dyn();  // replaced in AddObject, which knows of which type
  }
  return cel::Type::Dyn();
}

cel::Type ObjectType(const ObjectSchema& schema) { return cel::Type::Object(std::string(schema.type_name)); }

void AddObject(const ObjectSchema& schema, std::map<std::string, cel::Type> nested, cel::Env* env) {
  std::map<std::string, cel::Type> fields = std::move(nested);
  for (const Member& member : schema.members) fields.emplace(member.name, TypeOf(member));
  env->AddObject(std::string(schema.type_name), std::move(fields));
}

using Arguments = absl::Span<const cel::Value>;

// The occurrence behind the receiver of a member function; null for a map that only looks like a user.
const Facts* FactsOf(const cel::Value& receiver) {
  if (receiver.kind() != cel::Value::Kind::kMap) return nullptr;
  // Not dynamic_cast, which walks the hierarchy: there is no class below CelObject.
  const cel::MapInterface& map = receiver.map_value();
  return typeid(map) == typeid(CelObject) ? &static_cast<const CelObject&>(map).facts() : nullptr;
}

// Of a function that has no value for its arguments.
using AbsentText = std::string (*)(Arguments args);

// A member function of user: `call`, a function of the facts and the arguments after the receiver, in both of its
// forms.
template <typename Call>
void AddUserFunction(cel::Env* env, std::string name, std::vector<cel::Type> arguments, cel::Type result, Call call,
                     AbsentText absent = nullptr) {
  arguments.insert(arguments.begin(), ObjectType(UserSchema()));
  auto function = [call, absent, name](Arguments args) {
    const Facts* facts = FactsOf(args[0]);
    if (facts == nullptr) return cel::Value::Error(StrCat(name, " is a function of user"));
    cel::Value value = call(*facts, args.subspan(1));
    return value.is_absent() ? cel::Value::Error(absent(args.subspan(1))) : value;
  };
  const cel::NativeFunction native = [](const void* facts, Arguments args) {
    return Call()(*static_cast<const Facts*>(facts), args);
  };
  env->AddFunction(std::move(name),
                   {true, std::move(arguments), std::move(result), std::move(function), native, absent});
}

std::string NeverHappened(Arguments args) { return StrCat("the user has no event '", args[0].string_value(), "'"); }

void AddHistoryFunctions(cel::Env* env) {
  using cel::Type;
  AddUserFunction(env, "event_count", {Type::String()}, Type::Int(), [](const Facts& facts, Arguments args) {
    return cel::Value::Int(EventCount(facts, args[0].string_value()));
  });
  AddUserFunction(env, "event_count", {Type::String(), Type::Duration()}, Type::Int(),
                  [](const Facts& facts, Arguments args) {
                    return cel::Value::Int(EventCountWithin(facts, args[0].string_value(), args[1].duration_value()));
                  });
  AddUserFunction(
      env, "first_event", {Type::String()}, Type::Timestamp(),
      [](const Facts& facts, Arguments args) {
        const EventHistory* history = HistoryOf(facts, args[0].string_value());
        return history == nullptr ? cel::Value::Absent() : cel::Value::Timestamp(history->first_time());
      },
      NeverHappened);
  AddUserFunction(
      env, "last_event", {Type::String()}, Type::Timestamp(),
      [](const Facts& facts, Arguments args) {
        const EventHistory* history = HistoryOf(facts, args[0].string_value());
        return history == nullptr ? cel::Value::Absent() : cel::Value::Timestamp(history->last_time());
      },
      NeverHappened);
}

void AddMessagingFunctions(cel::Env* env) {
  using cel::Type;
  AddUserFunction(env, "spent", {Type::String()}, Type::Double(), [](const Facts& facts, Arguments args) {
    return cel::Value::Double(Spent(facts, args[0].string_value()));
  });
  AddUserFunction(env, "received", {Type::String()}, Type::Bool(), [](const Facts& facts, Arguments args) {
    return cel::Value::Bool(Received(facts, args[0].string_value(), absl::InfiniteDuration()));
  });
  AddUserFunction(env, "received", {Type::String(), Type::Duration()}, Type::Bool(),
                  [](const Facts& facts, Arguments args) {
                    return cel::Value::Bool(Received(facts, args[0].string_value(), args[1].duration_value()));
                  });
  AddUserFunction(env, "subscribed", {Type::String()}, Type::Bool(), [](const Facts& facts, Arguments args) {
    return cel::Value::Bool(IsSubscribed(*facts.profile, args[0].string_value()));
  });
}

template <Receipt::Kind kKind>
void AddReceiptFunction(std::string name, cel::Env* env) {
  using cel::Type;
  AddUserFunction(env, name, {Type::String()}, Type::Bool(), [](const Facts& facts, Arguments args) {
    return cel::Value::Bool(ReportedWithin(facts, kKind, args[0].string_value(), absl::InfiniteDuration()));
  });
  AddUserFunction(
      env, std::move(name), {Type::String(), Type::Duration()}, Type::Bool(), [](const Facts& facts, Arguments args) {
        return cel::Value::Bool(ReportedWithin(facts, kKind, args[0].string_value(), args[1].duration_value()));
      });
}

void AddSegmentFunctions(cel::Env* env) {
  AddUserFunction(env, "in_segment", {cel::Type::String()}, cel::Type::Bool(), [](const Facts& facts, Arguments args) {
    return cel::Value::Bool(InSegment(facts, args[0].string_value()));
  });
}

cel::Value ReadMember(const void* facts, const void* member, std::string_view) {
  const auto& of = *static_cast<const Facts*>(facts);
  std::optional<cel::Value> value = ToCel(static_cast<const Member*>(member)->read(of), of);
  return value.has_value() ? *std::move(value) : cel::Value::Absent();
}

cel::Value ReadValue(const void* facts, const void* member, std::string_view field) {
  const Value* found = static_cast<const Member*>(member)->values(*static_cast<const Facts*>(facts)).Find(field);
  return found == nullptr ? cel::Value::Absent() : InPlace(*found);
}

// The members of the object at `path` that are read without making the object.
void AddNativeFields(const std::string& path, const ObjectSchema& schema, cel::Env* env) {
  for (const Member& member : schema.members) {
    const std::string at = StrCat(path, ".", member.name);
    if (member.values != nullptr) {
      env->AddNativeField(at + ".*", {ReadValue, &member});
    } else if (member.type != FactType::kObject) {
      env->AddNativeField(at, {ReadMember, &member});
    }
  }
}

enum class EnvFor : uint8_t { kConditions, kAudiences, kSegments };

cel::Env MakeEnv(EnvFor purpose) {
  cel::Env env;
  AddObject(SessionSchema(), {}, &env);
  AddObject(PurchasesSchema(), {}, &env);
  AddObject(EventSchema(), {}, &env);
  AddObject(UserSchema(), {{"session", ObjectType(SessionSchema())}, {"purchases", ObjectType(PurchasesSchema())}},
            &env);
  if (purpose == EnvFor::kConditions) env.AddVariable("event", ObjectType(EventSchema()));
  env.AddVariable("user", ObjectType(UserSchema()));
  env.AddVariable("now", cel::Type::Timestamp());
  AddNativeFields("event", EventSchema(), &env);
  AddNativeFields("user", UserSchema(), &env);
  AddNativeFields("user.session", SessionSchema(), &env);
  AddNativeFields("user.purchases", PurchasesSchema(), &env);
  AddHistoryFunctions(&env);
  AddMessagingFunctions(&env);
  AddReceiptFunction<Receipt::Kind::kOpened>("opened", &env);
  AddReceiptFunction<Receipt::Kind::kClicked>("clicked", &env);
  if (purpose != EnvFor::kSegments) AddSegmentFunctions(&env);
  return env;
}

}  // namespace

const cel::Env& ConditionEnv() {
  static const auto* env = new cel::Env(MakeEnv(EnvFor::kConditions));
  return *env;
}

const cel::Env& AudienceEnv() {
  static const auto* env = new cel::Env(MakeEnv(EnvFor::kAudiences));
  return *env;
}

const cel::Env& SegmentEnv() {
  static const auto* env = new cel::Env(MakeEnv(EnvFor::kSegments));
  return *env;
}

std::optional<cel::Value> CelValues::Find(const cel::Value& key) const {
  if (key.kind() != cel::Value::Kind::kString) return std::nullopt;
  const Value* found = values_->Find(key.string_value());
  return found == nullptr ? std::nullopt : std::optional<cel::Value>(InPlace(*found));
}

std::vector<cel::Value> CelValues::Keys() const {
  std::vector<cel::Value> keys;
  for (const auto& entry : *values_) keys.push_back(cel::Value::SharedString(Borrow(&entry.first)));
  return keys;
}

std::optional<cel::Value> CelObject::Find(const cel::Value& key) const {
  if (key.kind() != cel::Value::Kind::kString) return std::nullopt;
  const Member* member = schema_->Find(key.string_value());
  if (member == nullptr) return std::nullopt;
  const Fact fact = member->read(*facts_);
  const ValueMap* const* values = std::get_if<const ValueMap*>(&fact);
  return values != nullptr ? Borrowed(**values) : ToCel(fact, *facts_);
}

cel::Value CelObject::Borrowed(const ValueMap& values) const {
  if (!values_.has_value()) values_.emplace(values);
  return cel::Value::Map(Borrow<cel::MapInterface>(&*values_));
}

std::vector<cel::Value> CelObject::Keys() const {
  std::vector<cel::Value> keys;
  for (const Member& member : schema_->members) {
    if (member.read(*facts_).index() != 0) keys.push_back(cel::Value::String(std::string(member.name)));
  }
  return keys;
}

std::optional<cel::Value> CelScope::Find(std::string_view name) const {
  if (name == "event") return cel::Value::Map(Borrow<cel::MapInterface>(&event_));
  if (name == "user") return cel::Value::Map(Borrow<cel::MapInterface>(&user_));
  if (name == "now") return cel::Value::Timestamp(facts_.now).WithMoves(1);
  return std::nullopt;
}

}  // namespace cadenza::rules
