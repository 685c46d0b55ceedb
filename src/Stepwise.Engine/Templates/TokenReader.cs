
namespace Stepwise.Engine.Templates;

/// <summary>A template's tokens, one at a time.</summary>
internal sealed class TokenReader
{
    private readonly TemplateSource _source;
    private readonly IEnumerator<Token> _tokens;
    private int _depth;

    public TokenReader(TemplateSource source, string template)
    {
        _source = source;
        _tokens = Lexer.Read(source, template).GetEnumerator();
        _tokens.MoveNext();
    }

    public Token Current => _tokens.Current;

    /// <summary>Goes on to the next token.</summary>
    /// <returns>The token that was current.</returns>
    public Token Take()
    {
        Token taken = Current;
        _tokens.MoveNext();
        return taken;
    }

    public bool At(TokenKind kind, string text) => Current.Kind == kind && string.Equals(Current.Text, text, StringComparison.Ordinal);

    public bool AtOperator(string text) => At(TokenKind.Operator, text);

    public bool AtName(string text) => At(TokenKind.Name, text);

    public bool SkipOperator(string text) => Skip(AtOperator(text));

    public bool SkipName(string text) => Skip(AtName(text));

    public void ExpectOperator(string text)
    {
        if (!SkipOperator(text))
        {
            throw Unexpected($"\"{text}\"");
        }
    }

    public Token Expect(TokenKind kind, string what) => Current.Kind == kind ? Take() : throw Unexpected(what);

    /// <summary>Reads a part inside another.</summary>
    /// <exception cref="InputException">The template is nested too deeply.</exception>
    public T Nested<T>(Func<T> read)
    {
        if (++_depth > TemplateSource.MaxDepth)
        {
            throw Error($"its parts are nested deeper than {TemplateSource.MaxDepth}");
        }

        T part = read();
        _depth--;
        return part;
    }

    public InputException Unexpected(string expected) => Error($"found {Current.Description}; expected {expected}");

    public InputException Unsupported(string construct) => Error($"{construct} is not supported");

    public InputException Error(string problem) => Error(Current.Line, problem);

    public InputException Error(int line, string problem) => _source.Error(line, problem);

    private bool Skip(bool found)
    {
        if (found)
        {
            Take();
        }

        return found;
    }
}
