#include "clients/cli/report/report_html.h"

namespace cadenza::report {
namespace {

// One column on a phone, where tables become a card for each row; two from 60 em on.
constexpr char kStyle[] = R"(*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
main,footer{max-width:70rem;margin:0 auto;padding:0 1rem}
header{padding:2rem 0 1.25rem}
.over{margin:0;color:var(--soft);font-size:.875rem}
h1{margin:.15rem 0 .6rem;font-size:clamp(1.7rem,1.2rem + 2.2vw,2.6rem);line-height:1.15;letter-spacing:-.015em;font-weight:700;text-wrap:balance}
h2{margin:0 0 1rem;font-size:1.125rem;line-height:1.3;font-weight:650}
h3{margin:0 0 .75rem;font-size:.9375rem;font-weight:600;color:var(--soft)}
p{margin:0 0 .75rem;max-width:44rem}
.facts{list-style:none;margin:0 0 .6rem;padding:0;display:flex;flex-wrap:wrap;gap:.4rem}
.facts li{border:1px solid var(--line);border-radius:1rem;padding:.1rem .7rem;font-size:.875rem;background:var(--card);max-width:100%}
.facts .live{border-color:var(--better)}
.facts .live::before{content:"";display:inline-block;width:.5rem;height:.5rem;border-radius:50%;background:var(--better);margin-right:.45rem;vertical-align:.06em}
.period,.hint,figcaption,.made{color:var(--soft);font-size:.875rem}
.period{margin:0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:1px;margin:0 0 1rem;background:var(--line);border:1px solid var(--line);border-radius:.75rem;overflow:hidden}
.tiles.long{grid-template-columns:repeat(auto-fit,minmax(15rem,1fr))}
.tiles div{background:var(--card);padding:.85rem 1rem}
.tiles dt{color:var(--soft);font-size:.875rem}
.tiles dd{margin:0}
.tiles .value{font-size:1.625rem;line-height:1.25;font-weight:650;letter-spacing:-.01em;font-variant-numeric:tabular-nums}
.tiles .note{color:var(--soft);font-size:.8125rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1.15rem 1rem 1rem;margin:0 0 1rem;min-width:0}
.pair{display:grid;gap:1rem;grid-template-columns:minmax(0,1fr)}
.pair{margin:0 0 1rem}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
figure{margin:0 0 .75rem}
figcaption{margin-top:.6rem}
.finding{border-left:4px solid var(--reached);padding:.1rem 0 .1rem .8rem}
details{border-top:1px solid var(--line);margin-top:.75rem;padding-top:.6rem}
summary{cursor:pointer;color:var(--soft);font-size:.875rem}
summary:focus-visible,.scroll:focus-visible{outline:2px solid var(--reached);outline-offset:2px}
.scroll{overflow-x:auto;margin:0 0 .75rem}
table{border-collapse:collapse;width:100%;font-size:.875rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);padding:.25rem 0 .5rem}
th,td{padding:.45rem .6rem;text-align:right;border-bottom:1px solid var(--line);overflow-wrap:normal;vertical-align:baseline}
td{white-space:nowrap}
thead th{color:var(--soft);font-weight:500;vertical-align:bottom}
th:first-child,td:first-child{text-align:left;padding-left:0}
th:last-child,td:last-child{padding-right:0}
tbody th{font-weight:600;overflow-wrap:anywhere;min-width:9rem}
tbody tr:last-child>*{border-bottom:0}
footer{padding:1.5rem 1rem 3rem;font-size:.9375rem;color:var(--soft)}
footer h2{color:var(--ink)}
footer p{max-width:48rem}
@media (min-width:60em){
main,footer{padding-left:2rem;padding-right:2rem}
.card{padding:1.4rem 1.5rem 1.25rem}
.pair{grid-template-columns:repeat(auto-fit,minmax(24rem,1fr))}
.wide .pair{gap:2.5rem}}
@media (max-width:40em){
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table,tbody,tr,tbody th,td,caption{display:block}
tbody tr{padding:.6rem 0;border-bottom:1px solid var(--line)}
tbody tr:last-child{border-bottom:0}
tbody th{border:0;padding:0 0 .2rem;text-align:left}
td{display:flex;justify-content:space-between;gap:1rem;border:0;padding:.1rem 0;white-space:normal;text-align:right}
td::before{content:attr(data-head);color:var(--soft);text-align:left}}
@media print{body{background:none}.card,.tiles{break-inside:avoid}details{display:none}}
)";

}  // namespace

std::string_view PageStyle() { return kStyle; }

}  // namespace cadenza::report
