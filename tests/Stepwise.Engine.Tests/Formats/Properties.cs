using FsCheck;

namespace Stepwise.Engine.Tests;

/// <summary>Checks properties on the same random values every time.</summary>
internal static class Properties
{
    public static void Check(Property property) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithReplay(20250515, 11595), property);
}
