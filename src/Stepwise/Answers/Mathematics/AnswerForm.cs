using System.Globalization;

namespace Stepwise.Answers.Mathematics;

/// <summary>What an answer is, as a whole or as a part of one.</summary>
internal abstract record AnswerForm
{
    /// <summary>The parts it is made of.</summary>
    public virtual IReadOnlyList<AnswerForm> Items => [];
}

/// <summary>A value: an expression, perhaps with a unit or as a percentage.</summary>
internal sealed record ValueForm(MathExpression Value) : AnswerForm
{
    public Unit? Unit { get; init; }

    public bool Percent { get; init; }

    public override string ToString() => $"{Value}{(Percent ? "%" : "")}{(Unit is null ? "" : $" {Unit.Name}")}";
}

/// <summary>A numeral in a base.</summary>
internal sealed record NumeralForm(string Digits, int Base) : AnswerForm
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Digits} in base {Base}");
}

/// <summary>A ratio a : b, or a : b : c.</summary>
internal sealed record RatioForm(IReadOnlyList<MathExpression> Terms) : AnswerForm
{
    public override string ToString() => string.Join(" : ", Terms);
}

/// <summary>A time of day in minutes; without a.m. or p.m. it may be any other pair too.</summary>
internal sealed record ClockForm(int Hour, int Minute, bool? Afternoon) : AnswerForm
{
    public int Minutes => (((Hour % 12) + (Afternoon == true || (Afternoon is null && Hour is >= 12 and < 24) ? 12 : 0)) * 60) + Minute;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Hour}:{Minute:00}{(Afternoon is { } pm ? pm ? " p.m." : " a.m." : "")}");
}

/// <summary>Several values in order, in brackets: a point, a vector, or the ends of an interval.</summary>
internal sealed record SequenceForm(string Open, IReadOnlyList<AnswerForm> Parts, string Close) : AnswerForm
{
    public override IReadOnlyList<AnswerForm> Items => Parts;

    public override string ToString() => $"{Open}{string.Join(", ", Parts)}{Close}";
}

/// <summary>A matrix; a column or a row is a vector.</summary>
internal sealed record MatrixForm(IReadOnlyList<IReadOnlyList<AnswerForm>> Rows) : AnswerForm
{
    public override IReadOnlyList<AnswerForm> Items => [.. Rows.SelectMany(row => row)];

    public override string ToString() => $"[{string.Join("; ", Rows.Select(row => string.Join(", ", row)))}]";
}

/// <summary>How the parts of a list are joined.</summary>
internal enum Joiner
{
    /// <summary>By commas, or by "and".</summary>
    And,

    /// <summary>By "or": one of them.</summary>
    Or,

    /// <summary>In braces: a set.</summary>
    Set,
}

/// <summary>Several values without order.</summary>
internal sealed record ListForm(IReadOnlyList<AnswerForm> Parts, Joiner Joiner) : AnswerForm
{
    public override IReadOnlyList<AnswerForm> Items => Parts;

    public override string ToString() => Parts.Count == 0
        ? "the empty set"
        : Joiner == Joiner.Set ? $"{{{string.Join(", ", Parts)}}}" : string.Join(Joiner == Joiner.Or ? " or " : ", ", Parts);
}

/// <summary>A union (∪), intersection (∩) or difference (∖) of two sets.</summary>
internal sealed record SetOperationForm(string Operation, AnswerForm Left, AnswerForm Right) : AnswerForm
{
    public override IReadOnlyList<AnswerForm> Items => [Left, Right];

    public override string ToString() => $"{Left} {Operation} {Right}";
}

/// <summary>A chain of relations such as a = b, or −1 &lt; x ≤ 3.</summary>
internal sealed record RelationForm(IReadOnlyList<AnswerForm> Sides, IReadOnlyList<string> Relations) : AnswerForm
{
    public override IReadOnlyList<AnswerForm> Items => Sides;

    public override string ToString() =>
        string.Concat(Sides.Select((side, i) => i == 0 ? side.ToString() : $" {Relations[i - 1]} {side}"));
}

/// <summary>The letter of a choice.</summary>
/// <param name="Letter">The letter.</param>
/// <param name="Sure">Whether it can be nothing else; a bare letter may be a variable.</param>
internal sealed record ChoiceForm(char Letter, bool Sure) : AnswerForm
{
    public override string ToString() => $"choice {Letter}";
}

/// <summary>Words, in lower case and without marks.</summary>
internal sealed record WordsForm(string Words) : AnswerForm
{
    public override string ToString() => $"\"{Words}\"";
}

/// <summary>What says that there is no value.</summary>
internal sealed record NothingForm(string Kind) : AnswerForm
{
    /// <summary>There is no solution; the solutions are the empty set.</summary>
    public const string NoSolution = "no solution";

    /// <summary>It does not exist, or is not defined.</summary>
    public const string Undefined = "undefined";

    public override string ToString() => Kind;
}
