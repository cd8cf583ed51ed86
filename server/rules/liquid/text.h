// UTF-8 text: characters, case, search. Internal to server/rules/liquid. Nothing here depends on a locale; text that is
// valid UTF-8 stays valid.
#ifndef CADENZA_SERVER_RULES_LIQUID_TEXT_H_
#define CADENZA_SERVER_RULES_LIQUID_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cadenza::liquid {

// Code points, not what a reader would call letters.
int64_t CountCharacters(std::string_view text);
// Bytes of the first `count` characters; all of them if there are fewer.
size_t PrefixBytes(std::string_view text, int64_t count);
std::vector<std::string_view> Characters(std::string_view text);

// Of all alphabets (Unicode's full mappings, whatever the language: upper case of ß is SS).
std::string ToUpper(std::string_view text);
std::string ToLower(std::string_view text);
// The first character in title case, the rest in lower case.
std::string Capitalized(std::string_view text);

// Where `needle` first occurs at or after `from`, or npos. Linear in the length of `text`, also for hostile arguments.
size_t FindText(std::string_view text, std::string_view needle, size_t from);
// Where it last occurs, or npos.
size_t FindLastText(std::string_view text, std::string_view needle);

bool IsOneOf(char c, std::string_view characters);
bool IsSpace(char c);
std::string_view StripLeft(std::string_view text);
std::string_view StripRight(std::string_view text);
// At runs of white space, without empty pieces.
std::vector<std::string_view> Words(std::string_view text);

}  // namespace cadenza::liquid

#endif  // CADENZA_SERVER_RULES_LIQUID_TEXT_H_
