namespace Stepwise.Policies;

/// <summary>
/// Holds the text of one completion to a form: says which tokens may come next after the text so far. Special tokens, those that end a completion
/// among them, never may: the completion ends as soon as its text is whole.
/// </summary>
/// <remarks>Tokens are then drawn from the distribution over those that may come; the log-probabilities stay those of the whole distribution.</remarks>
public interface ITokenConstraint
{
    /// <summary>Whether the text is whole, so that nothing may follow.</summary>
    bool Ended { get; }

    /// <summary>Whether a token may come next; asked about the whole vocabulary for every token that is drawn.</summary>
    /// <param name="bytes">The token's bytes, at least one; part of a character where the tokenizer cuts one.</param>
    bool Allows(ReadOnlySpan<byte> bytes);

    /// <summary>A token was drawn.</summary>
    /// <param name="bytes">The bytes of one that may come next.</param>
    void Append(ReadOnlySpan<byte> bytes);
}
