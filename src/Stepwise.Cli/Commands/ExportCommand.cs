using System.CommandLine;
using System.Diagnostics;
using Stepwise.Cli.Display;
using Stepwise.Engine.Formats;
using Stepwise.Runs;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise export</c>: writes a model for other programs.</summary>
internal static class ExportCommand
{
    private static readonly Dictionary<string, WeightType> Types = new(StringComparer.Ordinal)
    {
        ["f32"] = WeightType.F32,
        ["f16"] = WeightType.F16,
        ["bf16"] = WeightType.BF16,
        ["q8_0"] = WeightType.Q8,
    };

    private enum FileFormat
    {
        HuggingFace,
        Gguf,
    }

    public static Command Create()
    {
        Argument<string> model = ModelOptions.Argument();
        Option<string> output = new("--out")
        {
            Description = "The new folder, or the new file, which ends with .gguf.",
            HelpName = "path",
            Required = true,
        };
        Option<FileFormat?> format = CommonOptions.ChoiceIfGiven(
            "--format", "hf (a Hugging Face folder) or gguf (default: as --out ends).",
            new Dictionary<string, FileFormat>(StringComparer.Ordinal) { ["hf"] = FileFormat.HuggingFace, ["gguf"] = FileFormat.Gguf });
        Option<WeightType?> type = CommonOptions.ChoiceIfGiven(
            "--dtype", "How weights are stored: f32 (default, exact), f16, bf16, or in GGUF also q8_0.", Types);
        Option<bool> json = CommonOptions.Json();
        CliCommand command = new(
            "export",
            "Write a model as a Hugging Face folder or a GGUF file, for other programs.",
            """
            stepwise export starter --out starter.gguf --dtype f16
            stepwise export runs/grpo-2 --out trained --dtype bf16
            """)
        {
            model, output, format, type, json,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            ModelOptions.Resolve(parsed, parsed.GetRequiredValue(model)), parsed.GetRequiredValue(output), parsed.GetValue(format), parsed.GetValue(type) ?? WeightType.F32,
            parsed.GetValue(json), Terminal.Of(parsed), cancellationToken));
        return command;
    }

    private static async Task RunAsync(
        string model, string path, FileFormat? format, WeightType type, bool json, Terminal terminal, CancellationToken cancellationToken)
    {
        bool gguf = path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);
        if (format is { } asked && asked == FileFormat.Gguf != gguf)
        {
            throw new InputException($"--out is \"{path}\"; the name of a GGUF file ends with .gguf, that of a folder does not.");
        }

        using IWeightSource source = WeightSource.Open(model);
        PolicyFolder.Prepare(path);
        long started = Stopwatch.GetTimestamp();
        using TensorProgress? progress = json ? null : new TensorProgress(new WorkDisplay(terminal, "Tensors"));
        IReadOnlyList<ExportedWeights> weights = [];
        if (gguf)
        {
            weights = ModelExport.WriteGguf(source, path, type, progress, cancellationToken);
        }
        else
        {
            await PolicyFolder.WriteAsync(path, folder =>
            {
                weights = ModelExport.WriteFolder(source, folder, type, progress, cancellationToken);
                return ValueTask.CompletedTask;
            }).ConfigureAwait(false);
        }

        string full = Path.GetFullPath(path);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        int tensors = weights.Sum(w => w.Tensors);
        long bytes = weights.Sum(w => w.Bytes);
        if (json)
        {
            JsonLine.Write(terminal.Output, new
            {
                @event = "end",
                Path = full,
                Format = gguf ? "gguf" : "hf",
                Tensors = tensors,
                Bytes = bytes,
                Weights = weights,
                Seconds = seconds,
            });
            return;
        }

        terminal.Output.WriteLine($"Wrote {full} from {source.Location} after {Figures.Time(TimeSpan.FromSeconds(seconds))}:");
        terminal.Output.WriteLine($"{"all",-6}{tensors,6} tensors {bytes,15:N0} bytes");
        foreach (ExportedWeights w in weights)
        {
            string error = w.LargestError == 0 ? "exact" : $"largest rounding error {w.LargestError:0.0e+0}";
            terminal.Output.WriteLine($"{w.Format,-6}{w.Tensors,6} tensors {w.Bytes,15:N0} bytes  {error}");
        }

        if (gguf && source.Config.SlidingWindow is { } window)
        {
            terminal.Output.WriteLine(
                $"llama.cpp knows no sliding window in this architecture: beyond {window} tokens it computes something else.");
        }
    }

    private sealed class TensorProgress(WorkDisplay work) : IProgress<ExportProgress>, IDisposable
    {
        public void Report(ExportProgress value) => work.Report(value.Written, value.Tensors);

        public void Dispose() => work.Dispose();
    }
}
