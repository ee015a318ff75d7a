// SPDX-License-Identifier: Apache-2.0
#include "face/track.h"

#include <gtest/gtest.h>

namespace hyportrait::face {
namespace {

Face face(double x, double side = 100) {
  return {.box = {.x1 = x, .y1 = 50, .x2 = x + side, .y2 = 50 + side}, .score = 0.9};
}

TEST(Tracker, StaysWithThePersonWhenAnotherBecomesLarger) {
  Tracker tracker({});
  EXPECT_EQ(tracker.next({face(0), face(300, 90)}, 0.00)->box.x1, 0);
  EXPECT_EQ(tracker.next({face(300, 140), face(10)}, 0.04)->box.x1, 10);
}

TEST(Tracker, LargestOfEachFrameSwitches) {
  Tracker tracker({.largest_of_each_frame = true});
  EXPECT_EQ(tracker.next({face(0), face(300, 90)}, 0.00)->box.x1, 0);
  EXPECT_EQ(tracker.next({face(300, 140), face(10)}, 0.04)->box.x1, 300);
}

TEST(Tracker, BeginsWithTheChosenFaceOnceItIsThere) {
  TrackOptions second_from_left;
  second_from_left.selector.index = 1;
  Tracker tracker(second_from_left);
  EXPECT_FALSE(tracker.next({face(0)}, 0.00).has_value());
  EXPECT_EQ(tracker.next({face(300, 90), face(0)}, 0.04)->box.x1, 300);
  EXPECT_EQ(tracker.next({face(0), face(305, 90)}, 0.08)->box.x1, 305);
}

TEST(Tracker, ALostFaceIsNotReplacedByAnotherWithinASecond) {
  Tracker tracker({});
  tracker.next({face(0)}, 0.0);
  EXPECT_FALSE(tracker.next({face(400)}, 0.5).has_value());
  EXPECT_EQ(tracker.next({face(400), face(20)}, 0.9)->box.x1, 20);
  EXPECT_FALSE(tracker.jumped());
}

TEST(Tracker, AfterASecondAnywhereAndSaysSo) {
  Tracker tracker({});
  tracker.next({face(0)}, 0.0);
  EXPECT_FALSE(tracker.next({face(800)}, 1.0).has_value());
  EXPECT_EQ(tracker.next({face(800)}, 1.04)->box.x1, 800);
  EXPECT_TRUE(tracker.jumped());
  EXPECT_EQ(tracker.next({face(800)}, 1.08)->box.x1, 800);
  EXPECT_FALSE(tracker.jumped());
}

TEST(Tracker, ASecondCountsFromWhereItWasLastSeen) {
  Tracker tracker({});
  tracker.next({face(0)}, 0.0);
  tracker.next({face(0)}, 5.0);
  EXPECT_FALSE(tracker.next({face(800)}, 5.5).has_value());
}

TEST(Tracker, APlaceWithoutDetectionStaysUntilOneAppearsInIt) {
  Tracker tracker({.place = Box{.x1 = 0, .y1 = 50, .x2 = 120, .y2 = 170}});
  const auto drawn = tracker.next({face(400)}, 0.0);
  ASSERT_TRUE(drawn.has_value());
  EXPECT_EQ(drawn->score, 0);
  EXPECT_EQ(drawn->box.x2, 120);
  EXPECT_EQ(tracker.next({face(400), face(10)}, 0.04)->score, 0.9);
  EXPECT_EQ(tracker.next({face(400), face(60)}, 0.08)->box.x1, 60);  // followed out of its place
}

}  // namespace
}  // namespace hyportrait::face
