using System.CommandLine;
using System.Diagnostics;
using Stepwise.Charts;
using Stepwise.Cli.Display;
using Stepwise.Files;
using Stepwise.Theory;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise theory</c>: the paper's two-step model, as closed recursion and by simulation.</summary>
internal static class TheoryCommand
{
    private const int MaxUpdates = 100_000;

    private static readonly (TwoStepMethod Method, string Name)[] Methods =
        [(TwoStepMethod.Grpo, "GRPO"), (TwoStepMethod.Sgpo, "SGPO")];

    private static readonly Quantity[] Quantities =
    [
        new("p", policy => policy.P, estimates => estimates.P),
        new("q", policy => policy.Q, estimates => estimates.Q),
        new("pq", policy => policy.PQ, estimates => estimates.PQ),
    ];

    public static Command Create()
    {
        Option<int[]> steps = CommonOptions.Wholes("--steps", "Numbers of updates to print.", 0, MaxUpdates, [1, 5, 10, 20, 50, 200]);
        Option<int> groups = CommonOptions.Whole("--groups", "Simulated groups of two per update.", 1, 1_000_000, 400);
        Option<int> runs = CommonOptions.Whole("--runs", "Independent simulated runs.", 8, 100_000, 16);
        Option<ulong?> seed = CommonOptions.Seed("The simulation's seed (default: 1).");
        Option<string?> output = new("--out")
        {
            Description = "A new folder for the curves (default: runs/<time>-theory).",
            HelpName = "folder",
        };
        Option<bool> json = CommonOptions.Json();
        CliCommand command = new(
            "theory",
            "Run the paper's two-step model as closed recursion and by simulation.",
            "stepwise theory --steps 1 10 100 --out theory")
        {
            steps, groups, runs, seed, output, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            Request request = new(
                [.. parsed.GetRequiredValue(steps).Distinct().Order()], parsed.GetValue(groups), parsed.GetValue(runs), parsed.GetValue(seed) ?? 1);
            Run(request, NewFolder(parsed.GetValue(output)), parsed.GetValue(json), Terminal.Of(parsed), cancellationToken);
            return Task.CompletedTask;
        });
        return command;
    }

    private static void Run(Request request, string folder, bool json, Terminal terminal, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        Solution[] solutions;
        try
        {
            using WorkDisplay? work = json ? null : new(terminal, "Simulated runs") { Total = (long)Methods.Length * request.Runs };
            RunCount? count = work is null ? null : new(work);
            solutions = [.. Methods.Select(m => Solve(m, request, count, cancellationToken))];
        }
        catch (OperationCanceledException)
        {
            // Nothing is in it yet, and it would stand in the way of the same command.
            Directory.Delete(folder);
            throw;
        }

        string[] charts = [.. WriteCharts(folder, solutions)];
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (json)
        {
            WriteJson(terminal.Output, request, solutions, charts, seconds);
        }
        else
        {
            WriteTable(terminal.Output, request, solutions, charts, seconds);
        }
    }

    private static string NewFolder(string? path)
    {
        string fresh = FormattableString.Invariant($"{DateTime.Now:yyyyMMdd-HHmmss}-theory");
        string full = Path.GetFullPath(path ?? Path.Combine("runs", fresh));
        if (Path.Exists(full))
        {
            throw new InputException($"{full}: exists already, and nothing is ever overwritten. Give another folder with --out.");
        }

        try
        {
            Directory.CreateDirectory(full);
            return full;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{full}: cannot be made ({error.Message.TrimEnd('.')}). Give another folder with --out.", error);
        }
    }

    private static Solution Solve(
        (TwoStepMethod Method, string Name) of, Request request, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        int last = request.Steps[^1];
        return new(
            of.Name,
            TwoStepModel.Recursion(of.Method, last),
            TwoStepModel.Simulate(
                of.Method, last, request.Groups, request.Runs, request.Seed, progress: progress, cancellationToken: cancellationToken));
    }

    private static void WriteTable(TextWriter output, Request request, Solution[] solutions, string[] charts, double seconds)
    {
        void Line(FormattableString text) => output.WriteLine(FormattableString.Invariant(text).TrimEnd());

        Line($"The two-step model from p = q = 1/2: closed recursion, and mean ± 95 % interval of {request.Runs} simulated runs");
        Line($"of {request.Groups} groups of two per update, rewarded and compared by the code that trains.");
        Line($"");
        Line($"updates  method  {string.Concat(Quantities.Select(q => $"{q.Name,-9}{"simulated",-21}"))}");
        int inside = 0, all = 0;
        foreach (int step in request.Steps)
        {
            foreach (Solution solution in solutions)
            {
                string cells = "";
                foreach (Quantity quantity in Quantities)
                {
                    double exact = quantity.Exact(solution.Exact[step]);
                    TwoStepEstimate simulated = quantity.Simulated(solution.Simulated[step]);
                    cells += FormattableString.Invariant(
                        $"{exact,-9:0.00000}{simulated.Mean:0.00000} ± {simulated.HalfWidth:0.00000}    ");
                    inside += simulated.Contains(exact) ? 1 : 0;
                    all++;
                }

                Line($"{step,7}  {solution.Name,-6}  {cells}");
            }
        }

        Line($"");
        Line($"The recursion lies in {inside} of the {all} intervals; of 95 % intervals, one in twenty misses.");
        Line($"{string.Join(", ", charts)}  ({seconds:0.0} s)");
    }

    private static void WriteJson(TextWriter output, Request request, Solution[] solutions, string[] charts, double seconds)
    {
        foreach (int step in request.Steps)
        {
            foreach (Solution solution in solutions)
            {
                Dictionary<string, object> line = new(StringComparer.Ordinal)
                {
                    ["event"] = "policy",
                    ["updates"] = step,
                    ["method"] = solution.Name.ToLowerInvariant(),
                };
                foreach (Quantity quantity in Quantities)
                {
                    TwoStepEstimate simulated = quantity.Simulated(solution.Simulated[step]);
                    line[quantity.Name] = quantity.Exact(solution.Exact[step]);
                    line[quantity.Name + "Simulated"] = simulated.Mean;
                    line[quantity.Name + "Interval"] =
                        (double[])[simulated.Mean - simulated.HalfWidth, simulated.Mean + simulated.HalfWidth];
                }

                JsonLine.Write(output, line);
            }
        }

        JsonLine.Write(output, new { @event = "end", request.Groups, request.Runs, request.Seed, seconds, charts });
    }

    private static IEnumerable<string> WriteCharts(string folder, Solution[] solutions)
    {
        foreach (Quantity quantity in Quantities)
        {
            LineChart chart = new()
            {
                Title = $"Two-step model: {quantity.Name} by recursion (line) and simulation (band)",
                XLabel = "updates",
                YLabel = quantity.Name,
                Series = [.. solutions.Select(s => new ChartSeries(
                    s.Name,
                    [.. s.Exact.Select((policy, k) => Point(k, quantity.Exact(policy), quantity.Simulated(s.Simulated[k])))]))],
            };
            string path = Path.Combine(folder, quantity.Name + ".svg");
            WholeFile.Write(path, chart.ToSvg());
            yield return path;
        }
    }

    private static ChartPoint Point(int update, double exact, TwoStepEstimate simulated) =>
        new(update, exact, simulated.Mean - simulated.HalfWidth, simulated.Mean + simulated.HalfWidth);

    private sealed record Request(int[] Steps, int Groups, int Runs, ulong Seed);

    private sealed record Quantity(
        string Name, Func<TwoStepPolicy, double> Exact, Func<TwoStepEstimates, TwoStepEstimate> Simulated);

    private sealed record Solution(string Name, TwoStepPolicy[] Exact, TwoStepEstimates[] Simulated);

    /// <summary>Counts the runs of all methods, which end on several threads.</summary>
    private sealed class RunCount(WorkDisplay work) : IProgress<int>
    {
        private int _runs;

        public void Report(int value) => work.Report(Interlocked.Increment(ref _runs));
    }
}
