using System.Text.RegularExpressions;

namespace Stepwise.Answers;

/// <summary>
/// What takes a stated answer back: <c>not 18</c>, <c>18 is wrong</c>, <c>instead of 18</c>, <c>that is wrong</c>, <c>it should be 20</c>.
/// </summary>
internal static partial class Withdrawal
{
    // The longest way from a denial to the number that it denies.
    private const int MaxLength = 40;

    private const string Number = @"[$]?(?<number>-?\d[\d,]{0,30}(?:\.\d{1,30})?)";

    /// <summary>Whether a text takes an answer back that it gives.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="text">The text it was found in.</param>
    public static bool IsOf(FinalAnswer answer, string text)
    {
        foreach (Match match in Forms().Matches(text, Math.Max(0, answer.Position - MaxLength)).Cast<Match>())
        {
            Group number = match.Groups["number"];
            bool same = number.Success && Value(number.Value) is { } value && answer.Is(value);
            bool after = (number.Success ? number.Index : match.Index) >= answer.Position;
            if (after && (match.Groups["other"].Success ? !same : same || !number.Success))
            {
                return true;
            }
        }

        return false;
    }

    private static Rational? Value(string number)
    {
        bool negative = number[0] == '-';
        Numeral numeral = Numeral.Read(number, negative ? 1 : 0);
        return negative ? numeral.Value?.Negated() : numeral.Value;
    }

    [GeneratedRegex(
        @"\b(?:not|cannot|[a-z]{2,6}n['’]t|instead\sof|rather\sthan)\s(?:(?:be|equal|to|simply|just|actually)\s){0,2}" + Number
        + @"|" + Number + @"[^\w\n]{1,4}(?:[a-z]{1,12}\s){0,2}(?:is|was)"
        + @"(?:n['’]t\s(?:right|correct)|\s(?:[a-z]{2,10}ly\s|also\s)?(?:wrong|incorrect|mistaken|not\s(?:right|correct|the\s(?:[a-z]{3,10}\s)?answer)))\b"
        + @"|" + Number + @"[^\w\n]{1,4}(?:wrong|incorrect)\b"
        + @"|(?<!\b(?:if|whether|unless)\s)\b(?:(?:that|this|it|which|answer|result|i)(?:['’][sm]|\s(?:is|was|am))"
        + @"\s(?:[a-z]{2,10}ly\s|also\s)?(?:wrong|incorrect|mistaken|not\s(?:right|correct))"
        + @"|(?:that|this|it|answer|result)\s(?:is|was)n['’]t\s(?:right|correct)"
        + @"|i\s(?:have\s)?made\s(?:a|an)\s(?:[a-z]{1,12}\s)?(?:mistake|error)|no,?\swrong|scratch\sthat|ignore\s(?:that|this)|never\s?mind|just\skidding)\b"
        + @"|\b(?<other>it|that|this|total|result)\sshould(?:\s(?:actually|really|instead|have|been|be)){1,4}\s" + Number
        + @"|\b(?<other>no|actually|wait|sorry|correction)[,:]?\s(?:(?:it|that)(?:['’]s|\sis)\s)?" + Number + @"(?=\s{0,2}[.!]?\s{0,2}(?:\n|$)|[.!]\s)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: -1)]
    private static partial Regex Forms();
}
