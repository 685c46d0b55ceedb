using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Stepwise.Judging;
using Stepwise.Judging.Endpoints;
using Stepwise.Judging.Models;
using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Tests.Judging.Models;

/// <summary>A chat model that answers as a test says.</summary>
internal sealed class ScriptedModel(Func<ChatRequest, ChatAnswer> answer) : IChatModel
{
    public ConcurrentQueue<ChatRequest> Requests { get; } = [];

    public string Identity => "scripted";

    public ValueTask<ChatAnswer> AskAsync(ChatRequest request, CancellationToken cancellationToken = default)
    {
        Requests.Enqueue(request);
        return new(answer(request));
    }
}

/// <summary>Judging with scripted models.</summary>
internal static partial class Scripted
{
    public static readonly Problem Sum = new("p", "What is (2 + 3) * 4?", "20", "2 + 3 = 5\n5 * 4 = 20");

    /// <summary>Two milestones, the second resting on the first.</summary>
    public static readonly JudgeSetting Setting = new(NoJudge.Instance)
    {
        Milestones = _ => [new Milestone("5", []), new Milestone("20", [0])],
    };

    /// <summary>A response of lines, wrong unless it is said to be right.</summary>
    public static JudgedResponse Response(string text, Correctness verdict = Correctness.Incorrect, bool truncated = false, ulong key = 7) =>
        new(text, truncated, ReasoningStep.Lines(text, truncated), new Verdict(verdict, null, ""), key);

    /// <summary>The judge over a model, with its cache in memory.</summary>
    public static ChatJudge Judge(IChatModel model, Func<LlmJudgeOptions, LlmJudgeOptions>? change = null, JudgeSetting? setting = null, TimeProvider? time = null)
    {
        LlmJudgeOptions options = new() { Endpoint = "http://127.0.0.1:1/v1", Model = "m" };
        return (change?.Invoke(options) ?? options).Create(setting ?? Setting, _ => model, time ?? TimeProvider.System);
    }

    /// <summary>One judgement by what a model answers; <c>ITEM</c> in the answer stands for the question's item.</summary>
    public static async Task<StepJudgement> JudgeAsync(string answer, JudgedResponse response, Func<LlmJudgeOptions, LlmJudgeOptions>? change = null)
    {
        using ChatJudge judge = Judge(new ScriptedModel(request => Answer(request, answer)), change);
        return await judge.JudgeOneAsync(Sum, response);
    }

    public static ChatAnswer Answer(ChatRequest request, string text) =>
        new(text.Replace("ITEM", ItemOf(request), StringComparison.Ordinal), ChatFinish.Stop, 100, 10);

    public static string ItemOf(ChatRequest request) => Item().Match(request.User).Groups["item"].Value;

    /// <summary>A whole answer: the first error, its quote, and per step a label's first letter followed by the milestones it reaches.</summary>
    public static string Labels(int firstError, string quote, params string[] labels) =>
        $$"""{"item": "ITEM", "steps": [{{string.Join(", ", labels.Select(Label))}}], "first_error": {{firstError}}, "quote": "{{quote}}", "reason": "because"}""";

    private static string Label(string label, int i)
    {
        string word = label[0] switch { 'p' => "progress", 'i' => "idle", _ => "wrong" };
        return $$"""{"step": {{i + 1}}, "check": "c", "label": "{{word}}", "milestones": [{{string.Join(", ", label[1..].ToCharArray())}}]}""";
    }

    [GeneratedRegex("^Item (?<item>[0-9a-f]{8})\\.", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Item();
}
