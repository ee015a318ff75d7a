# SPDX-License-Identifier: Apache-2.0
"""The demo's renderer: what its pictures, landmarks and motions must be, whatever the look."""

import sys
import unittest
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from train_demo.identity import HAIR_STYLES, STYLES, sample_identities, select
from train_demo.motion import (
    MOTION_HIGH,
    MOTION_LOW,
    MOTION_NAMES,
    denormalise_motion,
    motion_sequence,
    normalise_motion,
    rest_motion,
    sample_motions,
)
from train_demo.renderer import render

SIZE = 96
PEOPLE = [3, 8, 21, 40]


def neutral(count: int) -> torch.Tensor:
    motion = torch.zeros(count, len(MOTION_NAMES))
    motion[:, MOTION_NAMES.index("scale")] = 1
    return motion


def with_value(name: str, value: float) -> torch.Tensor:
    motion = neutral(len(PEOPLE))
    motion[:, MOTION_NAMES.index(name)] = value
    return motion


class RendererTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        torch.set_num_threads(1)
        cls.people = sample_identities(PEOPLE)
        cls.plain = render(cls.people, neutral(len(PEOPLE)), SIZE)

    def change_around(self, name: str, value: float, landmarks: list[int], reach: int = 7):
        """Mean change of the pixels near each of these landmarks [people, landmarks]."""
        moved = render(self.people, with_value(name, value), SIZE).images
        change = (moved - self.plain.images).abs().mean(1)
        rows = []
        for person in range(len(PEOPLE)):
            row = []
            for landmark in landmarks:
                x, y = self.plain.landmarks[person, landmark].round().int().tolist()
                row.append(change[person, y - reach:y + reach, x - reach:x + reach].mean())
            rows.append(row)
        return torch.tensor(rows)

    def test_same_seed_gives_the_same_picture_and_another_seed_another(self) -> None:
        motion = sample_motions(5, 2)
        first = render(sample_identities([11, 12]), motion, SIZE).images
        again = render(sample_identities([11, 12]), sample_motions(5, 2), SIZE).images
        self.assertTrue(torch.equal(first, again))
        other = render(sample_identities([13, 14]), motion, SIZE).images
        self.assertGreater((first - other).abs().mean().item(), 0.05)

    def test_a_picture_does_not_depend_on_its_neighbours_in_the_batch(self) -> None:
        people, motion = sample_identities(list(range(6))), sample_motions(1, 6)
        together = render(people, motion, SIZE).images
        alone = render(select(people, torch.tensor([4])), motion[4:5], SIZE).images
        self.assertLess((together[4] - alone[0]).abs().max().item(), 2e-3)

    def test_landmarks_lie_in_the_box_and_the_box_in_the_canvas(self) -> None:
        people = sample_identities(list(range(500, 532)))
        drawn = render(people, sample_motions(9, 32), 32)
        low, high = drawn.boxes[:, None, :2], drawn.boxes[:, None, 2:]
        self.assertTrue((drawn.landmarks > low).all() and (drawn.landmarks < high).all())
        centre = (drawn.boxes[:, :2] + drawn.boxes[:, 2:]) / 2
        self.assertTrue((centre > 4).all() and (centre < 28).all())
        self.assertTrue(torch.isfinite(drawn.images).all())

    def test_left_eye_is_left_of_right_eye_and_above_the_mouth(self) -> None:
        points = self.plain.landmarks
        self.assertTrue((points[:, 0, 0] < points[:, 1, 0]).all())
        self.assertTrue((points[:, 3, 0] < points[:, 4, 0]).all())
        self.assertTrue((points[:, :2, 1].amax(1) < points[:, 2, 1]).all())
        self.assertTrue((points[:, 2, 1] < points[:, 3:, 1].amin(1)).all())

    def test_each_eyelid_changes_its_own_eye_only(self) -> None:
        for name, own, other in (("eyelid_left", 0, 1), ("eyelid_right", 1, 0)):
            change = self.change_around(name, 1.0, [own, other], reach=4)
            self.assertTrue((change[:, 0] > 0.04).all(), f"{name}: {change}")
            self.assertTrue((change[:, 1] < 0.002).all(), f"{name}: {change}")

    def test_gaze_and_brows_change_the_eyes_and_not_the_mouth(self) -> None:
        for name in ("gaze_x", "gaze_y", "brows"):
            change = self.change_around(name, 1.0, [0, 1, 3, 4], reach=9)
            self.assertTrue((change[:, :2] > 0.01).all(), f"{name}: {change}")
            self.assertTrue((change[:, 2:] < 0.001).all(), f"{name}: {change}")

    def test_jaw_smile_and_mouth_width_change_the_mouth_and_not_the_eyes(self) -> None:
        for name in ("jaw", "smile", "mouth_width"):
            change = self.change_around(name, 1.0, [3, 4, 0, 1], reach=5)
            self.assertTrue((change[:, :2].amax(1) > 0.004).all(), f"{name}: {change}")
            self.assertTrue((change[:, 2:].amax(1) < change[:, :2].amax(1)).all(), name)

    def test_yaw_and_pitch_move_the_nose_more_than_the_eyes(self) -> None:
        for name, value, axis in (("yaw", 20.0, 0), ("pitch", 15.0, 1)):
            moved = render(self.people, with_value(name, value), SIZE).landmarks
            shift = (moved - self.plain.landmarks)[..., axis]
            self.assertTrue((shift[:, 2] > 3).all(), f"{name}: {shift}")
            self.assertTrue((shift[:, 2] > shift[:, :2].mean(1)).all(), f"{name}: {shift}")

    def test_roll_turns_the_line_between_the_eyes_by_its_angle(self) -> None:
        points = render(self.people, with_value("roll", 15.0), SIZE).landmarks
        line = points[:, 1] - points[:, 0]
        angle = torch.rad2deg(torch.atan2(line[:, 1], line[:, 0]))
        torch.testing.assert_close(angle, torch.full_like(angle, 15.0), atol=0.1, rtol=0)

    def test_shift_and_scale_move_and_enlarge_by_their_amount(self) -> None:
        moved = render(self.people, with_value("shift_x", 0.1), SIZE).landmarks
        shift = moved - self.plain.landmarks
        torch.testing.assert_close(shift[..., 0], torch.full_like(shift[..., 0], 0.05 * SIZE),
                                   atol=0.02, rtol=0)
        grown = render(self.people, with_value("scale", 1.1), SIZE).boxes
        plain = self.plain.boxes
        ratio = (grown[:, 2] - grown[:, 0]) / (plain[:, 2] - plain[:, 0])
        torch.testing.assert_close(ratio, torch.full_like(ratio, 1.1), atol=1e-3, rtol=0)


class SamplingTest(unittest.TestCase):
    def test_motions_stay_in_range_and_fill_it(self) -> None:
        motion = sample_motions(3, 4000)
        self.assertTrue((motion >= MOTION_LOW).all() and (motion <= MOTION_HIGH).all())
        unit = normalise_motion(motion)
        self.assertTrue((unit.amin(0) < -0.95).all() and (unit.amax(0) > 0.95).all())
        torch.testing.assert_close(denormalise_motion(unit), motion, atol=1e-4, rtol=0)

    def test_sampled_parameters_are_not_correlated_except_the_eyelids(self) -> None:
        table = torch.corrcoef(sample_motions(4, 6000).T)
        left, right = MOTION_NAMES.index("eyelid_left"), MOTION_NAMES.index("eyelid_right")
        table[left, right] = table[right, left] = 0
        self.assertLess((table - torch.eye(len(MOTION_NAMES))).abs().max().item(), 0.06)

    def test_sequences_are_smooth_and_every_parameter_moves(self) -> None:
        for seed in range(6):
            unit = normalise_motion(motion_sequence(seed, 100))
            self.assertTrue((unit.abs() <= 1 + 1e-5).all())
            head = (unit[1:, :6] - unit[:-1, :6]).abs()
            self.assertLess(head.max().item(), 0.25)
            spread = unit.amax(0) - unit.amin(0)
            self.assertTrue((spread > 0.3).all(), f"seed {seed}: {spread}")

    def test_a_sequence_is_its_seed_s_alone(self) -> None:
        self.assertTrue(torch.equal(motion_sequence(7, 50), motion_sequence(7, 50)))
        self.assertFalse(torch.equal(motion_sequence(7, 50), motion_sequence(8, 50)))

    def test_portraits_look_at_us_with_open_eyes(self) -> None:
        motion = rest_motion(2, 200)
        self.assertTrue((motion[:, 0].abs() <= 18).all())
        self.assertTrue((motion[:, 9:11] <= 0.2).all())

    def test_a_few_dozen_seeds_span_every_style_and_attribute(self) -> None:
        people = sample_identities(list(range(2_000_000, 2_000_160)))
        self.assertEqual(set(people["style"].tolist()), set(range(len(STYLES))))
        self.assertEqual(set(people["hair_style"].tolist()), set(range(len(HAIR_STYLES))))
        for name in ("glasses", "beard", "freckles", "earring", "stripes", "spots"):
            share = (people[name] > 0).float().mean().item()
            self.assertTrue(0.05 < share < 0.6, f"{name}: {share}")


if __name__ == "__main__":
    unittest.main()
