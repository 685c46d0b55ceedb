using System.Text;

namespace Stepwise.Engine.Tokenizers;

/// <summary>
/// The 256 printable characters by which byte-level vocabularies write bytes: printable Latin-1 characters stand for themselves, the other
/// bytes for U+0100 onwards in order (GPT-2).
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = Create();
    private static readonly short[] BytesByCharacter = Invert(Characters);

    public static char Character(byte value) => Characters[value];

    /// <summary>The bytes a token's text stands for; a text with a character outside the alphabet stands for its own UTF-8.</summary>
    public static byte[] Bytes(string token)
    {
        byte[] bytes = new byte[token.Length];
        for (int i = 0; i < token.Length; i++)
        {
            if (token[i] >= BytesByCharacter.Length || BytesByCharacter[token[i]] < 0)
            {
                return Encoding.UTF8.GetBytes(token);
            }

            bytes[i] = (byte)BytesByCharacter[token[i]];
        }

        return bytes;
    }

    private static char[] Create()
    {
        char[] characters = new char[256];
        char next = '\u0100';
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[value] = printable ? (char)value : next++;
        }

        return characters;
    }

    private static short[] Invert(char[] characters)
    {
        short[] bytes = new short[characters.Max() + 1];
        Array.Fill<short>(bytes, -1);
        for (int value = 0; value < 256; value++)
        {
            bytes[characters[value]] = (short)value;
        }

        return bytes;
    }
}
