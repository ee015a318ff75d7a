# SPDX-License-Identifier: Apache-2.0
"""Driving clips of every kind, whole and broken."""

from itertools import cycle

from odd import pictures
from odd.row import DONE, INPUT, OUTPUT, Make, Row, copied, cut, every, ffmpeg, look, plan, run, written

SOUND = ("-f", "lavfi", "-i", "sine=frequency=440:duration=1:sample_rate=44100")


def made(name: str, *how: object) -> Make:
    """The sample clip, half a second of it, made into another kind of file."""
    return ffmpeg("-t", "0.5", "-i", "clip.mp4", *how, name)


def with_sound(name: str, *how: object) -> Make:
    return ffmpeg("-t", "0.5", "-i", "clip.mp4", *SOUND, "-map", "0:v", "-map", "1:a", "-t", "0.5", *how, name)


VIDEO = {
    "MPEG-4 in AVI": ("c.avi", "-c:v", "mpeg4", "-an"), "MPEG-2 in TS": ("c.ts", "-c:v", "mpeg2video", "-an"),
    "MPEG-1": ("c.mpg", "-c:v", "mpeg1video", "-r", "25", "-an"),
    "MJPEG in MOV": ("c.mov", "-c:v", "mjpeg", "-an"), "VP8": ("c.webm", "-c:v", "libvpx", "-an"),
    "VP9": ("c.webm", "-c:v", "libvpx-vp9", "-an"), "FFV1": ("c.mkv", "-c:v", "ffv1", "-an"),
    "ProRes": ("c.mov", "-c:v", "prores_ks", "-an"), "HEVC": ("c.mp4", "-c:v", "libx265", "-x265-params", "log-level=none", "-an"),
    "Theora": ("c.ogv", "-c:v", "libtheora", "-an"), "FLV": ("c.flv", "-c:v", "flv", "-an"), "WMV": ("c.wmv", "-c:v", "wmv2", "-an"),
    "raw video": ("c.avi", "-c:v", "rawvideo", "-pix_fmt", "yuv420p", "-an"), "QuickTime RLE": ("c.mov", "-c:v", "qtrle", "-an"),
    "H.264 in TS": ("c.ts", "-c", "copy"), "H.264 in FLV": ("c.flv", "-c", "copy"),
    "H.264, bare": ("c.h264", "-c:v", "copy", "-an"), "H.264 4:4:4": ("c.mp4", "-pix_fmt", "yuv444p", "-an"),
    "H.264 of 10 bit": ("c.mp4", "-pix_fmt", "yuv420p10le", "-an"),
    "RGB H.264": ("c.mp4", "-c:v", "libx264rgb", "-an"), "full range": ("c.mp4", "-color_range", "pc", "-an"),
    "an odd size": ("c.mkv", "-c:v", "ffv1", "-vf", "scale=101:77", "-an"), "interlaced": ("c.mp4", "-flags", "+ildct+ilme", "-an"),
    "wide pixels": ("c.mp4", "-aspect", "4:1", "-an"), "1 frame a second": ("c.mp4", "-r", "1", "-an"),
    "240 frames a second": ("c.mp4", "-r", "240", "-an"), "one frame": ("c.mp4", "-frames:v", "1", "-an"),
    "16x16": ("c.mp4", "-vf", "scale=16:16", "-an"), "a fragmented MP4": ("c.mp4", "-c", "copy", "-movflags", "frag_keyframe+empty_moov"),
    "a late start": ("c.mp4", "-c", "copy", "-output_ts_offset", "5"),
    "uneven frame times": ("c.mkv", "-vf", "select='not(eq(mod(n,3),1))'", "-fps_mode", "vfr", "-an"),
    "chapters and a title": ("c.mkv", "-c", "copy", "-metadata", "title=\x1b[31mred"),
}
AUDIO = {
    "PCM in AVI": ("c.avi", "-c:v", "mpeg4", "-c:a", "pcm_s16le"), "PCM in MOV": ("c.mov", "-c:v", "copy", "-c:a", "pcm_s24le"),
    "MP3": ("c.mp4", "-c:v", "copy", "-c:a", "libmp3lame"), "FLAC": ("c.mkv", "-c:v", "copy", "-c:a", "flac"),
    "Vorbis": ("c.mkv", "-c:v", "copy", "-c:a", "libvorbis"), "Opus": ("c.mkv", "-c:v", "copy", "-c:a", "libopus"),
    "AC-3": ("c.mp4", "-c:v", "copy", "-c:a", "ac3"), "six channels": ("c.mp4", "-c:v", "copy", "-c:a", "aac", "-ac", "6"),
    "8 kHz": ("c.mkv", "-c:v", "copy", "-c:a", "pcm_u8", "-ar", "8000"), "ADPCM": ("c.avi", "-c:v", "mpeg4", "-c:a", "adpcm_ms"),
    "MP2 in TS": ("c.ts", "-c:v", "mpeg2video", "-c:a", "mp2"), "ALAC": ("c.mov", "-c:v", "copy", "-c:a", "alac"),
}
BAD = {
    "an MP4 cut at 90 %": copied("clip.mp4", "odd", cut(0.9)), "an MP4's first 32 bytes": copied("clip.mp4", "odd", lambda d: d[:32]),
    "only sound": ffmpeg(*SOUND, "-c:a", "aac", "-f", "mp4", "odd"), "an MP3": ffmpeg(*SOUND, "-f", "mp3", "odd"),
    "a WAV": ffmpeg(*SOUND, "-f", "wav", "odd"), "subtitles": written("odd", "1\n00:00:00,000 --> 00:00:01,000\nHello\n"),
    "an MP4 whose header has no codec": copied("clip.mp4", "odd", lambda d: d.replace(b"avc1", b"zzzz")),
    "an MP4 of zeros behind its header": copied("clip.mp4", "odd", lambda d: d[:d.find(b"mdat") + 4] + b"\0" * 5000),
    "a Matroska's header": every(made("c.mkv", "-c", "copy"), copied("c.mkv", "odd", lambda d: d[:60])),
    "an archive": written("odd", b"PK\x03\x04" + b"\0" * 500), "a GIF's header": written("odd", b"GIF89a"),
    "a safetensors file": written("odd", (8).to_bytes(8, "little") + b'{"a":{}}'),
}


def planned(name: str, how: tuple[object, ...], picture: str, portrait: Make) -> Row:
    """An odd clip and an odd portrait at once."""
    return Row(f"{name} and {picture}, planned", plan(ref="odd", drive=str(how[0])), DONE, "unet_calls: [1-9]",
               every(made(*how), pictures.linked(portrait)))


def animated(name: str, how: tuple[object, ...]) -> Row:
    return Row(f"{name}, animated", run(drive=str(how[0])), DONE, "[12] frames?", made(*how), OUTPUT)


ANIMATED = list(VIDEO.items())[1::8]
REST = [item for item in VIDEO.items() if item not in ANIMATED]

ROWS = [
    *(planned(name, how, picture, portrait)
      for (name, how), (picture, portrait) in zip(REST, cycle(reversed(pictures.GOOD.items())), strict=False)),
    *(animated(name, how) for name, how in ANIMATED),
    *(Row(f"{name}, inspected", look(str(how[0]), "--max-frames", 2), DONE, f"{how[0]}: a clip", made(*how))
      for name, how in list(VIDEO.items())[1::16]),
    *(Row(f"sound as {name}", run(drive=str(how[0])), DONE, "2 frames", with_sound(*how), OUTPUT)
      for name, how in list(AUDIO.items())[::4]),
    *(Row(f"sound as {name}, planned", plan(drive=str(how[0])), DONE, "  audio: true", with_sound(*how))
      for name, how in list(AUDIO.items())[1:]),
    *(Row(name, plan(drive="odd"), INPUT, "odd: ", make) for name, make in BAD.items()),
    Row("an MP4 cut at 90 %, inspected", look("odd"), INPUT, "odd: ", BAD["an MP4 cut at 90 %"]),
    Row("a clip cut in its middle", run(drive="odd", frames=99), DONE, "odd: the file breaks off",
        every(made("c.mkv", "-c", "copy"), copied("c.mkv", "odd", cut(0.5))), OUTPUT),
    Row("a clip cut in its middle, inspected", look("odd"), DONE, "odd: the file breaks off",
        every(made("c.flv", "-c:v", "flv", "-an"), copied("c.flv", "odd", cut(0.5)))),
    Row("a second of the clip by --start and --end", run("--start", "0.2", "--end", "0.25"), DONE, "[12] frames?", None, OUTPUT),
    Row("one frame", run(frames=1), DONE, r"(?s)denoise: \d+ network calls? in.*\(1 frame\)", None, OUTPUT),
]
