using System.CommandLine;
using System.Diagnostics;
using Stepwise.Cli.Display;
using Stepwise.Engine.Formats;
using Stepwise.Engine.Models;
using Stepwise.Files;

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
        Option<bool> adapter = new("--adapter")
        {
            Description = "Write a run's adapters as they are, for PEFT, and not as one model with their base.",
        };
        Option<string?> baseName = new("--base-name")
        {
            Description = "With --adapter: what the base model is called where they go (default: its path here).",
            HelpName = "org/name",
        };
        Option<bool> json = CommonOptions.Json();
        CliCommand command = new(
            "export",
            "Write a model as a Hugging Face folder or a GGUF file, for other programs.",
            """
            stepwise export starter --out starter.gguf --dtype f16
            stepwise export runs/grpo-2 --out trained --dtype bf16
            stepwise export runs/lora-1 --adapter --base-name HuggingFaceTB/SmolLM2-135M-Instruct --out adapters
            """)
        {
            model, output, format, type, adapter, baseName, json,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            ModelOptions.Resolve(parsed, parsed.GetRequiredValue(model)), parsed.GetRequiredValue(output),
            parsed.GetValue(format), parsed.GetValue(type) ?? WeightType.F32,
            parsed.GetValue(adapter), BaseName(parsed.GetValue(baseName), parsed.GetValue(adapter)), parsed.GetValue(json),
            Terminal.Of(parsed), cancellationToken));
        return command;
    }

    private static async Task RunAsync(
        string model, string path, FileFormat? format, WeightType type, bool adapter, string? baseName, bool json, Terminal terminal,
        CancellationToken cancellationToken)
    {
        bool gguf = path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);
        if (format is { } asked && asked == FileFormat.Gguf != gguf)
        {
            throw new InputException($"--out is \"{path}\"; the name of a GGUF file ends with .gguf, that of a folder does not.");
        }

        if (adapter && gguf)
        {
            throw new InputException($"--out is \"{path}\"; --adapter writes a folder, whose name does not end with .gguf.");
        }

        using IWeightSource source = WeightSource.Open(model);
        AdapterFolder? adapters = !adapter ? null : source as AdapterFolder
            ?? throw new InputException($"{source.Location}: a whole model, no adapters; leave --adapter out.");
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
                weights = adapters is null
                    ? ModelExport.WriteFolder(source, folder, type, progress, cancellationToken)
                    : ModelExport.WriteAdapters(adapters, folder, type, baseName, progress, cancellationToken);
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
                Format = gguf ? "gguf" : adapter ? "adapter" : "hf",
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

    private static string? BaseName(string? name, bool adapter) => (name, adapter) switch
    {
        (not null, false) => throw new InputException("--base-name is given without --adapter; a whole model has no base."),
        (not null, _) when string.IsNullOrWhiteSpace(name) =>
            throw new InputException("--base-name is empty; give the base model's name, such as ORG/NAME."),
        _ => name,
    };

    private sealed class TensorProgress(WorkDisplay work) : IProgress<ExportProgress>, IDisposable
    {
        public void Report(ExportProgress value) => work.Report(value.Written, value.Tensors);

        public void Dispose() => work.Dispose();
    }
}
