# SPDX-License-Identifier: Apache-2.0
"""The options of the commands, as in `hyportrait COMMAND --help`. Written by scripts/packaging/python_options.py from the
program's own table: None leaves an option unset, and a wrong value is an Error of the program."""

from dataclasses import dataclass
from os import PathLike
from typing import Literal, TypedDict

Path = str | PathLike[str]


@dataclass(kw_only=True)
class AnimateOptions:
    """Of `hyportrait animate`."""

    # Inputs and output
    ref: Path | None = None
    """Portrait: the look (JPEG, PNG, WebP, TIFF, BMP, HEIC, AVIF, GIF)"""
    drive: Path | None = None
    """Driver: the motion, the sound and the frame times of a clip; or a folder of pictures, their names as %04d.png, one picture, a motion file (hyportrait motion extract)"""
    output: Path | None = None
    """MP4, MOV, MKV, WebM, GIF or WebP to write; PNG or JPEG where the driver is a picture [<ref>_<clip>.mp4 in the current folder]"""
    bundle: Path | None = None
    """Model bundle [models/official if it is there, else models/demo]"""
    start: str | float | None = None
    """Begin at this time of the clip"""
    end: str | float | None = None
    """End before this time of the clip"""
    max_frames: int | None = None
    """Stop after so many frames"""
    fps: str | float | None = None
    """Frame rate of the result: the clip's own time stamps, or N [source]"""
    audio: Literal["keep", "none"] | None = None
    """The clip's sound [keep]"""
    audio_track: int | None = None
    """Which of several sound tracks, from 0 [FFmpeg's choice]"""
    background: str | float | None = None
    """What shows through a transparent portrait: a name or #RRGGBB [#FFFFFF]"""

    # Faces
    ref_face: str | float | None = None
    """Which face of the portrait [largest]"""
    ref_box: str | float | None = None
    """The face's place in the portrait, px (for faces the detector misses)"""
    drive_face: str | float | None = None
    """Which face of the clip's first frame with one; it is followed from there [largest]"""
    drive_box: str | float | None = None
    """The face's place in the clip's first frame, px"""
    no_face: Literal["hold", "interpolate", "skip", "error"] | None = None
    """A frame without a face: hold the last motion, interpolate between known frames, skip the frame and its sound, or stop [hold]"""
    drive_crop: Literal["fixed", "follow"] | None = None
    """Where the driving head is looked at: a square fixed around the first face, or one that follows a head which walks through the picture [fixed]"""

    # Motion (docs/motion.md)
    pose_drive: Path | None = None
    """Take the head pose from another clip, picture or motion file; ref: keep the portrait's own"""
    expression_strength: float | None = None
    """How strongly the face moves about its neutral, 0 to 3 [1]"""
    pose_strength: float | None = None
    """How strongly the head moves about its neutral, 0 to 3 [1]"""
    pose_offset: str | float | None = None
    """Turn the head by so many degrees: to the picture's right, down, clockwise"""
    neutral: str | float | None = None
    """The frame of the driver in which face and head are neutral [the clip's median; with --relative the first face]"""
    relative: bool | None = None
    """Add how the driver moves from its neutral to the portrait's own expression and pose"""
    smooth: float | None = None
    """Steady the motion over so many seconds, 0 to 10 [0]"""

    # Sampling (defaults are the bundle's)
    preset: Literal["exact", "fast", "draft"] | None = None
    """exact: the bundle's sampler; fast, draft: fewer steps, later ones unguided, less padding. Other flags win over it (docs/cli.md has what each sets) [exact]"""
    steps: int | None = None
    """Sampler steps"""
    guidance: str | float | None = None
    """Both guidance scales; A:B goes from A at the first step to B at the last"""
    appearance_guidance: str | float | None = None
    """Guidance scale of the look"""
    motion_guidance: str | float | None = None
    """Guidance scale of the motion"""
    guidance_until: float | None = None
    """Share of the steps that are guided, 0 to 1; the others take the scale 1 [1]"""
    size: int | None = None
    """Side of the generated square, px, a multiple of 64"""
    seed: int | None = None
    """Seed of the initial noise; the same on every device [72580]"""
    noise: Path | None = None
    """Initial noise from a .safetensors file, `noise` [P,4,h,w] of unit variance"""
    window: int | None = None
    """Frames denoised together"""
    overlap: int | None = None
    """Frames that neighbouring windows share"""
    shift: int | None = None
    """Frames the windows move back each step"""
    padding: int | None = None
    """Frames faded in before and out after the clip"""
    decode_chunk: int | None = None
    """Frames the VAE decodes together"""

    # Device
    device: str | float | None = None
    """Where the networks run: auto is the first CUDA GPU that works, else the CPU [auto]"""
    dtype: Literal["auto", "fp32", "fp16", "bf16"] | None = None
    """Precision of the networks: auto is fp16 on CUDA, fp32 on the CPU [auto]"""
    engine: Literal["auto", "torchscript", "compiled"] | None = None
    """What runs the U-Net: the bundle's code (torchscript), or what hyportrait-export compile has made of it for this machine (compiled); auto is compiled on a GPU where that was done [auto]"""
    memory_budget: str | float | None = None
    """Memory of the device that the run may take, such as 8G; chooses how many windows go through the network together [what the device has free]"""

    # Result
    crop_only: bool | None = None
    """Write the generated square instead of the full portrait"""
    crop_size: str | float | None = None
    """Side of that square: the network's, the portrait's own, or N px [network]"""
    detail: Literal["auto", "on", "off"] | None = None
    """Carry the portrait's fine detail into each frame: auto is on where the portrait is sharper than the network draws (docs/detail.md) [auto]"""
    detail_strength: float | None = None
    """How much of it, 0 to 2; 1 is what scaling took away [1]"""
    blend: Literal["soft", "original"] | None = None
    """How the face is pasted back: a soft edge, or the original's linear one [soft]"""
    colour_match: Literal["on", "off"] | None = None
    """Match the pasted face to the portrait's colours at the border [on]"""
    side_by_side: bool | None = None
    """Show portrait, driving frame and result in one picture"""
    sheet: Path | None = None
    """Also write a contact sheet (PNG): the portrait, driver and result at six moments"""
    frames_dir: Path | None = None
    """Also write each frame as DIR/000000.png, before encoding"""
    codec: str | float | None = None
    """auto is VP9 for .webm, the animation for .gif and .webp, else H.264; h264, hevc, av1, prores, vp9, nvenc, or an encoder of this FFmpeg [auto]"""
    crf: int | None = None
    """Quality of the encoder: lower is better and larger [17 for h264]"""
    pixel_format: str | float | None = None
    """Pixel format of the file [yuv420p]"""
    compat: Literal["none", "original"] | None = None
    """original: do as the original program where a default differs (docs/cli.md) [none]"""
    overwrite: bool | None = None
    """Replace an existing output"""

    # Run
    save_interval: float | None = None
    """Time between saves of the run's state, from which the same command resumes; 0 saves after each U-Net call [30]"""


class AnimateKeywords(TypedDict, total=False):
    """The keywords of hyportrait.animate."""

    bundle: Path | None
    start: str | float | None
    end: str | float | None
    max_frames: int | None
    fps: str | float | None
    audio: Literal["keep", "none"] | None
    audio_track: int | None
    background: str | float | None
    ref_face: str | float | None
    ref_box: str | float | None
    drive_face: str | float | None
    drive_box: str | float | None
    no_face: Literal["hold", "interpolate", "skip", "error"] | None
    drive_crop: Literal["fixed", "follow"] | None
    pose_drive: Path | None
    expression_strength: float | None
    pose_strength: float | None
    pose_offset: str | float | None
    neutral: str | float | None
    relative: bool | None
    smooth: float | None
    preset: Literal["exact", "fast", "draft"] | None
    steps: int | None
    guidance: str | float | None
    appearance_guidance: str | float | None
    motion_guidance: str | float | None
    guidance_until: float | None
    size: int | None
    seed: int | None
    noise: Path | None
    window: int | None
    overlap: int | None
    shift: int | None
    padding: int | None
    decode_chunk: int | None
    device: str | float | None
    dtype: Literal["auto", "fp32", "fp16", "bf16"] | None
    engine: Literal["auto", "torchscript", "compiled"] | None
    memory_budget: str | float | None
    crop_only: bool | None
    crop_size: str | float | None
    detail: Literal["auto", "on", "off"] | None
    detail_strength: float | None
    blend: Literal["soft", "original"] | None
    colour_match: Literal["on", "off"] | None
    side_by_side: bool | None
    sheet: Path | None
    frames_dir: Path | None
    codec: str | float | None
    crf: int | None
    pixel_format: str | float | None
    compat: Literal["none", "original"] | None
    overwrite: bool | None
    save_interval: float | None


@dataclass(kw_only=True)
class BatchOptions:
    """Of `hyportrait batch`."""

    # Batch
    out_dir: Path | None = None
    """Folder of the outputs; it is made"""
    refs: Path | None = None
    """Portraits: patterns such as 'faces/*.png', in quotes"""
    drives: Path | None = None
    """Clips, each for every portrait of --refs"""
    shard: str | float | None = None
    """Every Nth job from the Ith (from 0); auto: from a Slurm job array; auto/N: the I from Slurm or a Kubernetes indexed job"""
    retry: int | None = None
    """More tries after a device error [0]"""
    fail_fast: bool | None = None
    """Stop at the first job that fails"""

    # Every job: Inputs and output
    bundle: Path | None = None
    """Model bundle [models/official if it is there, else models/demo]"""
    start: str | float | None = None
    """Begin at this time of the clip"""
    end: str | float | None = None
    """End before this time of the clip"""
    max_frames: int | None = None
    """Stop after so many frames"""
    fps: str | float | None = None
    """Frame rate of the result: the clip's own time stamps, or N [source]"""
    audio: Literal["keep", "none"] | None = None
    """The clip's sound [keep]"""
    audio_track: int | None = None
    """Which of several sound tracks, from 0 [FFmpeg's choice]"""
    background: str | float | None = None
    """What shows through a transparent portrait: a name or #RRGGBB [#FFFFFF]"""

    # Every job: Faces
    ref_face: str | float | None = None
    """Which face of the portrait [largest]"""
    ref_box: str | float | None = None
    """The face's place in the portrait, px (for faces the detector misses)"""
    drive_face: str | float | None = None
    """Which face of the clip's first frame with one; it is followed from there [largest]"""
    drive_box: str | float | None = None
    """The face's place in the clip's first frame, px"""
    no_face: Literal["hold", "interpolate", "skip", "error"] | None = None
    """A frame without a face: hold the last motion, interpolate between known frames, skip the frame and its sound, or stop [hold]"""
    drive_crop: Literal["fixed", "follow"] | None = None
    """Where the driving head is looked at: a square fixed around the first face, or one that follows a head which walks through the picture [fixed]"""

    # Every job: Motion (docs/motion.md)
    pose_drive: Path | None = None
    """Take the head pose from another clip, picture or motion file; ref: keep the portrait's own"""
    expression_strength: float | None = None
    """How strongly the face moves about its neutral, 0 to 3 [1]"""
    pose_strength: float | None = None
    """How strongly the head moves about its neutral, 0 to 3 [1]"""
    pose_offset: str | float | None = None
    """Turn the head by so many degrees: to the picture's right, down, clockwise"""
    neutral: str | float | None = None
    """The frame of the driver in which face and head are neutral [the clip's median; with --relative the first face]"""
    relative: bool | None = None
    """Add how the driver moves from its neutral to the portrait's own expression and pose"""
    smooth: float | None = None
    """Steady the motion over so many seconds, 0 to 10 [0]"""

    # Every job: Sampling (defaults are the bundle's)
    preset: Literal["exact", "fast", "draft"] | None = None
    """exact: the bundle's sampler; fast, draft: fewer steps, later ones unguided, less padding. Other flags win over it (docs/cli.md has what each sets) [exact]"""
    steps: int | None = None
    """Sampler steps"""
    guidance: str | float | None = None
    """Both guidance scales; A:B goes from A at the first step to B at the last"""
    appearance_guidance: str | float | None = None
    """Guidance scale of the look"""
    motion_guidance: str | float | None = None
    """Guidance scale of the motion"""
    guidance_until: float | None = None
    """Share of the steps that are guided, 0 to 1; the others take the scale 1 [1]"""
    size: int | None = None
    """Side of the generated square, px, a multiple of 64"""
    seed: int | None = None
    """Seed of the initial noise; the same on every device [72580]"""
    noise: Path | None = None
    """Initial noise from a .safetensors file, `noise` [P,4,h,w] of unit variance"""
    window: int | None = None
    """Frames denoised together"""
    overlap: int | None = None
    """Frames that neighbouring windows share"""
    shift: int | None = None
    """Frames the windows move back each step"""
    padding: int | None = None
    """Frames faded in before and out after the clip"""
    decode_chunk: int | None = None
    """Frames the VAE decodes together"""

    # Every job: Device
    device: str | float | None = None
    """Where the networks run: auto is the first CUDA GPU that works, else the CPU [auto]"""
    dtype: Literal["auto", "fp32", "fp16", "bf16"] | None = None
    """Precision of the networks: auto is fp16 on CUDA, fp32 on the CPU [auto]"""
    engine: Literal["auto", "torchscript", "compiled"] | None = None
    """What runs the U-Net: the bundle's code (torchscript), or what hyportrait-export compile has made of it for this machine (compiled); auto is compiled on a GPU where that was done [auto]"""
    memory_budget: str | float | None = None
    """Memory of the device that the run may take, such as 8G; chooses how many windows go through the network together [what the device has free]"""

    # Every job: Result
    crop_only: bool | None = None
    """Write the generated square instead of the full portrait"""
    crop_size: str | float | None = None
    """Side of that square: the network's, the portrait's own, or N px [network]"""
    detail: Literal["auto", "on", "off"] | None = None
    """Carry the portrait's fine detail into each frame: auto is on where the portrait is sharper than the network draws (docs/detail.md) [auto]"""
    detail_strength: float | None = None
    """How much of it, 0 to 2; 1 is what scaling took away [1]"""
    blend: Literal["soft", "original"] | None = None
    """How the face is pasted back: a soft edge, or the original's linear one [soft]"""
    colour_match: Literal["on", "off"] | None = None
    """Match the pasted face to the portrait's colours at the border [on]"""
    side_by_side: bool | None = None
    """Show portrait, driving frame and result in one picture"""
    sheet: Path | None = None
    """Also write a contact sheet (PNG): the portrait, driver and result at six moments"""
    codec: str | float | None = None
    """auto is VP9 for .webm, the animation for .gif and .webp, else H.264; h264, hevc, av1, prores, vp9, nvenc, or an encoder of this FFmpeg [auto]"""
    crf: int | None = None
    """Quality of the encoder: lower is better and larger [17 for h264]"""
    pixel_format: str | float | None = None
    """Pixel format of the file [yuv420p]"""
    compat: Literal["none", "original"] | None = None
    """original: do as the original program where a default differs (docs/cli.md) [none]"""
    overwrite: bool | None = None
    """Replace an existing output"""

    # Every job: Run
    save_interval: float | None = None
    """Time between saves of the run's state, from which the same command resumes; 0 saves after each U-Net call [30]"""


class BatchKeywords(TypedDict, total=False):
    """The keywords of hyportrait.batch."""

    refs: Path | None
    drives: Path | None
    shard: str | float | None
    retry: int | None
    fail_fast: bool | None
    bundle: Path | None
    start: str | float | None
    end: str | float | None
    max_frames: int | None
    fps: str | float | None
    audio: Literal["keep", "none"] | None
    audio_track: int | None
    background: str | float | None
    ref_face: str | float | None
    ref_box: str | float | None
    drive_face: str | float | None
    drive_box: str | float | None
    no_face: Literal["hold", "interpolate", "skip", "error"] | None
    drive_crop: Literal["fixed", "follow"] | None
    pose_drive: Path | None
    expression_strength: float | None
    pose_strength: float | None
    pose_offset: str | float | None
    neutral: str | float | None
    relative: bool | None
    smooth: float | None
    preset: Literal["exact", "fast", "draft"] | None
    steps: int | None
    guidance: str | float | None
    appearance_guidance: str | float | None
    motion_guidance: str | float | None
    guidance_until: float | None
    size: int | None
    seed: int | None
    noise: Path | None
    window: int | None
    overlap: int | None
    shift: int | None
    padding: int | None
    decode_chunk: int | None
    device: str | float | None
    dtype: Literal["auto", "fp32", "fp16", "bf16"] | None
    engine: Literal["auto", "torchscript", "compiled"] | None
    memory_budget: str | float | None
    crop_only: bool | None
    crop_size: str | float | None
    detail: Literal["auto", "on", "off"] | None
    detail_strength: float | None
    blend: Literal["soft", "original"] | None
    colour_match: Literal["on", "off"] | None
    side_by_side: bool | None
    sheet: Path | None
    codec: str | float | None
    crf: int | None
    pixel_format: str | float | None
    compat: Literal["none", "original"] | None
    overwrite: bool | None
    save_interval: float | None


@dataclass(kw_only=True)
class InspectOptions:
    """Of `hyportrait inspect`."""

    bundle: Path | None = None
    """Bundle whose detector looks [models/official if it is there, else models/demo]"""
    device: str | float | None = None
    """Where the detector runs [auto]"""
    face: str | float | None = None
    """Which face, as --ref-face and --drive-face [largest]"""
    box: str | float | None = None
    """Where the face is, px, as --ref-box and --drive-box"""
    start: str | float | None = None
    """Begin at this time of the clip"""
    end: str | float | None = None
    """End before this time of the clip"""
    max_frames: int | None = None
    """Stop after so many frames"""
    overlay: Path | None = None
    """Draw faces, landmarks and squares into this .png or .mp4"""
    plot: Path | None = None
    """Draw a clip's head pose, size and sharpness over time into this SVG file"""
    overwrite: bool | None = None
    """Replace an existing overlay or plot"""


class InspectKeywords(TypedDict, total=False):
    """The keywords of hyportrait.inspect."""

    bundle: Path | None
    device: str | float | None
    face: str | float | None
    box: str | float | None
    start: str | float | None
    end: str | float | None
    max_frames: int | None
    overlay: Path | None
    plot: Path | None
    overwrite: bool | None


@dataclass(kw_only=True)
class MetricsOptions:
    """Of `hyportrait metrics`."""

    ref: Path | None = None
    """Portrait"""
    drive: Path | None = None
    """Driving clip"""
    result: Path | None = None
    """What animate made; its sidecar is read too"""
    bundle: Path | None = None
    """Bundle whose networks judge [models/official if it is there, else models/demo]"""
    device: str | float | None = None
    """Where they run [auto]"""
    output: Path | None = None
    """Write the figures, with those of every frame, into this JSON file"""
    plot: Path | None = None
    """Draw the figures over time into this SVG file"""
    overwrite: bool | None = None
    """Replace existing ones"""

    # Bounds (exit 6 beyond)
    min_identity: float | None = None
    """Mean identity at least"""
    max_expression: float | None = None
    """Expression distance at most"""
    max_pose: float | None = None
    """Head pose at most so far from the driver's"""
    max_flicker: float | None = None
    """Ratio of the face's flicker at most"""
    max_seam: float | None = None
    """The larger of the two seams at most"""
    min_background_psnr: float | None = None
    """Background PSNR at least"""
    min_psnr: float | None = None
    """PSNR to the driver at least"""
    min_ssim: float | None = None
    """SSIM to the driver at least"""


class MetricsKeywords(TypedDict, total=False):
    """The keywords of hyportrait.metrics."""

    bundle: Path | None
    device: str | float | None
    output: Path | None
    plot: Path | None
    overwrite: bool | None
    min_identity: float | None
    max_expression: float | None
    max_pose: float | None
    max_flicker: float | None
    max_seam: float | None
    min_background_psnr: float | None
    min_psnr: float | None
    min_ssim: float | None


@dataclass(kw_only=True)
class ExtractOptions:
    """Of `hyportrait motion extract`."""

    output: Path | None = None
    """Motion file to write [<clip>.motion in the current folder]"""
    bundle: Path | None = None
    """Bundle whose networks read the motion [models/official if it is there, else models/demo]"""
    device: str | float | None = None
    """Where they run [auto]"""
    size: int | None = None
    """--size of the runs that take the file, px, a multiple of 64 [the bundle's]"""
    start: str | float | None = None
    """Begin at this time of the clip"""
    end: str | float | None = None
    """End before this time of the clip"""
    max_frames: int | None = None
    """Stop after so many frames"""
    fps: str | float | None = None
    """Frame rate of the result: the clip's own time stamps, or N [source]"""
    drive_face: str | float | None = None
    """Which face of the clip's first frame with one; it is followed from there [largest]"""
    drive_box: str | float | None = None
    """The face's place in the clip's first frame, px"""
    no_face: Literal["hold", "interpolate", "skip", "error"] | None = None
    """A frame without a face: hold the last motion, interpolate between known frames, skip the frame and its sound, or stop [hold]"""
    drive_crop: Literal["fixed", "follow"] | None = None
    """Where the driving head is looked at: a square fixed around the first face, or one that follows a head which walks through the picture [fixed]"""
    overwrite: bool | None = None
    """Replace an existing motion file"""


class ExtractKeywords(TypedDict, total=False):
    """The keywords of hyportrait.extract_motion."""

    bundle: Path | None
    device: str | float | None
    size: int | None
    start: str | float | None
    end: str | float | None
    max_frames: int | None
    fps: str | float | None
    drive_face: str | float | None
    drive_box: str | float | None
    no_face: Literal["hold", "interpolate", "skip", "error"] | None
    drive_crop: Literal["fixed", "follow"] | None
    overwrite: bool | None
