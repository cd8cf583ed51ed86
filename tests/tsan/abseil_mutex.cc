// Part of every test program in a build with the thread sanitizer, and of no other.
//
// Debian's Abseil is compiled without that sanitizer, so it does not see what absl::Mutex and absl::Notification order,
// and would report a race wherever they guard something. The functions here stand before Abseil's own (the program's
// symbols come first), tell the sanitizer, and go on to them.
#include <dlfcn.h>

extern "C" {
void __tsan_acquire(void* address);
void __tsan_release(void* address);

// Abseil's deadlock detector, whose own spin lock the sanitizer does not see either.
const char* __tsan_default_suppressions() { return "race:GraphCycles\n"; }
}

namespace {

template <typename Function>
Function Next(const char* symbol) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, symbol));
}

// The mutex that this thread is inside: a Condition may be evaluated there, by whichever thread holds the lock.
thread_local void* current_mutex = nullptr;

class Inside {
 public:
  explicit Inside(void* mutex) : before_(current_mutex) { current_mutex = mutex; }
  ~Inside() { current_mutex = before_; }

 private:
  void* const before_;
};

}  // namespace

// A duration is passed in two registers, as these two numbers are.
extern "C" {

#define CADENZA_LOCK(symbol)                           \
  void symbol(void* mutex) {                           \
    static auto next = Next<void (*)(void*)>(#symbol); \
    {                                                  \
      Inside inside(mutex);                            \
      next(mutex);                                     \
    }                                                  \
    __tsan_acquire(mutex);                             \
  }
#define CADENZA_UNLOCK(symbol)                         \
  void symbol(void* mutex) {                           \
    static auto next = Next<void (*)(void*)>(#symbol); \
    __tsan_release(mutex);                             \
    Inside inside(mutex);                              \
    next(mutex);                                       \
  }
CADENZA_LOCK(_ZN4absl7debian35Mutex4LockEv)
CADENZA_LOCK(_ZN4absl7debian35Mutex10ReaderLockEv)
CADENZA_UNLOCK(_ZN4absl7debian35Mutex6UnlockEv)
CADENZA_UNLOCK(_ZN4absl7debian35Mutex12ReaderUnlockEv)

bool _ZNK4absl7debian39Condition4EvalEv(const void* condition) {
  static auto next = Next<bool (*)(const void*)>("_ZNK4absl7debian39Condition4EvalEv");
  if (current_mutex != nullptr) __tsan_acquire(current_mutex);
  const bool holds = next(condition);
  if (current_mutex != nullptr) __tsan_release(current_mutex);
  return holds;
}

void _ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE(void* mutex, const void* condition) {
  static auto next = Next<void (*)(void*, const void*)>("_ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE");
  __tsan_release(mutex);
  {
    Inside inside(mutex);
    next(mutex, condition);
  }
  __tsan_acquire(mutex);
}

#define CADENZA_AWAIT(symbol)                                                       \
  bool symbol(void* mutex, const void* condition, long high, unsigned low) {        \
    static auto next = Next<bool (*)(void*, const void*, long, unsigned)>(#symbol); \
    __tsan_release(mutex);                                                          \
    bool holds = false;                                                             \
    {                                                                               \
      Inside inside(mutex);                                                         \
      holds = next(mutex, condition, high, low);                                    \
    }                                                                               \
    __tsan_acquire(mutex);                                                          \
    return holds;                                                                   \
  }
CADENZA_AWAIT(_ZN4absl7debian35Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE)
CADENZA_AWAIT(_ZN4absl7debian35Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE)

void _ZN4absl7debian312Notification6NotifyEv(void* notification) {
  static auto next = Next<void (*)(void*)>("_ZN4absl7debian312Notification6NotifyEv");
  __tsan_release(notification);
  next(notification);
}

void _ZNK4absl7debian312Notification19WaitForNotificationEv(void* notification) {
  static auto next = Next<void (*)(void*)>("_ZNK4absl7debian312Notification19WaitForNotificationEv");
  next(notification);
  __tsan_acquire(notification);
}

bool _ZNK4absl7debian312Notification30WaitForNotificationWithTimeoutENS0_8DurationE(void* notification, long high,
                                                                                    unsigned low) {
  static auto next = Next<bool (*)(void*, long, unsigned)>(
      "_ZNK4absl7debian312Notification30WaitForNotificationWithTimeoutENS0_8DurationE");
  const bool notified = next(notification, high, low);
  if (notified) __tsan_acquire(notification);
  return notified;
}

}  // extern "C"
