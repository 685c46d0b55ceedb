
namespace Stepwise.Engine.Templates;

/// <summary>Reads a template into statements.</summary>
internal sealed class StatementParser
{
    private static readonly string[] NoEnd = [];

    private readonly Dictionary<string, Func<int, Statement>> _tags;
    private readonly TokenReader _tokens;
    private readonly ExpressionParser _expressions;
    private int _loops;

    private StatementParser(TokenReader tokens)
    {
        _tokens = tokens;
        _expressions = new ExpressionParser(tokens);
        _tags = new Dictionary<string, Func<int, Statement>>(StringComparer.Ordinal)
        {
            ["if"] = ReadIf,
            ["for"] = ReadFor,
            ["set"] = ReadSet,
            ["macro"] = ReadMacro,
            ["generation"] = ReadGeneration,
            ["break"] = line => InLoop("break", new Statement.Break(line)),
            ["continue"] = line => InLoop("continue", new Statement.Continue(line)),
        };
    }

    /// <summary>Reads a whole template.</summary>
    /// <exception cref="InputException">The template is not sound, or uses a construct that is not supported.</exception>
    public static IReadOnlyList<Statement> Read(TemplateSource source, string template)
    {
        StatementParser parser = new(new TokenReader(source, template));
        return parser.ReadBody(NoEnd);
    }

    /// <summary>Reads statements up to a tag that ends them, or to the template's end where there is none such.</summary>
    /// <returns>The statements; the end tag's name is the current token.</returns>
    private List<Statement> ReadBody(string[] ends) => _tokens.Nested(() =>
    {
        List<Statement> body = [];
        while (true)
        {
            Token token = _tokens.Take();
            switch (token.Kind)
            {
                case TokenKind.Data:
                    body.Add(new Statement.Data(token.Line, token.Text));
                    break;
                case TokenKind.OutputBegin:
                    body.Add(new Statement.Output(token.Line, _expressions.ReadTuple()));
                    _tokens.Expect(TokenKind.OutputEnd, "an operator or }}");
                    break;
                case TokenKind.TagBegin:
                    if (_tokens.Current.Kind == TokenKind.Name && ends.Contains(_tokens.Current.Text, StringComparer.Ordinal))
                    {
                        return body;
                    }

                    body.Add(ReadTag());
                    break;
                default:
                    return ends.Length == 0 ? body : throw _tokens.Error(token.Line, $"the template ends before {{% {ends[^1]} %}}");
            }
        }
    });

    private Statement ReadTag()
    {
        Token name = _tokens.Expect(TokenKind.Name, "a tag's name");
        return _tags.TryGetValue(name.Text, out Func<int, Statement>? read)
            ? read(name.Line)
            : throw _tokens.Error(
                name.Line, $"the tag {Quoted.Of(name.Text)} is not supported here; known: {string.Join(", ", _tags.Keys)}");
    }

    private Statement.If ReadIf(int line)
    {
        List<(Expression, IReadOnlyList<Statement>)> branches = [];
        do
        {
            Expression condition = _expressions.ReadOr();
            EndTag();
            branches.Add((condition, ReadBody(["elif", "else", "endif"])));
        }
        while (_tokens.SkipName("elif"));

        return new Statement.If(line, branches, ReadElse("endif"));
    }

    private Statement.For ReadFor(int line)
    {
        Target target = ReadTarget(attributes: false);
        if (!_tokens.SkipName("in"))
        {
            throw _tokens.Unexpected("\"in\"");
        }

        Expression source = _expressions.ReadOr();
        Expression? filter = _tokens.SkipName("if") ? _expressions.ReadOr() : null;
        if (_tokens.AtName("recursive"))
        {
            throw _tokens.Unsupported("a recursive loop");
        }

        EndTag();
        _loops++;
        IReadOnlyList<Statement> body = ReadBody(["else", "endfor"]);
        _loops--;
        return new Statement.For(line, target, source, filter, body, ReadElse("endfor"));
    }

    private Statement ReadSet(int line)
    {
        Target target = ReadTarget(attributes: true);
        if (_tokens.SkipOperator("="))
        {
            Statement.Set set = new(line, target, _expressions.ReadTuple());
            EndTag();
            return set;
        }

        if (_tokens.AtOperator("|"))
        {
            throw _tokens.Unsupported("a filter on a set block");
        }

        EndTag();
        return new Statement.SetBlock(line, target, ReadUpTo("endset"));
    }

    private Statement.Macro ReadMacro(int line)
    {
        string name = _tokens.Expect(TokenKind.Name, "the macro's name").Text;
        _tokens.ExpectOperator("(");
        List<(string Name, Expression? Default)> parameters = [];
        while (!_tokens.SkipOperator(")"))
        {
            if (parameters.Count > 0)
            {
                _tokens.ExpectOperator(",");
            }

            string parameter = _tokens.Expect(TokenKind.Name, "a parameter's name").Text;
            parameters.Add((parameter, _tokens.SkipOperator("=") ? _expressions.Read() : null));
        }

        EndTag();
        int loops = _loops;
        _loops = 0;
        Statement.Macro macro = new(line, name, parameters, ReadUpTo("endmacro"));
        _loops = loops;
        return macro;
    }

    private Statement.Generation ReadGeneration(int line)
    {
        EndTag();
        return new Statement.Generation(line, ReadUpTo("endgeneration"));
    }

    private Statement InLoop(string tag, Statement statement)
    {
        EndTag();
        return _loops > 0 ? statement : throw _tokens.Error(statement.Line, $"{{% {tag} %}} stands outside of a loop");
    }

    private List<Statement> ReadElse(string end)
    {
        if (_tokens.SkipName("else"))
        {
            EndTag();
            return ReadUpTo(end);
        }

        _tokens.Take();
        EndTag();
        return [];
    }

    private List<Statement> ReadUpTo(string end)
    {
        List<Statement> body = ReadBody([end]);
        _tokens.Take();
        EndTag();
        return body;
    }

    private Target ReadTarget(bool attributes)
    {
        bool bracketed = _tokens.SkipOperator("(");
        List<string> names = [_tokens.Expect(TokenKind.Name, "a name").Text];
        if (attributes && !bracketed && _tokens.SkipOperator("."))
        {
            return new Target(names, _tokens.Expect(TokenKind.Name, "an attribute's name").Text, Unpacks: false);
        }

        bool unpacks = false;
        while (_tokens.SkipOperator(","))
        {
            unpacks = true;
            names.Add(_tokens.Expect(TokenKind.Name, "a name").Text);
        }

        if (bracketed)
        {
            _tokens.ExpectOperator(")");
        }

        return new Target(names, null, unpacks);
    }

    private void EndTag() => _tokens.Expect(TokenKind.TagEnd, "an operator or %}");
}
