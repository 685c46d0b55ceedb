
namespace Stepwise.Engine.Templates;

/// <summary>What a piece of a template is.</summary>
internal enum TokenKind
{
    /// <summary>Text that is put out as it stands.</summary>
    Data,

    /// <summary><c>{{</c></summary>
    OutputBegin,

    /// <summary><c>}}</c></summary>
    OutputEnd,

    /// <summary><c>{%</c></summary>
    TagBegin,

    /// <summary><c>%}</c></summary>
    TagEnd,

    /// <summary>A name or keyword.</summary>
    Name,

    /// <summary>A quoted text, its escapes resolved.</summary>
    Text,

    /// <summary>Decimal digits.</summary>
    Integer,

    /// <summary>An operator, bracket or separator.</summary>
    Operator,

    /// <summary>The end of the template.</summary>
    End,
}

/// <summary>A piece of a template.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The piece; of a quoted text, what it stands for.</param>
/// <param name="Line">Its first line, from 1.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Line)
{
    /// <summary>The token as messages name it.</summary>
    public string Description => Kind switch
    {
        TokenKind.End => "the end of the template",
        TokenKind.Data => "text outside of tags",
        TokenKind.Text => $"the text {Quoted.Of(Text)}",
        _ => Quoted.Of(Text),
    };
}
