#include "clients/cli/report/plots/svg.h"

namespace cadenza::plots {
namespace {

// Every colour of a mark has a contrast of at least 3 with its ground and every text of at least 4.5 (WCAG 2.1, 1.4.3
// and 1.4.11). The first two series are Okabe and Ito's; the others were searched so that all six stay apart under
// protanopia, deuteranopia and tritanopia as simulated by Machado, Oliveira and Fernandes (2009).
constexpr char kStyle[] = R"(:root{color-scheme:light dark;
--paper:#f6f5f1;--card:#fff;--ink:#1c1b19;--soft:#5c5a55;--line:#e3e0d8;--axis:#8d887e;
--reached:#0072b2;--lost:#d8d3c8;--lost-edge:#8d8778;--track:#f3f1ec;
--better:#00705a;--worse:#c2410c;--control:#6b675f;--plain:#0072b2;
--s1:#0072b2;--s2:#d55e00;--s3:#7b1e62;--s4:#2a9d70;--s5:#5d3a00;--s6:#9a6dff;--s7:#77736b}
@media (prefers-color-scheme:dark){:root{
--paper:#13151a;--card:#1c1f25;--ink:#ecebe8;--soft:#aba9a3;--line:#343841;--axis:#7c7f88;
--reached:#5ab4f0;--lost:#3a3e48;--lost-edge:#8b8f9a;--track:#23262e;
--better:#22dba0;--worse:#ff9147;--control:#a9a69f;--plain:#5ab4f0;
--s1:#5ab4f0;--s2:#ff9147;--s3:#f5b8e4;--s4:#22dba0;--s5:#dfe04a;--s6:#8a80ff;--s7:#9a978f}}
.plot{display:block;max-width:100%;overflow:visible;font-size:13px;font-variant-numeric:tabular-nums}
.plot text{fill:var(--ink)}
.plot .at{overflow:visible}
.plot .note,.plot .tick{fill:var(--soft)}
.plot .number{fill:var(--ink);font-weight:600}
.plot .tick{font-size:12px}
.plot .halo{paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
.plot .group{font-weight:600}
.plot .wide{display:none}
@media (min-width:480px){.plot .wide{display:inline}.plot .narrow{display:none}}
.plot line,.plot polyline{fill:none}
.plot .grid{stroke:var(--line)}
.plot .axis{stroke:var(--axis)}
.plot .track{fill:var(--track)}
.plot .reached{fill:var(--reached)}
.plot .lost{fill:var(--lost);stroke:var(--lost-edge)}
.plot .curve{stroke-width:2px;stroke-linejoin:round;vector-effect:non-scaling-stroke}
.plot .area{fill:var(--s1);opacity:.12}
.plot .mark{stroke:var(--card);stroke-width:1px}
.plot .curve.s1{stroke:var(--s1)}.plot .mark.s1{fill:var(--s1)}
.plot .curve.s2{stroke:var(--s2);stroke-dasharray:7 3}.plot .mark.s2{fill:var(--s2)}
.plot .curve.s3{stroke:var(--s3);stroke-dasharray:2 3}.plot .mark.s3{fill:var(--s3)}
.plot .curve.s4{stroke:var(--s4);stroke-dasharray:9 3 2 3}.plot .mark.s4{fill:var(--s4)}
.plot .curve.s5{stroke:var(--s5);stroke-dasharray:4 4}.plot .mark.s5{fill:var(--s5)}
.plot .curve.s6{stroke:var(--s6);stroke-dasharray:12 4}.plot .mark.s6{fill:var(--s6)}
.plot .curve.s7{stroke:var(--s7);stroke-dasharray:1 4}.plot .mark.s7{fill:var(--s7)}
.plot .interval{stroke-width:3px}
.plot .plain{stroke:var(--plain)}.plot .control{stroke:var(--control)}
.plot .better{stroke:var(--better)}.plot .worse{stroke:var(--worse)}
.plot .estimate{stroke:var(--card);stroke-width:2px}
.plot .estimate.plain{fill:var(--plain)}.plot .estimate.control{fill:var(--control)}
.plot .estimate.better{fill:var(--better)}.plot .estimate.worse{fill:var(--worse)}
.plot .reference{stroke:var(--control);stroke-dasharray:4 3}
)";

}  // namespace

std::string_view Style() { return kStyle; }

}  // namespace cadenza::plots
