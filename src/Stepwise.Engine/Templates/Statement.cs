
namespace Stepwise.Engine.Templates;

/// <summary>A part of a template that does something.</summary>
/// <param name="Line">Its line, from 1.</param>
internal abstract record Statement(int Line)
{
    /// <summary>Text that is put out as it stands.</summary>
    public sealed record Data(int Line, string Text) : Statement(Line);

    /// <summary><c>{{ value }}</c></summary>
    public sealed record Output(int Line, Expression Value) : Statement(Line);

    /// <summary><c>{% if %}</c>, <c>{% elif %}</c>, <c>{% else %}</c></summary>
    public sealed record If(
        int Line, IReadOnlyList<(Expression Condition, IReadOnlyList<Statement> Body)> Branches, IReadOnlyList<Statement> Else)
        : Statement(Line);

    /// <summary><c>{% for target in source if filter %}</c>; <c>{% else %}</c> is rendered where there was no item.</summary>
    public sealed record For(
        int Line, Target Target, Expression Source, Expression? Filter, IReadOnlyList<Statement> Body, IReadOnlyList<Statement> Else)
        : Statement(Line);

    /// <summary><c>{% set target = value %}</c></summary>
    public sealed record Set(int Line, Target Target, Expression Value) : Statement(Line);

    /// <summary><c>{% set target %}body{% endset %}</c></summary>
    public sealed record SetBlock(int Line, Target Target, IReadOnlyList<Statement> Body) : Statement(Line);

    /// <summary><c>{% macro name(parameters) %}</c></summary>
    public sealed record Macro(
        int Line, string Id, IReadOnlyList<(string Name, Expression? Default)> Parameters, IReadOnlyList<Statement> Body) : Statement(Line);

    /// <summary><c>{% generation %}</c>: marks what the assistant says, and puts out its body.</summary>
    public sealed record Generation(int Line, IReadOnlyList<Statement> Body) : Statement(Line);

    /// <summary><c>{% break %}</c></summary>
    public sealed record Break(int Line) : Statement(Line);

    /// <summary><c>{% continue %}</c></summary>
    public sealed record Continue(int Line) : Statement(Line);
}

/// <summary>What an assignment gives a value to: one name, an attribute of a namespace, or several names.</summary>
/// <param name="Names">The names; the first is the namespace's where there is an attribute.</param>
/// <param name="Attribute">The attribute, or <see langword="null"/>.</param>
/// <param name="Unpacks">Whether the value is a list that is shared out to the names.</param>
internal sealed record Target(IReadOnlyList<string> Names, string? Attribute, bool Unpacks);
