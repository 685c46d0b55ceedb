using System.Text.Json;
using Stepwise.Engine.Formats;

namespace Stepwise.Engine.Tests.Formats;

/// <summary>A folder with three tensors in two shards: <c>a</c> (F32) and <c>c</c> (F16) in the first, <c>b</c> (BF16) in the second.</summary>
internal static class ShardedFolder
{
    public const string First = "model-00001-of-00002.safetensors";
    public const string Second = "model-00002-of-00002.safetensors";

    public static void Write(TemporaryFolder folder)
    {
        File.WriteAllText(folder.File(HuggingFaceFolder.ConfigName), ModelConfigTests.Sound);
        using (SafetensorsWriter file = new(
            folder.File(First), [new("a", SafetensorsType.F32, 2), new("c", SafetensorsType.F16, 3)]))
        {
            file.Write("a", [1.25f, -2f]);
            file.WriteExact<Half>("c", [(Half)0.5f, (Half)(-3f), Half.Epsilon]);
            file.Commit();
        }

        using (SafetensorsWriter file = new(folder.File(Second), [new("b", SafetensorsType.BF16, 1, 2)]))
        {
            file.Write("b", [7f, 0.125f]);
            file.Commit();
        }

        WriteIndex(folder, ("a", First), ("b", Second), ("c", First));
    }

    public static void WriteIndex(TemporaryFolder folder, params (string Tensor, string File)[] map) =>
        File.WriteAllText(folder.File(HuggingFaceFolder.IndexName), JsonSerializer.Serialize(new
        {
            metadata = new { total_size = 18 },
            weight_map = map.ToDictionary(m => m.Tensor, m => m.File, StringComparer.Ordinal),
        }));
}
