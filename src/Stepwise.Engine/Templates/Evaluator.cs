
namespace Stepwise.Engine.Templates;

/// <summary>Gives expressions their values.</summary>
internal sealed class Evaluator(RenderContext context)
{
    /// <exception cref="InputException">
    /// The expression cannot be evaluated, needs what is not supported, or goes beyond a bound.
    /// </exception>
    public object? Evaluate(Expression expression, Scope scope)
    {
        int outer = context.Enter(expression.Line);
        object? value = expression switch
        {
            Expression.Constant constant => constant.Value,
            Expression.Name name => scope.Find(name.Id),
            Expression.Attribute attribute => Values.Attribute(Evaluate(attribute.Value, scope), attribute.Id, context),
            Expression.Item item => Values.Item(Evaluate(item.Value, scope), Evaluate(item.Key, scope), context),
            Expression.Binary binary => binary.Operator(Evaluate(binary.Left, scope), Evaluate(binary.Right, scope), context),
            Expression.Not not => !Values.Truth(Evaluate(not.Value, scope)),
            Expression.Negative negative => Operators.Subtract(0L, Evaluate(negative.Value, scope), context),
            Expression.And and => Evaluate(and.Left, scope) is var left && Values.Truth(left) ? Evaluate(and.Right, scope) : left,
            Expression.Or or => Evaluate(or.Left, scope) is var left && Values.Truth(left) ? left : Evaluate(or.Right, scope),
            Expression.Comparison comparison => Compare(comparison, scope),
            Expression.Conditional conditional => Choose(conditional, scope),
            Expression.Slice slice => Slice(slice, scope),
            Expression.List list => List(list, scope),
            Expression.Map map => Map(map, scope),
            Expression.Call call => Call(call, scope),
            Expression.Filter filter => Filter(filter, scope),
            Expression.Test test => Test(test, scope),
            _ => throw new InvalidOperationException($"{expression.GetType().Name} is no expression."),
        };
        context.Leave(outer);
        return value;
    }

    public bool Holds(Expression condition, Scope scope) => Values.Truth(Evaluate(condition, scope));

    private bool Compare(Expression.Comparison comparison, Scope scope)
    {
        object? left = Evaluate(comparison.First, scope);
        foreach ((ComparisonOperator compare, Expression operand) in comparison.Links)
        {
            object? right = Evaluate(operand, scope);
            if (!compare(left, right, context))
            {
                return false;
            }

            left = right;
        }

        return true;
    }

    private object? Choose(Expression.Conditional conditional, Scope scope) => Holds(conditional.Condition, scope)
        ? Evaluate(conditional.Value, scope)
        : conditional.Other is { } other ? Evaluate(other, scope) : new Undefined("a condition without else");

    private object Slice(Expression.Slice slice, Scope scope)
    {
        object? value = Evaluate(slice.Value, scope);
        return Slicing.Slice(value, Bound(slice.Start), Bound(slice.Stop), Bound(slice.Step), context);

        long? Bound(Expression? bound) => bound is null ? null : Evaluate(bound, scope) switch
        {
            null => null,
            long place => place,
            var other => throw context.Error($"a slice's bound is {Values.Kind(other)}; it must be a number"),
        };
    }

    private object?[] List(Expression.List list, Scope scope)
    {
        context.SpendItems(list.Items.Count);
        return [.. list.Items.Select(item => Evaluate(item, scope))];
    }

    private OrderedDictionary<string, object?> Map(Expression.Map map, Scope scope)
    {
        context.SpendItems(map.Items.Count);
        OrderedDictionary<string, object?> entries = new(StringComparer.Ordinal);
        foreach ((Expression key, Expression value) in map.Items)
        {
            string name = Evaluate(key, scope) as string ?? throw context.Error("the keys of a map must be texts");
            entries[name] = Evaluate(value, scope);
        }

        return entries;
    }

    private object? Call(Expression.Call call, Scope scope)
    {
        object? function = Evaluate(call.Function, scope);
        return function is Function callable
            ? callable(Arguments("the call", call.Arguments, scope))
            : throw context.Error(function is Undefined unknown
                ? $"{unknown.What} is called, which is undefined or not supported"
                : $"{Values.Kind(function)} is called; only functions can be");
    }

    private object? Filter(Expression.Filter filter, Scope scope)
    {
        Filter apply = Filters.Find(filter.Id) ?? throw context.Error($"the filter {Quoted.Of(filter.Id)} is not supported");
        return apply(Evaluate(filter.Value, scope), Arguments($"the filter \"{filter.Id}\"", filter.Arguments, scope));
    }

    private bool Test(Expression.Test test, Scope scope)
    {
        Predicate holds = Predicates.Find(test.Id) ?? throw context.Error($"the test {Quoted.Of(test.Id)} is not supported");
        return holds(Evaluate(test.Value, scope), Arguments($"the test \"{test.Id}\"", test.Arguments, scope));
    }

    private Arguments Arguments(string callee, CallArguments given, Scope scope) => new(
        context,
        callee,
        [.. given.Positional.Select(argument => Evaluate(argument, scope))],
        new OrderedDictionary<string, object?>(
            given.Named.Select(argument => KeyValuePair.Create(argument.Name, Evaluate(argument.Value, scope))), StringComparer.Ordinal));
}
