using System.Text;
using System.Text.Json;
using Stepwise.Judging;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Tasks;

namespace Stepwise.Evaluation.Judges;

/// <summary>A solution of which people marked the first wrong step.</summary>
/// <param name="Id">Unique within its file.</param>
/// <param name="Problem">The problem; its solution is <see langword="null"/> where no reference was found for it.</param>
/// <param name="Steps">The steps as they were shown to those people.</param>
/// <param name="FirstError">The first wrong step h in [1, H]; H + 1 if every one of the H steps is right.</param>
/// <param name="AnswerCorrect">Whether the solution's final answer is right.</param>
public sealed record LabelledTrace(
    string Id, Problem Problem, IReadOnlyList<ReasoningStep> Steps, int FirstError, bool AnswerCorrect)
{
    // Steps are paragraphs of the response.
    private const string Break = "\n\n";

    private const ulong Stream = 0x5472616365;

    // ProcessBench's files are below 10 MB.
    private const int MaxFileBytes = 1 << 28;

    /// <summary>Whether a step is wrong.</summary>
    public bool IsErroneous => FirstError <= Steps.Count;

    /// <summary>Right steps without an answer, as of a solution that was cut off: those before the first wrong one, or the first half.</summary>
    public IReadOnlyList<ReasoningStep> RightBeginning => [.. Steps.Take(IsErroneous ? FirstError - 1 : Steps.Count / 2)];

    /// <summary>Has a judge look at the trace, or at a beginning of it as at a response that was cut off.</summary>
    /// <param name="task">The task, which reads the final answer.</param>
    /// <param name="judge">The judge.</param>
    /// <param name="steps"><see cref="Steps"/>, or <see cref="RightBeginning"/>.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async ValueTask<StepJudgement> JudgeAsync(
        ITask task, IStepJudge judge, IReadOnlyList<ReasoningStep> steps, CancellationToken cancellationToken = default)
    {
        bool truncated = steps.Count < Steps.Count;
        string text = string.Concat(steps.Select(step => step.Text + Break));
        Completion completion = new([], [], text, [], truncated ? FinishReason.Length : FinishReason.Stop);
        Verdict verdict = await task.VerifyAsync(Problem, completion, cancellationToken).ConfigureAwait(false);
        JudgedResponse response = new(text, truncated, steps, verdict, Id.Aggregate(Stream, (key, c) => CounterRandom.Key(key, c)));
        return (await Judgements.AskAsync(judge, Problem, [response], cancellationToken).ConfigureAwait(false))[0];
    }

    /// <summary>Reads a file in the format of ProcessBench.</summary>
    /// <remarks>
    /// A JSON list of objects with <c>id</c>, <c>problem</c>, <c>steps</c> (strings), <c>label</c> (index of the first wrong step from 0,
    /// −1 if all are right) and <c>final_answer_correct</c>. Source: Zheng et al. 2024, arXiv 2412.06559.
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <param name="references">Problems with solutions; the one that asks the same words, white space aside, goes with a trace.</param>
    /// <returns>At least one trace.</returns>
    /// <exception cref="InputException">The file is not as described; the message names the entry.</exception>
    public static IReadOnlyList<LabelledTrace> Read(string path, IReadOnlyList<Problem> references)
    {
        Dictionary<string, Problem> byQuestion = new(StringComparer.Ordinal);
        foreach (Problem reference in references)
        {
            byQuestion.TryAdd(Words(reference.Question), reference);
        }

        using JsonDocument document = Open(path);
        if (document.RootElement is not { ValueKind: JsonValueKind.Array } list || list.GetArrayLength() == 0)
        {
            throw new InputException($"{path}: expected a JSON list of at least one trace, as ProcessBench's files are.");
        }

        return [.. list.EnumerateArray().Select((entry, i) => Read($"{path}, entry {i}", entry, byQuestion))];
    }

    private static LabelledTrace Read(string place, JsonElement entry, Dictionary<string, Problem> byQuestion)
    {
        JsonElement Field(string key, JsonValueKind kind, string expected) =>
            entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty(key, out JsonElement value) && value.ValueKind == kind
                ? value
                : throw new InputException($"{place}: the field \"{key}\" is missing or of another kind; expected {expected}.");
        string Text(string key) => String(place, key, Field(key, JsonValueKind.String, "a string"));

        string id = Text("id"), question = Text("problem");
        List<ReasoningStep> steps = [];
        foreach (JsonElement step in Field("steps", JsonValueKind.Array, "a list of strings").EnumerateArray())
        {
            int start = steps is [.., var last] ? last.End : 0;
            string written = String(place, "steps", step);
            steps.Add(new ReasoningStep(start, start + written.Length + Break.Length, written));
        }

        if (steps is [])
        {
            throw new InputException($"{place}: the field \"steps\" is empty; expected at least one step.");
        }

        if (!Field("label", JsonValueKind.Number, "a number").TryGetInt32(out int label) || label < -1 || label >= steps.Count)
        {
            throw new InputException($"{place}: the field \"label\" names none of {steps.Count} steps; allowed is −1 to {steps.Count - 1}.");
        }

        bool correct = entry.TryGetProperty("final_answer_correct", out JsonElement answer) && answer.ValueKind == JsonValueKind.True;
        Problem problem = byQuestion.GetValueOrDefault(Words(question)) ?? new Problem(id, question, "");
        return new LabelledTrace(id, problem, steps, label < 0 ? steps.Count + 1 : label + 1, correct);
    }

    private static string String(string place, string key, JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String
                ? value.GetString()!
                : throw new InputException($"{place}: the field \"{key}\" holds something other than a string; expected a list of strings.");
        }
        catch (InvalidOperationException e)
        {
            throw new InputException($"{place}: the field \"{key}\" holds half of a surrogate pair; expected Unicode text.", e);
        }
    }

    private static JsonDocument Open(string path)
    {
        try
        {
            using FileStream file = RegularFile.OpenRead(path);
            if (file.Length > MaxFileBytes)
            {
                throw new InputException($"{path}: the file has {file.Length} bytes; at most {MaxFileBytes} are read.");
            }

            byte[] content = new byte[file.Length];
            file.ReadExactly(content);
            ReadOnlySpan<byte> mark = Encoding.UTF8.Preamble;
            return StrictJson.Parse(content.AsMemory(content.AsSpan().StartsWith(mark) ? mark.Length : 0));
        }
        catch (JsonException e)
        {
            throw new InputException($"{path}: not a JSON list: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new InputException($"{path}: the file cannot be read: {e.Message}", e);
        }
    }

    private static string Words(string text)
    {
        StringBuilder words = new(text.Length);
        foreach (char c in text.Trim())
        {
            if (!char.IsWhiteSpace(c))
            {
                words.Append(c);
            }
            else if (words[^1] != ' ')
            {
                words.Append(' ');
            }
        }

        return words.ToString();
    }
}
