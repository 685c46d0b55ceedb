using System.Text.Json.Nodes;
using Stepwise.Options;

namespace Stepwise.Methods.Sampling;

/// <summary>
/// A length that falls, or rises, in a line to ℓ_n, and stays there: <c>ℓ_k = ℓ₁ + (ℓ_n − ℓ₁) (k − 1) / (n − 1)</c>, rounded to the nearest. Source: the
/// rule-based decay beside G²RPO-A's trainer.
/// </summary>
[Formula("ℓ_k = ℓ₁ + (ℓ_n − ℓ₁) (k − 1) / (n − 1)")]
public sealed record LinearGuidance : GuidanceLength
{
    private int _step = 1;

    /// <summary>ℓ_n, the last length; at least 0.</summary>
    [Key("guidance from the last step of the decay on", Low = 0, High = 10_000_000)]
    public int LastGuidance { get; init; }

    /// <summary>n, the training step that first has the last length; at least 2.</summary>
    [Key("training step that first has the last guidance", Unit = "training steps", Low = 2, High = 1e9)]
    public int DecaySteps { get; init; } = 100;

    /// <inheritdoc/>
    public override void Observe(double reward)
    {
        _step = Math.Min(_step + 1, DecaySteps);
        Length = (int)Math.Round(Guidance + ((LastGuidance - (double)Guidance) * (_step - 1) / (DecaySteps - 1)), MidpointRounding.AwayFromZero);
    }

    /// <inheritdoc/>
    public override IStateful Fresh() => this with { Length = Guidance, _step = 1 };

    /// <inheritdoc/>
    public override JsonObject Save() => new() { ["length"] = Length, ["step"] = _step };

    /// <inheritdoc/>
    public override void Load(JsonObject state)
    {
        base.Load(state);
        _step = Read<int>(state, "step") is >= 1 and var step ? step : throw Unsound();
    }
}
