"""One model on a page: its name and method, the tabs that can use it, its sheets, facts and
figures. All of it may come from anyone: every text is escaped."""

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from gan_demo.actions.models import Model, facts
from gan_demo.checkpoint.markdown import Rows, joined, parted, turned
from gan_demo.ui.catalogue import FIRST, sheet

# How good it is comes first, and of that the first is unfolded.
TELLING = ("Figures", "Samples", "Translation", "Codes and reconstructions")
VALUE = "Value"  # the column of figures that stand alone
SHORT = 20  # letters of a value that needs a narrow column only
SHEETS = 3  # that are seen at once
UNMEASURED = "<p class='none'>Not measured yet: <code>python -m train.evaluate {}</code></p>"

GO = """
const TABS = %s;
element.addEventListener('click', event => {
  const link = event.target.closest('a[data-tab]');
  if (!link || !TABS.includes(link.dataset.tab)) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  window.scrollTo(0, 0);
  trigger(link.dataset.tab);
});
"""
STYLE = """
.html-container:has(> &) { padding: 0; }
h2 { margin: 0; font-size: 1.7rem; font-weight: 700; letter-spacing: -.02em; line-height: 1.15;
  overflow-wrap: anywhere; }
.method { margin: .3rem 0 0; font-size: 1.05rem; }
.paper { margin: .2rem 0 0; font-size: .85rem; line-height: 1.5; max-width: 75ch;
  color: var(--body-text-color-subdued); }
nav { display: flex; flex-wrap: wrap; gap: .45rem; margin: .9rem 0 1.3rem; }
nav a { padding: .3rem .85rem; border: 1px solid var(--border-color-primary); border-radius: 99px;
  font-size: .9rem; font-weight: 500; color: var(--body-text-color); text-decoration: none;
  background: var(--block-background-fill); }
nav a:hover { border-color: var(--color-accent); color: var(--link-text-color); }
.sheets { display: grid; grid-template-columns: repeat(auto-fit, minmax(160px, 1fr)); gap: 1rem;
  margin: 0 0 1rem; }
figure { margin: 0; }
figure img { display: block; width: 100%; max-height: 18rem; object-fit: contain;
  object-position: left top; border-radius: 6px; }
figcaption { margin-top: .35rem; font-size: .82rem; color: var(--body-text-color-subdued); }
summary { margin: 0 0 1rem; font-size: .95rem; font-weight: 500; cursor: pointer; }
"""
FACTS = """
dl { columns: 2 18rem; column-gap: 2rem; margin: 0; font-size: .88rem; line-height: 1.4;
  font-variant-numeric: tabular-nums; }
dl div { display: grid; grid-template-columns: minmax(7.5rem, 1fr) 2fr; column-gap: 1rem;
  padding: .3rem 0; border-top: 1px solid var(--border-color-primary); break-inside: avoid; }
dt, dd { margin: 0; overflow-wrap: anywhere; }
dt { color: var(--body-text-color-subdued); }
dl.figures { columns: 3 14rem; }
dl.figures div { grid-template-columns: 1fr max-content; }
"""
TABLES = """
.html-container:has(> &) { padding: 0; }
h3 { margin: 1.2rem 0 .3rem; font-size: 1.1rem; font-weight: 600; }
details { border-top: 1px solid var(--border-color-primary); }
summary { padding: .5rem 0; font-size: .95rem; font-weight: 500; cursor: pointer; }
summary small { margin-left: .4rem; color: var(--body-text-color-subdued); font-weight: 400; }
.wide { overflow-x: auto; margin: 0 0 .9rem; }
table { border-collapse: collapse; min-width: min(100%, 32rem);
  font-size: .85rem; line-height: 1.35; font-variant-numeric: tabular-nums; }
th, td { padding: .28rem .9rem .28rem 0; border: 0;
  border-bottom: 1px solid var(--border-color-primary); text-align: left; vertical-align: top; }
th { font-weight: 500; color: var(--body-text-color-subdued); }
thead th { vertical-align: bottom; min-width: 4.5rem; }
tbody th { min-width: 10rem; font-weight: 400; color: inherit; }
.none { margin: .3rem 0; font-size: .9rem; color: var(--body-text-color-subdued); }
.none code { font-family: var(--font-mono); font-size: .85em; }
"""


def portrait(slugs: Sequence[str], *, elem_id: str) -> gr.HTML:
    """The component; its value comes from `showing`. For each of the tabs it has an event of that
    name: the link to it was clicked."""
    return gr.HTML(
        "",
        css_template=STYLE + FACTS,
        js_on_load=GO % json.dumps(list(slugs)),
        apply_default_css=False,
        elem_id=elem_id,
    )


def tables(*, elem_id: str) -> gr.HTML:
    """The component for `measured` and `part`."""
    return gr.HTML(
        "", css_template=TABLES + FACTS, js_on_load=None, apply_default_css=False, elem_id=elem_id
    )


def showing(model: Model, ways: Mapping[str, str]) -> str:
    """
    Args:
        ways: slug -> title of the tabs that can use it.
    """
    links = "".join(
        f'<a href="{html.escape(link(slug, model.name))}" data-tab="{html.escape(slug)}">'
        f"{html.escape(title)} →</a>"
        for slug, title in ways.items()
    )
    return (
        f"<h2>{html.escape(model.name)}</h2><p class='method'>{html.escape(model.title)}</p>"
        f"{_paper(model)}<nav aria-label='Use this model'>{links}</nav>"
        f"{_sheets(model.sheets)}{_list(facts(model))}"
    )


def link(slug: str, name: str) -> str:
    """The address, on this page, of a tab with that model chosen."""
    return "?" + urlencode({"tab": slug, "model": name})


def measured(model: Model) -> str:
    """Every figure, one foldable part for each measure, the telling ones first."""
    if not model.metrics:
        return "<h3>Figures</h3>" + UNMEASURED.format(f"checkpoints/{html.escape(model.name)}")
    plain: dict[str, Any] = {}
    parts: dict[str, Rows] = {}
    for title, figures in model.metrics.items():
        if isinstance(figures, Mapping):
            simple, nested = parted(figures)
            if simple:
                parts[title] = _values(simple)
            parts |= {f"{title}: {name}": turned(rows) for name, rows in nested.items()}
        else:
            plain[title] = figures
    parts = ({"Figures": _values(plain)} if plain else {}) | parts
    telling = [t for name in TELLING for t in parts if t.split(":")[0] == name]
    shown = (
        part(title, parts[title], unfolded=title in telling[:1])
        for title in dict.fromkeys([*telling, *parts])
    )
    return "<h3>Figures</h3>" + "".join(shown)


def part(title: str, rows: Rows, said: str = "", *, unfolded: bool = True) -> str:
    """A table that can be folded away; of one column a list.

    Args:
        said: about the figures.
    """
    state = " open" if unfolded else ""
    count = f"{len(rows)} figure{'s' * (len(rows) > 1)}"
    about = f"<p class='none'>{html.escape(said)}</p>" if said else ""
    alone = all(row.keys() == {VALUE} for row in rows.values())
    values = {name: row.get(VALUE, "") for name, row in rows.items()}
    shown = _list(values) if alone else _table(rows)
    return (
        f"<details{state}><summary>{html.escape(title)}<small>{count}</small></summary>"
        f"{about}{shown}</details>"
    )


def _table(rows: Rows) -> str:
    """A line a row, a column a figure."""
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    heads = "".join(f"<th scope='col'>{html.escape(str(name))}</th>" for name in columns)
    lines = "".join(
        f"<tr><th scope='row'>{html.escape(str(name))}</th>{_cells(row, columns)}</tr>"
        for name, row in rows.items()
    )
    return (
        f"<div class='wide'><table><thead><tr><td></td>{heads}</tr></thead>"
        f"<tbody>{lines}</tbody></table></div>"
    )


def _cells(row: Mapping[str, Any], columns: Iterable[str]) -> str:
    return "".join(f"<td>{html.escape(str(row.get(column, '')))}</td>" for column in columns)


def _values(figures: Mapping[str, Any]) -> Rows:
    return {name: {VALUE: text} for name, text in joined(figures).items()}


def _list(values: Mapping[str, str]) -> str:
    """Names and their values, in as many columns as there is room for."""
    kind = "figures" if max(map(len, values.values()), default=0) <= SHORT else "facts"
    lines = "".join(
        f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(text)}</dd></div>"
        for name, text in values.items()
    )
    return f"<dl class='{kind}'>{lines}</dl>"


def _paper(model: Model) -> str:
    words = model.paper.split("http")[0].strip().rstrip(",")
    if not model.link:
        return f"<p class='paper'>{html.escape(words)}</p>" if words else ""
    address, said = html.escape(model.link), html.escape(model.link.removeprefix("https://"))
    return (
        f"<p class='paper'>{html.escape(words)}, "
        f"<a href='{address}' target='_blank' rel='noopener noreferrer'>{said}</a></p>"
    )


def _sheets(paths: Iterable[Path]) -> str:
    """The first few, the others folded away."""
    known = sorted(paths, key=lambda path: (path.stem != FIRST, "curve" in path.stem))
    first, more = ("".join(map(_sheet, part)) for part in (known[:SHEETS], known[SHEETS:]))
    shown = f"<div class='sheets'>{first}</div>"
    if more:
        shown += (
            f"<details><summary>More sheets</summary><div class='sheets'>{more}</div></details>"
        )
    return shown


def _sheet(path: Path) -> str:
    caption = html.escape(path.stem.replace("-", " ").replace("_", " ").capitalize())
    try:
        picture = f'<img src="{sheet(path)}" alt="{caption}">'
    except (OSError, ValueError):
        picture = f"<p>{html.escape(path.name)} cannot be read.</p>"
    return f"<figure>{picture}<figcaption>{caption}</figcaption></figure>"
