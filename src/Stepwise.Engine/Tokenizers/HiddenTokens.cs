using System.Text;

namespace Stepwise.Engine.Tokenizers;

/// <summary>
/// Keeps tokens that are written out in data from being found there. The first character of each is put aside for a stand-in, a Unicode
/// noncharacter that neither data nor template has, which goes through a template as that character would; it comes back once the tokens of
/// the rendered text are found.
/// </summary>
/// <param name="tokens">The tokens to hide.</param>
/// <param name="taken">Texts whose characters are no stand-ins: all data, and the template around it.</param>
internal sealed class HiddenTokens(AddedTokenMatcher tokens, params IReadOnlyList<string> taken)
{
    private readonly Dictionary<char, char> _standIns = [];
    private readonly Dictionary<char, char> _originals = [];

    /// <summary>The text with every token in it hidden.</summary>
    /// <exception cref="InputException">Every noncharacter is taken.</exception>
    public string Hide(string text)
    {
        StringBuilder hidden = new(text);
        (int id, int start, int length) = tokens.Find(text);
        for (int first = start; id >= 0; first += start + 1)
        {
            hidden[first] = StandIn(text[first]);
            if (length > 1 && char.IsHighSurrogate(text[first]))
            {
                hidden[first + 1] = StandIn(text[first + 1]);
            }

            (id, start, length) = tokens.Find(text.AsSpan(first + 1));
        }

        return hidden.ToString();
    }

    /// <summary>The text with the hidden characters in their places again.</summary>
    public ReadOnlySpan<char> Reveal(ReadOnlySpan<char> text)
    {
        if (_originals.Count == 0 || !text.ContainsAnyInRange('\uFDD0', '\uFDEF'))
        {
            return text;
        }

        char[] revealed = new char[text.Length];
        for (int i = 0; i < revealed.Length; i++)
        {
            revealed[i] = _originals.GetValueOrDefault(text[i], text[i]);
        }

        return revealed;
    }

    private char StandIn(char character)
    {
        if (!_standIns.TryGetValue(character, out char standIn))
        {
            for (standIn = '\uFDD0'; _originals.ContainsKey(standIn) || taken.Any(text => text.Contains(standIn)); standIn++)
            {
                if (standIn == '\uFDEF')
                {
                    throw new InputException(
                        "A text has a special token written out in it, and too many of the noncharacters U+FDD0 to U+FDEF. Leave it out.");
                }
            }

            _standIns.Add(character, standIn);
            _originals.Add(standIn, character);
        }

        return standIn;
    }
}
