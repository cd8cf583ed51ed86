// Which language of a message a user gets. Pure, thread-safe.
#ifndef CADENZA_SERVER_RULES_LOCALE_H_
#define CADENZA_SERVER_RULES_LOCALE_H_

#include <string>
#include <string_view>

namespace cadenza::rules {

// Whether `tag` has the form of a language tag (BCP 47; RFC 5646, section 2.1, without looking up its subtags): "fr",
// "en-GB", "zh-Hant-TW".
bool IsLanguageTag(std::string_view tag);

// For comparison, which knows no case: lower case, and '-' for the '_' that some platforms write ("en_GB").
std::string NormalLocale(std::string_view tag);

// The next more general range of RFC 4647, section 3.4 ("Lookup"): the last subtag is taken off, and a single letter
// that then stands last. "zh-hant-tw" -> "zh-hant" -> "zh" -> "".
std::string_view MoreGeneral(std::string_view range);

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_LOCALE_H_
