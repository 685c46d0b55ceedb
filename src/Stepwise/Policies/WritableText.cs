using System.Text;
using Stepwise.Problems;

namespace Stepwise.Policies;

/// <summary>Refuses text with characters for which a tokenizer has no token: it would lose them without a word.</summary>
/// <param name="tokenizer">The tokenizer.</param>
internal sealed class WritableText(ITokenizer tokenizer)
{
    private const int MaxShown = 80;

    private readonly HashSet<Rune> _looked = [];

    /// <summary>Checks a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="what">What it is, for the message: "Problem 3: its prompt".</param>
    /// <param name="remedy">What to do about it, a sentence.</param>
    /// <exception cref="InputException">The tokenizer would lose some of its characters.</exception>
    public void Require(string text, string what, string remedy)
    {
        Rune[] lost = [.. text.EnumerateRunes().Where(_looked.Add).Where(rune => tokenizer.Encode(rune.ToString()).Length == 0)];
        if (lost.Length > 0)
        {
            string shown = Escaped.Line(string.Join(", ", lost.Select(rune => $"'{rune}'")), MaxShown);
            throw new InputException($"{what} has characters for which the policy's tokenizer has no token, and which would be lost: {shown}. {remedy}");
        }
    }

    /// <summary>The same of a prompt.</summary>
    /// <inheritdoc cref="Require(string, string, string)"/>
    public void Require(Prompt prompt, string what, string remedy) => Require(
        prompt switch
        {
            TextPrompt plain => plain.Text,
            ChatPrompt chat => string.Concat(chat.Messages.Select(message => message.Content)),
            _ => "",
        },
        what, remedy);
}
