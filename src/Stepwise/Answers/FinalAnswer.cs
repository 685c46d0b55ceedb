using System.Runtime.InteropServices;

namespace Stepwise.Answers;

/// <summary>The final answer of a response in prose.</summary>
/// <param name="Text">The answer as it is written.</param>
/// <param name="Share">Its value, a percentage as a share (40 % is 0.4).</param>
/// <param name="Plain">Its value with a percent sign ignored (40 % is 40).</param>
/// <param name="Position">Its first character in the response.</param>
/// <remarks>
/// An answer is one number: an integer, decimal, fraction or mixed number, with sign, currency, thousands separators, percent sign and
/// unit as they come, in plain text or LaTeX. Units are not compared. It is stated by one of these marks:
/// <list type="bullet">
/// <item><c>####</c> and the rest of the line; a heading (<c>#### Step 1</c>) is none;</item>
/// <item><c>\boxed{…}</c>;</item>
/// <item><c>answer is</c>, <c>answer:</c> and their like, and the rest of the sentence, if it says anything that may be a number.</item>
/// </list>
/// The last statement decides, whatever its form. It is one number as a whole, of an equation the right side, or there is no answer: what
/// offers several numbers (<c>5 or 6</c>), is more than a number (<c>x > 5</c>, <c>2:30</c>) or leaves a calculation to the reader
/// (<c>20 - 2</c>) is not searched for another. A statement that is taken back (<c>not 18</c>, <c>18 is wrong</c>) holds no answer. In a
/// response that was cut off, a statement that reaches to its end is none, and an earlier one stands. Where nothing is stated, the last
/// number of a response that was not cut off counts, if it is one by the same rules.
/// </remarks>
internal sealed record FinalAnswer(string Text, Rational Share, Rational Plain, int Position)
{
    /// <summary>Reads the final answer of a response.</summary>
    /// <param name="response">The response.</param>
    /// <param name="truncated">Whether it was cut off.</param>
    public static Reading Find(string response, bool truncated)
    {
        string text = PlainText.Of(response);
        Reading reading = Statement.Last(text, truncated) ?? new Reading(truncated ? null : LastNumber.Of(text), StatedAt: null);
        return reading.Answer is { } answer && Withdrawal.IsOf(answer, text) ? reading with { Answer = null } : reading;
    }

    /// <summary>The number that a text is as a whole, or <see langword="null"/> if it is none.</summary>
    /// <param name="text">A reference answer.</param>
    public static FinalAnswer? Read(string text)
    {
        string plain = PlainText.Of(text).Trim();
        List<Token> tokens = Lexer.Read(plain, 0, Math.Min(plain.Length, Statement.MaxLength));
        return plain.Length > Statement.MaxLength || tokens.Exists(token => token.Kind == TokenKind.Line)
            ? null
            : StatedNumber.Read(plain, CollectionsMarshal.AsSpan(tokens), Setting.Reference).Answer;
    }

    /// <summary>Whether a value is what the answer says, a percentage in either reading.</summary>
    public bool Is(Rational value) => value.Equals(Share) || value.Equals(Plain);
}

/// <summary>What was read as the final answer of a response.</summary>
/// <param name="Answer">The answer; <see langword="null"/> where there is none.</param>
/// <param name="StatedAt">
/// Where in the response a mark states it, or states what is not one number or is taken back; <see langword="null"/> where no mark does: then
/// the answer is the last number.
/// </param>
internal readonly record struct Reading(FinalAnswer? Answer, int? StatedAt);
