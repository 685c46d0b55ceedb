using System.Text;

namespace Stepwise.Policies;

/// <summary>
/// Joins the bytes of tokens to text as they come; a character appears once its last byte has. Invalid bytes become U+FFFD, exactly as in
/// <see cref="ITokenizer.Decode"/> of all tokens.
/// </summary>
public sealed class Utf8Assembler
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _text = new();

    /// <summary>Number of characters that are complete.</summary>
    public int Length => _text.Length;

    /// <summary>The complete characters from a position on.</summary>
    /// <param name="start">The position, at most <see cref="Length"/>.</param>
    public string TextFrom(int start) => _text.ToString(start, _text.Length - start);

    /// <summary>Adds a token's bytes, special tokens aside. A model's vocabulary may be padded: an id past the tokenizer's has none.</summary>
    /// <param name="tokenizer">Gives the bytes.</param>
    /// <param name="token">The token's id.</param>
    /// <returns>Number of characters complete now.</returns>
    public int Append(ITokenizer tokenizer, int token)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return Convert(token < tokenizer.VocabularySize ? tokenizer.Bytes(token) : [], flush: false);
    }

    /// <summary>The whole text; a character cut off at the end becomes U+FFFD.</summary>
    public string Finish()
    {
        _ = Convert([], flush: true);
        return _text.ToString();
    }

    /// <summary>The text of a completion, and per token how many of its characters are complete after it.</summary>
    /// <param name="tokenizer">Gives the bytes, without special tokens.</param>
    /// <param name="tokens">The completion.</param>
    /// <returns>Text, and ends: non-decreasing, one per token, the last the text's length.</returns>
    public static (string Text, int[] TextEnds) Assemble(ITokenizer tokenizer, ReadOnlySpan<int> tokens)
    {
        Utf8Assembler assembler = new();
        int[] ends = new int[tokens.Length];
        for (int i = 0; i < tokens.Length; i++)
        {
            ends[i] = assembler.Append(tokenizer, tokens[i]);
        }

        string text = assembler.Finish();
        if (ends.Length > 0)
        {
            ends[^1] = text.Length;
        }

        return (text, ends);
    }

    private int Convert(ReadOnlySpan<byte> bytes, bool flush)
    {
        Span<char> chars = stackalloc char[256];
        bool completed;
        do
        {
            _decoder.Convert(bytes, chars, flush, out int used, out int written, out completed);
            _text.Append(chars[..written]);
            bytes = bytes[used..];
        }
        while (!completed);

        return _text.Length;
    }
}
