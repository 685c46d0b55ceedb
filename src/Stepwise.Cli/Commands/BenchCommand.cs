using System.CommandLine;
using Stepwise.Cli.Benchmarks;
using Stepwise.Cli.Display;
using Stepwise.Engine.Kernels;
using Stepwise.Policies;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise bench</c>: how fast the engine is here, and what share of the processor's peak that is.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        Option<string?> model = ModelOptions.Option("starter");
        string Model(ParseResult parsed) => ModelOptions.Resolve(parsed, parsed.GetValue(model) ?? "starter");
        Option<FrozenType?> weights = CommonOptions.Weights();
        Command matmul = Create(
            "matmul", "Matrix products of the sizes that training meets.", (_, threads, token) => MatMulBenchmark.Run(threads, token));
        Command attention = Create(
            "attention", "Causal attention, forward and backward.", (_, threads, token) => AttentionBenchmark.Run(threads, token));
        Command train = Create("train", "A training step on given tokens: forward, backward, clip and AdamW.",
            (parsed, threads, token) => TrainBenchmark.Run(Model(parsed), threads, token));
        Command score = Create("score", "Log-probabilities of given tokens.",
            (parsed, threads, token) => ScoreBenchmark.Run(Model(parsed), threads, token));
        Command prefill = Create("prefill", "A prompt up to its first new token.",
            (parsed, threads, token) => PrefillBenchmark.Run(Model(parsed), parsed.GetValue(weights) ?? FrozenType.Float32, threads, token));
        Command sample = Create("sample", "Decoding of 1, 8, 32 and 64 samples.",
            (parsed, threads, token) => SampleBenchmark.Run(Model(parsed), parsed.GetValue(weights) ?? FrozenType.Float32, threads, token));
        Command step = Create("step", "What a policy does in a GRPO step: samples 4 groups of 8, and is updated on them.",
            (parsed, threads, token) => StepBenchmark.Run(Model(parsed), threads, token));
        foreach (Command command in (Command[])[train, score, prefill, sample, step])
        {
            command.Add(model);
        }

        prefill.Add(weights);
        sample.Add(weights);
        return new CliCommand(
            "bench",
            "Measure how fast the engine is on this machine, against the processor's peak and the memory's rate.",
            """
            stepwise bench matmul --threads 1
            stepwise bench train --model SmolLM2-135M-Instruct.Q4_1.gguf --json
            stepwise bench sample --model SmolLM2-135M-Instruct.Q4_1.gguf --weights bfloat16
            """)
        {
            matmul, attention, train, score, prefill, sample, step, CreateTokenizer(),
        };
    }

    private static CliCommand CreateTokenizer()
    {
        Option<string> model = new("--model")
        {
            Description = "A folder with tokenizer.json or a .gguf file.",
            HelpName = "path",
            Required = true,
        };
        Option<string> text = new("--text") { Description = "A file of UTF-8 text.", HelpName = "path", Required = true };
        Option<bool> json = CommonOptions.Json();
        CliCommand command = new(
            "tokenizer",
            "Encoding and decoding of a file's lines, on one thread.",
            "stepwise bench tokenizer --model SmolLM2-135M-Instruct --text gsm8k.jsonl")
        {
            model, text, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            TokenizerFigure figure = TokenizerBenchmark.Run(
                parsed.GetRequiredValue(model), parsed.GetRequiredValue(text), cancellationToken);
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                JsonLine.Write(output, figure);
            }
            else
            {
                foreach (string line in TokenizerFigure.Table().Lines(figure.Cells()))
                {
                    output.WriteLine(line);
                }
            }

            return Task.CompletedTask;
        });
        return command;
    }

    /// <summary>The figures, each with the memory's rate, measured before the first.</summary>
    private static IEnumerable<Figure> WithBandwidth(IEnumerable<Figure> figures, int threads)
    {
        double bandwidth = ReadBandwidth.Measure(threads, Rounds.Runs);
        return figures.Select(f => f with { PeakGigabytesPerSecond = bandwidth });
    }

    private static CliCommand Create(
        string name, string description, Func<ParseResult, int, CancellationToken, IEnumerable<Figure>> run)
    {
        Option<int?> threads = CommonOptions.ThreadsIfGiven("Threads to use (default: 1, and then one per processor).");
        Option<bool> json = CommonOptions.Json();
        CliCommand command = new(name, description, $"stepwise bench {name}") { threads, json };
        command.SetAction((parsed, cancellationToken) =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            bool asJson = parsed.GetValue(json);
            LineTable table = Figure.Table();
            HashSet<int> counts = parsed.GetValue(threads) is { } count ? [count] : [1, Environment.ProcessorCount];
            foreach (Figure figure in counts.SelectMany(c => WithBandwidth(run(parsed, c, cancellationToken), c)))
            {
                if (asJson)
                {
                    JsonLine.Write(output, figure);
                }
                else
                {
                    Write(output, table, figure);
                }
            }

            return Task.CompletedTask;
        });
        return command;
    }

    private static void Write(TextWriter output, LineTable table, Figure figure)
    {
        foreach (string line in table.Lines(figure.Cells()))
        {
            output.WriteLine(line);
        }

        if (figure.More() is { Length: > 0 } more)
        {
            output.WriteLine($"  {more}");
        }
    }
}
