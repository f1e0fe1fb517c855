// The report's style sheet. Light and dark by the reader's preference, readable from a phone's width up, and on paper.
import { seriesColors, themeVariables } from "./palette.ts";

const series = seriesColors.light.map((_, index) => `.s${index}{color:var(--s${index})}`).join("\n");

export const styleSheet = `
:root{color-scheme:light dark;${themeVariables("light")}}
@media (prefers-color-scheme:dark){:root{${themeVariables("dark")}}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:3.5rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--background);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",sans-serif}
main,.top{max-width:1160px;margin:0 auto;padding:0 20px}
.top{padding-top:28px}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:0 0 4px}
h3{font-size:1rem;margin:20px 0 8px;overflow-wrap:anywhere}
h4{font-size:.8125rem;margin:0 0 8px;color:var(--muted);font-weight:600}
h5{font-size:.8125rem;margin:0}
p{margin:0 0 12px;max-width:78ch}
.lead,.note,.caption,small{color:var(--muted)}
.note,.caption{font-size:.8125rem;margin:4px 0 8px}
a{color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
nav{position:sticky;top:0;z-index:5;background:var(--background);border-bottom:1px solid var(--line);margin-top:18px}
nav ul{max-width:1160px;margin:0 auto;padding:0 12px;display:flex;list-style:none;overflow-x:auto;scrollbar-width:none}
nav a{display:block;padding:10px 8px;font-size:.875rem;color:var(--muted);text-decoration:none;white-space:nowrap}
nav a:hover{color:var(--ink)}
section.part{padding:30px 0 6px}
section.part+section.part{border-top:1px solid var(--line)}

.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(210px,1fr));gap:12px;margin:20px 0 0;padding:0;list-style:none}
.tiles li{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:12px 16px}
.tiles b{display:block;font-size:1.6rem;line-height:1.3;font-weight:650;font-variant-numeric:tabular-nums}
.tiles b small{font-size:.9375rem;font-weight:400;white-space:nowrap}
.tiles span{font-size:.8125rem;color:var(--muted);display:block}

.scroll{overflow-x:auto;background:var(--panel);border:1px solid var(--line);border-radius:8px;margin:12px 0 16px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:7px 12px;text-align:right;white-space:nowrap;font-size:.875rem}
th{font-weight:600}
thead th{color:var(--muted);font-size:.8125rem}
thead tr:last-child th{border-bottom:1px solid var(--line)}
th.group{text-align:left;padding-bottom:0}
.first{border-left:1px solid var(--line)}
th:first-child{text-align:left;position:sticky;left:0;background:var(--panel);z-index:1}
tbody tr+tr>*{border-top:1px solid var(--grid)}
tbody tr.chosen>th::after{content:" ★";color:var(--accent)}
td small{font-size:.8125rem}
td.best{font-weight:700}
td.best small{font-weight:400}

.panels{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr));gap:14px;margin:10px 0 18px}
.panel{margin:0;background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:12px 14px 8px;min-width:0}
.panel figcaption{font-weight:600;font-size:.875rem;margin-bottom:6px;overflow-wrap:anywhere}
.chart{display:block;width:100%;max-width:420px;height:auto;overflow:visible;font-size:11.5px}
.chart text{fill:var(--muted)}
.chart .label{fill:var(--ink)}
.chart .ink-right{fill:var(--right)}
.chart .ink-wrong{fill:var(--wrong)}
.grid{stroke:var(--grid)}
.axis{stroke:var(--muted);stroke-opacity:.6}
.line{fill:none;stroke:currentColor;stroke-width:2.2;stroke-linejoin:round}
.line.faint{stroke-width:1.3}
.line.thin{stroke-width:1.5}
.line.dashed{stroke-dasharray:5 4}
.dash-2{stroke-dasharray:6 3}
.dash-3{stroke-dasharray:2 3}
.dash-4{stroke-dasharray:8 3 2 3}
.leader{fill:none;stroke:var(--line)}
.whisker{fill:none;stroke:currentColor;stroke-width:1.3}
.marker{fill:currentColor;stroke:var(--panel);stroke-width:.8}
.marker.hollow{fill:var(--panel);stroke:currentColor;stroke-width:1.5}
.hit{fill:transparent}
.hit-line{stroke:transparent;stroke-width:10}
.fill-right{fill:var(--right)}
.fill-wrong{fill:var(--wrong)}
.mark:hover .marker{stroke:var(--ink);stroke-width:1.5}
.mark:hover rect[class^=fill]{opacity:.75}
.mark:hover .thin{stroke-width:2.6}
${series}
.pair{display:grid;grid-template-columns:minmax(0,376px) minmax(0,1fr);gap:14px;align-items:start;margin:10px 0 18px}
.pair .scroll{margin:0}
.pair th,.pair td{padding-left:9px;padding-right:9px}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:10px 0;padding:0;font-size:.8125rem}
.legend li{display:flex;align-items:center;gap:6px;overflow-wrap:anywhere}
.key{width:14px;height:14px;flex:none}
.swatch{width:12px;height:12px;border-radius:3px}
.tokens-prompt{fill:var(--s0);background:var(--s0)}
.tokens-completion{fill:var(--s3);background:var(--s3)}
.tokens-training{fill:var(--s1);background:var(--s1)}
.time{fill:var(--s4)}
.costs{background:var(--panel);border:1px solid var(--line);border-radius:8px;border-collapse:separate;border-spacing:0;margin:0 0 16px}
.costs th,.costs td{padding:4px 14px;text-align:left}
.costs tbody th{font-weight:400;white-space:normal;overflow-wrap:anywhere}
.costs th:first-child{position:static;background:none}
.costs thead th,.costs tfoot>tr>*{padding-top:9px;padding-bottom:9px}
.costs td{width:36%}
.costs tfoot .value{padding-left:0}
code{font:.95em ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;overflow-wrap:anywhere}
.costs tfoot>tr>*{border-top:1px solid var(--line);font-weight:600}
.bar{display:inline-block;vertical-align:middle;width:calc(100% - 6.2rem);height:13px;background:var(--grid);border-radius:3px;overflow:hidden}
.costs .value{display:inline-block;padding-left:10px;white-space:nowrap}

.browser{display:grid;grid-template-columns:280px minmax(0,1fr);gap:20px;margin:12px 0 20px}
.finder{display:flex;flex-direction:column;gap:10px;position:sticky;top:54px;align-self:start;max-height:calc(100vh - 70px)}
.finder input[type=search]{width:100%;padding:8px 10px;font:inherit;color:inherit;background:var(--panel);border:1px solid var(--muted);border-radius:6px}
fieldset{border:0;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:6px}
legend{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
fieldset label{position:relative}
fieldset input{position:absolute;opacity:0;inset:0;width:100%;height:100%;margin:0;cursor:pointer}
fieldset span,.choice{display:inline-block;padding:3px 10px;border:1px solid var(--line);border-radius:999px;font-size:.8125rem;background:var(--panel);color:var(--ink)}
fieldset input:checked+span,.choice[aria-checked=true]{border-color:var(--accent);box-shadow:inset 0 0 0 1px var(--accent);font-weight:600}
fieldset input:focus-visible+span{outline:2px solid var(--accent);outline-offset:2px}
#problems{overflow-y:auto;min-height:0;border:1px solid var(--line);border-radius:8px;background:var(--panel)}
button{font:inherit;color:inherit;cursor:pointer}
.problem{display:grid;grid-template-columns:1.3rem minmax(0,1fr);width:100%;text-align:left;padding:7px 12px;background:none;border:0;border-left:3px solid transparent}
.problem+.problem{border-top:1px solid var(--grid)}
.problem:hover{background:var(--code)}
.problem[aria-current=true]{background:var(--code);border-left-color:var(--accent)}
.problem .id{font-size:.875rem;overflow-wrap:anywhere}
.problem small{grid-column:2;font-size:.75rem}
.problem:focus-visible{outline-offset:-2px}
.right{color:var(--right)}
.wrong{color:var(--wrong)}
#problem{min-width:0}
#problem h3{margin-top:0}
.beside{display:grid;grid-template-columns:minmax(0,1.15fr) minmax(0,1fr);gap:20px;align-items:start}
.target{position:sticky;top:54px}
.choices{display:flex;flex-wrap:wrap;gap:5px;margin:0 0 10px}
.turn{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:10px 12px;margin:0 0 12px}
.turn header{display:flex;flex-wrap:wrap;align-items:center;gap:5px 8px;margin-bottom:8px}
.badge{font-size:.75rem;padding:1px 8px;border-radius:999px}
.badge.right{background:var(--right-wash)}
.badge.wrong{background:var(--wrong-wash)}
.score{font-size:.75rem;color:var(--muted)}
pre{margin:0;padding:10px 12px;background:var(--code);border:1px solid var(--grid);border-radius:6px;font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;overflow:auto;max-height:26rem;tab-size:4}
pre.prompt,pre.feedback,pre.wrap{white-space:pre-wrap;overflow-wrap:anywhere}
pre.prompt{background:var(--panel);border-color:var(--line);margin-bottom:16px}
.py-keyword{color:var(--keyword)}
.py-string{color:var(--string)}
.py-number{color:var(--number)}
.py-comment{color:var(--comment);font-style:italic}
.py-name{font-weight:700}
.unseen{font-size:.8em;color:var(--wrong);border:1px solid;border-radius:3px;padding:0 2px;margin:0 1px}
.tooltip{position:fixed;z-index:10;max-width:min(340px,90vw);padding:5px 9px;border-radius:6px;background:var(--ink);color:var(--background);font-size:.8125rem;line-height:1.4;pointer-events:none;overflow-wrap:anywhere;white-space:pre-wrap}

details{margin:10px 0 16px}
summary{cursor:pointer;font-size:.875rem;color:var(--accent)}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:20px;margin:12px 0 30px}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:4px 18px;margin:0;padding:10px 14px;background:var(--panel);border:1px solid var(--line);border-radius:8px;font-size:.875rem;align-self:start}
dt{color:var(--muted)}
dd{margin:0;overflow-wrap:anywhere}

@media (max-width:1000px){.pair{grid-template-columns:minmax(0,1fr)}.beside{grid-template-columns:minmax(0,1fr)}.target{position:static}}
@media (max-width:760px){
main,.top{padding-left:14px;padding-right:14px}
.browser{grid-template-columns:minmax(0,1fr)}
.finder{position:static;max-height:none}
#problems{max-height:15rem}
.tiles{grid-template-columns:1fr 1fr}
.tiles b{font-size:1.3rem}
.costs tr{display:grid;grid-template-columns:1fr 1fr}
.costs thead th:first-child,.costs tbody th,.costs tfoot th{grid-column:1/-1}
.costs thead th:first-child{display:none}
.costs tbody th{padding-bottom:0}
.costs td,.costs thead th{width:auto}
.costs tfoot td,.costs tbody tr+tr>td{border-top:0}
.costs tfoot>tr>td{padding-top:0}
.costs tfoot>tr>th{padding-bottom:0}
.scroll th,.scroll td{padding:6px 8px;font-size:.8125rem}
.bar{width:calc(100% - 5.4rem)}
}
@media print{
:root{color-scheme:light;${themeVariables("light")}}
html{print-color-adjust:exact;-webkit-print-color-adjust:exact}
body{background:#fff;font-size:11pt}
nav,.tooltip,#rollouts-part{display:none}
h2,h3{break-after:avoid}
tfoot{display:table-row-group}
.panel,.tiles li,tr{break-inside:avoid}
section.part{break-inside:auto}
}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
`;
