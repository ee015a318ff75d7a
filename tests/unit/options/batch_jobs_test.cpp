// SPDX-License-Identifier: Apache-2.0
#include "options/batch_jobs.h"

#include "support/expect_error.h"

#include <gtest/gtest.h>

#include <map>

namespace hyportrait {
namespace {

using test::expect_error;

JobsSource source() {
  JobsSource jobs{.name = "jobs.jsonl", .folder = "/in", .out_dir = "/out"};
  jobs.defaults.steps = 3;
  return jobs;
}

std::vector<BatchJob> parse(const std::string& text) {
  return parse_jobs(text, source());
}

Environment environment(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

TEST(BatchJobs, ALineIsAJobWithTheCommonOptions) {
  const auto jobs = parse(
      "{\"ref\": \"a.png\", \"drive\": \"c.mp4\"}\n\n"
      "{\"ref\": \"/x/a.png\", \"drive\": \"c.mp4\", \"steps\": 5, \"output\": \"b/o.mkv\"}\r\n");
  ASSERT_EQ(jobs.size(), 2U);
  EXPECT_EQ(jobs[0].name, "jobs.jsonl:1");
  EXPECT_EQ(jobs[0].options.face.ref, "/in/a.png");
  EXPECT_EQ(jobs[0].options.output, "/out/a_c.mp4");
  EXPECT_EQ(jobs[0].options.steps, 3);
  EXPECT_EQ(jobs[1].name, "jobs.jsonl:3");
  EXPECT_EQ(jobs[1].options.face.ref, "/x/a.png");
  EXPECT_EQ(jobs[1].options.output, "/out/b/o.mkv");
  EXPECT_EQ(jobs[1].options.steps, 5);
}

TEST(BatchJobs, MistakesNameTheirLine) {
  const std::string good = R"({"ref": "a.png", "drive": "c.mp4"})";
  const std::map<std::string, std::string> bad{
      {"{", "not valid JSON"},
      {"[1]", "expected a JSON object"},
      {R"({"ref": "b.png"})", "--ref FILE"},
      {R"({"ref": "b.png", "drive": "c.mp4", "stepz": 1})", "did you mean 'steps'"},
      {R"({"ref": "b.png", "drive": "c.mp4", "steps": 0})", "'steps'"},
      {R"({"ref": "b.png", "drive": "c.mp4", "output": "/etc/o.mp4"})", "inside --out-dir"},
      {R"({"ref": "b.png", "drive": "c.mp4", "output": "x/../../o.mp4"})", "inside --out-dir"},
      {R"({"ref": "b.png", "drive": "c.mp4", "output": "x/"})", "inside --out-dir"},
      // A name ends at a NUL for the system: two different names could be one file.
      {R"({"ref": "b.png", "drive": "c.mp4", "output": "x.mp4\u0000y"})", "inside --out-dir"},
      {R"({"ref": "b.png\u0000", "drive": "c.mp4"})", "'ref': expected a path"},
      {std::string(100'000, '[') + std::string(100'000, ']'), "nested deeper"},
      {R"({"ref": "b.png", "drive": "c.mp4", "fps": 1e999})", "a number that is too large"},
      {R"({"ref": "b.png", "drive": "c.mp4", "output": 3})", "inside --out-dir"}};
  for (const auto& [line, part] : bad) {
    expect_error(ExitCode::usage, part, [&, &text = line] { parse(good + "\n" + text); });
    expect_error(ExitCode::usage, "jobs.jsonl:2", [&, &text = line] { parse(good + "\n" + text); });
  }
  expect_error(ExitCode::usage, "holds no job", [] { parse("\n \n"); });
}

TEST(BatchJobs, TwoJobsWithOneOutputNameBothLines) {
  expect_error(
      ExitCode::usage, "jobs.jsonl:1 and jobs.jsonl:3 have the same output /out/a_c.mp4", [] {
        parse(
            "{\"ref\": \"a.png\", \"drive\": \"c.mp4\"}\n{\"ref\": \"b.png\", \"drive\": "
            "\"c.mp4\"}\n"
            "{\"ref\": \"b.png\", \"drive\": \"d.mp4\", \"output\": \"x/../a_c.mp4\"}\n");
      });
  expect_error(ExitCode::usage, "same frames-dir /in/f", [] {
    parse(
        "{\"ref\": \"a.png\", \"drive\": \"c.mp4\", \"frames-dir\": \"f\"}\n"
        "{\"ref\": \"b.png\", \"drive\": \"c.mp4\", \"frames-dir\": \"./f\"}\n");
  });
}

TEST(BatchJobs, PairsKeepAClipTogether) {
  const auto jobs = pair_jobs({"a.png", "b.png"}, {"c.mp4", "d.mp4"}, source());
  ASSERT_EQ(jobs.size(), 4U);
  EXPECT_EQ(jobs[1].options.output, "/out/b_c.mp4");
  EXPECT_EQ(jobs[2].options.output, "/out/a_d.mp4");
  expect_error(ExitCode::usage, "same output", [] {
    pair_jobs({"x/a.png", "y/a.png"}, {"c.mp4"}, source());
  });
}

TEST(BatchJobs, ShardsDealTheJobsRound) {
  std::vector<BatchJob> jobs(10);
  std::size_t all = 0;
  for (int i = 0; i < 4; ++i) {
    all += jobs_of_shard(jobs, {i, 4}).size();
  }
  EXPECT_EQ(all, jobs.size());
  jobs[6].name = "seventh";
  EXPECT_EQ(jobs_of_shard(jobs, {2, 4}).at(1).name, "seventh");
  EXPECT_TRUE(jobs_of_shard(jobs, {15, 16}).empty());
}

TEST(BatchJobs, AShardComesFromTheFlagSlurmOrKubernetes) {
  const auto shard = [](const std::string& text, std::map<std::string, std::string> values) {
    const Shard found = parse_shard(text, environment(std::move(values)));
    return std::to_string(found.index) + "/" + std::to_string(found.count);
  };
  EXPECT_EQ(shard("2/3", {}), "2/3");
  const std::map<std::string, std::string> slurm{{"SLURM_ARRAY_TASK_ID", "5"},
                                                 {"SLURM_ARRAY_TASK_MIN", "1"},
                                                 {"SLURM_ARRAY_TASK_STEP", "2"},
                                                 {"SLURM_ARRAY_TASK_COUNT", "4"}};
  EXPECT_EQ(shard("auto", slurm), "2/4");
  EXPECT_EQ(shard("auto/8", slurm), "5/8");
  EXPECT_EQ(shard("auto/4", {{"JOB_COMPLETION_INDEX", "3"}}), "3/4");
  for (const char* bad : {"3/3", "-1/3", "1/0", "1", "x/2", "1/2/3", "/2", ""}) {
    expect_error(ExitCode::usage, "--shard", [&] { shard(bad, {}); });
  }
  expect_error(ExitCode::usage, "SLURM_ARRAY_TASK_ID is not set", [&] { shard("auto", {}); });
  expect_error(ExitCode::usage, "auto/N", [&] { shard("auto", {{"JOB_COMPLETION_INDEX", "3"}}); });
  std::map<std::string, std::string> gaps = slurm;
  gaps["SLURM_ARRAY_TASK_ID"] = "17";
  expect_error(ExitCode::usage, "does not exist", [&] { shard("auto", gaps); });
}

}  // namespace
}  // namespace hyportrait
