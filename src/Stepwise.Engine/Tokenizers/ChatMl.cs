using System.Text;
using System.Text.RegularExpressions;
using Stepwise.Problems;

namespace Stepwise.Engine.Tokenizers;

/// <summary>Renders chats as ChatML: <c>&lt;|im_start|&gt;role\ncontent&lt;|im_end|&gt;\n</c> per turn.</summary>
internal sealed partial class ChatMl
{
    public const string TurnStart = "<|im_start|>";
    public const string TurnEnd = "<|im_end|>";

    private readonly string? _defaultSystem;
    private readonly bool _rewritesReasoning;

    private ChatMl(string? defaultSystem, bool rewritesReasoning)
    {
        _defaultSystem = defaultSystem;
        _rewritesReasoning = rewritesReasoning;
    }

    /// <summary>
    /// The renderer of a tokenizer whose template and tokens are ChatML's; <see langword="null"/> for others. The system message that the
    /// template puts before a chat without one is the literal one in it.
    /// </summary>
    public static ChatMl? Of(TokenizerDefinition definition)
    {
        bool speaks = definition.ChatTemplate?.Contains(TurnStart, StringComparison.Ordinal) == true
            && definition.Find(TurnStart) is not null && definition.Find(TurnEnd) is not null;
        if (!speaks)
        {
            return null;
        }

        Match literal = LiteralSystem().Match(definition.ChatTemplate!);
        return new ChatMl(
            literal.Success ? literal.Groups["text"].Value.Replace("\\n", "\n", StringComparison.Ordinal) : null,
            definition.ChatTemplate!.Contains("</think>", StringComparison.Ordinal));
    }

    /// <summary>The text of a chat.</summary>
    /// <param name="messages">The turns, at least one.</param>
    /// <param name="openAssistant">Whether the assistant's turn is opened at the end.</param>
    /// <exception cref="InputException">There is no turn, or the template would rewrite an earlier answer's reasoning.</exception>
    public string Render(IReadOnlyList<ChatMessage> messages, bool openAssistant)
    {
        if (messages.Count == 0)
        {
            throw new InputException("A chat prompt needs at least one message.");
        }

        if (_rewritesReasoning && messages.Any(m => m.Role is "assistant"))
        {
            throw new InputException(
                "This model's chat template rewrites earlier answers, which is not supported: leave assistant turns out.");
        }

        StringBuilder text = new();
        if (_defaultSystem is not null && messages[0].Role is not "system")
        {
            Turn("system", _defaultSystem);
        }

        foreach (ChatMessage message in messages)
        {
            Turn(message.Role, message.Content);
        }

        return openAssistant ? text.Append(TurnStart).Append("assistant\n").ToString() : text.ToString();

        void Turn(string role, string content) =>
            text.Append(TurnStart).Append(role).Append('\n').Append(content).Append(TurnEnd).Append('\n');
    }

    // A quote or a brace would end the template's literal: then the message is computed, not fixed.
    [GeneratedRegex(
        @"<\|im_start\|>system(?:\n|\\n)(?<text>[^'""{}<]*)<\|im_end\|>", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex LiteralSystem();
}
