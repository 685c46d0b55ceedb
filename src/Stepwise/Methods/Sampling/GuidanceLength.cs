using System.Text.Json;
using System.Text.Json.Nodes;
using Stepwise.Options;

namespace Stepwise.Methods.Sampling;

/// <summary>How much of a reference solution guided samples are given, and how that follows from what came of it.</summary>
public abstract record GuidanceLength : IStateful
{
    /// <summary>ℓ₁, the length in the first training step; at least 0.</summary>
    [Key("guidance in the first training step, in the unit of method.guidanceUnit", Low = 0, High = 10_000_000)]
    public int Guidance { get; init; } = 3072;

    /// <summary>ℓ, the length in the training step that comes.</summary>
    public int Length { get; protected set; }

    /// <summary>A training step's samples came.</summary>
    /// <param name="reward">r_k, the mean outcome of the step's decided samples, guided ones too; in [0, 1].</param>
    public abstract void Observe(double reward);

    /// <inheritdoc/>
    public virtual IStateful Fresh() => this with { Length = Guidance };

    /// <inheritdoc/>
    public virtual JsonObject Save() => new() { ["length"] = Length };

    /// <inheritdoc/>
    public virtual void Load(JsonObject state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Length = Read<int>(state, "length") is >= 0 and var length ? length : throw Unsound();
    }

    /// <summary>A value of the state.</summary>
    /// <exception cref="InputException">It is missing or of another kind.</exception>
    private protected static T Read<T>(JsonObject state, string name)
    {
        try
        {
            return state[name] is { } node ? node.Deserialize<T>() ?? throw Unsound() : throw Unsound();
        }
        catch (JsonException error)
        {
            throw Unsound(error);
        }
    }

    private protected static InputException Unsound(Exception? inner = null) =>
        new($"the state of the guidance's length is not one that was saved{(inner is null ? "" : $" ({inner.Message.TrimEnd('.')})")}.");
}
