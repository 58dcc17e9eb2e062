"""The style of the brief: screen and phone, light and dark, and one sheet of A4 a language."""

STYLE = """
:root{color-scheme:light dark;--ink:#111827;--soft:#4b5563;--paper:#fff;--line:#d1d5db;--head:#e8eef5;--warn:#b91c1c;
--link:#1d4ed8;--grid:#9ca3af;--c0:#b6bdc7;--c1:#f0a35a;--c2:#dd5a2b;--c3:#9f1239}
@media (prefers-color-scheme:dark){:root{--ink:#e5e7eb;--soft:#b6bdc7;--paper:#111827;--line:#374151;--head:#1f2937;
--warn:#fca5a5;--link:#93c5fd;--grid:#6b7280;--c0:#4b5563;--c1:#b4692a;--c2:#f0763f;--c3:#fda4af}}
*{box-sizing:border-box}
body{font:15px/1.5 "Noto Sans SC","Microsoft YaHei","PingFang SC",sans-serif;color:var(--ink);background:var(--paper);
margin:0}
main{max-width:66rem;margin:0 auto;padding:.8rem 1rem 2rem}
.pick{position:absolute;opacity:0}
.tab{display:inline-block;padding:.3rem .9rem;border:1px solid var(--line);border-radius:.4rem;margin:0 .3rem .4rem 0;
cursor:pointer;min-height:2.2rem}
.pick:checked+.tab{background:var(--ink);color:var(--paper)}
.pick:focus-visible+.tab{outline:3px solid var(--link)}
#show-en:not(:checked)~article.en,#show-zh:not(:checked)~article.zh{display:none}
h1{font-size:1.35rem;line-height:1.3;margin:.2rem 0}h2{font-size:1.05rem;margin:0 0 .25rem}p{margin:.25rem 0}
.warn{color:var(--warn);font-weight:bold}.soft{color:var(--soft);font-size:.87em}.lead{font-size:1.05em}
.parts{columns:2;column-gap:1.6rem;margin-top:.7rem}
.parts>section{border-top:3px solid var(--ink);padding-top:.4rem;margin-bottom:1.1rem;break-inside:avoid}
table{border-collapse:collapse;width:100%;font-size:.9em}
th,td{border-bottom:1px solid var(--line);padding:.18rem .35rem;text-align:left;vertical-align:top}
thead th{background:var(--head);font-weight:600}tbody th{font-weight:normal}.n{text-align:right;white-space:nowrap}
thead th{white-space:nowrap}
ol,ul{margin:.25rem 0;padding-left:1.3rem}
blockquote{margin:.25rem 0;padding:.1rem 0 .1rem .6rem;border-left:3px solid var(--grid)}
.result{border:2px solid var(--warn);border-radius:.4rem;padding:.3rem .6rem;margin:.4rem 0;font-weight:600}
a{color:var(--link)}
svg{display:block;width:100%;height:auto;max-height:19rem}
.zone{fill:none;stroke:var(--line);stroke-width:1}
.w{fill:none;stroke-linecap:round}.w0{stroke:var(--c0);stroke-width:1.6}.w1{stroke:var(--c1);stroke-width:2.2}
.w2{stroke:var(--c2);stroke-width:2.6}.w3{stroke:var(--c3);stroke-width:3.2}
.dot{fill:var(--ink)}.num{fill:var(--paper);font-size:19px;font-weight:bold;text-anchor:middle}
.key span{display:inline-block;width:1.6rem;height:.55rem;margin:0 .15rem}
.k0{background:var(--c0)}.k1{background:var(--c1)}.k2{background:var(--c2)}.k3{background:var(--c3)}
.phone{border:2px solid var(--soft);border-radius:1.1rem;padding:.6rem .8rem;max-width:22rem;margin:.4rem 0}
.phone ol{list-style:none;padding:0;margin:.3rem 0}.phone li{border-top:1px solid var(--line);padding:.25rem 0;
display:flex;gap:.6rem}.phone .code{border:1px solid var(--soft);border-radius:.3rem;min-width:1.6rem;text-align:center;
height:fit-content;padding:0 .2rem}
.phone .at{font-weight:bold;white-space:nowrap}
@media (max-width:46rem){thead th{white-space:normal}.parts{columns:1}
table{font-size:.85em}.key{font-size:.85em}}
@page{size:A4;margin:9mm}
@media print{
:root{color-scheme:light;--ink:#111827;--soft:#4b5563;--paper:#fff;--line:#d1d5db;--head:#e8eef5;--warn:#b91c1c;
--link:#1d4ed8;--grid:#9ca3af;--c0:#b6bdc7;--c1:#f0a35a;--c2:#dd5a2b;--c3:#9f1239}
body{font-size:9.2px;line-height:1.36;print-color-adjust:exact;-webkit-print-color-adjust:exact}
main{max-width:none;padding:0}.pick,.tab{display:none}
.parts{columns:2;column-gap:1.1rem;margin-top:.4rem}.parts>section{margin-bottom:.6rem}
table{font-size:.93em}th,td{padding:.08rem .25rem}svg{max-height:11.5rem}h1{font-size:1.5em}h2{font-size:1.15em}
.phone{padding:.3rem .6rem}.phone li{padding:.1rem 0}
}
"""
