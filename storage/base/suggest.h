// "did you mean …": what a name that means nothing was probably meant to be.
#ifndef CADENZA_STORAGE_BASE_SUGGEST_H_
#define CADENZA_STORAGE_BASE_SUGGEST_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cadenza {

// How many letters must be added, left out, replaced, or swapped with their neighbour to make one of the other: the
// optimal string alignment distance, in bytes. Time and space grow with the product of the sizes.
size_t EditDistance(std::string_view a, std::string_view b);

// "; did you mean 'x'?", of the candidate nearest to `name`, the first of several; empty if none is near: one edit for
// every three letters, and one at least. Upper case for lower is half an edit.
std::string DidYouMean(std::string_view name, const std::vector<std::string_view>& candidates);

}  // namespace cadenza

#endif  // CADENZA_STORAGE_BASE_SUGGEST_H_
