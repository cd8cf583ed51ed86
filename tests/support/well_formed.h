// Whether text is well-formed XML, as far as our pages go: elements, quoted attributes, the five entities and numbers.
#ifndef CADENZA_TESTS_SUPPORT_WELL_FORMED_H_
#define CADENZA_TESTS_SUPPORT_WELL_FORMED_H_

#include <cctype>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cadenza::testing {

// What is wrong first; empty if nothing is.
inline std::string XmlTrouble(std::string_view xml) {
  static const std::regex& tag =
      *new std::regex(R"(<(/?)([A-Za-z][A-Za-z0-9]*)((\s+[A-Za-z][A-Za-z0-9:-]*="[^"<]*")*)\s*(/?)>)");
  static const std::regex& attribute = *new std::regex(R"(([A-Za-z][A-Za-z0-9:-]*)="([^"]*)\")");
  static const std::regex& reference = *new std::regex("&(?!(amp|lt|gt|quot|apos|#[0-9]+);)");
  std::vector<std::string> open;
  std::string text(xml);
  if (const std::string_view doctype = "<!DOCTYPE html>"; xml.starts_with(doctype)) text.erase(0, doctype.size());
  if (std::smatch bad; std::regex_search(text, bad, reference))
    return "a bare & before " + bad.suffix().str().substr(0, 40);
  size_t roots = 0;
  for (size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at)) {
    std::smatch match;
    const size_t end = text.find('>', at);
    const std::string one = text.substr(at, end == std::string::npos ? end : end - at + 1);
    if (!std::regex_match(one, match, tag)) return "no tag: " + one.substr(0, 80);
    const std::string name = match[2], attributes = match[3];
    std::set<std::string> seen;
    for (std::sregex_iterator i(attributes.begin(), attributes.end(), attribute), last; i != last; ++i) {
      if (!seen.insert((*i)[1]).second) return "an attribute twice: " + one;
    }
    if (match[1].length() > 0) {
      if (open.empty() || open.back() != name)
        return "</" + name + "> closes " + (open.empty() ? "nothing" : open.back());
      open.pop_back();
    } else if (match[5].length() == 0) {
      roots += open.empty();
      open.push_back(name);
    }
    at += one.size();
  }
  if (!open.empty()) return "<" + open.back() + "> is not closed";
  return roots > 1 ? "more than one root" : "";
}

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_SUPPORT_WELL_FORMED_H_
