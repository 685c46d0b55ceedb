using Stepwise.Methods;
using Stepwise.Rollouts;

namespace Stepwise.Tests.Methods;

/// <summary>Shaping by a method whose reward reads no policy.</summary>
internal static class MethodShape
{
    public static void Shape(this Method method, Group group)
    {
        ValueTask shaped = method.ShapeAsync([group], 1, new ReadPolicy(_ => [1], [[1]]).View, CancellationToken.None);
        shaped.IsCompletedSuccessfully.ShouldBeTrue();
    }
}
