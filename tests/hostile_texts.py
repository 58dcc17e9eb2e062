"""What people write into fields to break pages, papers and spreadsheets: at least sixty, each for a reason."""

RUN = "window.pwned=1"
HOSTILE = (
    # templates: Jinja, JavaScript, shells, format strings
    "{{ 7 * 7 }}", "{{ cycler.__init__.__globals__.os.getcwd() }}", "{% for x in y %}", "{# comment",
    "{% endraw %}{{ 1 }}", "${7*7}", "`${alert(1)}`", "#{7*7}", "<%= 7*7 %>", "%s%n{0}{name}", "$(id)", "$[name]",
    "$[description]",
    # HTML and script
    f"<script>{RUN}</script>", f"</script><script>{RUN}</script>", f'"><img src=x onerror="{RUN}">',
    f"<svg/onload={RUN}>", f"</title></style><script>{RUN}</script>", f'<a href="javascript:{RUN}">x</a>',
    f"javascript:{RUN}", f"' onmouseover='{RUN}", f"\"autofocus onfocus={RUN} x=\"", "<!-- --><b>", "-->",
    "</textarea>", "&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;b&#62;", "\\u003cscript>", f"<iframe srcdoc='{RUN}'>",
    "<style>@import url(//example.org)</style>", f"*/;{RUN};/*", "</svg><script>1</script>", "<b", "<",
    # XML
    "]]>", "<![CDATA[x]]>", "]]><evil/>", "<?xml version='1.0'?>", "<?php echo 1 ?>", "&xxe;", "&amp;&", "<!DOCTYPE a>",
    "<!ENTITY x SYSTEM 'file:///etc/passwd'>", "</name><desc>x</desc>", "</coordinates>", "</Placemark></kml>",
    # formulas
    "=1+1", "=cmd|'/C calc'!A0", '=HYPERLINK("http://example.org","x")', "+1", "-1+1", "@SUM(A1)", "＝1+1",
    "＋1", "－1", "＠A1", "\t=1+1", "\r=1+1", "\ufeff=1+1", "#REF!", "#N/A", "'=1",
    # control characters, directions, surrogates, what no XML may hold
    "nul\x00byte\x1fand\x07bell", "\x0b\x0c", "\u202erotide\u202c", "\u2066x\u2069", "line\r\nbreak\ttab\u2028para",
    "\ud800 lone", "lone \udfff", "\ufffe\uffff", "\U0001ffff", "\u200b\ufeff", "\x7f\x80\x9f",
    # long, odd, empty
    "a" * 5000, "鸟" * 3000, "😀 emoji 👨‍👩‍👧 家", "‹日本語›\u3000全角", "\\", '"', "'",
    "''; DROP TABLE plan;--", "../../x",    "__proto__", "NaN", "null", " ", "%00", "\u0301\u0301\u0301",
)  # fmt: skip
assert len(HOSTILE) >= 60
