"""Names drawings with the classifier beside this file, in plain Python 3.8 or later: no package is needed.

    python example.py sample.pgm      a glyph, as the network sees it: 28×28 pixels, ink white on black
    python example.py drawing.json    strokes, [[[x, y], [x, y], …], …], y downwards; a point may have further numbers

With --json it prints a JSON object for each file. ONNX Runtime is a thousand times as fast (pip install onnxruntime):

    import json, numpy, onnxruntime

    session = onnxruntime.InferenceSession("model.onnx")
    glyphs = numpy.zeros((5, 1, 28, 28), numpy.float32)  # any number of them: ink is 1, paper 0
    probabilities = session.run(["probabilities"], {"glyphs": glyphs})[0]  # (5, classes)
    names = json.loads(session.get_modelmeta().custom_metadata_map["class_names"])

Probabilities are as if a drawing were of one of the classes; a network that can tell says besides how probable it is
that it is of none of these.
"""

import json
import math
import sys
from array import array
from functools import lru_cache
from operator import mul
from pathlib import Path

HERE = Path(__file__).resolve().parent
SIDE = 28  # pixels of a glyph
FINE = 8  # strokes are drawn so many times as large, and made smaller


# The network: blocks of convolution, ReLU and perhaps pooling, then a linear layer and softmax.


def classify(glyph, network):
    """The probability of each class, and that it is one of them at all: 1 where the network can't tell.

    `glyph` is 28 rows of 28 numbers from 0 to 1.
    """
    tensors, about = network
    images = [[rows] for rows in tensors.get("support", [])] + [[glyph]]
    for block in range(about["blocks"]):
        kernels, bias = tensors[f"block{block}.weight"], tensors[f"block{block}.bias"]
        images = [convolved(image, kernels, about["stride"]) for image in images]
        scale = tensors.get(f"block{block}.scale")  # only where each glyph is normalised in a batch with the support
        factors = [1.0] * len(bias) if scale is None else normalise(images, scale, about["epsilon"])
        images = [[relu(*channel) for channel in zip(image, factors, bias)] for image in images]
        if about["pool"]:
            images = [[pooled(rows) for rows in image] for image in images]
    features = [value for rows in images[-1] for row in rows for value in row]
    known = probability_of_known(features, tensors, about["least"]) if "known.means" in tensors else 1.0
    if "head.centre" in tensors:  # the head sees a direction alone
        apart = [value - middle for value, middle in zip(features, tensors["head.centre"])]
        length = math.sqrt(sum(value * value for value in apart) + about["least_square"])
        features = [value / length for value in apart]
    logits = [sum(map(mul, row, features)) + bias for row, bias in zip(tensors["head.weight"], tensors["head.bias"])]
    shares = [math.exp(logit - max(logits)) for logit in logits]
    return [share / sum(shares) for share in shares], known


def probability_of_known(features, tensors, least):
    means, (by_distance, by_cosine) = tensors["known.means"], tensors["known.weight"]
    distances = [sum((value - middle) ** 2 for value, middle in zip(features, mean)) for mean in means]
    length = sum(map(mul, features, features))
    cosines = [
        sum(map(mul, features, mean)) / math.sqrt(max(length * sum(map(mul, mean, mean)), least)) for mean in means
    ]
    logit = tensors["known.offset"][distances.index(min(distances))]
    logit += by_distance * math.log(max(min(distances), least)) + by_cosine * math.log(max(1 - max(cosines), least))
    return 0.5 * (1 + math.tanh(0.5 * logit))


def convolved(image, kernels, stride):
    """3×3, padded by a pixel; an image is a list of channels, each a list of rows."""
    side = len(image[0])
    edge = [[0.0] * (side + 2)]
    padded = [edge + [[0.0, *row, 0.0] for row in rows] + edge for rows in image]
    result = [[] for _ in kernels]
    for y in range(0, side, stride):
        patches = [
            [value for rows in padded for row in rows[y : y + 3] for value in row[x : x + 3]]
            for x in range(0, side, stride)
        ]
        for kernel, rows in zip(kernels, result):
            rows.append([sum(map(mul, kernel, patch)) for patch in patches])
    return result


def normalise(images, scale, epsilon):
    """Take away each channel's mean over all images; the factors that bring it to its scale."""
    factors = []
    for channel, size in enumerate(scale):
        values = [value for image in images for row in image[channel] for value in row]
        mean = sum(values) / len(values)
        variance = sum((value - mean) ** 2 for value in values) / len(values)
        factors.append(size / math.sqrt(variance + epsilon))
        for image in images:
            image[channel] = [[value - mean for value in row] for row in image[channel]]
    return factors


def relu(rows, factor, bias):
    return [[max(value * factor + bias, 0.0) for value in row] for row in rows]


def pooled(rows):
    """2×2 maxima; an odd last row or column is left out."""
    pairs = [list(map(max, upper, lower)) for upper, lower in zip(rows[::2], rows[1::2])]
    return [list(map(max, row[::2], row[1::2])) for row in pairs]


def read_network():
    """The tensors of model.safetensors as nested lists, and what is to be known of them."""
    content = (HERE / "model.safetensors").read_bytes()
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end].decode())
    about = json.loads(header.pop("__metadata__")["network"])
    tensors = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        numbers = array("f", content[end + first : end + last])
        if sys.byteorder == "big":
            numbers.byteswap()
        # One row for each channel, class or drawing, of all its numbers.
        is_list, count = len(entry["shape"]) == 1, entry["shape"][0]
        tensors[name] = numbers.tolist() if is_list else parts(numbers.tolist(), len(numbers) // count)
    if "support" in tensors:
        tensors["support"] = [parts(drawing, SIDE) for drawing in tensors["support"]]
    return tensors, about


def parts(values, length):
    return [values[first : first + length] for first in range(0, len(values), length)]


# From a file to a glyph. The strokes' part does what metagui does, pixel for pixel.


def read_pgm(path):
    """The rows of a portable graymap of 28×28 pixels, from 0 to 1."""
    content, words, place = path.read_bytes(), [], 0
    while len(words) < 4:
        start = place
        while content[place : place + 1].strip():
            place += 1
        if content[start:place].startswith(b"#"):
            place = content.index(b"\n", place)
        elif place > start:
            words.append(content[start:place])
            continue
        place += 1
    kind, width, height, most = words[0], *map(int, words[1:])
    if kind not in (b"P2", b"P5") or (width, height) != (SIDE, SIDE) or most > 255:
        sys.exit(f"{path} is not a PGM file of {SIDE}×{SIDE} pixels and at most 256 levels.")
    levels = content[place + 1 :] if kind == b"P5" else list(map(int, content[place:].split()))
    return parts([level / most for level in levels[: SIDE * SIDE]], SIDE)


def glyph_of_strokes(strokes, how):
    strokes = [[[single(x), single(y)] for x, y, *_ in stroke] for stroke in strokes if stroke]
    if how["filter"] != "lanczos":
        sys.exit(f"Only the filter lanczos is in this example, and not {how['filter']}: give it a glyph.")
    if how["fitted"] and strokes:
        strokes = fitted(strokes, how)
    ink = small(rasterised(strokes, how["frame"], how["pen"]))
    rows = resized(transposed(resized(transposed(ink))))  # along the rows first, as Pillow does
    return [[level / 255 for level in row] for row in rows]


def single(value):
    """Rounded to single precision, in which metagui keeps strokes."""
    return array("f", [value])[0]


def fitted(strokes, how):
    """Moved and scaled to the usual size and place."""
    moved = [[[], []] for _ in strokes]
    ranges = [(min(p[i] for s in strokes for p in s), max(p[i] for s in strokes for p in s)) for i in (0, 1)]
    long_side = max(single(high - low) for low, high in ranges)
    scale = single(how["long_side"] / max(long_side, how["smallest_side"]))
    for axis, (low, high) in enumerate(ranges):
        middle, centre = single(low + high) / 2, single(how["centre"][axis])
        for stroke, place in zip(strokes, moved):
            place[axis] = [single(single(single(point[axis] - middle) * scale) + centre) for point in stroke]
    return [list(zip(*place)) for place in moved]


def rasterised(strokes, frame, pen):
    """The ink of a round pen, in rows of bytes, `FINE` times as large as the frame."""
    size = frame * FINE
    rows = [bytearray(size) for _ in range(size)]

    def fill(y, first, last):
        first, last = max(first, 0), min(last, size - 1)
        if 0 <= y < size and first <= last:
            rows[y][first : last + 1] = b"\1" * (last - first + 1)

    radius = pen * FINE / 2
    for stroke in strokes:
        points = [[(value + 0.5) * FINE for value in point] for point in stroke]
        for (x0, y0), (x1, y1) in zip(points, points[1:]):
            for y, first, last in bar(int(x0), int(y0), int(x1), int(y1), round(2 * radius)):
                fill(y, first, last)
        for x, y in points:
            left, top = int(x - radius), int(y - radius)
            width, height = int(x + radius) - left, int(y + radius) - top
            reach = disc(width, height)
            for row in range(height + 1):
                half = reach[abs(2 * row - height)]
                fill(top + row, left + (width - half) // 2, left + (width + half) // 2)
    return rows


def bar(x0, y0, x1, y1, width):
    """The rows (y, first, last) of a straight line of this width, whose corners are whole pixels.

    In single precision, as Pillow has it: a half is rounded otherwise than what is just not a half.
    """
    right, down = x1 - x0, y1 - y0
    length = math.hypot(right, down)
    if not length:
        return
    near, far = math.ceil((width - 1) / 2 - 0.5), math.floor((width - 1) / 2 + 0.5)
    near_x, far_x = inwards(near / length * down), inwards(far / length * down)
    near_y, far_y = inwards(near / length * right), outwards(far / length * right)
    corners = [(x0 - near_x, y0 + far_y), (x1 - near_x, y1 + far_y)]
    corners += [(x1 + far_x, y1 - near_y), (x0 + far_x, y0 - near_y)]
    for y in range(min(y for _, y in corners), max(y for _, y in corners) + 1):
        xs = []
        for (xa, ya), (xb, yb) in zip(corners, corners[1:] + corners[:1]):
            if min(ya, yb) <= y <= max(ya, yb):
                xs += [xa, xb] if ya == yb else [single(single((xb - xa) / (yb - ya)) * (y - ya)) + xa]
        yield y, outwards(single(min(xs))), inwards(single(max(xs)))


def inwards(value):
    """Rounded; a half towards zero."""
    return int(math.copysign(math.ceil(abs(value) - 0.5), value))


def outwards(value):
    """Rounded; a half away from zero."""
    return int(math.copysign(math.floor(abs(value) + 0.5), value))


@lru_cache(maxsize=None)
def disc(width, height):
    """How far an ellipse reaches in each row, in half pixels from its middle, as is the row's own distance."""

    def error(place):
        return abs((place[0] * height) ** 2 + (place[1] * width) ** 2 - (width * height) ** 2)

    x, y = width, height % 2
    reach = {y: x}
    while y < height:  # a step up, or inwards, or both: to where the curve is nearest
        x, y = min([(x, y + 2), (x - 2, y + 2), (x - 2, y)], key=error)
        reach.setdefault(y, x)
    return reach


def small(rows):
    """255 where at least half of the pixels of a square of FINE × FINE have ink, else 0."""
    result = []
    for y in range(0, len(rows), FINE):
        band = rows[y : y + FINE]
        counts = [sum(row.count(1, x, x + FINE) for row in band) for x in range(0, len(band[0]), FINE)]
        result.append([255 * (2 * count >= FINE**2) for count in counts])
    return result


def transposed(rows):
    return [list(column) for column in zip(*rows)]


def resized(rows):
    """The rows made 28 by Lanczos's filter, in the whole numbers that Pillow computes with."""
    many = len(rows)
    scale = many / SIDE
    result = []
    for place in range(SIDE):
        centre = (place + 0.5) * scale
        first, last = max(int(centre - 3 * scale + 0.5), 0), min(int(centre + 3 * scale + 0.5), many)
        weights = [lanczos((row - centre + 0.5) / scale) for row in range(first, last)]
        whole = [outwards(weight / sum(weights) * 2**22) for weight in weights]
        sums = (sum(map(mul, whole, column)) for column in zip(*rows[first:last]))
        result.append([min(max((value + 2**21) >> 22, 0), 255) for value in sums])
    return result


def lanczos(x):
    return sinc(x) * sinc(x / 3) if -3 <= x < 3 else 0.0


def sinc(x):
    return math.sin(math.pi * x) / (math.pi * x) if x else 1.0


def main(arguments):
    files = [Path(argument) for argument in arguments if argument != "--json"]
    if not files:
        sys.exit(__doc__)
    about = json.loads((HERE / "classes.json").read_text(encoding="utf-8"))
    network = read_network()
    sys.stdout.reconfigure(errors="replace")  # a terminal may not know the letters of a name
    for path in files:
        if path.suffix == ".json":
            glyph = glyph_of_strokes(json.loads(path.read_text(encoding="utf-8")), about["glyph"])
        else:
            glyph = read_pgm(path)
        probabilities, known = classify(glyph, network)
        named = dict(zip(about["names"], probabilities))
        if "--json" in arguments:
            print(json.dumps({"file": str(path), "probabilities": named, "none_of_these": 1 - known}))
            continue
        ranked = sorted(named.items(), key=lambda item: -item[1])
        text = ", ".join(f"{name} {100 * probability:.1f} %" for name, probability in ranked)
        print(f"{path}: {text}" + (f"; none of these {100 * (1 - known):.1f} %" if known < 1 else ""))


if __name__ == "__main__":
    main(sys.argv[1:])
