using System.CommandLine;
using Stepwise.Cli.Benchmarks;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise bench</c>: how fast the engine is on this machine, and what share of the processor's peak that is.</summary>
internal static class BenchCommand
{
    private static readonly string Starter = Path.Combine(AppContext.BaseDirectory, "models", "starter");

    public static Command Create()
    {
        Option<string> model = new("--model")
        {
            Description = "A model folder in Hugging Face's layout or a .gguf file (default: the bundled starter).",
            DefaultValueFactory = _ => Starter,
        };
        Command matmul = Create("matmul", "Matrix products of the sizes that training meets.", (_, threads) => MatMulBenchmark.Run(threads));
        Command train = Create("train", "A training step on given tokens: forward, backward, clip and AdamW.",
            (parsed, threads) => TrainBenchmark.Run(parsed.GetRequiredValue(model), threads));
        Command sample = Create("sample", "Decoding of 1, 8 and 64 samples at once.",
            (parsed, threads) => SampleBenchmark.Run(parsed.GetRequiredValue(model), threads));
        train.Add(model);
        sample.Add(model);
        return new("bench", "Measure how fast the engine is on this machine, against the processor's peak.") { matmul, train, sample };
    }

    private static Command Create(string name, string description, Func<ParseResult, int, IEnumerable<Figure>> run)
    {
        Option<int?> threads = new("--threads") { Description = "Number of threads (default: 1, and then one per processor)." };
        Option<bool> json = new("--json") { Description = "One JSON object per figure." };
        Command command = new(name, description) { threads, json };
        command.SetAction(parsed =>
        {
            TextWriter console = parsed.InvocationConfiguration.Output;
            bool asJson = parsed.GetValue(json);
            if (!asJson)
            {
                console.WriteLine(Figure.Header);
            }

            foreach (Figure figure in Counts(parsed.GetValue(threads)).SelectMany(count => run(parsed, count)))
            {
                console.WriteLine(asJson ? figure.ToJson() : figure.ToLine());
            }
        });
        return command;
    }

    private static int[] Counts(int? threads) => threads switch
    {
        null => [.. new[] { 1, Environment.ProcessorCount }.Distinct()],
        >= 1 and <= 1024 => [threads.Value],
        _ => throw new InputException($"--threads {threads}: allowed are whole numbers from 1 to 1024."),
    };
}
