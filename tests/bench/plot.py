"""A plot as SVG: lines over a logarithmic axis, colours that the colour-blind can tell apart."""
import math

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 420, 70, 40, 210, 50
COLOURS = ("#000000", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")


def nice_top(value):
    """The next of 1, 2, 5, 10, ... above a value."""
    step = 10 ** math.floor(math.log10(value))
    return next(factor * step for factor in (1, 2, 5, 10) if factor * step >= value)


def write(path, title, series):
    """series: name -> [(number of sockets, microseconds), ...]"""
    sizes = sorted({size for points in series.values() for size, _ in points})
    low, high = math.log10(sizes[0]), math.log10(max(sizes[-1], sizes[0] * 10))
    # small crowds are all start-up: the axis fits what comes after
    top = nice_top(max(us for points in series.values() for size, us in points if size >= sizes[-1] / 100))
    def x(size):
        return LEFT + (math.log10(size) - low) / (high - low) * (WIDTH - LEFT - RIGHT)
    def y(us):
        return HEIGHT - BOTTOM - min(us, top) / top * (HEIGHT - TOP - BOTTOM)
    out = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="13">'
           % (WIDTH, HEIGHT), '<rect width="100%" height="100%" fill="white"/>',
           '<text x="%d" y="22" font-size="15">%s, microseconds</text>' % (LEFT, title)]
    for step in range(6):
        us = top * step / 5
        out.append('<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%g</text>'
                   % (LEFT, y(us), WIDTH - RIGHT, LEFT - 8, y(us) + 4, us))
    for size in sizes:
        out.append('<text x="%.1f" y="%d" text-anchor="middle">%s</text>'
                   % (x(size), HEIGHT - BOTTOM + 22, format(size, ",")))
    out.append('<text x="%d" y="%d">sockets</text>' % (WIDTH - RIGHT + 40, HEIGHT - BOTTOM + 22))
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        line = " ".join("%.1f,%.1f" % (x(size), y(us)) for size, us in points)
        out.append('<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>' % (line, colour))
        out += ['<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>' % (x(size), y(us), colour) for size, us in points]
        out.append('<text x="%d" y="%d" fill="%s">%s</text>' % (WIDTH - RIGHT + 16, TOP + 18 * number, colour, name))
    out.append("</svg>")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(out) + "\n")
