namespace Stepwise.Engine.Templates;

/// <summary>
/// What a rendering may still do, and where it is. A template is untrusted: its work, its output and its nesting are bounded.
/// </summary>
/// <param name="source">The template, for messages.</param>
/// <param name="today">The date that the template is told.</param>
internal sealed class RenderContext(TemplateSource source, DateOnly today)
{
    /// <summary>
    /// The most work of a rendering, in units of about a character copied. A chat of 1 MB takes about 10 million; the bound is reached in
    /// about a second.
    /// </summary>
    public const int MaxWork = 1 << 25;

    /// <summary>The most characters that a rendering may put out.</summary>
    public const int MaxOutput = 1 << 24;

    /// <summary>Work of evaluating an expression or rendering a statement once.</summary>
    private const int NodeWork = 8;

    /// <summary>Work of an item of a list or map.</summary>
    private const int ItemWork = 16;

    private long _work;
    private int _depth;

    public DateOnly Today => today;

    /// <summary>The line that is being rendered.</summary>
    public int Line { get; private set; }

    /// <summary>Begins a part at a line.</summary>
    /// <returns>The line before it, for <see cref="Leave"/>.</returns>
    public int Enter(int line)
    {
        int outer = Line;
        Line = line;
        Spend(NodeWork);
        Deepen();
        return outer;
    }

    public void Leave(int outer)
    {
        Line = outer;
        _depth--;
    }

    /// <summary>Compares a value inside another.</summary>
    public bool Inside(Func<bool> compare)
    {
        Deepen();
        bool result = compare();
        _depth--;
        return result;
    }

    /// <summary>Writes a value inside another.</summary>
    public void Inside(Action write)
    {
        Deepen();
        write();
        _depth--;
    }

    public void SpendCharacters(long count) => Spend(count);

    public void SpendItems(long count) => Spend(count * ItemWork);

    /// <summary>Looking for a text in another: one led astray at every place compares much of the text looked for there.</summary>
    public void SpendSearch(int length, int soughtLength) => Spend(8 + (length * (1 + (soughtLength / 8L)) / 8));

    public InputException Error(string problem) => source.Error(Line, problem);

    private void Spend(long work)
    {
        _work += work;
        if (_work > MaxWork)
        {
            throw Error($"rendering takes too long: more than {MaxWork} characters of work");
        }
    }

    private void Deepen()
    {
        if (++_depth > TemplateSource.MaxDepth)
        {
            throw Error($"calls or values are nested deeper than {TemplateSource.MaxDepth}");
        }
    }
}
