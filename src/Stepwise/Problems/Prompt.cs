using System.Collections.Immutable;

namespace Stepwise.Problems;

/// <summary>What a policy is asked to continue: plain text, or a chat that the policy's own template renders.</summary>
public abstract record Prompt;

/// <summary>A prompt that is encoded as it stands.</summary>
/// <param name="Text">The text to continue.</param>
public sealed record TextPrompt(string Text) : Prompt
{
    /// <summary>
    /// Whether the texts of special tokens in it stand for those tokens, as in a prompt that was written out by hand in a model's own
    /// format. Otherwise they are text, as everything in a problem is.
    /// </summary>
    public bool WithControlTokens { get; init; }
}

/// <summary>A prompt that the policy's chat template renders, followed by the opening of the assistant's turn.</summary>
/// <param name="Messages">The turns so far, oldest first; at least one.</param>
public sealed record ChatPrompt(IReadOnlyList<ChatMessage> Messages) : Prompt
{
    /// <summary>
    /// What the template is told beside the chat, by name, for example <c>enable_thinking</c>: truth values (<see cref="bool"/>), whole numbers
    /// (<see cref="long"/>) and texts. What is not said here is left to the template.
    /// </summary>
    public IReadOnlyDictionary<string, object> Variables { get; init; } = ImmutableDictionary<string, object>.Empty;

    /// <summary>
    /// The date that is told to a template which names one. By default 26 July 2024, as in Llama 3's own template: a chat is then the same
    /// tokens on every day.
    /// </summary>
    public DateOnly Today { get; init; } = new(2024, 7, 26);
}

/// <summary>One turn of a chat.</summary>
/// <param name="Role"><c>system</c>, <c>user</c> or <c>assistant</c>.</param>
/// <param name="Content">The text of the turn.</param>
public sealed record ChatMessage(string Role, string Content);
