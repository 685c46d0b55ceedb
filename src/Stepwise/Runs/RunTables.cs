using System.Text.Json;
using Stepwise.Metrics;
using Stepwise.Reasoning;
using Stepwise.Rollouts;

namespace Stepwise.Runs;

/// <summary>The tables of a <see cref="RunStore"/>.</summary>
internal static class RunTables
{
    /// <summary>A row per step and metric.</summary>
    public static readonly StoreTable<(int Step, MetricValue Value)> Metrics = new("metrics", "name, step",
    [
        new("step INTEGER", m => m.Step),
        new("name TEXT", m => m.Value.Metric.Name),
        new("value REAL", m => m.Value.Value),
    ]);

    /// <summary>A row per group.</summary>
    public static readonly StoreTable<(int Step, int Group, Group Value)> Groups = new("groups", "step, group_index",
    [
        new("step INTEGER", g => g.Step),
        new("group_index INTEGER", g => g.Group),
        new("problem TEXT", g => g.Value.Problem.Id),
        new("question TEXT", g => g.Value.Problem.Question),
        new("answer TEXT", g => g.Value.Problem.Answer),
        new("solution TEXT", g => g.Value.Problem.Solution),
        new("messages TEXT", g => g.Value.Problem.Messages is { } messages ? JsonSerializer.Serialize(messages, JsonSerializerOptions.Web) : null),
        new("hints TEXT", g => g.Value.Problem.Hints is { } hints ? JsonSerializer.Serialize(hints, JsonSerializerOptions.Web) : null),
        new("difficulty REAL", g => g.Value.Problem.Difficulty),
        new("prompt_tokens INTEGER", g => g.Value.Prompt.Length),
        new("reference_steps INTEGER", g => g.Value.ReferenceSteps),
        new("all_negative INTEGER", g => g.Value.AllNegative ? 1 : 0),
        new("coloured INTEGER", g => g.Value.Coloured ? 1 : 0),
        new("by_progress INTEGER", g => g.Value.ByProgress ? 1 : 0),
        new("dead INTEGER", g => g.Value.Dead ? 1 : 0),
    ]);

    /// <summary>A row per rollout, with its verdict.</summary>
    public static readonly StoreTable<(int Step, int Group, int Sample, Rollout Value)> Rollouts = new(
        "rollouts", "step, group_index, sample",
    [
        new("step INTEGER", r => r.Step),
        new("group_index INTEGER", r => r.Group),
        new("sample INTEGER", r => r.Sample),
        new("text TEXT", r => r.Value.Completion.Text),
        new("tokens INTEGER", r => r.Value.Completion.Tokens.Length),
        new("finish TEXT", r => Word(r.Value.Completion.Finish)),
        new("steps INTEGER", r => r.Value.Steps.Count),
        new("verdict TEXT", r => r.Value.Failed ? null : Word(r.Value.Verdict.Correctness)),
        new("extracted_answer TEXT", r => r.Value.Verdict.Answer),
        new("verdict_reason TEXT", r => r.Value.Verdict.Reason),
        new("guided INTEGER", r => r.Value.Guided ? 1 : 0),
        new("prefix_tokens INTEGER", r => r.Value.Completion.PrefixTokens),
        new("given_characters INTEGER", r => r.Value.Completion.GivenCharacters),
        new("reward REAL", r => r.Value.Reward),
        new("rts REAL", r => r.Value.Rts),
        new("advantage REAL", r => r.Value.MeanAdvantage),
        new("disposition TEXT", r => Word(r.Value.Disposition)),
        new("signal_tokens INTEGER", r => r.Value.SignalTokens),
    ]);

    /// <summary>A row per rollout that a judge was asked about.</summary>
    public static readonly StoreTable<(int Step, int Group, int Sample, StepJudgement Value, string Judge)> Judgements = new(
        "judgements", "step, group_index, sample",
    [
        new("step INTEGER", r => r.Step),
        new("group_index INTEGER", r => r.Group),
        new("sample INTEGER", r => r.Sample),
        new("judge TEXT", r => r.Judge),
        new("outcome TEXT", r => Word(r.Value.Outcome)),
        new("first_error INTEGER", r => r.Value.FirstError),
        new("steps INTEGER", r => r.Value.Steps),
        new("reason TEXT", r => r.Value.Reason),
        new("confidence REAL", r => r.Value.Confidence),
        new("milestones INTEGER", r => r.Value.Progress?.Milestones),
        new("milestones_reached INTEGER", r => r.Value.Progress?.ReachedAt.Count),
        new("reached_at TEXT", r => r.Value.Progress is { } progress ? string.Join(' ', progress.ReachedAt) : null),
        new("progress_end INTEGER", r => r.Value.Progress?.FirstError),
        new("idle_steps INTEGER", r => r.Value.Progress?.Labels.Count(label => label == StepLabel.Idle)),
        new("calls INTEGER", r => r.Value.Cost.Calls),
        new("cost_tokens INTEGER", r => r.Value.Cost.Tokens),
    ]);

    /// <summary>All tables.</summary>
    public static readonly string[] Names = [Metrics.Name, Groups.Name, Rollouts.Name, Judgements.Name];

    /// <summary>A member of an enumeration as the tables have it.</summary>
    public static string Word<T>(T member)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(member.ToString());
}
