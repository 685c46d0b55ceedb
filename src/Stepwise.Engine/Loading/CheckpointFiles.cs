using Stepwise.Engine.Formats;
using Stepwise.Engine.Models;
using Stepwise.Engine.Optimizers;

namespace Stepwise.Engine.Loading;

/// <summary>The values of a trained part and the state of its optimizer, as safetensors files.</summary>
internal static unsafe class CheckpointFiles
{
    private const string OptimizerName = "optimizer.safetensors";
    private const string StepsName = "steps";
    private const string FirstPrefix = "first_moment.";
    private const string SecondPrefix = "second_moment.";
    private const string AveragePrefix = "average.";
    private const string LastPrefix = "last_gradient.";

    /// <summary>Writes the values.</summary>
    /// <param name="folder">A folder that exists.</param>
    /// <param name="part">What is trained.</param>
    /// <exception cref="RunException">The file cannot be written.</exception>
    public static void WriteValues(string folder, TrainedPart part)
    {
        using SafetensorsWriter file = new(Path.Combine(folder, part.WeightsName), [.. Entries(part.Layout, "")]);
        WriteBlock(file, part.Layout, "", part.Values.Pointer);
        file.Commit();
    }

    /// <summary>Writes steps and moments, and the weights' average and the last gradient where they are kept.</summary>
    /// <param name="folder">A folder that exists.</param>
    /// <param name="layout">What the moments are of.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <exception cref="RunException">The file cannot be written.</exception>
    public static void WriteOptimizer(string folder, ParameterBlock layout, AdamWOptimizer optimizer)
    {
        SafetensorsEntry steps = new(StepsName, SafetensorsType.I64, 1);
        using SafetensorsWriter file = new(
            Path.Combine(folder, OptimizerName),
            [
                steps, .. Entries(layout, FirstPrefix), .. Entries(layout, SecondPrefix),
                .. optimizer.Average is null ? [] : Entries(layout, AveragePrefix), .. optimizer.LastGradient is null ? [] : Entries(layout, LastPrefix),
            ]);
        file.WriteExact<long>(StepsName, [optimizer.Steps]);
        WriteBlock(file, layout, FirstPrefix, optimizer.FirstMoment.Pointer);
        WriteBlock(file, layout, SecondPrefix, optimizer.SecondMoment.Pointer);
        if (optimizer.Average is { } average)
        {
            WriteBlock(file, layout, AveragePrefix, average.Pointer);
        }

        if (optimizer.LastGradient is { } last)
        {
            WriteBlock(file, layout, LastPrefix, last.Pointer);
        }

        file.Commit();
    }

    /// <summary>Reads steps and moments where a folder has them, and what else <see cref="WriteOptimizer"/> wrote.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="layout">What the moments are of.</param>
    /// <param name="create">Makes an optimizer of that layout.</param>
    /// <returns>The optimizer, which the caller disposes of; or <see langword="null"/> where the folder has none.</returns>
    /// <exception cref="InputException">The file is not sound, or of another layout.</exception>
    public static AdamWOptimizer? ReadOptimizer(string folder, ParameterBlock layout, Func<AdamWOptimizer> create)
    {
        string path = Path.Combine(folder, OptimizerName);
        if (!File.Exists(path))
        {
            return null;
        }

        using SafetensorsFile file = SafetensorsFile.Open(path);
        long[] steps = new long[1];
        file.ReadExact<long>(StepsName, steps);
        if (steps[0] is < 0 or > int.MaxValue)
        {
            throw new InputException($"{path}: '{StepsName}' is {steps[0]}; allowed: 0 to {int.MaxValue}.");
        }

        AdamWOptimizer optimizer = create();
        try
        {
            optimizer.Steps = (int)steps[0];
            ReadBlock(file, layout, FirstPrefix, optimizer.FirstMoment.Pointer);
            ReadBlock(file, layout, SecondPrefix, optimizer.SecondMoment.Pointer);
            string first = layout.All[0].Name;
            if (file.Tensors.ContainsKey(AveragePrefix + first))
            {
                ReadBlock(file, layout, AveragePrefix, optimizer.KeepAverage().Pointer);
            }

            if (file.Tensors.ContainsKey(LastPrefix + first))
            {
                ReadBlock(file, layout, LastPrefix, optimizer.KeepLastGradient().Pointer);
            }

            return optimizer;
        }
        catch
        {
            optimizer.Dispose();
            throw;
        }
    }

    private static IEnumerable<SafetensorsEntry> Entries(ParameterBlock layout, string prefix) =>
        layout.All.Select(p => new SafetensorsEntry(prefix + p.Name, SafetensorsType.F32, [.. p.Shape.Select(n => (long)n)]));

    private static void WriteBlock(SafetensorsWriter file, ParameterBlock layout, string prefix, float* block)
    {
        foreach (Parameter parameter in layout.All)
        {
            file.Write(prefix + parameter.Name, new ReadOnlySpan<float>(block + parameter.Offset, checked((int)parameter.Count)));
        }
    }

    private static void ReadBlock(SafetensorsFile file, ParameterBlock layout, string prefix, float* block)
    {
        foreach (Parameter parameter in layout.All)
        {
            file.Read(prefix + parameter.Name, new Span<float>(block + parameter.Offset, checked((int)parameter.Count)));
        }
    }
}
