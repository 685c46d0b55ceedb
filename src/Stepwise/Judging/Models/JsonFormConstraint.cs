using Stepwise.Policies;

namespace Stepwise.Judging.Models;

/// <summary>Holds a completion to one object of a form of JSON, on one line and with one blank after each comma and colon.</summary>
/// <param name="form">The form; a text of it has a bound, and so has the completion.</param>
internal sealed class JsonFormConstraint(JsonForm form) : ITokenConstraint
{
    private JsonState _place = JsonState.Before(form, JsonState.End);

    /// <inheritdoc/>
    public bool Ended => ReferenceEquals(_place, JsonState.End);

    /// <inheritdoc/>
    public bool Allows(ReadOnlySpan<byte> bytes) => Follow(bytes) is not null;

    /// <inheritdoc/>
    public void Append(ReadOnlySpan<byte> bytes) =>
        _place = Follow(bytes) ?? throw new ArgumentException("The token may not come next.", nameof(bytes));

    private JsonState? Follow(ReadOnlySpan<byte> bytes)
    {
        JsonState? place = _place;
        foreach (byte next in bytes)
        {
            place = place?.After(next);
            if (place is null)
            {
                return null;
            }
        }

        return place;
    }
}
