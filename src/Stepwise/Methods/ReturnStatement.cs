using System.Globalization;
using Stepwise.Problems;

namespace Stepwise.Methods;

/// <summary>How a prompt says what a response is to earn: nothing for the most, else a line before what is asked.</summary>
internal static class ReturnStatement
{
    /// <summary>The highest level, which is a reward of 1; 0 is the lowest.</summary>
    public const int Highest = 4;

    /// <summary>The level of a reward: a quarter each, below 0 the lowest, from 1 on the highest.</summary>
    /// <param name="reward">The reward.</param>
    public static int Level(double reward) => (int)Math.Clamp(Math.Floor(reward * Highest), 0, Highest);

    /// <summary>A prompt that says what a response is to earn.</summary>
    /// <param name="prompt">What is asked.</param>
    /// <param name="level">The level.</param>
    public static Prompt Of(Prompt prompt, int level) => level >= Highest ? prompt : prompt switch
    {
        TextPrompt text => text with { Text = Line(level) + text.Text },
        ChatPrompt chat => chat with { Messages = [.. chat.Messages.SkipLast(1), Asking(chat.Messages[^1], level)] },
        _ => throw new InvalidOperationException($"No statement of a return is known for {prompt.GetType().Name}."),
    };

    private static ChatMessage Asking(ChatMessage message, int level) => message with { Content = Line(level) + message.Content };

    // Characters that small vocabularies have too: a statement is learnt, not understood.
    private static string Line(int level) => string.Create(CultureInfo.InvariantCulture, $"#{level}\n");
}
