# SPDX-License-Identifier: Apache-2.0
"""The demo's training code: geometry, noise and weights must agree with what the program does."""

import json
import math
import sys
import tempfile
import unittest
from pathlib import Path

import torch
from torch import nn

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / part) for part in ("scripts", "python")]

from hyportrait.export.networks.vae import VaeEncoder
from train_demo import crops, diffusion, readme_tables, scores, sizes, stage_refine
from train_demo.checkpoints import export_stages, import_stages
from train_demo.correspondence import Readout, Watch, displacement_layers, displacements, pointing_loss, sources
from train_demo.evaluate import load_ruler
from train_demo.export_demo import networks
from train_demo.features_cache import Features
from train_demo.held_out import PAIRS, held_out
from train_demo.identity import sample_identities, select
from train_demo.loop import Stage, load_averaged
from train_demo.motion import MOTION_NAMES, motion_sequence, normalise_motion, sample_motions
from train_demo.muon import matrices, orthogonal
from train_demo.pool import Pool
from train_demo.recorder import Recorder
from train_demo.renderer import render
from train_demo.ruler import Ruler, correlation, slope
from train_demo.stage_diffusion import draw_batch
from train_demo.stage_ruler import calibrate
from train_demo.stage_vae import decode, load_vae


def unet_inputs(windows: int, frames: int) -> list:
    torch.manual_seed(0)
    channels, side = sizes.LATENT_CHANNELS, 8
    return [torch.randn(windows, frames, channels, side, side), torch.tensor(0.3),
            torch.randn(1, channels, side, side), torch.randn(1, sizes.TOKENS, sizes.TOKEN_WIDTH),
            torch.randn(windows, frames, sizes.TOKENS, sizes.TOKEN_WIDTH),
            torch.randn(1, 1, sizes.POSE_CHANNELS, side, side), torch.tensor(sizes.ADDED_IDS),
            [True], [True]]


class GeometryTest(unittest.TestCase):
    def test_alignment_puts_the_landmarks_on_the_template(self) -> None:
        # the template itself, turned by 20 degrees, enlarged and moved, must come back to its places
        angle = torch.deg2rad(torch.tensor(20.0))
        turn = torch.stack([torch.stack([angle.cos(), -angle.sin()]),
                            torch.stack([angle.sin(), angle.cos()])])
        marks = (crops._TEMPLATE - 56) @ turn.T * 0.7 + torch.tensor([100.0, 90.0])
        picture = crops.skeleton(marks[None], 192, torch.ones(1, 5), torch.zeros(1, 6))
        face = crops.aligned(picture, marks[None])[0]
        for index, (x, y) in enumerate(crops._TEMPLATE.round().int().tolist()):
            want = crops._COLOURS[index]
            self.assertLess((face[:, y, x] - want).abs().max().item(), 0.3, f"landmark {index}")

    def test_the_face_square_holds_eyes_and_mouth_and_follows_the_box(self) -> None:
        drawn = render(sample_identities([1, 2]), motion_sequence(3, 2), 96)
        centre, half = crops.face_square(drawn.landmarks, drawn.boxes, 0.9)
        inside = (drawn.landmarks - centre[:, None]).abs() < half[:, None, None]
        self.assertTrue(inside.all())
        moved, _ = crops.face_square(drawn.landmarks, drawn.boxes + 10, 0.9)
        torch.testing.assert_close(moved - centre, torch.full((2, 2), 9.0), atol=1e-3, rtol=0)

    def test_a_skeleton_without_points_and_lines_is_black(self) -> None:
        marks = torch.rand(2, 5, 2) * 64
        blank = crops.skeleton(marks, 64, torch.zeros(2, 5), torch.zeros(2, 6))
        self.assertEqual(blank.abs().max().item(), 0)
        points = crops.skeleton(marks, 64, torch.ones(2, 5), torch.zeros(2, 6))
        self.assertGreater(points.amax().item(), 0.9)


class DiffusionTest(unittest.TestCase):
    def test_the_sampler_recovers_a_known_latent_from_its_exact_velocity(self) -> None:
        clean = torch.randn(1, 1, 8, 4, 4, generator=torch.Generator().manual_seed(1))

        class Exact(nn.Module):
            """The velocity of a distribution that is one point."""

            def forward(self, latents, time, *rest):
                sigma = torch.exp(time * 4)
                norm = torch.sqrt(sigma * sigma + 1)
                noise = (latents * norm - clean) / sigma
                return ((noise - sigma * clean) / norm)[None]

        result = diffusion.sample(Exact(), torch.zeros(1, 8, 4, 4), 1.0, torch.zeros(1, 1, 1),
                                  torch.zeros(1, 1, 1, 1), torch.zeros(1), 1.0)
        torch.testing.assert_close(result, clean, atol=1e-3, rtol=0)

    def test_the_velocity_target_is_what_the_euler_step_inverts(self) -> None:
        clean, noise, sigma = torch.randn(3, 5), torch.randn(3, 5), torch.tensor([[0.1], [2.0], [50.0]])
        scaled, velocity = diffusion.velocity_target(clean, noise, sigma)
        norm = torch.sqrt(sigma * sigma + 1)
        back = scaled * norm / (sigma * sigma + 1) - velocity * sigma / norm
        torch.testing.assert_close(back, clean, atol=1e-4, rtol=1e-4)

    def test_folding_the_rotation_gives_the_same_velocity_from_degrees(self) -> None:
        unet = sizes.build_unet().eval()
        inputs = unet_inputs(1, 2)
        with torch.no_grad():
            before = unet(*inputs)
            diffusion.fold_rotation(unet)
            inputs[4] = inputs[4].clone()
            inputs[4][..., -6:-3] *= diffusion.ROTATION_UNIT
            after = unet(*inputs)
        torch.testing.assert_close(after, before, atol=1e-5, rtol=1e-4)
        self.assertGreater(before.abs().max().item(), 0.01)


class WeightsTest(unittest.TestCase):
    def test_windows_of_one_frame_may_have_conditions_each(self) -> None:
        unet = sizes.build_unet().eval()
        inputs = unet_inputs(2, 1)
        inputs[1] = torch.tensor([0.3, -0.5])
        inputs[2], inputs[3] = (torch.cat([part, part * 2]) for part in inputs[2:4])
        with torch.no_grad():
            both = unet(*inputs)[0]
            for index in range(2):
                alone = [inputs[0][index:index + 1], inputs[1][index], inputs[2][index:index + 1],
                         inputs[3][index:index + 1], inputs[4][index:index + 1], *inputs[5:]]
                torch.testing.assert_close(both[index:index + 1], unet(*alone)[0], atol=1e-5,
                                           rtol=1e-4)

    @torch.inference_mode(False)  # conftest.py turns gradients off
    def test_a_stage_resumes_and_a_warm_start_keeps_the_averaged_weights(self) -> None:
        def loss(stage):
            return lambda step, progress: {"loss": stage.modules["net"](torch.ones(1, 24)).square().sum()}

        def modules():
            return nn.ModuleDict({"net": nn.Linear(24, 16)})

        with tempfile.TemporaryDirectory() as folder:
            work, warm, again = (Path(folder) / name for name in ("work", "warm", "again"))
            stage = Stage("vae", modules(), work, "cpu", 1e-2)
            stage.train(0.0005, loss(stage))
            more = Stage("vae", modules(), work, "cpu", 1e-2)
            more.resume()
            self.assertEqual(more.step, stage.step)
            self.assertGreater(more.step, 0)
            for key in ("adam", "muon"):
                self.assertEqual(str(more.optimisers[key][0].state_dict()["state"]),
                                 str(stage.optimisers[key][0].state_dict()["state"]))
            export_stages(work, warm, ["vae"])
            import_stages(again, warm)
            loaded = load_averaged("vae", modules(), again, "cpu")["net"].weight
            torch.testing.assert_close(loaded, stage.averaged["net"].weight, atol=1e-3, rtol=0)


    def test_a_bundle_gives_back_the_checkpoints_it_was_written_from(self) -> None:
        bundle = Path(__file__).resolve().parents[2] / "models" / "demo"
        with tempfile.TemporaryDirectory() as folder:
            import_stages(Path(folder), bundle)
            modules, scale = networks(Path(folder))
        manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
        self.assertAlmostEqual(scale, manifest["config"]["latent"]["scale"], places=6)
        for name, module in modules.items():
            shipped = torch.jit.load(str(bundle / f"{name}.pt")).state_dict()
            ours = module.state_dict()
            self.assertEqual(set(ours), set(shipped), name)
            for key, value in shipped.items():
                torch.testing.assert_close(ours[key].to(value.dtype), value, msg=f"{name}: {key}")


class RefineTest(unittest.TestCase):
    """On four poses of two drawn people, with the shipped bundle's frozen networks."""

    @torch.inference_mode(False)  # conftest.py turns gradients off
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.work = Path(folder.name)
        import_stages(self.work, Path(__file__).resolve().parents[2] / "models" / "demo")
        people, motions = sample_identities([1, 2]), sample_motions(3, 4)
        drawn = [render(select(people, torch.full((4,), who)), motions, sizes.IMAGE) for who in (0, 1)]
        images, landmarks, boxes = (torch.stack([getattr(part, name) for part in drawn])[None]
                                    for name in ("images", "landmarks", "boxes"))
        self.pool = Pool((images * 255).byte(), motions[None], landmarks, boxes, torch.tensor([[1, 2]]))
        self.vae = load_vae(self.work, "cpu")
        with torch.no_grad():
            latents = VaeEncoder(self.vae)(images.flatten(0, 2)).unflatten(0, (1, 2, 4))
        self.features = Features(latents.half(), torch.randn(1, 2, 4, 512).half(),
                                 torch.randn(1, 2, 4, 6).half(), torch.randn(1, 2, 4, 512).half(),
                                 torch.tensor(1.0))
        self.judge = stage_refine.Judge(self.pool, self.features, self.work, "cpu")

    def test_the_judge_prefers_the_truth_to_the_same_person_in_another_pose(self) -> None:
        at = (torch.zeros(4, dtype=torch.long), torch.zeros(4, dtype=torch.long), torch.arange(4))
        with torch.no_grad():
            pictures = decode(self.vae, self.features.latents[0, 0].float())
            right = self.judge.losses(pictures, at)
            wrong = self.judge.losses(pictures.roll(1, 0), at)
        self.assertLess(right["picture"].item() + math.log(3), wrong["picture"].item())
        for name in ("head", "expression"):
            self.assertLess(3 * right[name].item(), wrong[name].item(), name)

    def test_facial_motion_is_read_from_the_expression_vectors_of_the_pool(self) -> None:
        torch.manual_seed(0)
        motions = sample_motions(9, 240).view(60, 4, 14)
        mixing = torch.randn(14, 512)
        known = normalise_motion(motions)[:, None] @ mixing + 0.1 * torch.randn(60, 2, 4, 512)
        self.features.expression, self.pool.motions = known, motions
        self.judge = stage_refine.Judge(self.pool, self.features, self.work, "cpu")
        moved = normalise_motion(sample_motions(10, 50))
        torch.testing.assert_close((moved @ mixing - self.judge._vector) @ self.judge._reading + self.judge._done,
                                   moved[:, stage_refine.FACE_INDEX], atol=0.1, rtol=0)

    def test_a_tenth_less_error_counts_alike_in_still_and_in_moving_pictures(self) -> None:
        still, moving = torch.full((2, 3, 4, 4), 0.002), torch.full((2, 3, 4, 4), 0.02)
        before = stage_refine.log_error(torch.cat([still, moving]), 0.0)
        for better in (torch.cat([0.9 * still, moving]), torch.cat([still, 0.9 * moving])):
            change = before - stage_refine.log_error(better, 0.0)
            self.assertAlmostEqual(change.item(), -math.log(0.9) / 2, places=5)

    def test_weakened_drivers_show_less_of_the_brows_and_as_much_of_the_rest(self) -> None:
        torch.manual_seed(0)
        motions = sample_motions(9, 600).view(60, 10, 14)
        vectors = normalise_motion(motions)[:, None] @ torch.randn(14, 64) + 0.3 * torch.randn(60, 2, 10, 64)
        weak = stage_refine.weakened(vectors, motions)
        reading = torch.linalg.lstsq(vectors.flatten(0, 2), normalise_motion(motions)[:, None].expand(
            -1, 2, -1, -1).flatten(0, 2)).solution
        shown = slope((weak @ reading).flatten(0, 2), (vectors @ reading).flatten(0, 2))
        for name, got in zip(MOTION_NAMES, shown.tolist()):
            self.assertAlmostEqual(got, 1 - stage_refine._WEAKER.get(name, 0.0), delta=0.02, msg=name)

    @torch.inference_mode(False)
    def test_every_step_of_the_sampler_trains_the_networks(self) -> None:
        torch.manual_seed(0)
        nets = diffusion.modules()
        nets["vae"] = self.vae.requires_grad_(True)
        nets["readout"] = Readout(nets["unet"], sizes.LATENT_CHANNELS)
        drawn = draw_batch(self.pool, 1, torch.Generator().manual_seed(0))
        passes = []
        nets["unet"].conv_in.register_forward_hook(lambda module, given, out: passes.append(out.requires_grad))
        for steps in range(sizes.STEPS):
            passes.clear()
            losses = stage_refine.unrolled_loss(nets, self.features, self.judge, drawn, steps)
            self.assertEqual(passes, [True] * (steps + 1))  # earlier steps learn from the last one's error
            losses["loss"].backward()
            for module, weight in (("unet", nets["unet"].conv_out.weight),
                                   ("pose_guider", nets["pose_guider"].conv_out.weight)):
                self.assertGreater(weight.grad.norm().item(), 0, f"{module} at step {steps}")
            decoded = self.vae.decoder.conv_out.weight.grad
            self.assertEqual(decoded is not None, steps == sizes.STEPS - 1, f"decoder at step {steps}")
            nets.zero_grad()


class CorrespondenceTest(unittest.TestCase):
    def test_an_eye_is_found_where_it_was_drawn(self) -> None:
        people, cells = sample_identities(list(range(6))), 48
        moved, rest = sample_motions(5, 6), sample_motions(6, 6)
        here, there = (render(people, pose, 96).landmarks / 96 * cells - 0.5 for pose in (moved, rest))
        at, seen = sources(people, moved, rest, cells)
        for eye in (0, 1):
            cell = here[:, eye].round().long()
            index = cell[:, 1] * cells + cell[:, 0]
            found = at[torch.arange(6), index] + here[:, eye] - cell
            self.assertTrue(bool(seen[torch.arange(6), index].all()))
            self.assertLess((found - there[:, eye]).abs().max().item(), 0.5)

    def test_a_head_that_did_not_move_is_where_it_was(self) -> None:
        pose = sample_motions(5, 2)
        at, seen = sources(sample_identities([0, 1]), pose, pose, 24)
        row, column = torch.meshgrid(torch.arange(24.0), torch.arange(24.0), indexing="ij")
        there = torch.stack([column, row], -1).view(1, -1, 2).expand(2, -1, -1)
        torch.testing.assert_close(at[seen], there[seen], atol=2e-3, rtol=0)

    def test_the_loss_is_least_where_attention_is_on_the_point(self) -> None:
        at, seen = torch.tensor([[[1.25, 2.0]] * 16]), torch.ones(1, 16, dtype=torch.bool)
        logits = torch.full((1, 16, 16), -20.0)
        logits[..., 2 * 4 + 1], logits[..., 2 * 4 + 2] = torch.tensor([0.75, 0.25]).log()
        least = -(0.75 * torch.tensor(0.75).log() + 0.25 * torch.tensor(0.25).log())
        torch.testing.assert_close(pointing_loss(logits, at, seen, 4), least, atol=1e-4, rtol=0)
        self.assertGreater(pointing_loss(logits.roll(1, 2), at, seen, 4).item(), 5)
        self.assertEqual(pointing_loss(logits, at, seen & False, 4).item(), 0)

    def test_displacements_are_in_cells_with_the_place_in_the_cell_as_a_phase(self) -> None:
        column, row = torch.meshgrid(torch.arange(4.0), torch.arange(4.0), indexing="xy")
        own = torch.stack([column, row], -1).view(1, -1, 2)
        still = displacements(own, 4)
        torch.testing.assert_close(still, torch.tensor([0, 0, 0, 0, 1, 1.0]).expand(1, 16, -1), atol=1e-5, rtol=0)
        moved = displacements(own + torch.tensor([1.25, -2.0]), 4)
        torch.testing.assert_close(moved, torch.tensor([1.25, -2, 1, 0, 0, 1]).expand(1, 16, -1), atol=1e-5, rtol=0)

    def test_what_is_read_on_the_way_is_judged_where_the_source_is_seen(self) -> None:
        with torch.inference_mode(False), torch.enable_grad():
            unet = sizes.build_unet()
            readout = Readout(unet, sizes.LATENT_CHANNELS)
            with Watch(unet) as watch:
                unet(*unet_inputs(1, 3))
            step = torch.arange(8.0)
            own = torch.stack([step.repeat(8), step.repeat_interleave(8)], -1).expand(3, -1, -1)
            seen = torch.arange(64).expand(3, -1) < 32
            at = own + torch.tensor([1.25, -2.0]) + 5.0 * ~seen[..., None]
            for read in readout["displacements"].values():
                nn.init.zeros_(read.weight)
                read.bias.data.copy_(torch.tensor([1.25, -2, 1, 0, 0, 1]))
            self.assertLess(watch.displacement_loss(at, seen, readout).item(), 1e-9)
            self.assertGreater(watch.displacement_loss(at, ~seen, readout).item(), 4)
            nn.init.ones_(readout["displacements"]["layer0"].weight)
            watch.displacement_loss(at, seen, readout).backward()
        self.assertEqual(len(displacement_layers(unet)), len(readout["displacements"]))
        self.assertGreater(unet.up_blocks[2].attentions[0].proj_in.weight.grad.abs().max().item(), 0)

    def test_attention_is_watched_only_where_it_is_trained(self) -> None:
        with torch.inference_mode(False), torch.enable_grad():
            unet = sizes.build_unet()
            with Watch(unet) as watch:
                with torch.no_grad():
                    unet(*unet_inputs(1, 3))
                unet(*unet_inputs(1, 3))
            at = torch.full((3, watch.cells**2, 2), 1.5)
            pointing, bringing = watch.losses(at, torch.ones(at.shape[:2], dtype=torch.bool),
                                              Readout(unet, sizes.LATENT_CHANNELS), unet_inputs(1, 3)[0][0])
            (pointing + bringing).backward()
        self.assertEqual(watch.cells, 8)  # of the first level
        for transformer in unet.up_blocks[2].attentions:
            attention = transformer.transformer_blocks[0].attn1
            for part in (attention.to_q, attention.to_v, transformer.proj_in):
                self.assertGreater(part.weight.grad.abs().max().item(), 0)
        self.assertEqual(len(watch._read), len(unet.up_blocks[2].attentions))


class RulerTest(unittest.TestCase):
    def ruler(self) -> Ruler:
        return load_ruler(Path(__file__).resolve().parents[2] / "models" / "demo")

    def test_the_shipped_one_reads_true_clips_as_wide_as_they_are(self) -> None:
        ruler, scene = self.ruler(), held_out(7)
        people = select(scene.people, torch.arange(96) % 8)
        motions = scene.motions[:, 3::6].flatten(0, 1)[:96]
        read = ruler(render(people, motions, sizes.IMAGE).images)[0]
        for name, value in scores.agreement(read, motions)["slope"].items():
            self.assertAlmostEqual(value, 1, delta=0.2, msg=name)

    def test_calibrating_gives_a_narrow_one_slopes_of_one(self) -> None:
        motions = motion_sequence(5, 7 * 40)[::40]
        drawn = [render(select(sample_identities([who]), torch.zeros(7, dtype=torch.long)), motions, sizes.IMAGE)
                 for who in range(3)]
        images = torch.stack([part.images for part in drawn])[None]
        pool = Pool((images * 255).byte(), motions[None], torch.zeros(1, 3, 7, 5, 2), torch.zeros(1, 3, 7, 4),
                    torch.arange(3)[None])
        ruler, rows = self.ruler(), motions.repeat(3, 1)
        yaw = MOTION_NAMES.index("yaw")
        ruler.motion[-1].weight[yaw] *= 0.5
        slopes = calibrate(ruler, pool)
        self.assertAlmostEqual(slopes["yaw"], 0.5, delta=0.1)
        for name, value in scores.agreement(ruler(pool.images.flatten(0, 2).float() / 255)[0], rows)["slope"].items():
            self.assertAlmostEqual(value, 1, places=3, msg=name)


@unittest.skipUnless(torch.cuda.is_available(), "needs a CUDA device")
class RecorderTest(unittest.TestCase):
    def test_replayed_steps_do_to_the_weights_what_plain_ones_did(self) -> None:
        weight = torch.zeros(8, device="cuda")
        plain = torch.zeros(8)

        def step(kind: str, drawn: dict) -> dict:
            weight.lerp_(drawn["at"], 0.1 if kind == "slow" else 0.3)
            return {"loss": 1e-3 * weight.sum()}

        recorder = Recorder(step, "cuda")
        with torch.inference_mode(False), recorder.stream_of_all_work():
            for index in range(24):
                kind, at = ("slow", "fast")[index % 2], torch.rand(8)
                loss = recorder(kind, {"at": at})["loss"]
                plain.lerp_(at, 0.1 if kind == "slow" else 0.3)
                if index in (4, 5):  # the last plain one of its kind is replayed once
                    plain.lerp_(at, 0.1 if kind == "slow" else 0.3)
                else:
                    self.assertAlmostEqual(loss.item(), 1e-3 * plain.sum().item(), places=5)
        torch.testing.assert_close(weight.cpu(), plain)


class MuonTest(unittest.TestCase):
    def test_an_update_keeps_the_directions_and_evens_the_sizes(self) -> None:
        left, right = (torch.linalg.qr(torch.randn(n, 20))[0] for n in (32, 48))
        sizes_in = torch.logspace(0, -2, 20)
        out = orthogonal(left @ sizes_in.diag() @ right.T)
        inside = left.T @ out @ right
        self.assertTrue(bool(((inside.diag() > 0.6) & (inside.diag() < 1.3)).all()))
        torch.testing.assert_close(inside - inside.diag().diag(), torch.zeros(20, 20), atol=1e-4,
                                   rtol=0)

    def test_first_and_last_layers_are_left_to_adam(self) -> None:
        vae = sizes.build_vae()
        chosen = {id(weight) for weight in matrices(vae)}
        self.assertIn(id(vae.decoder.mid_block.resnets[0].spatial_res_block.conv1.weight), chosen)
        for layer in (vae.encoder.conv_in, vae.decoder.conv_out):
            self.assertNotIn(id(layer.weight), chosen)


class ScoresTest(unittest.TestCase):
    def test_gaze_is_judged_where_an_eye_is_open(self) -> None:
        motions = torch.cat([motion_sequence(seed, 50) for seed in range(4)])
        read = normalise_motion(motions)
        shut = motions[:, 9:11].amin(1) >= 0.7
        self.assertTrue(0.02 < shut.float().mean() < 0.5)
        read[shut] = 0.0  # nobody reads a gaze, nor anything else, there
        judged = scores.agreement(read, motions)
        for figure in judged.values():
            self.assertAlmostEqual(figure["gaze_x"], 1, places=5)
            self.assertAlmostEqual(figure["gaze_y"], 1, places=5)
            self.assertLess(figure["yaw"], 0.99)

    def test_scores_of_equal_and_of_disturbed_frames(self) -> None:
        frames = render(sample_identities([4] * 6), motion_sequence(2, 6), 64).images
        noisy = (frames + 0.1 * torch.randn(frames.shape)).clamp(0, 1)
        self.assertGreater(scores.psnr(frames, frames), 90)
        self.assertTrue(15 < scores.psnr(noisy, frames) < 25)
        self.assertAlmostEqual(scores.ssim(frames, frames), 1, places=5)
        self.assertLess(scores.ssim(noisy, frames), 0.9)
        self.assertGreater(scores.flicker(noisy), 3 * scores.flicker(frames))

    def test_correlation_ignores_amplitude_and_slope_does_not(self) -> None:
        driver = torch.randn(50, 2)
        result = driver * torch.tensor([0.5, 2.0]) + 1
        torch.testing.assert_close(correlation(result, driver), torch.ones(2))
        torch.testing.assert_close(slope(result, driver), torch.tensor([0.5, 2.0]))

    def test_sharpness_is_one_of_the_truth_and_less_of_a_blur(self) -> None:
        truth = torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))
        self.assertEqual(scores.laplacian_ratio(truth, truth), 1)
        self.assertAlmostEqual(scores.laplacian_ratio(0.5 * truth + 0.2, truth), 0.5, places=5)
        blurred = nn.functional.avg_pool2d(truth, 3, 1, 1)
        self.assertLess(scores.laplacian_ratio(blurred, truth), 0.3)

    def test_figures_find_their_lines_in_the_shipped_readme(self) -> None:
        bundle = Path(__file__).resolve().parents[2] / "models" / "demo"
        text = (bundle / "README.md").read_text(encoding="utf-8")
        by_name = dict.fromkeys(scores.JUDGED, 0.5)
        figures = {"psnr": 23.4, "psnr_copy_portrait": 17.0, "psnr_copy_driver": 12.25, "ssim": 0.8,
                   "identity_match": 1.0, "identity_match_embedding": 0.875, "identity_match_parameters": 0.9,
                   "flicker_ratio": 0.5, "laplacian_ratio": 0.55, "seconds_per_clip": 16.0, "correlation": by_name, "slope": by_name,
                   "ceiling": dict.fromkeys(scores.JUDGED, 0.8)}
        new = readme_tables.filled(text, readme_tables.rows([figures, figures | {"psnr": 24.0}])
                                   | readme_tables.training_rows({"vae": {"minutes": 90.0, "steps": 7}}))
        self.assertIn("| gain over the better copy, dB | 6.40 | 7.00 | 6 |", new)
        self.assertIn("| gaze x | 0.800 | 0.500 | 0.62 | 0.50 | 0.62 | 0.50 | 0.9 |", new)
        self.assertIn("| vae | VAE | 7 | 90 |", new)
        self.assertIn("| all | 1.5 hours | | 90 |", new)
        with self.assertRaisesRegex(ValueError, "0 rows"):
            readme_tables.filled("", {"yaw": ""})

    def test_every_person_and_motion_is_used_and_nobody_drives_themselves(self) -> None:
        scene = held_out(7)
        self.assertEqual(len(scene.pairs), PAIRS)
        self.assertEqual({pair.person for pair in scene.pairs}, set(range(8)))
        self.assertEqual({pair.motion for pair in scene.pairs}, set(range(12)))
        self.assertEqual(len({(pair.person, pair.motion) for pair in scene.pairs}), PAIRS)
        self.assertTrue(all(pair.person != pair.driver for pair in scene.pairs))


if __name__ == "__main__":
    torch.set_num_threads(1)
    unittest.main()
