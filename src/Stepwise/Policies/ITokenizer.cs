using Stepwise.Problems;

namespace Stepwise.Policies;

/// <summary>Text to token ids and back, as the policy was trained.</summary>
public interface ITokenizer
{
    /// <summary>Number of token ids, added tokens included.</summary>
    int VocabularySize { get; }

    /// <summary>The ids that end a completion (end of text, end of turn); may be empty.</summary>
    IReadOnlyList<int> StopTokens { get; }

    /// <summary>Encodes plain text; added tokens inside the text are recognised, no special token is put before or after it.</summary>
    /// <param name="text">Any Unicode text.</param>
    int[] Encode(string text);

    /// <summary>
    /// Renders a prompt (a chat by the model's template) and encodes it; before a plain text stands the begin token, where the tokenizer
    /// puts one. Data is text: of the special tokens only those count that the template writes, or a <see cref="TextPrompt"/> that says so.
    /// </summary>
    /// <param name="prompt">The prompt.</param>
    /// <exception cref="InputException">
    /// A chat is asked for, and the tokenizer has no chat template, or one that is not supported or refuses this chat.
    /// </exception>
    int[] Encode(Prompt prompt);

    /// <summary>
    /// Encodes a response as the policy is to write it: the text as data, and what ends the turn, which is in a chat what the template ends
    /// an assistant's turn with, otherwise the first stop token.
    /// </summary>
    /// <param name="prompt">The prompt that it answers.</param>
    /// <param name="response">The response's text; the text of a special token in it stays text.</param>
    int[] EncodeResponse(Prompt prompt, string response) => [.. Encode(response), .. StopTokens.Take(1)];

    /// <summary>Decodes token ids; bytes that are not valid UTF-8 become U+FFFD.</summary>
    /// <param name="tokens">Token ids, each in [0, <see cref="VocabularySize"/>).</param>
    /// <param name="skipSpecial">Whether special tokens are left out.</param>
    string Decode(ReadOnlySpan<int> tokens, bool skipSpecial = true);

    /// <summary>The bytes that one token stands for (empty for a special token when <paramref name="skipSpecial"/> is set).</summary>
    /// <param name="token">A token id.</param>
    /// <param name="skipSpecial">Whether special tokens stand for nothing.</param>
    ReadOnlySpan<byte> Bytes(int token, bool skipSpecial = true);
}
