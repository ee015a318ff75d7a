# SPDX-License-Identifier: Apache-2.0
"""Values of options that are wrong, or odd and right."""

from odd.row import COMPARISON, DONE, FAILED, INPUT, USAGE, Row, animate, look, plan

INTEGERS = {"--steps": (1, 1000), "--window": (1, 1024), "--overlap": (0, 1023), "--shift": (0, 1023),
            "--padding": (0, 1024), "--decode-chunk": (1, 1024), "--crf": (0, 63), "--max-frames": (1, 10_000_000)}
NO_INTEGER = ("2.5", "1e3", "0x10", "three", "99999999999999999999", "+3", " 3", "3 ", "3,", "٣", "--3", "nan")
WRONG = {
    "--size": (("100", "multiple of 64"), ("0", "from 64 to 4096"), ("4160", "from 64 to 4096"), ("64.0", "integer")),
    "--seed": (("-1", "from 0 to"), ("9223372036854775808", "from 0 to"), ("1.5", "integer"), ("", "empty")),
    "--guidance": (("nan", "from 0 to 100"), ("inf", "from 0 to 100"), ("1:2:3", "FIRST:LAST"), (":", "from 0 to 100"),
                   ("1:", "from 0 to 100"), ("-1", "from 0 to 100"), ("100.1", "from 0 to 100"), ("1e400", "from 0 to 100")),
    "--guidance-until": (("1.01", "from 0 to 1"), ("-0.1", "from 0 to 1"), ("half", "from 0 to 1")),
    "--fps": (("0", "from 1 to 240"), ("241", "from 1 to 240"), ("1/0", "from 1 to 240"), ("-25", "from 1 to 240"),
              ("30000/1001/1", "from 1 to 240"), ("nan", "from 1 to 240"), ("99999999999/3999999999", "from 1 to 240")),
    "--start": (("1:2:3:4", "expected a time"), ("-1", "expected a time"), ("1e9", "1000 hours"), ("a", "expected a time"),
                ("1:", "expected a time"), ("1e-400", "expected a time")),
    "--end": (("0:-1", "expected a time"), ("inf", "expected a time")),
    "--ref-face": (("-1", "an index from 0"), ("1.5", "an index from 0"), ("1,2,3", "an index from 0"), ("smallest", "largest"),
                   ("99999999999", "an index from 0"), ("1e9,2", "point X,Y"), ("nan,1", "point X,Y")),
    "--ref-box": (("1,2,3", "X,Y,W,H"), ("1,2,0,4", "above 0"), ("1,2,-3,4", "above 0"), ("1,2,3,1e7", "X,Y,W,H"),
                  ("a,b,c,d", "X,Y,W,H"), ("1,2,3,4,5", "X,Y,W,H"), ("nan,0,9,9", "X,Y,W,H")),
    "--background": (("#12345", "#RRGGBB"), ("#GGGGGG", "#RRGGBB"), ("pink", "black, white"), ("#1234567", "#RRGGBB")),
    "--memory-budget": (("0", "such as 8G"), ("-1G", "such as 8G"), ("8X", "such as 8G"), ("G", "such as 8G"),
                        ("1e400", "such as 8G"), ("1e30G", "such as 8G"), ("8 G", "such as 8G")),
    "--device": (("gpu", r"auto\|cpu\|cuda"), ("cuda:", "integer"), ("cuda:-1", "integer"), ("cuda:x", "integer"),
                 ("cuda:128", "from 0 to 127")),
    "--dtype": (("fp8", r"auto\|fp32\|fp16\|bf16"), ("FP32", r"fp32")),
    "--engine": (("jit", r"torchscript\|compiled"), ("0", r"torchscript\|compiled"), ("1", r"torchscript\|compiled")),
    "--preset": (("slow", r"exact\|fast\|draft"), ("0", r"exact\|fast\|draft")),
    "--no-face": (("wait", r"hold\|interpolate\|skip\|error"),),
    "--audio": (("mute", r"keep\|none"),),
    "--blend": (("hard", r"soft\|original"),),
    "--compat": (("old", r"none\|original"),),
    "--colour-match": (("maybe", "on or off"), ("1", "on or off")),
    "--save-interval": (("-1", "from 0 to"), ("1e7", "from 0 to"), ("soon", "from 0 to")),
    "--log-level": (("loud", "trace, debug, info"), ("INFO", "trace, debug, info")),
    "--codec": (("h265x", "no such video encoder"), ("aac", "no such video encoder")),
    "--pixel-format": (("rgb99", "does not take it"), ("pal8", "does not take it")),
}
SWITCHES = ("--crop-only", "--side-by-side", "--overwrite", "--dry-run", "--json", "--quiet", "--print-config")


def integer_rows() -> list[Row]:
    rows = []
    for i, (flag, (lowest, highest)) in enumerate(INTEGERS.items()):
        texts = (NO_INTEGER[i], NO_INTEGER[i + 4], str(lowest - 1), str(highest + 1))
        rows += [Row(f"{flag} {text!r}", plan(f"{flag}={text}"), USAGE, f"{flag} .*expected an integer from {lowest} to {highest}")
                 for text in texts]
    return rows


def wrong_rows() -> list[Row]:
    return [Row(f"{flag} {value!r}", plan(flag, value), USAGE, f"{flag}.*{says}")
            for flag, values in WRONG.items() for value, says in values]


def switch_rows() -> list[Row]:
    rows = [Row(f"{flag}=maybe", plan(f"{flag}=maybe"), USAGE, f"{flag}: expected on or off, found maybe") for flag in SWITCHES]
    return [*rows, *(Row(f"{flag}=", plan(f"{flag}="), USAGE, f"{flag}: its value is empty") for flag in SWITCHES)]


def odd_and_right() -> list[Row]:
    given = ("--steps 1000 --seed 9223372036854775807 --guidance 0:100 --guidance-until 1e-9", "--start 00:00:00.1 --end 0:0.5 --fps 23.976",
             "--ref-face 12.5,13 --background #00fF10", "--ref-box 60.5,60.25,70.125,80.5 --device cpu --memory-budget 1.5TiB",
             "--save-interval 1e6 --colour-match off --codec libx264", "--max-frames 10000000 --shift 1023")
    rows = [Row(text, plan(*text.split()), DONE, "unet_calls: [1-9]") for text in given]
    return [*rows, Row("a window of 1024", plan("--window", "1024", "--padding", "0"), DONE, "windows_per_step: 1"),
            Row("the last one wins", plan("--steps", "5", "--steps=7"), DONE, "steps: 7"),
            Row("a switch taken back", plan("--crop-only", "--crop-only=off"), DONE, "crop-only: false"),
            Row("-o=NAME", ("animate", "--bundle", "{tiny}", "--ref=portrait.png", "--drive=clip.mp4", "-o=x.mp4", "--dry-run", "--verbose"),
                DONE, r"output: \S+/x\.mp4"),
            Row("-oNAME -y", ("animate", "--bundle", "{tiny}", "--ref=portrait.png", "--drive=clip.mp4", "-ox.mp4", "-y", "--dry-run", "--verbose"),
                DONE, "overwrite: true")]


ROWS = [
    *integer_rows(), *wrong_rows(), *switch_rows(), *odd_and_right(),
    Row("nothing", (), USAGE, "needs a subcommand"),
    Row("only --", ("--",), USAGE, ""),
    Row("a mistyped command", ("anmate",), USAGE, "did you mean 'animate'"),
    Row("a mistyped flag", plan("--stpes", "3"), USAGE, "did you mean '--steps'"),
    Row("a stray word", plan("word"), USAGE, "unknown argument 'word'"),
    Row("flags after --", plan("--", "--crop-only"), USAGE, "unknown argument '--crop-only'"),
    Row("no portrait", ("animate", "--drive", "clip.mp4"), USAGE, "--ref FILE"),
    Row("--frames-dir= eats nothing", plan("--frames-dir=", "--crop-only"), USAGE, "--frames-dir: its value is empty"),
    Row("an option for a value", plan("--frames-dir", "--crop-only"), USAGE, "--crop-only is an option"),
    Row("a value is missing at the end", plan("--steps"), USAGE, "--steps: its value is missing"),
    Row("overlap as large as the window", plan("--window", "4", "--overlap", "4"), USAGE, "smaller than --window"),
    Row("a window below the bundle's overlap", plan("--window", "1"), USAGE, "does not fit a window of 1"),
    Row("the end before the start", plan("--start", "2", "--end", "1"), USAGE, "--end must come after --start"),
    Row("an end at the start", plan("--start", "1", "--end", "1"), USAGE, "--end must come after --start"),
    Row("a start beyond the clip", animate("--start", "99"), INPUT, "clip.mp4.*--start"),
    Row("a face that is not there", animate("--ref-face", "1"), INPUT, "has 1 face: leave --ref-face out"),
    Row("a box outside the picture", plan("--ref-box", "500,500,50,50"), USAGE, "most of it lies outside portrait.png"),
    Row("a box outside the clip", plan("--drive-box", "-99,-99,50,50"), USAGE, "most of it lies outside clip.mp4"),
    Row("a budget of 1 byte", plan("--memory-budget", "1"), 5, "allows 1 byte"),
    Row("a device that is not there", plan("--device", "cuda:7"), 5, "cuda:7|no NVIDIA driver|GPU"),
    Row("help", ("help",), DONE, "Usage: hyportrait"),
    Row("help animate", ("help", "animate"), DONE, "Usage: hyportrait animate"),
    Row("help bundle info", ("help", "bundle", "info"), DONE, "Usage: hyportrait bundle info"),
    Row("help of a mistyped command", ("help", "inspct"), USAGE, "did you mean 'inspect'"),
    Row("compare one thing", ("compare", "clip.mp4"), USAGE, "B"),
    Row("compare a clip with itself", ("compare", "clip.mp4", "clip.mp4"), DONE, "times +the same"),
    Row("compare a clip with a picture", ("compare", "clip.mp4", "portrait.png"), COMPARISON, "number of frames"),
    Row("compare with a bound out of range", ("compare", "clip.mp4", "clip.mp4", "--min-psnr", "101"), USAGE, "from 0 to 100"),
    Row("detail without a clip", ("detail", "--ref", "portrait.png"), USAGE, "detail needs --clip"),
    Row("detail of nothing", ("detail", "--ref", "portrait.png", "--clip", "no.mp4"), INPUT, "no.mp4"),
    Row("detail of a clip as large as the portrait", ("detail", "--ref", "portrait.png", "--clip", "clip.mp4"), INPUT, "--sigma PX"),
    Row("detail of a clip in the portrait's place", ("detail", "--ref", "clip.mp4", "--clip", "clip.mp4"), INPUT, "clip.mp4"),
    Row("detail with a sigma that is no number", ("detail", "--ref", "portrait.png", "--clip", "clip.mp4", "--sigma", "nan"), USAGE,
        "--sigma nan"),
    Row("detail as a picture", ("detail", "--ref", "portrait.png", "--clip", "clip.mp4", "--sigma", "1", "-o", "out.jpg"), USAGE,
        "out.jpg"),
    Row("inspect nothing", ("inspect",), USAGE, "input is required"),
    Row("inspect a face that is not there", look("portrait.png", "--face", "7"), DONE, "there is no such face"),
    Row("inspect a start beyond the clip", look("clip.mp4", "--start", "99"), INPUT, "clip.mp4"),
    Row("inspect with an overlay of another kind", look("portrait.png", "--overlay", "seen.bmp"), USAGE, "seen.bmp"),
    Row("inspect with the input as its overlay", look("portrait.png", "--overlay", "portrait.png"), USAGE, "portrait.png"),
    Row("metrics without a result", ("metrics", "--ref", "portrait.png", "--drive", "clip.mp4"), USAGE, "metrics needs --result"),
    Row("metrics of nothing", ("metrics", "--bundle", "{tiny}", "--ref", "portrait.png", "--drive", "clip.mp4", "--result", "no.mp4"),
        INPUT, "no.mp4"),
    Row("report of nothing", ("report", "nowhere"), USAGE, "nowhere"),
    Row("report of a file", ("report", "portrait.png"), USAGE, "portrait.png"),
    Row("report of a folder without sidecars", ("report", "."), DONE, "no sidecars here"),
    Row("bundle of nothing", ("bundle", "info", "nowhere"), 4, "nowhere"),
    Row("bundle of a file", ("bundle", "verify", "portrait.png"), 4, "portrait.png"),
    Row("bench of nothing", ("bench", "--bundle", "nowhere"), 4, "nowhere"),
    Row("bench of too many frames", ("bench", "--bundle", "{tiny}", "--frames", "100001"), USAGE, "from 1 to 100000"),
    Row("completion of an unknown shell", ("completion", "ksh"), USAGE, "bash, zsh, fish, man or json"),
    Row("errors as JSON", plan("--steps", "0", "--json"), USAGE, '"exit_code": 2'),
    Row("an input's error as JSON", plan("--json", ref="no.png"), INPUT, '"error": "no.png: there is no such file"'),
    Row("a full standard output", plan(), FAILED, "standard output cannot be written", shell='"$@" >/dev/full'),
]
