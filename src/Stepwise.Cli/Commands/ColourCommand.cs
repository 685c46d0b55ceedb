using System.CommandLine;
using Stepwise.Cli.Display;
using Stepwise.Judging;
using Stepwise.Methods.Rewards;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Recipes;
using Stepwise.Rollouts;
using Stepwise.Tasks;
using Stepwise.Training;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise judge color</c>: verifies and judges stored rollouts.</summary>
internal static class ColourCommand
{
    private const ulong Stream = 0x436F6C6F7572;
    private const int LongestId = 40, LongestReason = 100;

    // Groups judged at once, so that a judge over a network is not asked one response at a time where each problem has one.
    private const int AtOnce = 16;

    public static Command Create()
    {
        Argument<string> file = new("file") { Description = "Stored rollouts, JSON lines (docs/data.md).", HelpName = "file" };
        JudgedTask asked = new();
        Option<int> threads = CommonOptions.Threads();
        Option<string?> output = new("--out")
        {
            Description = "A new file for the rollouts with verdicts, judgements and rewards, to train on (data.rollouts).", HelpName = "file",
        };
        Option<bool> json = CommonOptions.Json();
        CliCommand command = new(
            "color",
            "Verify and judge stored rollouts: the first wrong step of each, the milestones it reached, and what it earns.",
            """
            stepwise judge color rollouts.jsonl
            stepwise judge color rollouts.jsonl recipe.yaml --set judge.kind=llm --out coloured.jsonl
            """)
        {
            file, asked.Recipe.Path, asked.Judge, asked.Recipe.Set, asked.Recipe.Seed, threads, output, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string path = parsed.GetRequiredValue(file);
            Recipe recipe = asked.Load(parsed);
            using RolloutWriter? written = parsed.GetValue(output) is { } name ? new RolloutWriter(name) : null;
            (ITask task, IStepJudge judge) = JudgedTask.Create(recipe, parsed.GetValue(threads));
            using IDisposable? heldByTask = task as IDisposable;
            using IDisposable? heldByJudge = judge as IDisposable;
            await task.PrepareAsync(cancellationToken).ConfigureAwait(false);
            Colouring colouring = new(task, judge, recipe.Method.Reward as SpectralReward ?? new SpectralReward());
            ulong key = CounterRandom.Key(recipe.Seed, Stream);
            await RunAsync(colouring, Groups(path), key, written, parsed.GetValue(json), Terminal.Of(parsed), cancellationToken).ConfigureAwait(false);
            written?.Commit();
        });
        return command;
    }

    /// <summary>The file's rollouts, those of a problem together that stand one behind the other.</summary>
    private static List<List<StoredRollout>> Groups(string path)
    {
        List<List<StoredRollout>> groups = [];
        foreach (StoredRollout rollout in RolloutFile.Read(path))
        {
            Problem problem = rollout.Problem
                ?? throw new InputException($"{rollout.Place}: the field \"problem\" is missing; expected an object with id, question, answer and "
                    + "maybe solution.");
            if (groups is [.., var last] && last[0].Problem == problem && last[0].Step == rollout.Step)
            {
                last.Add(rollout);
            }
            else
            {
                groups.Add([rollout]);
            }
        }

        return groups;
    }

    private static async Task RunAsync(
        Colouring colouring, List<List<StoredRollout>> groups, ulong key, RolloutWriter? written, bool json, Terminal terminal,
        CancellationToken cancellationToken)
    {
        int done = 0;
        List<ColouredRollout> all = [];
        using WorkDisplay? work = json ? null : new(terminal, "Judgements") { Total = groups.Sum(group => group.Count) };
        foreach ((int Index, List<StoredRollout> Group)[] some in groups.Index().Chunk(AtOnce))
        {
            IReadOnlyList<ColouredRollout>[] coloured = await Task.WhenAll(some.Select(each => ColourAsync(each.Index, each.Group))).ConfigureAwait(false);
            all.AddRange(coloured.SelectMany(group => group));
            foreach (ColouredRollout rollout in coloured.SelectMany(group => group))
            {
                written?.Write(rollout.Known);
                if (json)
                {
                    WriteJson(terminal.Output, rollout);
                }
            }
        }

        work?.Dispose();
        if (json)
        {
            WriteEnd(terminal.Output, all);
        }
        else
        {
            WriteText(terminal, all);
        }

        async Task<IReadOnlyList<ColouredRollout>> ColourAsync(int index, List<StoredRollout> group)
        {
            IReadOnlyList<ColouredRollout> coloured = await colouring.ColourAsync(
                group[0].Problem!, group, CounterRandom.Key(key, (ulong)index), cancellationToken).ConfigureAwait(false);
            work?.Report(Interlocked.Add(ref done, coloured.Count));
            return coloured;
        }
    }

    private static void WriteJson(TextWriter output, ColouredRollout rollout) => JsonLine.Write(output, new
    {
        @event = "rollout",
        rollout.Stored.Id,
        Verdict = rollout.Verdict.Correctness,
        rollout.Judgement.Outcome,
        FirstError = rollout.Judgement.Outcome == JudgementOutcome.ErrorFound ? rollout.Judgement.FirstError : (int?)null,
        Steps = rollout.Steps.Count,
        rollout.Judgement.Progress?.Milestones,
        Reached = rollout.Judgement.Progress?.ReachedAt.Count,
        rollout.RtsSteps,
        rollout.RtsProgress,
        rollout.Reward,
        rollout.Judgement.Confidence,
        rollout.Judgement.Reason,
    });

    private static void WriteEnd(TextWriter output, List<ColouredRollout> all) => JsonLine.Write(output, new
    {
        @event = "end",
        Rollouts = all.Count,
        ErrorFound = all.Count(r => r.Judgement.Outcome == JudgementOutcome.ErrorFound),
        NoError = all.Count(r => r.Judgement.Outcome == JudgementOutcome.NoError),
        NoJudgement = all.Count(r => r.Judgement.Outcome == JudgementOutcome.NoJudgement),
        Correct = all.Count(r => r.Verdict.Correctness == Correctness.Correct),
        Incorrect = all.Count(r => r.Verdict.Correctness == Correctness.Incorrect),
        Calls = all.Sum(r => (long)r.Judgement.Cost.Calls),
        Tokens = all.Sum(r => r.Judgement.Cost.Tokens),
    });

    private static void WriteText(Terminal terminal, List<ColouredRollout> all)
    {
        TextTable.Write(
            terminal, ["id", "verdict", "first error", "milestones", "reward", "reason"],
            all.Select(string[] (r) =>
            [
                Escaped.Line(r.Stored.Id, LongestId),
                r.Verdict.Correctness.ToString().ToLowerInvariant(),
                RolloutText.FirstError(r.Judgement),
                r.Judgement.Progress is { } progress ? $"{progress.ReachedAt.Count} of {progress.Milestones}" : "–",
                r.Reward is { } reward ? FormattableString.Invariant($"{reward:0.000}") : "–",
                Escaped.Line(r.Judgement.Reason, LongestReason),
            ]));
        int Count(JudgementOutcome outcome) => all.Count(r => r.Judgement.Outcome == outcome);
        terminal.Output.WriteLine(
            $"{Counted.Of(all.Count, "rollout")}: an error found in {Count(JudgementOutcome.ErrorFound)}, none in {Count(JudgementOutcome.NoError)}, "
            + $"{Count(JudgementOutcome.NoJudgement)} without judgement");
    }
}
