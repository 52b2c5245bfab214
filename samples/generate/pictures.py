"""Scans and phone photos of printed papers."""
import io
import random

import numpy
from PIL import Image, ImageFilter
from pdf2image import convert_from_bytes


def page_of(pdf, dpi):
    return convert_from_bytes(pdf, dpi=dpi)[0].convert("RGB")


def scan(pdf, seed):
    """An office scanner: 200 dpi grey, a slight turn, noise, JPEG inside a PDF, as scanners mail it."""
    rng = random.Random(seed)
    page = page_of(pdf, 200).convert("L").rotate(rng.uniform(-0.8, 0.8), resample=Image.BICUBIC, expand=False, fillcolor=252)
    pixels = numpy.asarray(page, dtype=numpy.float32)
    pixels += numpy.random.default_rng(seed).normal(0, 5, pixels.shape)
    page = Image.fromarray(pixels.clip(0, 255).astype(numpy.uint8)).filter(ImageFilter.GaussianBlur(0.5))
    out = io.BytesIO()
    page.save(out, "PDF", resolution=200, quality=60)
    return out.getvalue()


def photo(pdf, seed):
    """A phone: the paper on a table, in perspective, with a shadow, JPEG."""
    rng = random.Random(seed)
    paper = page_of(pdf, 220)
    paper = paper.crop(content_box(paper))
    width, height = paper.size
    canvas = (int(width * 1.25), int(height * 1.15))
    jitter = lambda: rng.uniform(0.01, 0.05)
    corners = [(canvas[0] * (0.06 + jitter()), canvas[1] * (0.03 + jitter())), (canvas[0] * (0.94 - jitter()), canvas[1] * (0.04 + jitter())),
               (canvas[0] * (0.96 - jitter()), canvas[1] * (0.96 - jitter())), (canvas[0] * (0.04 + jitter()), canvas[1] * (0.97 - jitter()))]
    coefficients = perspective(corners, [(0, 0), (width, 0), (width, height), (0, height)])
    mask = Image.new("L", paper.size, 255).transform(canvas, Image.PERSPECTIVE, coefficients)
    warped = paper.transform(canvas, Image.PERSPECTIVE, coefficients, resample=Image.BICUBIC)
    table = Image.effect_noise(canvas, 18).convert("RGB")
    table = Image.blend(table, Image.new("RGB", canvas, (96, 72, 52)), 0.8)
    table.paste(warped, mask=mask)
    light = numpy.linspace(1.0, 0.72, canvas[0])[None, :, None] * numpy.linspace(0.95, 0.82, canvas[1])[:, None, None]
    pixels = numpy.asarray(table, dtype=numpy.float32) * light
    shot = Image.fromarray(pixels.clip(0, 255).astype(numpy.uint8)).filter(ImageFilter.GaussianBlur(0.7))
    out = io.BytesIO()
    shot.save(out, "JPEG", quality=72)
    return out.getvalue()


TABLES = {"dark": (96, 72, 52), "light": (206, 201, 192)}


def together(sheets, table, seed):
    """A phone: several papers side by side on a dark or a light table, each askew and casting a soft shadow, JPEG."""
    rng = random.Random(seed)
    turned = [(sheet.convert("RGBA").rotate(rng.uniform(-4, 4), resample=Image.BICUBIC, expand=True)) for sheet in sheets]
    gaps = [rng.randint(30, 90) for _ in range(len(turned) + 1)]
    lifts = [rng.randint(40, 160) for _ in turned]
    canvas = (sum(gaps) + sum(one.width for one in turned), max(one.height + lift for one, lift in zip(turned, lifts)) + 80)
    ground = Image.effect_noise(canvas, 18).convert("RGB")
    ground = Image.blend(ground, Image.new("RGB", canvas, TABLES[table]), 0.85)
    x = 0
    for one, gap, lift in zip(turned, gaps, lifts):
        x += gap
        shadow = Image.new("L", canvas, 0)
        shadow.paste(one.getchannel("A").point(lambda a: a * 2 // 5), (x + 7, lift + 9))
        ground.paste((30, 26, 22), mask=shadow.filter(ImageFilter.GaussianBlur(9)))
        ground.paste(one.convert("RGB"), (x, lift), one.getchannel("A"))
        x += one.width
    light = numpy.linspace(1.0, 0.8, canvas[0])[None, :, None] * numpy.linspace(0.97, 0.88, canvas[1])[:, None, None]
    pixels = numpy.asarray(ground, dtype=numpy.float32) * light
    shot = Image.fromarray(pixels.clip(0, 255).astype(numpy.uint8)).filter(ImageFilter.GaussianBlur(0.8))
    out = io.BytesIO()
    shot.save(out, "JPEG", quality=74)
    return out.getvalue()


def cut_out(pdf):
    """A till's receipt as it is torn off."""
    page = page_of(pdf, 180)
    return page.crop(content_box(page))


def content_box(page):
    """The paper as far as something is printed on it, with a margin: receipts are torn off."""
    dark = page.convert("L").point(lambda v: 255 if v < 200 else 0)
    left, top, right, bottom = dark.getbbox()
    return max(0, left - 40), max(0, top - 40), min(page.width, right + 40), min(page.height, bottom + 60)


def perspective(from_points, to_points):
    rows = []
    for (x, y), (u, v) in zip(from_points, to_points):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    return numpy.linalg.solve(numpy.array(rows), numpy.array(to_points).flatten())
