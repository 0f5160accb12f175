"""From matplotlib's SVG to one that follows light and dark, small and the same every time.

The drawing is wrapped in a group called only-dark. As figure.svg#only-dark the group is the target of its own address
and the colours are those of the dark theme; with any other fragment, or none, those of the light one. Material's style
sheet shows the image whose address ends in #only-light or #only-dark, whichever fits; both are the same file.
"""

from __future__ import annotations

import re

COLOR = re.compile(r"#[0-9a-f]{6}\b")
NUMBER = re.compile(r"-?\d+\.\d+")
SIZE = re.compile(r'<svg [^>]*?viewBox="0 0 ([\d.]+) ([\d.]+)"')
POINT = 4 / 3  # CSS pixels in a point


def themed(svg: str, dark: dict[str, str], fixed: set[str]) -> str:
    """The SVG with each colour of `dark` as a CSS variable; `fixed` ones stay.

    Raises: ValueError for any other colour.
    """
    body, box, images = opened(svg)
    foreign = sorted(set(COLOR.findall(body)) - set(dark) - fixed)
    if foreign:
        raise ValueError(f"colours {', '.join(foreign)} are not in snippets/figures/palette.py: use its names")
    names = {color: f"--c{i}" for i, color in enumerate(color for color in dark if color in body)}
    body = COLOR.sub(lambda m: f"var({names[m[0]]})" if m[0] in names else m[0], body)
    light = ";".join(f"{name}:{color}" for color, name in names.items())
    night = ";".join(f"{name}:{dark[color]}" for color, name in names.items())
    return closed(f'<g id="only-dark">{small(body)}</g>', box, images, f"svg{{{light}}}#only-dark:target{{{night}}}")


def plain(svg: str) -> str:
    """The SVG in its own colours, which must be legible in light and dark."""
    body, box, images = opened(svg)
    return closed(small(body), box, images)


def opened(svg: str) -> tuple[str, tuple[str, str], dict[str, str]]:
    """What is drawn, with marks for its bitmaps, and width and height in points.

    Raises: ValueError for anything but matplotlib's SVG.
    """
    body = svg[svg.index("<svg") :]
    match = SIZE.match(body)
    if match is None:
        raise ValueError("matplotlib wrote an SVG without a viewBox")
    body = body[body.index(">") + 1 : body.rindex("</svg>")]
    body = re.sub(r"<metadata>.*?</metadata>|<defs>\s*<style.*?</style>\s*</defs>|<!--.*?-->", "", body, flags=re.S)
    body, images = set_aside(body)
    return body, (match[1], match[2]), images


def small(body: str) -> str:
    """What is drawn, with rounded coordinates, short ids and no space between elements."""
    body = body.replace('<g id="figure_1">', "<g>")
    body = re.sub(r' (d|points|x|y|x1|y1|x2|y2|width|height)="([^"]*)"', shorten, body)
    body = re.sub(r"(translate|matrix|rotate)\(([^)]*)\)", shorten_transform, body)
    return with_short_ids(re.sub(r">\s+<", "><", body.strip()))


def closed(body: str, box: tuple[str, str], images: dict[str, str], style: str = "") -> str:
    """The whole file: size in CSS pixels, style, what is drawn with its bitmaps."""
    for mark, image in images.items():
        body = body.replace(mark, image)
    width, height = (number(float(x) * POINT) for x in box)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}" height="{height}" viewBox="0 0 {box[0]} {box[1]}">'
        f"<style>*{{stroke-linejoin:round;stroke-linecap:butt}}{style}</style>{body}</svg>\n"
    )


def with_short_ids(body: str) -> str:
    """The body with ids a0, a1, … in the order of their first use, equal clip paths as one, ids never used left out.

    Matplotlib names a clip path by a hash of its rectangle to the last bit, and layout does not repeat that bit.
    """
    clips = re.findall(r'<clipPath id="([^"]*)">(.*?)</clipPath>', body)
    first = {content: name for name, content in reversed(clips)}
    same = {name: first[content] for name, content in clips}
    for name in same.keys() - first.values():
        body = re.sub(rf'<clipPath id="{name}">.*?</clipPath>', "", body)
    used = [same.get(name, name) for name in re.findall(r'(?:xlink:href="|url\()#([^")]+)', body)]
    short = {name: f"a{k}" for k, name in enumerate(dict.fromkeys(used))}
    body = re.sub(r' id="([^"]*)"', lambda m: f' id="{short[m[1]]}"' if m[1] in short else "", body)
    return re.sub(r'(xlink:href="|url\()#([^")]+)', lambda m: f"{m[1]}#{short[same.get(m[2], m[2])]}", body)


def size(svg: str) -> tuple[int, int]:
    """Width and height of an SVG of ours in CSS pixels."""
    match = SIZE.match(svg)
    if match is None:
        raise ValueError("this is no SVG of ours: it has no viewBox")
    return round(float(match[1]) * POINT), round(float(match[2]) * POINT)


def set_aside(body: str) -> tuple[str, dict[str, str]]:
    """The body with marks for its bitmaps, whose data must not be touched."""
    images = {f"@image{i}@": data for i, data in enumerate(re.findall(r"data:image/png;base64,[^\"]*", body))}
    for mark, data in images.items():
        body = body.replace(data, mark)
    return body, {mark: re.sub(r"\s", "", data) for mark, data in images.items()}


def number(x: float, digits: int = 2) -> str:
    """x with so many decimals at most."""
    text = f"{x:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def shorten(match: re.Match[str]) -> str:
    """An attribute with its coordinates rounded to a hundredth of a point, its lines joined."""
    text = NUMBER.sub(lambda m: number(float(m[0])), match[2])
    return f' {match[1]}="{" ".join(text.split())}"'


def shorten_transform(match: re.Match[str]) -> str:
    """A transform rounded where that moves nothing visibly: shifts, not scales."""
    digits = 2 if match[1] == "translate" else 5
    return f"{match[1]}({NUMBER.sub(lambda m: number(float(m[0]), digits), match[2])})"
