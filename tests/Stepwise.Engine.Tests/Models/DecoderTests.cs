using Stepwise.Engine.Kernels;
using Stepwise.Engine.Models;

namespace Stepwise.Engine.Tests.Models;

public sealed class DecoderTests
{
    [Fact]
    public void Reserve_MorePositions_GrowsAtMostToTheContext()
    {
        using Workers workers = new(1);
        ModelConfig config = TestModel.Config("llama");
        using DecoderWeights weights = new(config, workers);
        using Decoder decoder = new(weights, workers);
        List<int> positions = [];
        foreach (int wanted in (int[])[50, 20, 51, 101, 160])
        {
            decoder.Reserve(wanted);
            positions.Add(decoder.Rotation.Positions);
        }

        positions.ShouldBe([50, 50, 100, 160, 160]);
        Should.Throw<ArgumentOutOfRangeException>(() => decoder.Reserve(config.ContextLength + 1));
    }
}
