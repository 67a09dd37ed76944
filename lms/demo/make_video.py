"""Draw the demo lesson 先通风、再检测、后作业, and encode it.

Needs Pillow, ffmpeg and the Noto Sans SC of ``justmytype-intl-cjk``; run by hand
when the drawing changes, never by the build: ``python lms/demo/make_video.py``.
Writes the film (H.264 baseline and silent AAC, so that every phone plays it) and
its poster to ``lms/demo/media/``. The captions beside them are written by hand and
follow ``SCENES``.
"""

import math
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import justmytype_intl_cjk
from PIL import Image, ImageDraw, ImageFont

MEDIA = Path(__file__).parent / "media"
NAME = "confined-space"
FONT = (
    Path(justmytype_intl_cjk.__file__).parent
    / "fonts/ofl/notosanssc/NotoSansSC[wght].ttf"
)

WIDTH, HEIGHT, SCALE = 640, 360, 2
FPS = 12
SECONDS = 60

PAPER, INK, GREY = "#f6f3ec", "#1c2b45", "#6d7280"
ORANGE, GREEN, RED, BLUE = "#d9590f", "#1d7a4c", "#b3261e", "#2463a8"
SOIL, SOIL_DARK, PIT, STEEL = "#b49a77", "#94795a", "#3a3f4b", "#8b93a1"
SKIN, OVERALL, HELMET = "#e9b98d", "#2f5d8c", "#f2b705"

GROUND, PIT_LEFT, PIT_RIGHT, FLOOR = 168, 400, 570, 332


@cache
def font(size, weight):
    face = ImageFont.truetype(str(FONT), size * SCALE)
    face.set_variation_by_axes([weight])
    return face


class Frame:
    """One picture, drawn in the units of the film and twice as fine."""

    def __init__(self):
        size = (WIDTH * SCALE, HEIGHT * SCALE)
        self.image = Image.new("RGB", size, PAPER)
        self.pen = ImageDraw.Draw(self.image, "RGBA")

    def box(self, x0, y0, x1, y1, fill, radius=0, outline=None, width=0):
        self.pen.rounded_rectangle(
            [v * SCALE for v in (x0, y0, x1, y1)],
            radius * SCALE,
            fill=fill,
            outline=outline,
            width=int(width * SCALE),
        )

    def disc(self, x, y, r, fill):
        self.pen.ellipse([v * SCALE for v in (x - r, y - r, x + r, y + r)], fill=fill)

    def line(self, points, fill, width):
        points = [(x * SCALE, y * SCALE) for x, y in points]
        self.pen.line(points, fill=fill, width=int(width * SCALE), joint="curve")

    def shape(self, points, fill):
        self.pen.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=fill)

    def text(self, x, y, text, size, fill=INK, weight=500, anchor="ls"):
        self.pen.text(
            (x * SCALE, y * SCALE), text, fill, font(size, weight), anchor=anchor
        )

    def small(self):
        return self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def fade(colour, alpha):
    value = tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return (*value, round(255 * max(0.0, min(1.0, alpha))))


def ease(value):
    value = max(0.0, min(1.0, value))
    return value * value * (3 - 2 * value)


def site(frame):
    """The ground cut open: soil, a tank below, its manhole."""
    frame.box(0, GROUND, WIDTH, HEIGHT, SOIL)
    frame.box(0, GROUND, WIDTH, GROUND + 7, SOIL_DARK)
    frame.box(PIT_LEFT - 8, GROUND + 22, PIT_RIGHT + 8, FLOOR + 8, SOIL_DARK, 6)
    frame.box(PIT_LEFT, GROUND + 30, PIT_RIGHT, FLOOR, PIT, 3)
    frame.box(455, GROUND, 515, GROUND + 32, PIT)
    frame.box(447, GROUND - 5, 455, GROUND + 30, STEEL)
    frame.box(515, GROUND - 5, 523, GROUND + 30, STEEL)


def gas(frame, t, amount):
    """Drifting purple clouds; ``amount`` 1 is a full tank, 0 clean air."""
    for n in range(26):
        phase = n * 2.4
        x = PIT_LEFT + 20 + (n * 37) % 130 + 9 * math.sin(t * 0.9 + phase)
        y = FLOOR - 12 - (n * 23) % 105 + 6 * math.cos(t * 0.7 + phase)
        r = 11 + 6 * ((n * 7) % 5) / 4
        frame.disc(x, y, r, fade("#9a6fc0", 0.42 * amount))


def worker(frame, x, foot, *, fallen=False, mask=False, wave=0.0, vest=OVERALL):
    """A person 56 units tall, standing on ``foot``, or lying there."""
    if fallen:
        frame.disc(x - 27, foot - 7, 7, SKIN)
        frame.shape(
            [(x - 34, foot - 9), (x - 28, foot - 16), (x - 22, foot - 13)], HELMET
        )
        frame.box(x - 20, foot - 13, x + 8, foot - 1, vest, 5)
        frame.line([(x + 6, foot - 6), (x + 30, foot - 4)], INK, 7)
        return
    frame.line([(x - 4, foot - 22), (x - 6, foot - 2)], INK, 7)
    frame.line([(x + 4, foot - 22), (x + 6, foot - 2)], INK, 7)
    frame.box(x - 10, foot - 45, x + 10, foot - 18, vest, 5)
    frame.box(x - 10, foot - 35, x + 10, foot - 31, "#ffe08a")
    frame.line([(x - 9, foot - 41), (x - 17, foot - 26)], vest, 6)
    hand = (x + 17, foot - 26 - 26 * wave)
    frame.line([(x + 9, foot - 41), hand], vest, 6)
    frame.disc(x, foot - 53, 8, SKIN)
    if mask:
        frame.box(x - 5, foot - 53, x + 9, foot - 45, INK, 3)
        frame.box(x - 17, foot - 44, x - 10, foot - 22, GREEN, 3)
    frame.pen.pieslice(
        [v * SCALE for v in (x - 9, foot - 64, x + 9, foot - 46)], 180, 360, HELMET
    )
    frame.box(x - 11, foot - 56, x + 12, foot - 53, HELMET, 1)


def heading(frame, step, title, lines, t):
    """The words on the left: a numbered title, then one line after the other."""
    x = 30
    if step:
        frame.disc(x + 17, 48, 17, ORANGE)
        frame.text(x + 17, 48, step, 20, "#ffffff", 800, "mm")
        x += 46
    frame.text(x, 60, title, 34, INK, 800)
    for n, (line, colour) in enumerate(lines):
        shown = ease((t - 0.8 - n * 1.3) / 0.5)
        if shown:
            frame.text(30, 96 + n * 29, line, 20, fade(colour, shown), 600)


def note(frame, t, after, lines, colour=INK):
    """A card over the soil: what must be remembered of the scene."""
    shown = ease((t - after) / 0.6)
    frame.box(30, 196, 340, 214 + 34 * len(lines), fade("#ffffff", 0.92 * shown), 8)
    for n, line in enumerate(lines):
        frame.text(46, 232 + 34 * n, line, 22, fade(colour, shown), 700)


def ladder(frame):
    for x in (478, 492):
        frame.line([(x, GROUND - 4), (x, FLOOR)], STEEL, 2)
    for y in range(GROUND + 8, FLOOR, 14):
        frame.line([(478, y), (492, y)], STEEL, 2)


def tripod(frame, rope_to):
    frame.line([(452, GROUND), (485, 78)], INK, 4)
    frame.line([(518, GROUND), (485, 78)], INK, 4)
    frame.disc(485, 80, 5, ORANGE)
    frame.line([(485, 80), (485, rope_to)], ORANGE, 2)


def scene_title(frame, t):
    site(frame)
    gas(frame, t, 0.7)
    ladder(frame)
    worker(frame, 590, GROUND, wave=0.3)
    frame.text(30, 66, "有限空间作业", 40, INK, 800)
    for n, words in enumerate(("先通风", "再检测", "后作业")):
        shown = ease((t - 1 - n * 1.2) / 0.5)
        x = 30 + n * 116
        frame.box(x, 92, x + 104, 136, fade(ORANGE, shown), 10)
        frame.text(x + 52, 114, words, 24, fade("#ffffff", shown), 800, "mm")
    note(frame, t, 0.3, ["污水池、腌渍池、渔舱、", "储罐，都是有限空间。"])


def scene_danger(frame, t):
    site(frame)
    gas(frame, t, 1)
    ladder(frame)
    worker(frame, 590, GROUND)
    heading(
        frame,
        "",
        "毒气看不见",
        [("硫化氢、一氧化碳：几口就倒", RED), ("缺氧：没有感觉就昏迷", RED)],
        t,
    )
    for n, (name, x, y) in enumerate(
        [("硫化氢", 440, 300), ("一氧化碳", 525, 268), ("缺氧", 450, 232)]
    ):
        shown = ease((t - 1 - n) / 0.6)
        frame.text(x, y, name, 17, fade("#ffffff", shown), 700, "mm")
    note(frame, t, 4.5, ["闻不到臭味，", "不等于没有毒气。"])


def scene_ventilate(frame, t):
    site(frame)
    gas(frame, t, 1 - 0.9 * ease((t - 2) / 8))
    frame.box(548, GROUND - 44, 604, GROUND, BLUE, 6)
    frame.disc(576, GROUND - 22, 17, PAPER)
    for n in range(3):
        angle = t * 9 + n * 2.09
        tip = (576 + 15 * math.cos(angle), GROUND - 22 + 15 * math.sin(angle))
        frame.line([(576, GROUND - 22), tip], BLUE, 6)
    duct = [
        (548, GROUND - 22),
        (505, GROUND - 26),
        (497, GROUND + 30),
        (497, FLOOR - 34),
    ]
    frame.line(duct, "#e7c65b", 12)
    for n in range(6):
        y = FLOOR - 20 - ((t * 46 + n * 30) % 180)
        for side in (-5, 5):
            tip = [(470 + side, y + 7), (470, y)]
            frame.line(tip, fade("#ffffff", 0.8), 3)
    heading(
        frame,
        "1",
        "先通风",
        [
            ("打开所有盖板，机械送风", INK),
            ("至少 30 分钟，作业中不停", GREEN),
        ],
        t,
    )
    note(frame, t, 5, ["严禁用纯氧通风，", "会起火爆炸。"], RED)


def scene_measure(frame, t):
    site(frame)
    gas(frame, t, 0.1)
    worker(frame, 560, GROUND, mask=True, wave=0.5)
    depths = (GROUND + 44, GROUND + 86, GROUND + 126)
    stage = min(2, int(t / 2.6))
    here = depths[stage]
    if stage:
        before = depths[stage - 1]
        here = before + (here - before) * ease((t - stage * 2.6) / 0.7)
    frame.line([(575, GROUND - 40), (485, GROUND - 12), (485, here)], INK, 2)
    frame.box(473, here, 497, here + 32, ORANGE, 4)
    frame.box(476, here + 5, 494, here + 15, "#dff3e6", 2)
    for n, (word, y) in enumerate(zip(("上", "中", "下"), depths, strict=True)):
        done = t > n * 2.6 + 1.2
        frame.disc(425, y + 14, 14, GREEN if done else STEEL)
        frame.text(425, y + 14, word, 17, "#ffffff", 700, "mm")
    heading(
        frame,
        "2",
        "再检测",
        [("人在外面，上、中、下都要测", INK), ("进入前 30 分钟内测完", INK)],
        t,
    )
    rows = [
        ("氧气", "19.5%～23.5%"),
        ("可燃气体", "低于爆炸下限 10%"),
        ("硫化氢", "不超过 10 mg/m³"),
    ]
    for n, (name, limit) in enumerate(rows):
        shown = ease((t - 3.4 - n * 1.2) / 0.5)
        y = 196 + n * 44
        frame.box(30, y, 340, y + 36, fade("#ffffff", 0.92 * shown), 6)
        frame.text(42, y + 25, name, 18, fade(INK, shown), 700)
        frame.text(130, y + 25, limit, 18, fade(GREEN, shown), 700)


def scene_work(frame, t):
    site(frame)
    ladder(frame)
    foot = GROUND + 36 + (FLOOR - GROUND - 36) * ease((t - 2) / 4)
    tripod(frame, foot - 46)
    worker(frame, 485, foot, mask=True)
    worker(frame, 585, GROUND, wave=0.4 + 0.2 * math.sin(t * 2), vest=ORANGE)
    frame.text(585, 92, "监护人", 17, ORANGE, 700, "mm")
    heading(
        frame,
        "3",
        "后作业",
        [("审批签字，一次一批", INK), ("系安全绳，带报警仪", INK)],
        t,
    )
    note(frame, t, 4, ["监护人一步不离开，", "隔一会喊一声。"])


def scene_rescue(frame, t):
    site(frame)
    gas(frame, t, 0.9)
    worker(frame, 480, FLOOR, fallen=True)
    worker(frame, 585, GROUND, wave=0.8 + 0.2 * math.sin(t * 7), vest=ORANGE)
    heading(frame, "", "有人倒下", [("不要下去！盲目施救，伤亡更大", RED)], t)
    frame.disc(485, GROUND - 30, 24, RED)
    frame.box(470, GROUND - 35, 500, GROUND - 25, "#ffffff", 2)
    steps = ["大声呼救，拨打 119", "继续送风", "戴正压呼吸器，再救人"]
    for n, words in enumerate(steps):
        shown = ease((t - 2.2 - n * 1.6) / 0.5)
        y = 196 + n * 44
        frame.box(30, y, 340, y + 36, fade("#ffffff", 0.92 * shown), 6)
        frame.disc(52, y + 18, 12, fade(ORANGE, shown))
        frame.text(52, y + 18, str(n + 1), 15, fade("#ffffff", shown), 800, "mm")
        frame.text(76, y + 25, words, 18, fade(INK, shown), 700)


# When each scene begins, in seconds; the captions follow these.
SCENES = (
    (0, scene_title),
    (8, scene_danger),
    (18, scene_ventilate),
    (29, scene_measure),
    (40, scene_work),
    (50, scene_rescue),
)


def draw(second):
    """Return the picture at a moment of the film."""
    start, scene = [entry for entry in SCENES if entry[0] <= second][-1]
    frame = Frame()
    scene(frame, second - start)
    frame.box(0, HEIGHT - 4, WIDTH * second / SECONDS, HEIGHT, ORANGE)
    return frame.small()


def encode(ffmpeg, target):
    """Pipe every frame to ffmpeg."""
    command = [
        *(ffmpeg, "-y", "-loglevel", "error"),
        *("-f", "rawvideo", "-pix_fmt", "rgb24"),
        *("-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "-"),
        *("-f", "lavfi", "-i", "anullsrc=r=22050:cl=mono", "-t", str(SECONDS)),
        *("-c:v", "libx264", "-profile:v", "baseline", "-level", "3.0"),
        *("-pix_fmt", "yuv420p", "-crf", "26", "-preset", "slow", "-g", str(FPS * 4)),
        *("-c:a", "aac", "-b:a", "16k", "-movflags", "+faststart", str(target)),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:  # noqa: S603 - fixed arguments
        for number in range(SECONDS * FPS):
            process.stdin.write(draw(number / FPS).tobytes())
        process.stdin.close()
    return process.returncode


def main():
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        sys.exit("ffmpeg is not installed.")
    draw(5.5).save(MEDIA / f"{NAME}.jpg", quality=82)
    sys.exit(encode(ffmpeg, MEDIA / f"{NAME}.mp4"))


if __name__ == "__main__":
    main()
