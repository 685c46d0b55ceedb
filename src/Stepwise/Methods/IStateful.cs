using System.Text.Json.Nodes;

namespace Stepwise.Methods;

/// <summary>
/// A part that remembers from step to step: a length of guidance, a dual variable, what came of each problem. Its options are shared, so every
/// run works with a copy of its own; the state is saved in checkpoints and loaded from them, and a run that goes on is the same, bit for bit. The
/// parts that a part declares as its own are asked too.
/// </summary>
public interface IStateful
{
    /// <summary>A copy with the same options, and the state that a run starts with.</summary>
    IStateful Fresh();

    /// <summary>The state after a whole training step.</summary>
    JsonObject Save();

    /// <summary>Takes a state that <see cref="Save"/> gave.</summary>
    /// <param name="state">The state.</param>
    /// <exception cref="InputException">It is no state of this part.</exception>
    void Load(JsonObject state);
}
