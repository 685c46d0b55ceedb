using System.Text;

namespace Stepwise.Engine.Templates;

/// <summary>Carries statements out.</summary>
internal sealed class Renderer(RenderContext context)
{
    private readonly Evaluator _evaluator = new(context);
    private StringBuilder _output = new();

    /// <summary>Where a statement leaves a loop.</summary>
    private enum Flow
    {
        Next,
        Continue,
        Break,
    }

    /// <summary>The text of a template.</summary>
    /// <param name="template">The template.</param>
    /// <param name="variables">What it may use.</param>
    /// <exception cref="InputException">
    /// The template refuses, cannot be rendered, needs what is not supported, or goes beyond a bound.
    /// </exception>
    public string Render(IReadOnlyList<Statement> template, Scope variables)
    {
        RenderBody(template, new Scope(variables));
        return _output.ToString();
    }

    private Flow RenderBody(IReadOnlyList<Statement> body, Scope scope)
    {
        foreach (Statement statement in body)
        {
            int outer = context.Enter(statement.Line);
            Flow flow = RenderStatement(statement, scope);
            context.Leave(outer);
            if (flow != Flow.Next)
            {
                return flow;
            }
        }

        return Flow.Next;
    }

    private Flow RenderStatement(Statement statement, Scope scope)
    {
        switch (statement)
        {
            case Statement.Data data:
                Write(data.Text);
                break;
            case Statement.Output output:
                Write(Values.Text(_evaluator.Evaluate(output.Value, scope), context));
                break;
            case Statement.Set set:
                Assign(set.Target, _evaluator.Evaluate(set.Value, scope), scope);
                break;
            case Statement.SetBlock block:
                Assign(block.Target, Capture(block.Body, new Scope(scope)), scope);
                break;
            case Statement.Macro macro:
                scope.Set(macro.Id, (Function)(arguments => Call(macro, arguments, scope)));
                break;
            case Statement.If choice:
                return RenderBody(
                    choice.Branches.FirstOrDefault(branch => _evaluator.Holds(branch.Condition, scope)).Body ?? choice.Else, scope);
            case Statement.For loop:
                return RenderLoop(loop, scope);
            case Statement.Generation generation:
                return RenderBody(generation.Body, new Scope(scope));
            case Statement.Break:
                return Flow.Break;
            case Statement.Continue:
                return Flow.Continue;
        }

        return Flow.Next;
    }

    private Flow RenderLoop(Statement.For loop, Scope scope)
    {
        IReadOnlyList<object?> items = Values.Items(_evaluator.Evaluate(loop.Source, scope), context);
        if (loop.Filter is { } filter)
        {
            context.SpendItems(items.Count);
            items = [.. items.Where(item => _evaluator.Holds(filter, ItemScope(loop.Target, item, scope)))];
        }

        for (int i = 0; i < items.Count; i++)
        {
            Scope inner = ItemScope(loop.Target, items[i], scope);
            inner.Set("loop", new Loop(items, i));
            if (RenderBody(loop.Body, inner) == Flow.Break)
            {
                break;
            }
        }

        return items.Count == 0 ? RenderBody(loop.Else, scope) : Flow.Next;
    }

    private Scope ItemScope(Target target, object? item, Scope scope)
    {
        context.SpendItems(1);
        Scope inner = new(scope);
        Assign(target, item, inner);
        return inner;
    }

    private void Assign(Target target, object? value, Scope scope)
    {
        if (target.Attribute is { } attribute)
        {
            Namespace space = scope.Find(target.Names[0]) as Namespace
                ?? throw context.Error($"\"{target.Names[0]}\" is not a namespace: its attributes cannot be set");
            space.Set(attribute, value);
            return;
        }

        if (!target.Unpacks)
        {
            scope.Set(target.Names[0], value);
            return;
        }

        IReadOnlyList<object?> items = Values.Items(value, context);
        if (items.Count != target.Names.Count)
        {
            throw context.Error($"{items.Count} values for the {target.Names.Count} names {string.Join(", ", target.Names)}");
        }

        for (int i = 0; i < items.Count; i++)
        {
            scope.Set(target.Names[i], items[i]);
        }
    }

    private string Call(Statement.Macro macro, Arguments arguments, Scope outside)
    {
        object?[] given = arguments.Bind(0, [.. macro.Parameters.Select(parameter => parameter.Name)]);
        Scope scope = new(outside);
        for (int i = 0; i < given.Length; i++)
        {
            (string name, Expression? fallback) = macro.Parameters[i];
            scope.Set(name, !ReferenceEquals(given[i], Arguments.Missing) ? given[i]
                : fallback is null ? new Undefined($"\"{name}\"") : _evaluator.Evaluate(fallback, scope));
        }

        return Capture(macro.Body, scope);
    }

    private string Capture(IReadOnlyList<Statement> body, Scope scope)
    {
        StringBuilder outer = _output;
        _output = new StringBuilder();
        RenderBody(body, scope);
        string text = _output.ToString();
        _output = outer;
        return text;
    }

    private void Write(string text)
    {
        context.SpendCharacters(text.Length);
        if (_output.Length + text.Length > RenderContext.MaxOutput)
        {
            throw context.Error($"the output is longer than {RenderContext.MaxOutput} characters");
        }

        _output.Append(text);
    }
}
