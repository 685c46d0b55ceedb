using System.Text.Json;
using Stepwise.Methods.Advantages;
using Stepwise.Rollouts;
using Stepwise.Tests.Rollouts;

namespace Stepwise.Tests.Methods.Advantages;

/// <summary>Advantages against TRL's trainer (float32), which shuffles the samples of a batch: compared in order of size.</summary>
public sealed class GoldenAdvantageTests
{
    [Fact]
    public void Estimate_RewardsOfEveryRun_EqualTheReference()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(SharedFolder.Require("golden", "trainer", "trajectories.json")));
        JsonElement steps = document.RootElement.GetProperty("steps");
        HashSet<string> scales = new(StringComparer.Ordinal);
        double worst = 0.0;
        foreach (JsonElement run in document.RootElement.GetProperty("runs").EnumerateArray())
        {
            JsonElement settings = run.GetProperty("settings");
            string scale = settings.GetProperty("scale_rewards").GetString()!;
            scales.Add(scale);
            GroupAdvantage estimator = new() { Scale = CatalogParts.AdvantageScale(scale) };
            JsonElement updates = run.GetProperty("updates");
            int perBatch = settings.GetProperty("updates_per_batch").GetInt32();
            updates.GetArrayLength().ShouldBe(perBatch * steps.GetArrayLength());
            for (int u = 0; u < updates.GetArrayLength(); u++)
            {
                Group[] groups = [.. steps[u / perBatch].EnumerateArray().Select(g => Samples.Rewarded(
                    [.. g.GetProperty("completions").EnumerateArray().Select(c => c.GetProperty("reward").GetDouble())]))];
                estimator.Estimate(groups);
                double[] ours = [.. groups.SelectMany(g => g.Rollouts).Select(r => r.Advantages[0]).Order()];
                double[] theirs = [.. updates[u].GetProperty("advantages").EnumerateArray().Select(a => a.GetDouble()).Order()];
                theirs.Length.ShouldBe(ours.Length);
                worst = Math.Max(worst, ours.Zip(theirs, (a, b) => Math.Abs(a - b)).Max());
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"largest difference {worst:e1}");
        scales.Count.ShouldBe(3);
        worst.ShouldBeLessThan(1e-6);
    }
}
