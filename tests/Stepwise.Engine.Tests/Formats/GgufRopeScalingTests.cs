using Stepwise.Engine.Formats;
using Stepwise.Engine.Models;

namespace Stepwise.Engine.Tests.Formats;

public sealed class GgufRopeScalingTests
{
    private const int HeadSize = 64;
    private const double Theta = 500000;

    [Fact]
    public void Read_LinearAndYarn_ByTypeAndFactor()
    {
        Read([], []).ShouldBe(new DefaultRopeScaling());
        Read([("a.rope.scaling.type", "none"), ("a.rope.scaling.factor", 4.0)], []).ShouldBe(new DefaultRopeScaling());
        Read([("a.rope.scaling.type", "linear"), ("a.rope.scaling.factor", 4.0)], []).ShouldBe(new LinearRopeScaling(4));
        Read([("a.rope.scaling.factor", 4.0)], []).ShouldBe(new LinearRopeScaling(4));
        Read([("a.rope.scale_linear", 2.0)], []).ShouldBe(new LinearRopeScaling(2));
        Read(Yarn(), []).ShouldBe(new YarnRopeScaling(4, 4096));
    }

    [Fact]
    public void Read_Llama3Factors_GiveTheirScaling()
    {
        Llama3RopeScaling scaling = new(32, 1, 4, 8192);
        float[] factors = GgufRopeScaling.Factors(scaling, HeadSize, Theta);
        factors[0].ShouldBe(1);
        factors[^1].ShouldBe(32);
        Read([], factors).ShouldBe(scaling);
        Read([], [.. Enumerable.Repeat(1f, HeadSize / 2)]).ShouldBe(new DefaultRopeScaling());
        Llama3RopeScaling shorter = scaling with { OriginalContextLength = 4096 };
        Read([("a.rope.scaling.original_context_length", 4096L)], GgufRopeScaling.Factors(shorter, HeadSize, Theta)).ShouldBe(shorter);
    }

    [Fact]
    public void Read_WhatIsNotSupported_RefusedByKey()
    {
        float[] factors = GgufRopeScaling.Factors(new Llama3RopeScaling(32, 1, 4, 8192), HeadSize, Theta);
        Refuses([("a.rope.scaling.type", "longrope")], [], "longrope");
        Refuses([.. Yarn(), ("a.rope.scaling.yarn_beta_fast", 16.0)], [], "yarn_beta_fast");
        Refuses([("a.rope.scaling.type", "yarn")], [], "original_context_length");
        Refuses(Yarn(), factors, "rope_freqs.weight");
        Refuses([], factors[1..], "rope_freqs.weight");
        Refuses([], [.. factors[..^1], float.NaN], "rope_freqs.weight");
        Refuses([], [.. factors[..^1], float.PositiveInfinity], "rope_freqs.weight");
        Refuses([], GgufRopeScaling.Factors(new Llama3RopeScaling(32, 1, 5, 8192), HeadSize, Theta), "rope_freqs.weight");
    }

    private static (string Key, object Value)[] Yarn() =>
    [
        ("a.rope.scaling.type", "yarn"), ("a.rope.scaling.factor", 4.0), ("a.rope.scaling.original_context_length", 4096L),
    ];

    private static void Refuses((string Key, object Value)[] keys, float[] factors, string named) =>
        Should.Throw<InputException>(() => Read(keys, factors)).Message.ShouldContain(named);

    private static RopeScaling Read((string Key, object Value)[] keys, float[] factors) => GgufRopeScaling.Read(
        new GgufMetadata("x.gguf", keys.ToDictionary(k => k.Key, k => k.Value, StringComparer.Ordinal)), "a", HeadSize, Theta, factors);
}
