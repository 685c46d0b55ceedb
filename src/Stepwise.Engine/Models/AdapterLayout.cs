using Stepwise.Engine.Kernels;
using Stepwise.Policies;

namespace Stepwise.Engine.Models;

/// <summary>One matrix's adapter.</summary>
/// <param name="Down">A; [r, in].</param>
/// <param name="Up">B; [out, r].</param>
/// <param name="Column">Where the matrix's outputs begin in the row of the multiply that computes them.</param>
internal sealed record AdapterParameters(Parameter Down, Parameter Up, int Column);

/// <summary>The adapters of one layer, by the multiplies they belong to; each list may be empty.</summary>
internal sealed record LayerAdapterParameters(
    AdapterParameters[] QueryKeyValue, AdapterParameters[] Output, AdapterParameters[] GateUp, AdapterParameters[] Down);

/// <summary>Where every adapter of a decoder lies, under the names of PEFT. The A of matrices that share a multiply are adjacent.</summary>
internal sealed class AdapterLayout : ParameterBlock
{
    /// <summary>What PEFT puts before the name of an adapted matrix.</summary>
    public const string Prefix = "base_model.model.";

    /// <summary>What PEFT puts in place of <c>.weight</c> for A.</summary>
    public const string DownSuffix = ".lora_A.weight";

    /// <summary>What PEFT puts in place of <c>.weight</c> for B.</summary>
    public const string UpSuffix = ".lora_B.weight";

    private const string WeightSuffix = ".weight";

    public AdapterLayout(ModelConfig config, LoraOptions options)
    {
        ParameterLayout model = new(config);
        int rank = options.Rank;
        Layers = [.. model.Layers.Select(p => new LayerAdapterParameters(
            Adapters((LoraTargets.QProj, p.Query), (LoraTargets.KProj, p.Key), (LoraTargets.VProj, p.Value)),
            Adapters((LoraTargets.OProj, p.Output)),
            Adapters((LoraTargets.GateProj, p.Gate), (LoraTargets.UpProj, p.Up)),
            Adapters((LoraTargets.DownProj, p.Down))))];

        AdapterParameters[] Adapters(params (LoraTargets Target, Parameter Weight)[] fused)
        {
            int[] columns = new int[fused.Length];
            for (int i = 1; i < fused.Length; i++)
            {
                columns[i] = columns[i - 1] + fused[i - 1].Weight.Shape[0];
            }

            int[] adapted = [.. Enumerable.Range(0, fused.Length).Where(i => options.Targets.HasFlag(fused[i].Target))];
            Parameter[] downs = [.. adapted.Select(i => Add(NameOf(fused[i].Weight, DownSuffix), rank, fused[i].Weight.Shape[1]))];
            return [.. adapted.Select((i, a) =>
                new AdapterParameters(downs[a], Add(NameOf(fused[i].Weight, UpSuffix), fused[i].Weight.Shape[0], rank), columns[i]))];
        }
    }

    public LayerAdapterParameters[] Layers { get; }

    /// <summary>Elements of the packed copies of all adapters, see <see cref="LowRankUpdate"/>.</summary>
    public long PackedElements => Layers.SelectMany(l => new[] { l.QueryKeyValue, l.Output, l.GateUp, l.Down }).Where(a => a.Length > 0).Sum(a =>
    {
        int rank = a[0].Down.Shape[0], stacked = rank * a.Length, width = a[0].Down.Shape[1];
        return PackedMatrix.Elements(width, stacked) + PackedMatrix.Elements(stacked, width)
            + a.Sum(p => PackedMatrix.Elements(rank, p.Up.Shape[0]) + PackedMatrix.Elements(p.Up.Shape[0], rank));
    });

    private static string NameOf(Parameter weight, string suffix) => Prefix + weight.Name[..^WeightSuffix.Length] + suffix;
}
