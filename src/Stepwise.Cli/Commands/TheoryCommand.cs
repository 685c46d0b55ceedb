using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Stepwise.Runs;
using Stepwise.Theory;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise theory</c>: the paper's two-step model, as closed recursion and by simulation.</summary>
internal static class TheoryCommand
{
    private static readonly (TwoStepMethod Method, string Name)[] Methods = [(TwoStepMethod.Grpo, "GRPO"), (TwoStepMethod.Sgpo, "SGPO")];

    private static readonly (string Name, Func<TwoStepPolicy, double> Exact, Func<TwoStepEstimates, TwoStepEstimate> Simulated)[] Quantities =
    [
        ("p", policy => policy.P, estimates => estimates.P),
        ("q", policy => policy.Q, estimates => estimates.Q),
        ("pq", policy => policy.PQ, estimates => estimates.PQ),
    ];

    public static Command Create()
    {
        Option<int[]> steps = new("--steps")
        {
            Description = "Numbers of updates to print.",
            DefaultValueFactory = _ => [1, 5, 10, 20, 50, 200],
            AllowMultipleArgumentsPerToken = true,
        };
        Option<int> groups = new("--groups") { Description = "Simulated groups of two per update.", DefaultValueFactory = _ => 400 };
        Option<int> runs = new("--runs") { Description = "Independent simulated runs.", DefaultValueFactory = _ => 16 };
        Option<ulong> seed = new("--seed") { Description = "Decides the simulation.", DefaultValueFactory = _ => 1 };
        Option<string?> output = new("--out") { Description = "A new folder for the curves (default: runs/<time>-theory)." };
        Option<bool> json = new("--json") { Description = "One JSON object per line." };
        Command command = new("theory", "Run the paper's two-step model as closed recursion and by simulation.")
        {
            steps, groups, runs, seed, output, json,
        };
        command.SetAction(parsed => Run(
            new Request(
                [.. Checked("--steps", parsed.GetRequiredValue(steps), 0, 100_000).Distinct().Order()],
                Checked("--groups", [parsed.GetValue(groups)], 1, 1_000_000)[0],
                Checked("--runs", [parsed.GetValue(runs)], 8, 100_000)[0],
                parsed.GetValue(seed)),
            parsed.GetValue(output),
            parsed.GetValue(json),
            parsed.InvocationConfiguration.Output));
        return command;
    }

    private static int[] Checked(string option, int[] values, int low, int high) =>
        Array.TrueForAll(values, value => value >= low && value <= high) && values.Length > 0
            ? values
            : throw new InputException($"{option} {string.Join(' ', values)}: allowed are whole numbers from {low} to {high}.");

    private static void Run(Request request, string? output, bool json, TextWriter console)
    {
        long start = Stopwatch.GetTimestamp();
        string folder = NewFolder(output);
        Solution[] solutions = [.. Methods.Select(m => Solve(m.Method, m.Name, request))];
        string[] charts = [.. WriteCharts(folder, solutions)];
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (json)
        {
            WriteJson(console, request, solutions, charts, seconds);
        }
        else
        {
            WriteTable(console, request, solutions, charts, seconds);
        }
    }

    private static string NewFolder(string? path)
    {
        string full = Path.GetFullPath(path ?? Path.Combine("runs", FormattableString.Invariant($"{DateTime.Now:yyyyMMdd-HHmmss}-theory")));
        if (Path.Exists(full))
        {
            throw new InputException($"{full}: exists already, and nothing is ever overwritten. Give another folder with --out.");
        }

        Directory.CreateDirectory(full);
        return full;
    }

    private static Solution Solve(TwoStepMethod method, string name, Request request)
    {
        int last = request.Steps[^1];
        return new(
            name, TwoStepModel.Recursion(method, last), TwoStepModel.Simulate(method, last, request.Groups, request.Runs, request.Seed));
    }

    private static void WriteTable(TextWriter console, Request request, Solution[] solutions, string[] charts, double seconds)
    {
        void Line(FormattableString text) => console.WriteLine(FormattableString.Invariant(text).TrimEnd());

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
                foreach (var quantity in Quantities)
                {
                    double exact = quantity.Exact(solution.Exact[step]);
                    TwoStepEstimate simulated = quantity.Simulated(solution.Simulated[step]);
                    cells += FormattableString.Invariant($"{exact,-9:0.00000}{simulated.Mean:0.00000} ± {simulated.HalfWidth:0.00000}    ");
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

    private static void WriteJson(TextWriter console, Request request, Solution[] solutions, string[] charts, double seconds)
    {
        foreach (int step in request.Steps)
        {
            foreach (Solution solution in solutions)
            {
                Dictionary<string, object> line = new(StringComparer.Ordinal)
                {
                    ["event"] = "policy", ["updates"] = step, ["method"] = solution.Name.ToLowerInvariant(),
                };
                foreach (var quantity in Quantities)
                {
                    TwoStepEstimate simulated = quantity.Simulated(solution.Simulated[step]);
                    line[quantity.Name] = quantity.Exact(solution.Exact[step]);
                    line[quantity.Name + "Simulated"] = simulated.Mean;
                    line[quantity.Name + "Interval"] = (double[])[simulated.Mean - simulated.HalfWidth, simulated.Mean + simulated.HalfWidth];
                }

                console.WriteLine(JsonSerializer.Serialize(line));
            }
        }

        console.WriteLine(JsonSerializer.Serialize(
            new { @event = "end", groups = request.Groups, runs = request.Runs, seed = request.Seed, seconds, charts }));
    }

    private static IEnumerable<string> WriteCharts(string folder, Solution[] solutions)
    {
        foreach (var quantity in Quantities)
        {
            LineChart chart = new()
            {
                Title = $"Two-step model: {quantity.Name} by recursion (line) and simulation (band)",
                XLabel = "updates",
                YLabel = quantity.Name,
                Series = [.. solutions.Select(s => new ChartSeries(s.Name, [.. s.Exact.Select((policy, k) => Point(quantity.Simulated(s.Simulated[k]), k, quantity.Exact(policy)))]))],
            };
            string path = Path.Combine(folder, quantity.Name + ".svg");
            File.WriteAllText(path, chart.ToSvg());
            yield return path;
        }
    }

    private static ChartPoint Point(TwoStepEstimate simulated, int update, double exact) =>
        new(update, exact, simulated.Mean - simulated.HalfWidth, simulated.Mean + simulated.HalfWidth);

    private sealed record Request(int[] Steps, int Groups, int Runs, ulong Seed);

    private sealed record Solution(string Name, TwoStepPolicy[] Exact, TwoStepEstimates[] Simulated);
}
