namespace Stepwise.Answers;

/// <summary>Prose as arithmetic reads it: what its words mean to the values beside them, and where its clauses end.</summary>
internal static class Calculation
{
    /// <summary>
    /// The tokens of a text: units and prose are <see cref="TokenKind.Word"/>s, what changes a value is a <see cref="TokenKind.Symbol"/>, and
    /// every clause ends with a <see cref="TokenKind.Break"/> or <see cref="TokenKind.Line"/>, the last one too.
    /// </summary>
    public static List<Token> Read(string text)
    {
        List<Token> all = Lexer.Read(text), tokens = new(all.Count + 1);
        for (int i = 0; i < all.Count; i++)
        {
            Token token = all[i], next = i + 1 < all.Count ? all[i + 1] : new Token(TokenKind.Break, text.Length, text.Length) { Spaced = true };
            Token? last = tokens.Count > 0 ? tokens[^1] : null;
            bool first = last is null or { Kind: TokenKind.Line };
            switch (token.Kind)
            {
                case TokenKind.Number when first && IsLabel(text, token, next):
                    tokens.Add(next with { Kind = TokenKind.Line });
                    i++;
                    break;
                case TokenKind.Minus when first ? next.Spaced : last?.Kind == TokenKind.Number && !next.Spaced && IsWord(next):
                    // A bullet, or part of a compound such as 12-pound.
                    break;
                case TokenKind.Percent when last?.Kind == TokenKind.Number:
                    tokens[^1] = tokens[^1] with { Percent = true };
                    break;
                case TokenKind.Equal or TokenKind.Approximate when last?.Kind == TokenKind.Line:
                    tokens[^1] = token;
                    break;
                case TokenKind.Word or TokenKind.Minus or TokenKind.Percent when char.IsLetter(text[token.Start]):
                    Word(tokens, token, text.AsSpan(token.Start, token.End - token.Start), unit: token.Start > 0 && text[token.Start - 1] == '/');
                    break;
                default:
                    tokens.Add(token with { Kind = Kind(token) });
                    break;
            }
        }

        tokens.Add(new Token(TokenKind.Break, text.Length, text.Length));
        return tokens;
    }

    private static TokenKind Kind(Token token) => token.Kind switch
    {
        TokenKind.Symbol when token.CutOff => TokenKind.Number,
        TokenKind.Letter or TokenKind.Percent => TokenKind.Symbol,
        TokenKind.Comma or TokenKind.Colon or TokenKind.Stop or TokenKind.Exclamation or TokenKind.Mark => TokenKind.Break,
        var kind => kind,
    };

    private static bool IsWord(Token token) => token.Kind is TokenKind.Word or TokenKind.Letter or TokenKind.Symbol;

    /// <summary>Whether a whole number at the begin of a line numbers an item of a list: <c>2. Add</c>, <c>2) Add</c>.</summary>
    private static bool IsLabel(string text, Token number, Token next) =>
        number is { IsWhole: true } && next.Start == number.End && number.End - number.Start <= 2
        && text.AsSpan(number.End) is ['.' or ')', ' ', ..];

    private static void Word(List<Token> tokens, Token token, ReadOnlySpan<char> word, bool unit)
    {
        if (word is "by" && tokens is [.., { Kind: TokenKind.Times or TokenKind.Divide }])
        {
            return;
        }

        bool share = word is "of" && tokens is [.., { Percent: true }] or [.., { Kind: TokenKind.Over }, { Kind: TokenKind.Number }];
        TokenKind kind = unit ? TokenKind.Word
            : share ? TokenKind.Times
            : token.Kind == TokenKind.Minus && word is not "negative" ? TokenKind.Minus
            : Vocabulary.IsConjunction(word) ? TokenKind.Break
            : word.Contains('_') || Vocabulary.IsChanging(word) ? TokenKind.Symbol
            : TokenKind.Word;
        tokens.Add(token with { Kind = kind, Guessed = share });
    }
}
