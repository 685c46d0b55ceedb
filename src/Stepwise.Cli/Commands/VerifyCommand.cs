using System.CommandLine;
using System.Diagnostics;
using Stepwise.Answers;
using Stepwise.Cli.Display;
using Stepwise.Evaluation.Answers;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise verify</c>: compares answers with reference answers, and says how that was decided.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        Argument<string> file = new("file")
        {
            Description = "JSON lines with gold and answer (a bare answer or a whole response), and if known id, label (equal or different) and truncated.",
            HelpName = "file",
        };
        Option<bool> json = CommonOptions.Json();
        CliCommand command = new(
            "verify",
            "Compare answers with reference answers: equal, different or undecided, both as they were read, and why.",
            "stepwise verify pairs.jsonl")
        {
            file, json,
        };
        command.SetAction(parsed => Run(AnswerPair.Read(parsed.GetRequiredValue(file)), parsed.GetValue(json), Terminal.Of(parsed)));
        return command;
    }

    private static void Run(IReadOnlyList<AnswerPair> pairs, bool json, Terminal terminal)
    {
        List<(AnswerPair Pair, AnswerComparison Comparison)> verdicts = [];
        List<double> microseconds = [];
        foreach (AnswerPair pair in pairs)
        {
            // The first time pays for what the runtime prepares once.
            _ = pair.Compare();
            long started = Stopwatch.GetTimestamp();
            AnswerComparison comparison = pair.Compare();
            microseconds.Add(Stopwatch.GetElapsedTime(started).TotalMicroseconds);
            verdicts.Add((pair, comparison));
            if (json)
            {
                JsonLine.Write(terminal.Output, new
                {
                    @event = "pair",
                    pair.Id,
                    Outcome = Name(comparison.Outcome),
                    Label = pair.Label is { } label ? Name(label) : null,
                    Gold = comparison.Reference,
                    comparison.Answer,
                    comparison.Reason,
                    Microseconds = microseconds[^1],
                });
            }
            else if (pair.Label is null || pair.Label != comparison.Outcome)
            {
                terminal.Output.WriteLine(
                    $"{pair.Id}  {Name(comparison.Outcome)}{(pair.Label is { } label ? $", labelled {Name(label)}" : "")}: "
                    + $"{comparison.Reference} | {comparison.Answer ?? "no answer"} | {comparison.Reason}");
            }
        }

        microseconds.Sort();
        int Count(Func<AnswerPair, AnswerComparison, bool> which) => verdicts.Count(v => which(v.Pair, v.Comparison));
        var end = new
        {
            @event = "end",
            Pairs = pairs.Count,
            Equal = Count((_, c) => c.Outcome == Equivalence.Equal),
            Different = Count((_, c) => c.Outcome == Equivalence.Different),
            Undecided = Count((_, c) => c.Outcome == Equivalence.Undecided),
            FalseAccepts = Count((p, c) => p.Label == Equivalence.Different && c.Outcome == Equivalence.Equal),
            FalseRejects = Count((p, c) => p.Label == Equivalence.Equal && c.Outcome == Equivalence.Different),
            UndecidedLabelled = Count((p, c) => p.Label is not null && c.Outcome == Equivalence.Undecided),
            MicrosecondsPerVerdict = microseconds[microseconds.Count / 2],
            MicrosecondsAt99 = microseconds[(int)(microseconds.Count * 0.99)],
            MicrosecondsAtMost = microseconds[^1],
        };
        if (json)
        {
            JsonLine.Write(terminal.Output, end);
            return;
        }

        int labelled = pairs.Count(pair => pair.Label is not null);
        terminal.Output.WriteLine($"{Counted.Of(end.Pairs, "pair")}: {end.Equal} equal, {end.Different} different, {end.Undecided} undecided");
        if (labelled > 0)
        {
            terminal.Output.WriteLine(
                $"{labelled} labelled: {Counted.Of(end.FalseAccepts, "false accept")}, {Counted.Of(end.FalseRejects, "false reject")}, "
                    + $"{end.UndecidedLabelled} undecided");
        }

        terminal.Output.WriteLine(FormattableString.Invariant(
            $"{end.MicrosecondsPerVerdict:0} µs a verdict (median), {end.MicrosecondsAt99:0} at the 99th percentile, {end.MicrosecondsAtMost:0} at most"));
    }

    private static string Name(Equivalence outcome) => outcome switch
    {
        Equivalence.Equal => "equal",
        Equivalence.Different => "different",
        _ => "undecided",
    };
}
