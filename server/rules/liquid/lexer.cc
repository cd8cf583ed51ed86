#include "server/rules/liquid/lexer.h"

#include <string>

#include "absl/strings/ascii.h"
#include "server/rules/liquid/place.h"
#include "server/rules/liquid/text.h"
#include "storage/base/text.h"

namespace cadenza::liquid {
namespace {

bool IsWordCharacter(char c) { return absl::ascii_isalnum(c) || c == '_'; }

std::string_view Strip(std::string_view text) { return StripRight(StripLeft(text)); }

// "name rest" or "# rest" as a tag piece. The name is empty where there is none.
Piece MakeTag(std::string_view markup) {
  markup = Strip(markup);
  size_t end = 0;
  if (markup.starts_with("#")) {
    end = 1;
  } else {
    while (end < markup.size() && IsWordCharacter(markup[end])) ++end;
  }
  return {Piece::Kind::kTag, false, StripLeft(markup.substr(end)), markup.substr(0, end)};
}

absl::Status CheckInlineComment(std::string_view source, const Piece& tag) {
  std::string_view rest = tag.content;
  while (true) {
    const size_t newline = rest.find('\n');
    if (newline == std::string_view::npos) return absl::OkStatus();
    rest = StripLeft(rest.substr(newline));
    if (!rest.empty() && rest.front() != '#') {
      return ErrorAt(source, rest, "each line of an inline comment must begin with '#'");
    }
  }
}

class TemplateSplitter {
 public:
  explicit TemplateSplitter(std::string_view source) : source_(source) {}

  absl::StatusOr<std::vector<Piece>> Split() {
    while (position_ < source_.size()) {
      if (absl::Status status = Next(); !status.ok()) return status;
    }
    return std::move(pieces_);
  }

 private:
  // One stretch of text and the output or tag that ends it.
  absl::Status Next() {
    const size_t open = FindOpening(position_);
    if (open == std::string_view::npos) {
      AddText(source_.substr(position_), false);
      position_ = source_.size();
      return absl::OkStatus();
    }
    const bool is_tag = source_[open + 1] == '%';
    size_t begin = open + 2;
    const bool trims_before = begin < source_.size() && source_[begin] == '-';
    begin += trims_before ? 1 : 0;
    AddText(source_.substr(position_, open - position_), trims_before);
    const size_t end = is_tag ? source_.find("%}", begin) : OutputEnd(begin);
    if (end == std::string_view::npos) {
      return ErrorAt(source_, source_.substr(open),
                     is_tag ? "this tag is not closed with '%}'" : "this output is not closed with '}}'");
    }
    const std::string_view inside = Inside(begin, end);
    position_ = end + 2;
    if (!is_tag) {
      pieces_.push_back({Piece::Kind::kOutput, false, inside, {}});
      return absl::OkStatus();
    }
    return AddTag(MakeTag(inside), source_.substr(open, end + 2 - open));
  }

  size_t FindOpening(size_t from) const {
    for (size_t at = source_.find('{', from); at != std::string_view::npos; at = source_.find('{', at + 1)) {
      if (at + 1 < source_.size() && (source_[at + 1] == '{' || source_[at + 1] == '%')) return at;
    }
    return std::string_view::npos;
  }

  // Where the "}}" of an output is whose content starts at `begin`; npos if there is none. Braces within (Braze's
  // ${name}, and {{ a | plus: {{ b }} }}) are passed over; a brace in quotes counts only as part of "}}".
  size_t OutputEnd(size_t begin) const {
    int depth = 0;
    char quote = '\0';
    for (size_t i = begin; i < source_.size(); ++i) {
      const char c = source_[i];
      const std::string_view two = source_.substr(i, 2);
      if (two == "}}") {
        if (depth-- == 0) return i;
        ++i;
      } else if (quote != '\0') {
        if (c == quote) quote = '\0';
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (two == "${") {
        i = source_.find_first_of("}\n", i);
        if (i == std::string_view::npos || source_[i] != '}') return std::string_view::npos;
      } else if (two == "{{") {
        ++depth;
        ++i;
      } else if (c == '}' || two == "{%") {
        return std::string_view::npos;
      }
    }
    return std::string_view::npos;
  }

  // What is between a delimiter that ended before `begin` and one that starts at `end`; notes a '-' before the latter.
  std::string_view Inside(size_t begin, size_t end) {
    trim_next_ = end > begin && source_[end - 1] == '-';
    return source_.substr(begin, end - begin - (trim_next_ ? 1 : 0));
  }

  void AddText(std::string_view text, bool trims_before) {
    if (trim_next_) text = StripLeft(text);
    if (trims_before) text = StripRight(text);
    trim_next_ = false;
    if (!text.empty()) pieces_.push_back({Piece::Kind::kText, false, text, {}});
  }

  absl::Status AddTag(const Piece& tag, std::string_view whole) {
    if (tag.name == "#") return CheckInlineComment(source_, tag);
    if (tag.name == "comment") return SkipComment(whole);
    if (tag.name == "raw" || tag.name == "doc") return AddVerbatim(tag, whole);
    pieces_.push_back(tag);
    return absl::OkStatus();
  }

  // raw becomes text, doc nothing; what they hold is not looked at.
  absl::Status AddVerbatim(const Piece& tag, std::string_view whole) {
    const bool is_raw = tag.name == "raw";
    if (!tag.content.empty()) return ErrorAt(source_, tag.content, StrCat("'", tag.name, "' takes no arguments"));
    const size_t begin = position_;
    const bool trims_start = trim_next_;
    size_t open = 0;
    if (!SkipTo(is_raw ? "endraw" : "enddoc", is_raw ? "" : "doc", &open)) {
      return ErrorAt(source_, whole, StrCat("'", tag.name, "' is not closed with 'end", tag.name, "'"));
    }
    std::string_view text = source_.substr(begin, open - begin);
    if (trims_start) text = StripLeft(text);
    if (source_[open + 2] == '-') text = StripRight(text);
    if (is_raw && !text.empty()) pieces_.push_back({Piece::Kind::kText, true, text, {}});
    return absl::OkStatus();
  }

  // Moves behind the next tag that consists of `end` alone and sets `open` to where it starts. False if there is none,
  // or one named `forbidden` first.
  bool SkipTo(std::string_view end, std::string_view forbidden, size_t* open) {
    for (*open = source_.find("{%", position_); *open != std::string_view::npos;
         *open = source_.find("{%", *open + 2)) {
      size_t begin = *open + 2;
      if (begin < source_.size() && source_[begin] == '-') ++begin;
      const std::string_view rest = StripLeft(source_.substr(begin));
      if (!forbidden.empty() && MakeTag(rest.substr(0, forbidden.size() + 1)).name == forbidden) return false;
      if (!rest.starts_with(end)) continue;
      std::string_view tail = StripLeft(rest.substr(end.size()));
      const bool trims = tail.starts_with("-%}");
      if (!trims && !tail.starts_with("%}")) continue;
      trim_next_ = trims;
      position_ = static_cast<size_t>(tail.data() - source_.data()) + (trims ? 3 : 2);
      return true;
    }
    return false;
  }

  absl::Status SkipComment(std::string_view whole) {
    for (int depth = 1; depth > 0;) {
      const size_t open = source_.find("{%", position_);
      const size_t end = open == std::string_view::npos ? open : source_.find("%}", open + 2);
      if (end == std::string_view::npos) return ErrorAt(source_, whole, "'comment' is not closed with 'endcomment'");
      const size_t begin = open + 2 + (source_[open + 2] == '-' && open + 2 < end ? 1 : 0);
      const Piece tag = MakeTag(Inside(begin, end));
      position_ = end + 2;
      size_t ignored = 0;
      if (tag.name == "comment") ++depth;
      if (tag.name == "endcomment") --depth;
      if (tag.name == "raw" && !SkipTo("endraw", "", &ignored)) {
        return ErrorAt(source_, source_.substr(open), "'raw' is not closed with 'endraw'");
      }
    }
    return absl::OkStatus();
  }

  const std::string_view source_;
  size_t position_ = 0;
  bool trim_next_ = false;
  std::vector<Piece> pieces_;
};

Token Take(Token::Kind kind, std::string_view* rest, size_t length) {
  const Token token{kind, rest->substr(0, length)};
  rest->remove_prefix(length);
  return token;
}

Token TakeNumber(std::string_view* rest) {
  size_t end = 1;
  while (end < rest->size() && absl::ascii_isdigit((*rest)[end])) ++end;
  if (end + 1 >= rest->size() || (*rest)[end] != '.' || !absl::ascii_isdigit((*rest)[end + 1])) {
    return Take(Token::Kind::kInteger, rest, end);
  }
  ++end;
  while (end < rest->size() && absl::ascii_isdigit((*rest)[end])) ++end;
  return Take(Token::Kind::kFloat, rest, end);
}

Token TakeIdentifier(std::string_view* rest) {
  size_t end = 1;
  while (end < rest->size() && (IsWordCharacter((*rest)[end]) || (*rest)[end] == '-')) ++end;
  if (end < rest->size() && (*rest)[end] == '?') ++end;
  return Take(Token::Kind::kIdentifier, rest, end);
}

absl::StatusOr<Token> TakeToken(std::string_view source, std::string_view* rest) {
  const char c = rest->front();
  const char next = rest->size() > 1 ? (*rest)[1] : '\0';
  if (absl::ascii_isalpha(c) || c == '_') return TakeIdentifier(rest);
  if (c == '$' && next == '{') {
    const size_t end = rest->find('}');
    if (end == std::string_view::npos) return ErrorAt(source, *rest, "'${' is not closed with '}'");
    const Token token = Take(Token::Kind::kDollar, rest, end + 1);
    if (DollarName(token.text).empty()) return ErrorAt(source, token.text, "'${}' needs a name");
    return token;
  }
  if (absl::ascii_isdigit(c) || (c == '-' && absl::ascii_isdigit(next))) return TakeNumber(rest);
  if (c == '\'' || c == '"') {
    const size_t end = rest->find(c, 1);
    if (end == std::string_view::npos) return ErrorAt(source, *rest, "this string is not closed");
    const Token token{Token::Kind::kString, rest->substr(1, end - 1)};
    rest->remove_prefix(end + 1);
    return token;
  }
  if (c == '.' && next == '.') return Take(Token::Kind::kDotDot, rest, 2);
  if ((next == '=' && (c == '=' || c == '!' || c == '<' || c == '>')) || (c == '<' && next == '>')) {
    return Take(Token::Kind::kOperator, rest, 2);
  }
  if (c == '<' || c == '>') return Take(Token::Kind::kOperator, rest, 1);
  if (IsOneOf(c, "|.:,[]()=")) return Take(Token::Kind::kPunctuation, rest, 1);
  return ErrorAt(source, *rest, StrCat("unexpected '", rest->substr(0, PrefixBytes(*rest, 1)), "'"));
}

}  // namespace

absl::StatusOr<std::vector<Piece>> SplitTemplate(std::string_view source) { return TemplateSplitter(source).Split(); }

absl::StatusOr<std::vector<Piece>> SplitLines(std::string_view source, std::string_view lines) {
  std::vector<Piece> pieces;
  int comment_depth = 0;
  const std::string_view whole = lines;
  while (!lines.empty()) {
    const size_t newline = lines.find('\n');
    const std::string_view line = Strip(lines.substr(0, newline));
    lines.remove_prefix(newline == std::string_view::npos ? lines.size() : newline + 1);
    if (line.empty()) continue;
    const Piece tag = MakeTag(line);
    if (tag.name == "comment") ++comment_depth;
    if (comment_depth == 0 && tag.name != "#") pieces.push_back(tag);
    if (comment_depth > 0 && tag.name == "endcomment") --comment_depth;
  }
  if (comment_depth > 0) return ErrorAt(source, whole, "'comment' is not closed with 'endcomment'");
  return pieces;
}

absl::StatusOr<std::vector<Token>> Tokenize(std::string_view source, std::string_view markup) {
  std::vector<Token> tokens;
  for (markup = StripLeft(markup); !markup.empty(); markup = StripLeft(markup)) {
    if (markup.starts_with("{{") || markup.starts_with("}}")) {
      markup.remove_prefix(2);
      continue;
    }
    absl::StatusOr<Token> token = TakeToken(source, &markup);
    if (!token.ok()) return token.status();
    tokens.push_back(*token);
  }
  tokens.push_back({Token::Kind::kEnd, markup});
  return tokens;
}

std::string_view DollarName(std::string_view text) { return Strip(text.substr(2, text.size() - 3)); }

}  // namespace cadenza::liquid
