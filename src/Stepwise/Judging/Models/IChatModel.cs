using Stepwise.Reasoning;

namespace Stepwise.Judging.Models;

/// <summary>A language model that is asked one question at a time: over a network, or on this machine.</summary>
internal interface IChatModel
{
    /// <summary>What answers, in words that tell it from every other: part of what a kept answer is found by. It holds no secret.</summary>
    string Identity { get; }

    /// <summary>Asks it.</summary>
    /// <param name="request">The question.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The answer, whatever it says.</returns>
    /// <exception cref="ChatException">There is no answer.</exception>
    ValueTask<ChatAnswer> AskAsync(ChatRequest request, CancellationToken cancellationToken = default);
}

/// <summary>A question to a chat model.</summary>
/// <param name="System">The rules.</param>
/// <param name="User">The question with its data.</param>
/// <param name="MaxTokens">The most tokens of the answer; at least 1.</param>
internal sealed record ChatRequest(string System, string User, int MaxTokens)
{
    /// <summary>The form of JSON that the answer is to have, where the model can be held to one; or <see langword="null"/>.</summary>
    public JsonForm? Form { get; init; }

    /// <summary>Divides the logits; 0 means greedy decoding.</summary>
    public double Temperature { get; init; }

    /// <summary>The random stream of an answer that is drawn; 0 where it is greedy.</summary>
    public ulong Seed { get; init; }

    /// <summary>Answers of which the log-probabilities are asked, none the beginning of another; none for an answer in words.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];
}

/// <summary>Why an answer ended.</summary>
internal enum ChatFinish
{
    /// <summary>It is whole.</summary>
    Stop,

    /// <summary>It was cut off by a length limit.</summary>
    Length,

    /// <summary>The server held it back, or gave another reason.</summary>
    Other,
}

/// <summary>An answer of a chat model.</summary>
/// <param name="Text">Its text; untrusted.</param>
/// <param name="Finish">Why it ended.</param>
/// <param name="TokensIn">Tokens read, in [0, <see cref="MostTokens"/>].</param>
/// <param name="TokensOut">Tokens written, thinking counted, in [0, <see cref="MostTokens"/>].</param>
internal sealed record ChatAnswer(string Text, ChatFinish Finish, long TokensIn, long TokensOut)
{
    /// <summary>The most tokens that are believed of one answer, ten times the longest context there is: sums of such counts do not overflow.</summary>
    public const long MostTokens = 100_000_000;

    /// <summary>Per choice of the request its log-probability, −∞ where it is below all that are told; <see langword="null"/> where none were told.</summary>
    public IReadOnlyList<double>? ChoiceLogProbs { get; init; }

    /// <summary>Whether it was paid for earlier.</summary>
    public bool Kept { get; init; }

    /// <summary>What it cost now.</summary>
    public JudgeCost Cost => Kept ? default : new(1, TokensIn + TokensOut);
}

/// <summary>A chat model gave no answer.</summary>
/// <param name="message">Why, in one line for people, without secrets.</param>
/// <param name="innerException">What revealed it, or <see langword="null"/>.</param>
internal sealed class ChatException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>Whether the same question may be answered later.</summary>
    public bool IsTransient { get; init; }

    /// <summary>How long the server asks to wait, or <see langword="null"/>.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
