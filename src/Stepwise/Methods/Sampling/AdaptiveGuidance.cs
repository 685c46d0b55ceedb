using System.Text.Json.Nodes;
using Stepwise.Options;

namespace Stepwise.Methods.Sampling;

/// <summary>A length that follows the reward: more guidance where it falls, less where it rises. Source: G²RPO-A, arXiv 2508.13023.</summary>
public abstract record AdaptiveGuidance : GuidanceLength
{
    /// <summary>Rewards of the last training steps, the newest last.</summary>
    private protected List<double> Rewards { get; private set; } = [];

    /// <summary>ℓ_max, the longest length; at least 1.</summary>
    [Key("longest guidance, in the unit of method.guidanceUnit", Low = 1, High = 10_000_000)]
    public int LongestGuidance { get; init; } = 3072;

    /// <inheritdoc/>
    public override IStateful Fresh() => this with { Length = Math.Min(Guidance, LongestGuidance), Rewards = [] };

    /// <inheritdoc/>
    public override JsonObject Save() => new()
    {
        ["length"] = Length, ["rewards"] = new JsonArray([.. Rewards.Select(reward => (JsonNode)JsonValue.Create(reward))]),
    };

    /// <inheritdoc/>
    public override void Load(JsonObject state)
    {
        base.Load(state);
        Rewards = Read<List<double>>(state, "rewards") is var rewards && rewards.TrueForAll(reward => reward is >= 0 and <= 1) ? rewards : throw Unsound();
    }
}
