using System.Text.Json;
using System.Text.RegularExpressions;

namespace Stepwise.Judging.Models;

/// <summary>What a model says of a whole response, checked against the response.</summary>
/// <param name="FirstError">h; H + 1 for none.</param>
/// <param name="Reason">Why; untrusted.</param>
/// <param name="Reached">The milestones, counted from 0, with the step at which each is reached, in the order of the steps.</param>
internal sealed partial record FullAnswer(int FirstError, string Reason, IReadOnlyList<(int Milestone, int Step)> Reached)
{
    private const string OnTheWay = "progress", Idle = "idle", Wrong = "wrong";

    /// <summary>The form of the answer to a question.</summary>
    /// <param name="item">What names the question.</param>
    /// <param name="steps">Steps that it shows.</param>
    /// <param name="milestones">Milestones that it shows.</param>
    public static JsonForm Form(string item, int steps, int milestones)
    {
        JsonForm[] each = [.. Enumerable.Repeat(new IntegerForm(1, Math.Max(1, milestones)), milestones)];
        IEnumerable<JsonForm> byNumber = Enumerable.Range(1, steps).Select(step => Step(new IntegerForm(step, step), each));
        return new ObjectForm(
        [
            ("item", new LiteralForm(item)),
            ("steps", new ListForm(Step(new IntegerForm(1, steps), each), [.. byNumber], Fewest: 1)),
            ("first_error", new IntegerForm(0, steps)),
            ("quote", new TextForm(120)),
            ("reason", new TextForm(240)),
        ]);
    }

    /// <summary>Reads an answer.</summary>
    /// <param name="text">The answer; untrusted.</param>
    /// <param name="item">What names the question.</param>
    /// <param name="asked">The response that it is about.</param>
    /// <param name="fault">Why it cannot be taken.</param>
    public static FullAnswer? Read(string text, string item, JudgeCase asked, out string? fault)
    {
        if (asked.IsEcho(text))
        {
            fault = "its answer only repeats the response";
            return null;
        }

        if (JudgeAnswer.Find(text, item, out fault) is not { } json)
        {
            return null;
        }

        int? stated = JudgeAnswer.Integer(json, "first_error");
        if (stated is not >= 0 || stated > asked.Shown)
        {
            fault = $"its first error is {(stated is null ? "no number" : stated)}; there are {asked.Shown} steps";
            return null;
        }

        int last = stated == 0 ? asked.Shown : stated.Value;
        fault = Follow(json, last, stated.Value, asked.Milestones.Count, out List<(int, int)> reached);
        if (fault is null && stated > 0 && !Quotes(asked.Text(last), JudgeAnswer.Text(json, "quote") ?? ""))
        {
            fault = $"its quote {Quoted.Of(JudgeAnswer.Text(json, "quote") ?? "")} is not in step {last}";
        }

        return fault is null ? new(stated == 0 ? asked.Steps + 1 : last, JudgeAnswer.Text(json, "reason") ?? "", reached) : null;
    }

    private static ObjectForm Step(JsonForm number, JsonForm[] milestones) => new(
    [
        ("step", number),
        ("check", new TextForm(100)),
        ("label", new WordForm([OnTheWay, Idle, Wrong])),
        ("milestones", new ListForm(new IntegerForm(1, int.MaxValue), milestones)),
    ]);

    /// <summary>Follows the labels to the last step that is to have one.</summary>
    /// <returns>Why they cannot be taken, or <see langword="null"/>.</returns>
    private static string? Follow(JsonElement json, int last, int firstError, int milestones, out List<(int Milestone, int Step)> reached)
    {
        reached = [];
        JsonElement[] labels = json.TryGetProperty("steps", out JsonElement list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : [];
        for (int step = 1; step <= last; step++)
        {
            if (step > labels.Length || labels[step - 1].ValueKind != JsonValueKind.Object)
            {
                return $"its labels end before step {step} of {last}";
            }

            JsonElement label = labels[step - 1];
            if (JudgeAnswer.Integer(label, "step") != step)
            {
                return $"its label {step} is for step {JudgeAnswer.Integer(label, "step")?.ToString() ?? "none"}";
            }

            string word = JudgeAnswer.Text(label, "label")?.Trim().ToLowerInvariant() ?? "";
            if (word is not (OnTheWay or Idle or Wrong))
            {
                return $"its label of step {step} is {Quoted.Of(word)}";
            }

            if (string.Equals(word, Wrong, StringComparison.Ordinal) != (step == firstError))
            {
                return $"its first error is {firstError}, and its label of step {step} is {word}";
            }

            if (word is OnTheWay && MilestonesOf(label, step, milestones, reached) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    /// <summary>Adds the milestones of a step; a model that is shown none may make some up.</summary>
    private static string? MilestonesOf(JsonElement label, int step, int milestones, List<(int Milestone, int Step)> reached)
    {
        if (milestones == 0 || !label.TryGetProperty("milestones", out JsonElement list) || list.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        foreach (JsonElement number in list.EnumerateArray())
        {
            if (JudgeAnswer.Integer(number) is not { } milestone || milestone < 1 || milestone > milestones)
            {
                return $"step {step} reaches milestone {Quoted.Of(number.GetRawText())}; there are {milestones}";
            }

            reached.Add((milestone - 1, step));
        }

        return null;
    }

    /// <summary>Whether a step has the words of a quote: as it stands or as it was shown, white space left out.</summary>
    private static bool Quotes(string step, string quote)
    {
        string said = Solid(Place().Replace(quote, "").Trim().Trim('"', '“', '”', '`'));
        return said.Length == 0
            ? Solid(step).Length == 0
            : Solid(step).Contains(said, StringComparison.Ordinal) || Solid(Fence.Visible(step)).Contains(said, StringComparison.Ordinal);
    }

    private static string Solid(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c)));

    /// <summary>What a line of the data begins with.</summary>
    [GeneratedRegex(@"^\s*[0-9]{1,9}\|", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Place();
}
